"""A DICOM object to an Instance: who, what and when, as far as the header says."""

from dataclasses import replace

from pydicom.dataset import Dataset
from pydicom.uid import UID

from osler.clinical import Identifier, Instance, InstanceUid, Patient, SeriesUid, Sex, StudyUid
from osler.standards.dicom.faults import about
from osler.standards.dicom.header import Header
from osler.standards.dicom.parsing import parse, require_object
from osler.standards.dicom.windows import window_faults
from osler.standards.recovered import recovered_faults

MEDIA_TYPE = "application/dicom"
PIXEL_KEYWORDS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")

_SEXES = {"F": Sex.FEMALE, "M": Sex.MALE, "O": Sex.OTHER}


def read_instance(content: bytes, *, origin: str) -> Instance:
    """Read the header of one DICOM object.

    Parameters
    ----------
    content
        The whole file, with or without preamble and file meta information.
    origin
        The name that the user knows the file by.

    Returns
    -------
    The instance; ``warnings`` names each fault that was read past. Nothing is assumed of who the
    patient is: without Patient ID there is no identifier. A UID that is missing is made from the
    content.

    Raises
    ------
    NotReadable
        The bytes are empty, are not DICOM, or are damaged beyond reading.
    NotSupported
        A DICOMDIR, which is an index and no object.
    TooLarge
        A deflated data set that inflates beyond the limit.
    """
    with about(origin), recovered_faults():
        return _read(content, origin)


def _read(content: bytes, origin: str) -> Instance:
    """Read the header; pydicom's errors and warnings are the caller's."""
    require_object(content, origin=origin)
    parsed = parse(content, origin=origin)
    header = Header(parsed.dataset)
    sop_class = header.text("SOPClassUID")
    has_pixels = _has_pixels(parsed.dataset, header, sop_class)
    if has_pixels:
        for fault in window_faults(parsed.dataset):
            header.note(fault)
    read = Instance(
        uid=InstanceUid(header.uid("SOPInstanceUID", content=content, level="instance")),
        series_uid=SeriesUid(header.uid("SeriesInstanceUID", content=content, level="series")),
        study_uid=StudyUid(header.uid("StudyInstanceUID", content=content, level="study")),
        origin=origin,
        media_type=MEDIA_TYPE,
        content=content,
        has_pixels=has_pixels,
        patient=_patient(header),
        modality=header.text("Modality"),
        sop_class=sop_class,
        body_part=header.text("BodyPartExamined"),
        view_position=header.text("ViewPosition"),
        study_date=header.day("StudyDate"),
        studied_at=header.moment("StudyDate", "StudyTime"),
        study_description=header.text("StudyDescription"),
        series_description=header.text("SeriesDescription"),
        accession_number=header.text("AccessionNumber"),
        institution=header.text("InstitutionName"),
        manufacturer=header.text("Manufacturer"),
        instance_number=header.whole_number("InstanceNumber"),
        burned_in_annotation=_burned_in(header),
        frames=max(1, header.whole_number("NumberOfFrames") or 1) if has_pixels else 1,
    )
    return replace(read, warnings=tuple(dict.fromkeys((*parsed.warnings, *header.faults))))


def _has_pixels(dataset: Dataset, header: Header, sop_class: str | None) -> bool:
    """Tell whether there is pixel data; note an image class without any."""
    if any(key in dataset and dataset.get_item(key).value for key in PIXEL_KEYWORDS):
        return True
    if is_image_class(sop_class):
        header.note("an image object without pixel data: there is no picture to look at")
    return False


def is_image_class(sop_class: str | None) -> bool:
    """Tell whether a SOP class is one of those that hold pictures."""
    return sop_class is not None and "Image Storage" in UID(sop_class).name


def _patient(header: Header) -> Patient:
    """Return what the header says of the patient, and no more."""
    value = header.text("PatientID")
    issuer = header.text("IssuerOfPatientID")
    sex = header.text("PatientSex")
    if sex is not None and sex.upper() not in _SEXES:
        header.note("PatientSex is not F, M or O: taken as unknown")
    return Patient(
        identifiers=() if value is None else (Identifier(value, issuer),),
        name=header.text("PatientName"),
        sex=_SEXES.get((sex or "").upper(), Sex.UNKNOWN),
        birth_date=header.day("PatientBirthDate"),
        stated_age_years=header.age_years("PatientAge"),
    )


def _burned_in(header: Header) -> bool | None:
    """Return whether text is burned into the pixels, where the header says."""
    return {"YES": True, "NO": False}.get((header.text("BurnedInAnnotation") or "").upper())
