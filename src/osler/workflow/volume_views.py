"""What was outlined in volumes, as the report shows and keeps it."""

import numpy as np

from osler.clinical import (
    FilmView,
    Instance,
    MaskFile,
    Prepared,
    StudyAnalysis,
    Volume,
    VolumeAnalysis,
)
from osler.standards.images import label_file, label_file_like

NIFTI = "application/nifti"
SHOWN_PERCENTILES = (0.5, 99.5)


def volume_views(analysis: StudyAnalysis, prepared: Prepared) -> tuple[FilmView, ...]:
    """Return, of each volume, the slice that holds most of what was outlined."""
    volumes = {one.series_uid: one for one in prepared.volumes}
    shown: dict[str, FilmView] = {}
    for one in analysis.volumes:
        if one.series_uid in volumes:
            shown.setdefault(one.series_uid, _view(one, volumes[one.series_uid]))
    return tuple(shown.values())


def _view(one: VolumeAnalysis, volume: Volume) -> FilmView:
    """Draw one slice of a volume in grey, the range of the whole volume."""
    low, high = np.percentile(volume.voxels, SHOWN_PERCENTILES)
    voxels = volume.voxels[one.shown]
    grey = np.clip((voxels - low) * (255.0 / max(float(high - low), 1e-6)), 0, 255)
    return FilmView(
        instance_uid=one.instance_uid,
        origin=f"{one.origin}, slice {one.shown + 1} of {len(volume.voxels)}",
        grey=np.rint(grey).astype(np.uint8),
        origin_shape=(int(voxels.shape[0]), int(voxels.shape[1])),
        modality=None,
        view=None,
        view_source="slice of a volume",
    )


def mask_files(
    analysis: StudyAnalysis, prepared: Prepared, instances: tuple[Instance, ...]
) -> tuple[MaskFile, ...]:
    """Return what was outlined as NIfTI files, on the grid of the file or series that came in."""
    volumes = {one.series_uid: one for one in prepared.volumes}
    by_uid = {one.uid: one for one in instances}
    files = []
    for number, one in enumerate(analysis.volumes, start=1):
        first = by_uid[one.instance_uid]
        if first.media_type == NIFTI:
            content = label_file_like(one.labels, first)
        elif one.series_uid in volumes:
            content = label_file(one.labels, volumes[one.series_uid])
        else:
            continue
        name = f"{one.model.name}-{number}.nii.gz"
        files.append(MaskFile(one.model, name, one.origin, one.names, content))
    return tuple(files)
