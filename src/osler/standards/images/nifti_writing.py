"""Label maps to NIfTI files, on the grid of the file or series that they belong to."""

import gzip

import nibabel as nib
import numpy as np
import numpy.typing as npt
from nibabel.orientations import (
    apply_orientation,
    axcodes2ornt,
    io_orientation,
    ornt_transform,
)

from osler.clinical import Instance, Volume
from osler.errors import WrongGeometry
from osler.standards.images.nifti import image_of
from osler.standards.images.reading import MAX_PIXELS_BYTES

Labels = npt.NDArray[np.uint8]
_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_SCANNER = 1


def label_file_like(
    labels: Labels, instance: Instance, *, max_pixels_bytes: int = MAX_PIXELS_BYTES
) -> bytes:
    """Return a .nii.gz with the shape and the affine of the NIfTI file of ``instance``.

    Parameters
    ----------
    labels
        (slices, rows, columns), on the voxels that `to_volume` gave for the file.

    Raises
    ------
    WrongGeometry
        The labels are not of that file's shape.
    """
    image = image_of(instance, max_pixels_bytes=max_pixels_bytes)
    affine = np.asarray(image.affine, dtype=np.float64)
    shape = tuple(int(side) for side in image.shape[:3])
    own = io_orientation(affine)
    back = ornt_transform(axcodes2ornt(("L", "P", "S")), own)
    turned = np.asarray(apply_orientation(labels.transpose(2, 1, 0), back))
    if turned.shape != shape:
        raise WrongGeometry(
            f"{instance.origin}: labels of {turned.shape} voxels for an image of {shape}; outline "
            "this very file"
        )
    written = nib.Nifti1Image(np.ascontiguousarray(turned, dtype=np.uint8), affine)
    header = image.header
    written.set_sform(affine, code=int(header["sform_code"]) or _SCANNER)
    if int(header["qform_code"]) > 0:
        written.set_qform(header.get_qform(), code=int(header["qform_code"]))
    return _compressed(written)


def label_file(labels: Labels, volume: Volume) -> bytes:
    """Return a .nii.gz of labels on the voxels of a volume, such as of a DICOM series.

    Its axes are columns, rows, slices, as converters write a series; its affine is of RAS.
    """
    if labels.shape != volume.voxels.shape:
        raise WrongGeometry(
            f"labels of {labels.shape} voxels for a volume of {volume.voxels.shape}; need one grid"
        )
    affine = _LPS_TO_RAS @ volume.affine[:, [2, 1, 0, 3]]
    turned = np.ascontiguousarray(labels.transpose(2, 1, 0), dtype=np.uint8)
    written = nib.Nifti1Image(turned, affine)
    written.set_sform(affine, code=_SCANNER)
    return _compressed(written)


def _compressed(image: nib.Nifti1Image) -> bytes:
    """Return the bytes of a gzip file, the same for the same labels: no time in its head."""
    image.header.set_xyzt_units("mm")
    return gzip.compress(image.to_bytes(), compresslevel=6, mtime=0)
