"""The distance between pixels, where the header gives one."""

from pydicom.dataset import Dataset

from osler.standards.dicom.groups import frame_group, numbers

_KEYWORDS = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")


def spacing_of(dataset: Dataset, frame: int) -> tuple[float, float] | None:
    """Return (row spacing, column spacing) in millimetres.

    Pixel Spacing (calibrated, or in the patient) goes before Imager Pixel Spacing, which is at
    the detector and so larger than in the patient.

    References
    ----------
    DICOM PS3.3 10.7.1.3.
    """
    measures = frame_group(dataset, frame, "PixelMeasuresSequence")
    for holder, keyword in ((measures, _KEYWORDS[0]), *((dataset, key) for key in _KEYWORDS)):
        found = numbers(holder, keyword)
        if len(found) == 2 and min(found) > 0:
            return (found[0], found[1])
    return None
