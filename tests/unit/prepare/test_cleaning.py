"""What is wrong in a record is found; only a written rule repairs, beside the raw value."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from osler.clinical import LOINC, SNOMED, Code, Observation, Patient, Quantity, Record, Sex
from osler.prepare.cleaning import Cleaned, clean
from osler.standards.guideline import shipped
from osler.standards.terminology import Stated, to_observation

THEN = datetime(2026, 11, 20, 8, tzinfo=UTC)
HE = Patient(sex=Sex.MALE, birth_date=date(1961, 5, 4))


def stated(code: str, value: float, unit: str, *, hours: float = 0.0) -> Observation:
    """Return a value as a reader gives it."""
    return to_observation(
        Stated(Code(LOINC, code), value, unit, THEN + timedelta(hours=hours), f"{value:g} {unit}"),
        shipped().plausible_ranges,
    )


def cleaned(*values: Observation, patient: Patient = HE) -> Cleaned:
    """Clean a record of these values, and hold that doing it twice changes nothing more."""
    found = clean(Record(patient, values), shipped())
    again = clean(found.record, shipped())
    assert again.record == found.record
    return found


@pytest.mark.parametrize(
    ("code", "value", "unit", "repaired", "in_unit"),
    [
        ("2345-7", 180.0, "mmol/L", 9.992, "mmol/L"),
        ("2345-7", 5.5, "mg/dL", 5.5, "mmol/L"),
        ("2160-0", 1.1, "umol/L", 97.24, "umol/L"),
        ("2160-0", 88.0, "mg/dL", 88.0, "umol/L"),
        ("718-7", 13.5, "g/L", 135.0, "g/L"),
        ("8310-5", 98.6, "Cel", 37.0, "Cel"),
        ("8302-2", 1.75, "cm", 175.0, "cm"),
    ],
)
def test_a_number_that_cannot_be_in_its_unit_is_read_in_the_other_and_said(  # noqa: PLR0917
    code: str, value: float, unit: str, repaired: float, in_unit: str
) -> None:
    """Glucose off by 18 would be a coma on paper. Factors: 18.016 mg/dL and 88.42 umol/L a unit."""
    (one,) = cleaned(stated(code, value, unit)).record.observations
    assert isinstance(one.value, Quantity)
    assert one.value.value == pytest.approx(repaired, rel=2e-3)
    assert (one.value.unit, one.implausible) == (in_unit, None)
    assert one.raw == f"{value:g} {unit}"
    assert any(note.startswith("unit repaired") for note in one.repairs)


@pytest.mark.parametrize(
    ("code", "value", "unit"),
    [("2345-7", 45.0, "mmol/L"), ("2345-7", 28.0, "mg/dL"), ("8310-5", 41.5, "Cel")],
)
def test_a_grave_value_that_can_be_is_left_alone(code: str, value: float, unit: str) -> None:
    """A hyperosmolar coma and a deep hypoglycaemia are real: repairing them would kill."""
    one = stated(code, value, unit)
    assert cleaned(one).record.observations == (one,)


def test_what_no_rule_explains_stays_impossible() -> None:
    """A potassium of 90 is no unit's mistake that we know."""
    (one,) = cleaned(stated("2823-3", 90.0, "mmol/L")).record.observations
    assert one.implausible is not None


def test_a_value_from_before_birth_is_another_persons() -> None:
    """Or the date is wrong: either way it is not used."""
    found = cleaned(stated("2823-3", 4.1, "mmol/L", hours=-24 * 366 * 70))
    assert "before the birth" in str(found.record.observations[0].implausible)
    assert found.said == ("1 values are dated before the patient's birth",)


def test_an_adult_of_thirty_centimetres_is_not_believed_and_a_newborn_is() -> None:
    """The same number is right in one ward and wrong in the other."""
    short = stated("8302-2", 45.0, "cm")
    newborn = replace(HE, birth_date=date(2026, 11, 1))
    assert "at the age of 66" in str(cleaned(short).record.observations[0].implausible)
    assert cleaned(short, patient=newborn).record.observations == (short,)


def test_a_repeated_value_counts_once_and_a_contradicting_one_is_pointed_out() -> None:
    """Two systems send the same result; a third has typed it wrongly."""
    one, typo = stated("2823-3", 4.1, "mmol/L"), stated("2823-3", 1.4, "mmol/L")
    found = cleaned(one, one, typo)
    assert [v.repairs[-1] for v in found.record.observations] == [
        "contradictory: another value of the same time is 1.4",
        "contradictory: another value of the same time is 4.1",
    ]
    assert found.said[0] == "1 repeated values of the record count once"


def test_a_value_far_from_all_others_of_the_patient_is_pointed_out_and_used() -> None:
    """A weight of 7 kg among eighty is a typing error, or a baby's."""
    usual = [
        stated("29463-7", kg, "kg", hours=n)
        for n, kg in enumerate((80.0, 81.0, 79.0, 80.5, 82.0, 78.0))
    ]
    odd = stated("29463-7", 27.0, "kg", hours=9)
    *_, last = cleaned(*usual, odd).record.observations
    assert last.repairs == ("outlying: the patient's other values lie around 80",)
    assert last.implausible is None


def test_a_pregnant_man_is_said() -> None:
    """The record may be somebody else's."""
    yes = Observation(Code(LOINC, "82810-3"), Code(SNOMED, "77386006"), THEN, "yes")
    assert cleaned(yes).said == ("the record says male and pregnant: check whose record it is",)
