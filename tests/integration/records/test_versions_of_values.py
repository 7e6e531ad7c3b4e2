"""A value's next version names the one before; a contradiction about the person is shown."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from make.kept import NOW, Kept
from osler.clinical import (
    LOINC,
    Code,
    Identifier,
    Named,
    Observation,
    Patient,
    Quantity,
    Record,
    Sex,
    ValueNames,
)
from osler.errors import IdentityConflict
from osler.records import Conflicts

SHE = Patient((Identifier("0042", "urn:oid:1.2.3"),), sex=Sex.FEMALE, birth_date=date(1961, 5, 4))


def potassium(value: float) -> Record:
    """Return a record of one measured value."""
    one = Observation(
        Code(LOINC, "2823-3"), Quantity(value, "mmol/L"), datetime(2026, 11, 20, tzinfo=UTC), "K"
    )
    return Record(SHE, (one,))


def keep(  # noqa: PLR0917 - who, what, in which words
    kept: Kept, record: Record, content: bytes, names: ValueNames | None = None
) -> str:
    """Keep a document; contradictions are shown."""
    put = kept.osler.documents.store
    stored = put(
        record,
        content,
        kind="fhir",
        source="lab",
        now=NOW,
        names=names,
        conflicts=Conflicts.SHOWN,
    )
    return stored.patient_id


def values(kept: Kept) -> list[float]:
    """Return the potassium values that count."""
    found = kept.osler.patients.find(SHE)
    assert found is not None
    record = kept.osler.documents.record(found)
    assert record is not None
    return [one.value.value for one in record.observations if isinstance(one.value, Quantity)]


def test_a_corrected_result_takes_the_place_of_the_first_and_not_the_other_way_round(
    kept: Kept,
) -> None:
    """The laboratory corrects a haemolysed potassium; a late copy of the first changes nothing."""
    second = ValueNames((Named("lab|Observation/1", "2"),))
    first = ValueNames((Named("lab|Observation/1", "1"),))
    keep(kept, potassium(6.9), b"one", first)
    keep(kept, potassium(4.1), b"two", second)
    assert values(kept) == [4.1]
    keep(kept, potassium(6.9), b"one again", first)
    assert values(kept) == [4.1]


def test_a_value_that_its_source_takes_back_counts_no_more(kept: Kept) -> None:
    """Entered in error: it was another patient's blood."""
    keep(kept, potassium(6.9), b"one", ValueNames((Named("lab|Observation/1", "1"),)))
    gone = ValueNames(withdrawn=(Named("lab|Observation/1", "2"),))
    keep(kept, Record(SHE), b"two", gone)
    assert values(kept) == []


def test_a_contradicting_birth_date_is_shown_and_overwrites_nothing(kept: Kept) -> None:
    """Two systems disagree on a person: somebody has to look, and nothing may be lost."""
    keep(kept, potassium(4.1), b"one")
    other = replace(SHE, birth_date=date(1916, 5, 4))
    patient_id = keep(kept, replace(potassium(4.2), patient=other), b"two")
    found = kept.osler.patients.find(SHE)
    assert found == patient_id
    record = kept.osler.documents.record(found)
    assert record is not None
    assert record.patient.birth_date == date(1961, 5, 4)
    assert "the birth date is in dispute: lab says 1916-05-04" in record.warnings[0]
    assert values(kept) == [4.1, 4.2]


def test_another_sex_and_another_birth_date_are_another_person(kept: Kept) -> None:
    """A number was given twice: nothing of the second one may stand in the first one's record."""
    keep(kept, potassium(4.1), b"one")
    other = replace(SHE, sex=Sex.MALE, birth_date=date(1990, 1, 1))
    with pytest.raises(IdentityConflict, match="sex and birth date"):
        keep(kept, replace(potassium(4.2), patient=other), b"two")
    assert values(kept) == [4.1]


def test_a_document_of_nobody_is_kept_once_and_joins_no_other(kept: Kept) -> None:
    """Without a number nobody knows whose it is; two such documents are two patients."""
    one = keep(kept, Record(Patient()), b"one")
    assert keep(kept, Record(Patient()), b"two") != one
    assert keep(kept, Record(Patient()), b"one") == one
