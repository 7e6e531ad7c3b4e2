"""Headers of DICOM objects, sound and faulty."""

from datetime import date

import pytest

from make.dicom import a_dataset, a_dicomdir, a_file, a_report
from osler.clinical import Identifier, Sex
from osler.errors import NotReadable, NotSupported
from osler.standards.dicom import read_instance


def test_a_sound_header_is_read_without_warning() -> None:
    """Who, what and when must reach the report as the modality stated them."""
    content = a_file(
        IssuerOfPatientID="HOSPITAL A",
        PatientBirthDate="19650312",
        BodyPartExamined="CHEST",
        ViewPosition="PA",
        AccessionNumber="ACC-1",
        BurnedInAnnotation="NO",
    )
    read = read_instance(content, origin="film.dcm")
    assert read.warnings == ()
    assert read.patient.identifiers == (Identifier("4711", "HOSPITAL A"),)
    assert read.patient.name == "Doe^Jane"
    assert read.patient.sex is Sex.FEMALE
    assert read.patient.birth_date == date(1965, 3, 12)
    assert read.study_date == date(2025, 1, 2)
    assert (read.body_part, read.view_position, read.accession_number) == ("CHEST", "PA", "ACC-1")
    assert (read.has_pixels, read.burned_in_annotation) == (True, False)
    assert read.content is content


def test_a_film_without_patient_id_has_no_identifier() -> None:
    """An identity that is guessed puts one patient's pneumonia into another's record."""
    read = read_instance(a_file(PatientID=None), origin="x")
    assert read.patient.identifiers == ()
    assert not read.patient.is_identified()


@pytest.mark.parametrize(
    ("stated", "years"),
    [("045Y", 45.0), ("006M", 0.5), ("003W", 21 / 365.2425), ("010D", 10 / 365.2425)],
)
def test_an_age_is_read_in_years(stated: str, years: float) -> None:
    """A ten-day-old read as ten years old would be shown to a model for another chest."""
    read = read_instance(a_file(PatientAge=stated), origin="x")
    assert read.patient.stated_age_years == pytest.approx(years)


@pytest.mark.parametrize("stated", ["45", "999Y", "old", "-5Y"])
@pytest.mark.filterwarnings("ignore:Invalid value for VR AS")
def test_a_nonsense_age_becomes_none_with_a_warning(stated: str) -> None:
    """An age without a unit could be months; the population gate must not trust it."""
    read = read_instance(a_file(PatientAge=stated), origin="x")
    assert read.patient.stated_age_years is None
    assert any("PatientAge is not an age" in warning for warning in read.warnings)


@pytest.mark.filterwarnings("ignore:Invalid value for VR DA")
@pytest.mark.parametrize("stated", ["20251341", "11111111", "00000000", "soon"])
def test_a_nonsense_birth_date_becomes_none_with_a_warning(stated: str) -> None:
    """A wrong birth date gives a wrong age, and a wrong age a wrong model."""
    read = read_instance(a_file(PatientBirthDate=stated), origin="x")
    assert read.patient.birth_date is None
    assert any("PatientBirthDate is not a date" in warning for warning in read.warnings)


def test_a_warning_does_not_repeat_the_patients_data() -> None:
    """Warnings are logged; a birth date in a log is a leak."""
    with pytest.warns(UserWarning, match="Invalid value for VR DA"):
        content = a_file(PatientBirthDate="19651399")
    assert "1965" not in " ".join(read_instance(content, origin="x").warnings)


def test_a_file_without_preamble_is_read_with_a_warning() -> None:
    """Old archives hold such files, and the earlier film is what tells a change."""
    read = read_instance(a_file(part_10=False), origin="x")
    assert read.has_pixels
    assert read.patient.identifiers[0].value == "4711"
    assert read.warnings[0] == "no DICOM preamble and prefix: read all the same"
    assert "Implicit VR Little Endian" in read.warnings[1]


def test_missing_uids_are_made_from_the_content_and_stay_the_same() -> None:
    """Sent twice, a film without UIDs must not become two studies of one patient."""
    dataset = a_dataset(StudyInstanceUID=None, SeriesInstanceUID=None)
    first, second = (read_instance(a_file(dataset), origin=name) for name in ("a", "b"))
    assert first.study_uid == second.study_uid
    assert first.study_uid.startswith("2.25.")
    assert len({first.study_uid, first.series_uid, first.uid}) == 3
    assert any("StudyInstanceUID is missing" in warning for warning in first.warnings)


def test_two_films_without_uids_are_two_studies() -> None:
    """Films of two patients without UIDs must not be read as one study."""
    one = read_instance(a_file(StudyInstanceUID=None, InstanceNumber=1), origin="a")
    other = read_instance(a_file(StudyInstanceUID=None, InstanceNumber=2), origin="b")
    assert one.study_uid != other.study_uid


def test_a_structured_report_has_no_pixels() -> None:
    """A document must be said to be no picture, not to be a picture without findings."""
    read = read_instance(a_report(), origin="x")
    assert not read.has_pixels
    assert read.modality == "SR"


def test_an_image_class_without_pixels_says_so() -> None:
    """A film whose pixels were stripped must not pass for a film that was looked at."""
    read = read_instance(a_file(PixelData=None), origin="x")
    assert not read.has_pixels
    assert "an image object without pixel data: there is no picture to look at" in read.warnings


def test_an_unusable_window_is_told() -> None:
    """A width of zero shows nothing; the reader must know that another range is shown."""
    read = read_instance(a_file(WindowCenter="10", WindowWidth="0"), origin="x")
    assert any("window in the header is not usable" in warning for warning in read.warnings)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", r"film: the file is empty \(0 bytes\); send it again"),
        (b"%PDF-1.7 and more", "film: neither the DICOM prefix nor a DICOM element"),
        (bytes(128) + b"DICM", "film: 0 known DICOM elements found, expected a data set"),
    ],
)
def test_what_is_not_dicom_is_refused_with_a_sentence(content: bytes, sentence: str) -> None:
    """The sender must learn what to do, or the film never arrives."""
    with pytest.raises(NotReadable, match=sentence):
        read_instance(content, origin="film")


def test_a_dicomdir_is_refused_with_what_to_do() -> None:
    """An index holds no image; the folder around it does."""
    with pytest.raises(NotSupported, match="give the folder that it lies in"):
        read_instance(a_dicomdir(["A", "B"]), origin="DICOMDIR")
