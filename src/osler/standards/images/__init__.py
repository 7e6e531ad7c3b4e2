"""Picture files that are not DICOM: PNG, JPEG, TIFF and NIfTI."""

from osler.standards.images.kinds import ACCEPTED, kind_of
from osler.standards.images.nifti import NIFTI
from osler.standards.images.nifti_writing import label_file, label_file_like
from osler.standards.images.reading import decode, decode_first, read_image, to_volume

__all__ = [
    "ACCEPTED",
    "NIFTI",
    "decode",
    "decode_first",
    "kind_of",
    "label_file",
    "label_file_like",
    "read_image",
    "to_volume",
]
