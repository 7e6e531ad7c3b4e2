"""The files that a DICOMDIR refers to."""

from pydicom.dataset import Dataset

from osler.errors import NotReadable
from osler.standards.dicom.faults import DAMAGE, in_short
from osler.standards.dicom.parsing import parse
from osler.standards.recovered import recovered_faults

# A record for an object names the object's file; records of levels above name none.
_PARTS_SEPARATOR = "/"


def referenced_files(content: bytes, *, origin: str) -> tuple[str, ...]:
    """Return the Referenced File IDs of a DICOMDIR, their components joined by '/'.

    Raises
    ------
    NotReadable
        The DICOMDIR is damaged.

    References
    ----------
    DICOM PS3.3 F.3.2.2, PS3.10 8.2.
    """
    dataset = parse(content, origin=origin).dataset
    try:
        with recovered_faults():
            records = dataset.get("DirectoryRecordSequence") or []
            names = [_file_id(record) for record in records]
    except DAMAGE as error:
        raise NotReadable(
            f"{origin}: the records of the DICOMDIR cannot be read ({in_short(error)}); give the "
            "folder's files without it"
        ) from error
    return tuple(dict.fromkeys(name for name in names if name))


def _file_id(record: Dataset) -> str:
    """Return one record's file, empty where it names none."""
    value = record.get("ReferencedFileID")
    if not value:
        return ""
    parts = [value] if isinstance(value, str) else list(value)
    return _PARTS_SEPARATOR.join(str(part).strip() for part in parts)
