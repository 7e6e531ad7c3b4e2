"""Instances to studies, and what is refused."""

from make.dicom import a_file, a_slice
from osler.clinical import Instance
from osler.standards.dicom import group_studies, read_instance


def read(content: bytes, origin: str = "x") -> Instance:
    """Read one instance."""
    return read_instance(content, origin=origin)


def test_slices_are_put_in_order_of_position_not_of_number() -> None:
    """Scanners number slices in the order of sending; the patient's anatomy is not so ordered."""
    members = [
        read(a_slice(depth, InstanceNumber=number), f"{depth}")
        for depth, number in ((4.0, 1), (0.0, 2), (2.0, 3))
    ]
    (study,) = group_studies(members).studies
    assert [member.origin for member in study.instances()] == ["0.0", "2.0", "4.0"]


def test_films_without_position_are_put_in_order_of_number() -> None:
    """The first film of a study is the one that is shown first."""
    members = [read(a_file(InstanceNumber=number), f"{number}") for number in (3, 1, 2)]
    (study,) = group_studies(members).studies
    assert [member.origin for member in study.instances()] == ["1", "2", "3"]


def test_the_order_of_arrival_does_not_matter() -> None:
    """The same study must give the same report twice."""
    members = [
        read(
            a_file(
                InstanceNumber=number,
                SeriesInstanceUID=f"2.25.{number % 2}",
                StudyInstanceUID=f"2.25.{number % 3}",
            )
        )
        for number in range(12)
    ]
    assert group_studies(members) == group_studies(members[::-1])
    assert group_studies(members) == group_studies(members[5:] + members[:5])


def test_two_patients_under_one_study_are_refused_and_other_studies_are_kept() -> None:
    """Mixed up, one patient would be treated for the other's findings."""
    mixed = [read(a_file(PatientID="1"), "one"), read(a_file(PatientID="2"), "two")]
    sound = read(a_file(StudyInstanceUID="2.25.5"), "three")
    grouped = group_studies([*mixed, sound])
    assert [study.uid for study in grouped.studies] == ["2.25.5"]
    (refusal,) = grouped.refusals
    assert refusal.kind == "conflict"
    assert "two patient identifiers under one Study Instance UID" in refusal.sentence
    assert refusal.origin == "one and 1 more"


def test_one_number_of_two_issuers_is_two_patients() -> None:
    """Hospital A's 4711 is not hospital B's."""
    members = [read(a_file(IssuerOfPatientID=issuer)) for issuer in ("A", "B")]
    assert len(group_studies(members).refusals) == 1


def test_a_contradiction_of_birth_dates_is_refused() -> None:
    """A number that was given twice shows in the birth date."""
    members = [read(a_file(PatientBirthDate=day)) for day in ("19700101", "19800101")]
    assert "birth date" in group_studies(members).refusals[0].sentence


def test_a_film_without_identity_joins_its_study() -> None:
    """The study's UID is stated; the patient is taken from the films that state one."""
    members = [read(a_file(PatientID=None, PatientName=None)), read(a_file())]
    (study,) = group_studies(members).studies
    assert len(study.instances()) == 2
    assert study.patient.identifiers[0].value == "4711"


def test_films_without_any_identity_are_studies_of_their_own() -> None:
    """Two unknown patients must never be joined."""
    members = [
        read(a_file(PatientID=None, StudyInstanceUID=None, InstanceNumber=number))
        for number in (1, 2)
    ]
    assert len(group_studies(members).studies) == 2
