"""DICOM objects to values and back."""

from osler.standards.dicom.decoding import decode, decode_first
from osler.standards.dicom.dicomdir import referenced_files
from osler.standards.dicom.grouping import Grouped, group_studies
from osler.standards.dicom.instance import MEDIA_TYPE, is_image_class, read_instance
from osler.standards.dicom.parsing import has_preamble, is_dicomdir, looks_like_dicom
from osler.standards.dicom.shape import MAX_PIXELS_BYTES
from osler.standards.dicom.volume import to_volume

__all__ = [
    "MAX_PIXELS_BYTES",
    "MEDIA_TYPE",
    "Grouped",
    "decode",
    "decode_first",
    "group_studies",
    "has_preamble",
    "is_dicomdir",
    "is_image_class",
    "looks_like_dicom",
    "read_instance",
    "referenced_files",
    "to_volume",
]
