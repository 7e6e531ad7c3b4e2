"""From a statement to an observation: repaired with a note, flagged, never dropped."""

import math
from dataclasses import replace
from datetime import timedelta

import pytest

from make.record import NOW, TAKEN, code_of, value_of
from osler.clinical import LOINC, SNOMED, Code, Observation
from osler.standards.guideline import shipped
from osler.standards.terminology import Stated, measurable_of, measurables, to_observation

HEART_RATE = Code(LOINC, "8867-4", "Heart rate")
GLUCOSE = Code(LOINC, "2345-7", "Glucose")
ACVPU = Code(LOINC, "67775-7", "Level of responsiveness")


def observe(code: Code, value: float | str | Code | None, unit: str | None = None) -> Observation:
    """Turn a statement into an observation with the shipped bounds."""
    stated = Stated(code, value, unit, TAKEN, f"{value} {unit or ''}".strip())
    return to_observation(stated, shipped().plausible_ranges)


def test_a_value_in_our_unit_needs_no_repair() -> None:
    """A repair list that always says something is read by nobody."""
    seen = observe(HEART_RATE, 92.0, "/min")
    assert (value_of(seen), seen.repairs, seen.implausible) == (92.0, (), None)


def test_a_conversion_is_named() -> None:
    """Who sees 5 mmol/L must be able to find the 90 mg/dL it was."""
    seen = observe(GLUCOSE, 90.0, "mg/dL")
    assert value_of(seen) == pytest.approx(4.9957, rel=1e-4)
    assert seen.repairs == ("converted from mg/dL to mmol/L",)
    assert seen.raw == "90.0 mg/dL"


def test_a_unit_that_does_not_convert_leaves_no_number() -> None:
    """A glucose in mmHg must not be weighed, and must not vanish either."""
    seen = observe(GLUCOSE, 90.0, "mm[Hg]")
    assert seen.value is None
    assert seen.implausible is not None
    assert "glucose: unit 'mm[Hg]' does not convert to 'mmol/L'" in seen.implausible


def test_a_heart_rate_no_patient_has_is_flagged_and_kept() -> None:
    """920 for 92.0 is a typing error; silently using or dropping it would both mislead."""
    seen = observe(HEART_RATE, 920.0, "/min")
    assert value_of(seen) == 920.0
    assert seen.implausible is not None
    assert "outside 10 to 300 /min (engineering bound)" in seen.implausible


def test_the_bounds_themselves_are_believed() -> None:
    """A bound is the last value that is believed."""
    assert observe(HEART_RATE, 300.0, "/min").implausible is None
    assert observe(HEART_RATE, 300.1, "/min").implausible is not None


def test_a_vital_sign_without_a_unit_is_taken_in_the_only_usual_one() -> None:
    """Heart rates have one unit in use; saying that it was assumed is enough."""
    assert observe(HEART_RATE, 92.0).repairs == ("no unit stated, taken as /min",)


def test_a_fahrenheit_temperature_without_a_unit_is_flagged() -> None:
    """98.6 without a unit is 98.6 degrees Celsius to us, and no patient has that."""
    seen = observe(Code(LOINC, "8310-5"), 98.6)
    assert seen.implausible is not None
    assert "outside 24 to 45 Cel" in seen.implausible


def test_a_laboratory_value_without_a_unit_is_not_guessed() -> None:
    """Haemoglobin 13 may be g/dL or g/L: a factor of ten between well and dying."""
    seen = observe(Code(LOINC, "718-7"), 13.0)
    assert seen.value is None
    assert seen.implausible is not None
    assert "no unit is stated" in seen.implausible


def test_numbers_in_text_are_read_with_a_note() -> None:
    """German exports write 37,2."""
    seen = observe(Code(LOINC, "8310-5"), "37,2", "Cel")
    assert value_of(seen) == 37.2
    assert seen.repairs == ("number read from the text '37,2'",)


@pytest.mark.parametrize("value", [math.nan, math.inf, "not done", "<5"])
def test_what_is_no_number_is_kept_as_words(value: float | str) -> None:
    """A text where a number belongs is shown, and nothing is calculated from it."""
    assert isinstance(observe(HEART_RATE, value, "/min").value, str)


@pytest.mark.parametrize(
    "stated",
    ["A", "alert", Code(SNOMED, "248234008", "Mentally alert"), Code(LOINC, "LA9340-6", "Alert")],
)
def test_alert_is_one_answer_in_every_code_system(stated: str | Code) -> None:
    """A patient is as awake in LOINC as in SNOMED CT."""
    assert code_of(observe(ACVPU, stated)) == "248234008"


def test_an_answer_that_is_not_understood_is_flagged() -> None:
    """'Drowsy' is neither alert nor responding to voice; choosing one would invent a sign."""
    seen = observe(ACVPU, "drowsy")
    assert seen.implausible is not None
    assert "expected one of A, C, V, P, U" in seen.implausible


def test_a_code_that_stands_for_its_own_answer_needs_no_value() -> None:
    """The NHS codes 'breathing room air' as an observation without a value."""
    assert code_of(observe(Code(SNOMED, "722742002"), None)) == "373067005"


def test_an_unknown_code_keeps_its_unit_and_value() -> None:
    """What Osler does not know, the clinician may: it stays in the record as stated."""
    seen = observe(Code(LOINC, "9999-9"), 3.0, "mg/dL")
    assert value_of(seen) == 3.0
    assert seen.repairs == ()


def test_a_value_from_the_future_is_flagged() -> None:
    """A wrong clock must not make a stale value look like the newest."""
    stated = Stated(HEART_RATE, 92.0, "/min", NOW + timedelta(minutes=1), "92 /min")
    seen = to_observation(stated, shipped().plausible_ranges, now=NOW)
    assert seen.implausible is not None
    assert "lies after" in seen.implausible
    on_time = to_observation(replace(stated, effective=NOW), shipped().plausible_ranges, now=NOW)
    assert on_time.implausible is None


def test_every_number_has_bounds_in_its_own_unit() -> None:
    """A bound in another unit would flag every healthy patient."""
    bounds = shipped().plausible_ranges
    numbers = {entry.name: entry.unit for entry in measurables() if entry.answers is None}
    assert {name: bound.unit for name, bound in bounds.items()} == numbers


def test_every_code_leads_to_one_measurement() -> None:
    """Two measurements under one code would mix two patients' worth of meaning."""
    codes = [known.code for entry in measurables() for known in entry.codes]
    assert len({(code.system, code.code) for code in codes}) == len(codes)
    assert all(measurable_of(code) is not None for code in codes)


def test_loinc_codes_carry_a_right_check_digit() -> None:
    """A mistyped LOINC code would silently match nothing, or something else (Luhn, mod 10)."""
    for entry in measurables():
        for known in entry.codes:
            if known.code.system != LOINC:
                continue
            digits, check = known.code.code.split("-")
            doubled = str(int(digits[::-2][::-1]) * 2)
            others = digits[-2::-2]
            total = sum(int(d) for d in doubled) + sum(int(d) for d in others)
            assert (10 - total % 10) % 10 == int(check), known.code
