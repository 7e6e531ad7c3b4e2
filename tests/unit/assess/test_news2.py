"""NEWS2: a score that cannot be computed is never a score of zero."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from make.record import NOW, a_man, a_vitals_record, measured, vitals
from osler.assess import news2
from osler.clinical import Code, Condition, Record, Score, ScoreInput, Sex
from osler.errors import Misuse
from osler.standards.guideline import shipped

PREGNANCY = Code("http://snomed.info/sct", "77386006", "Pregnancy")
HYPERCAPNIC = Code("http://hl7.org/fhir/sid/icd-10", "J96.11", "Hypercapnic")


def score(record: Record, *, age_years: float | None = 65.0, at: datetime = NOW) -> Score:
    """Score a record by the shipped guidelines."""
    return news2(record, at=at, age_years=age_years, guidelines=shipped())


def points(found: Score, name: str) -> int:
    """Return the points of one item."""
    given = item(found, name).points
    assert isinstance(given, int), name
    return given


def item(found: Score, name: str) -> ScoreInput:
    """Return one item of a score."""
    return next(one for one in found.inputs if one.name == name)


def test_calm_signs_score_zero() -> None:
    """All seven items in the chart's middle column."""
    found = score(a_vitals_record())
    assert (found.value, found.missing, found.stale) == (0, (), ())
    assert found.band == "low clinical risk: aggregate 0 to 4"
    assert found.verified


def test_a_sick_patient_by_hand() -> None:
    """24/min 2, 93 % 2, oxygen 2, 100 mmHg 2, 115/min 2, voice 3, 39.2 C 2: fifteen."""
    found = score(
        a_vitals_record(
            respiratory_rate=24.0,
            spo2=93.0,
            supplemental_oxygen="yes",
            systolic=100.0,
            heart_rate=115.0,
            consciousness="V",
            temperature=39.2,
        )
    )
    assert found.value == 15
    assert found.band == (
        "high clinical risk: aggregate 7 or more; single red score (3 points): consciousness"
    )


@pytest.mark.parametrize(
    ("name", "display", "expected"),
    [
        (
            "respiratory_rate",
            "respiration rate",
            {8: 3, 9: 1, 11: 1, 12: 0, 20: 0, 21: 2, 24: 2, 25: 3},
        ),
        ("spo2", "oxygen saturation", {91: 3, 92: 2, 93: 2, 94: 1, 95: 1, 96: 0, 100: 0}),
        (
            "systolic",
            "systolic blood pressure",
            {90: 3, 91: 2, 100: 2, 101: 1, 110: 1, 111: 0, 219: 0, 220: 3},
        ),
        (
            "heart_rate",
            "pulse",
            {40: 3, 41: 1, 50: 1, 51: 0, 90: 0, 91: 1, 110: 1, 111: 2, 130: 2, 131: 3},
        ),
        (
            "temperature",
            "temperature",
            {35.0: 3, 35.1: 1, 36.0: 1, 36.1: 0, 38.0: 0, 38.1: 1, 39.0: 1, 39.1: 2},
        ),
    ],
)
def test_every_boundary_of_the_chart(name: str, display: str, expected: dict[float, int]) -> None:
    """One step across a boundary changes who is called, so each is checked on both sides."""
    for value, wanted in expected.items():
        found = score(a_vitals_record(None, **{name: float(value)}))
        assert points(found, display) == wanted, value


@pytest.mark.parametrize(("letter", "wanted"), [("A", 0), ("C", 3), ("V", 3), ("P", 3), ("U", 3)])
def test_anything_but_alert_is_red(letter: str, wanted: int) -> None:
    """New confusion counts as much as unresponsiveness."""
    assert points(score(a_vitals_record(consciousness=letter)), "consciousness") == wanted


def test_a_value_between_two_bands_is_rounded_to_the_chart() -> None:
    """38.04 is 38.0 on the chart; a value must never fall between bands and score nothing."""
    assert points(score(a_vitals_record(temperature=38.04)), "temperature") == 0
    assert points(score(a_vitals_record(temperature=38.06)), "temperature") == 1


def test_an_exact_half_goes_to_the_worse_band() -> None:
    """38.05 lies between 38.0 and 38.1: vigilance, not reassurance."""
    assert points(score(a_vitals_record(temperature=38.05)), "temperature") == 1
    assert points(score(a_vitals_record(spo2=95.5)), "oxygen saturation") == 1


def test_a_single_red_score_is_flagged_below_five() -> None:
    """A sum of three hides a patient who breathes eight times a minute."""
    found = score(a_vitals_record(respiratory_rate=8.0))
    assert found.value == 3
    assert found.band == (
        "low-medium clinical risk: a score of 3 in a single parameter (red score); "
        "single red score (3 points): respiration rate"
    )


def test_a_missing_item_leaves_no_value() -> None:
    """A patient whose pressure nobody took is not a patient with a score of zero."""
    found = score(a_vitals_record(systolic=None))
    assert found.value is None
    assert found.missing == ("systolic blood pressure",)
    assert len(found.inputs) == 6
    assert "Cannot be computed, 6 of 7 items scored" in found.reason


def test_an_incomplete_score_still_shows_a_red_item() -> None:
    """Eight breaths a minute need somebody now, whatever else is missing."""
    found = score(a_vitals_record(systolic=None, respiratory_rate=8.0))
    assert found.value is None
    assert found.band == "not computed; single red score (3 points): respiration rate"


def test_oxygen_that_is_not_stated_is_missing() -> None:
    """Assuming room air would take two points from every patient on oxygen."""
    found = score(a_vitals_record(supplemental_oxygen=None))
    assert found.value is None
    assert found.missing == ("air or oxygen",)


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("oxygen_concentration", 21.0, 0),
        ("oxygen_concentration", 28.0, 2),
        ("oxygen_flow", 0.0, 0),
        ("oxygen_flow", 2.0, 2),
    ],
)
def test_concentration_and_flow_state_air_or_oxygen(name: str, value: float, wanted: int) -> None:
    """Monitors send 28 % or 2 L/min, not the word oxygen."""
    record = a_vitals_record(None, supplemental_oxygen=None, **{name: value})
    assert points(score(record), "air or oxygen") == wanted


def test_a_stale_value_is_named_and_not_used() -> None:
    """A pressure from last night says nothing of this morning."""
    old = measured("systolic", 125.0, at=NOW - timedelta(hours=6, minutes=1))
    record = Record(a_man(), observations=(*vitals(systolic=None), old))
    found = score(record)
    assert found.value is None
    assert found.stale == ("systolic blood pressure",)
    assert "older than 6 hours" in found.reason


def test_a_value_of_exactly_the_limit_is_fresh() -> None:
    """The limit itself still counts."""
    record = Record(a_man(), observations=vitals(NOW - timedelta(hours=6)))
    assert score(record).value == 0


def test_a_value_from_after_the_question_is_not_used() -> None:
    """What was measured later was not known then."""
    later = measured("heart_rate", 140.0, at=NOW + timedelta(minutes=5))
    record = Record(a_man(), observations=(*vitals(), later))
    assert points(score(record), "pulse") == 0


def test_the_newest_value_counts() -> None:
    """A pulse of two hours ago has been overtaken."""
    newer = measured("heart_rate", 140.0, at=NOW - timedelta(minutes=5))
    record = Record(a_man(), observations=(newer, *vitals()))
    assert points(score(record), "pulse") == 3


def test_of_two_values_at_one_time_the_worse_counts() -> None:
    """Two monitors disagree: the alarm wins."""
    record = Record(a_man(), observations=(*vitals(), measured("heart_rate", 140.0)))
    assert points(score(record), "pulse") == 3


def test_a_value_without_a_time_is_not_used() -> None:
    """Without a time nobody knows whether it is of today."""
    undated = measured("heart_rate", 70.0, at=None)
    found = score(Record(a_man(), observations=(*vitals(heart_rate=None), undated)))
    assert found.missing == ("pulse",)
    assert "its time is not stated" in found.reason


def test_an_implausible_value_is_not_scored() -> None:
    """A pulse of 700 is a typing error; scoring it 3 would be as wrong as scoring it 0."""
    found = score(a_vitals_record(heart_rate=700.0))
    assert found.value is None
    assert found.missing == ("pulse",)
    assert "outside 10 to 300 /min" in found.reason


@pytest.mark.parametrize("age", [0.5, 3.0, 15.99])
def test_it_does_not_apply_to_children(age: float) -> None:
    """A healthy infant breathes 40 times a minute, which NEWS2 would call an emergency."""
    found = score(a_vitals_record(), age_years=age)
    assert (found.value, found.not_applicable) == (None, True)
    assert "the score holds from 16 years" in found.reason


def test_it_applies_from_the_sixteenth_birthday() -> None:
    """The RCP's limit itself."""
    assert score(a_vitals_record(), age_years=16.0).value == 0


def test_an_unknown_age_is_not_assumed_to_be_adult() -> None:
    """The header of a child's film may lack the birth date as well."""
    found = score(a_vitals_record(), age_years=None)
    assert (found.value, found.not_applicable, found.missing) == (None, False, ("age",))
    assert "the age is not known" in found.reason


def test_it_does_not_apply_in_pregnancy_by_condition() -> None:
    """Pregnancy changes pulse, pressure and breathing."""
    record = replace(a_vitals_record(), conditions=(Condition(PREGNANCY),))
    found = score(record, age_years=30.0)
    assert (found.value, found.not_applicable) == (None, True)


def test_it_does_not_apply_in_pregnancy_by_observation() -> None:
    """LOINC 82810-3, pregnant."""
    found = score(a_vitals_record(pregnancy="yes"), age_years=30.0)
    assert found.not_applicable


def test_a_pregnancy_that_ended_no_longer_counts() -> None:
    """A record keeps every pregnancy of a lifetime."""
    ended = Condition(PREGNANCY, abatement=NOW - timedelta(days=1), active=False)
    record = replace(a_vitals_record(), conditions=(ended,))
    assert score(record, age_years=30.0).value == 0


def test_a_pregnancy_of_years_ago_that_nobody_closed_no_longer_counts() -> None:
    """Problem lists are seldom tidied."""
    forgotten = Condition(PREGNANCY, onset=NOW - timedelta(days=800))
    record = replace(a_vitals_record(), conditions=(forgotten,))
    assert score(record, age_years=30.0).value == 0


def test_where_pregnancy_is_not_recorded_the_score_says_so() -> None:
    """Silence about pregnancy is not a statement that there is none."""
    woman = a_man(sex=Sex.FEMALE)
    assert "Pregnancy is not recorded" in score(a_vitals_record(woman), age_years=30.0).reason
    assert "Pregnancy" not in score(a_vitals_record(), age_years=30.0).reason
    stated = a_vitals_record(woman, pregnancy="no")
    assert "Pregnancy" not in score(stated, age_years=30.0).reason


@pytest.mark.parametrize(
    ("saturation", "oxygen", "wanted"),
    [
        (83, "no", 3),
        (84, "no", 2),
        (86, "yes", 1),
        (88, "no", 0),
        (92, "yes", 0),
        (93, "no", 0),
        (93, "yes", 1),
        (95, "yes", 2),
        (97, "yes", 3),
        (97, "no", 0),
    ],
)
def test_scale_two_by_the_chart(saturation: int, oxygen: str, wanted: int) -> None:
    """Too much oxygen harms a patient who retains carbon dioxide: 97 % on oxygen is red."""
    record = a_vitals_record(spo2=float(saturation), supplemental_oxygen=oxygen, spo2_scale="2")
    found = score(record)
    assert points(found, "oxygen saturation") == wanted
    assert "SpO2 scale 2, as stated in the record" in found.reason


def test_scale_two_follows_recorded_hypercapnic_failure() -> None:
    """88 % is on target for this patient, and red for anybody else."""
    record = a_vitals_record(spo2=88.0)
    assert points(score(record), "oxygen saturation") == 3
    recorded = replace(record, conditions=(Condition(HYPERCAPNIC),))
    assert points(score(recorded), "oxygen saturation") == 0


def test_scale_two_follows_the_exact_words_only() -> None:
    """'No hypercapnic respiratory failure' says the opposite."""
    stated = Condition(Code("", "", "Hypercapnic respiratory failure"))
    denied = Condition(Code("", "", "No hypercapnic respiratory failure"))
    record = a_vitals_record(spo2=88.0)
    assert points(score(replace(record, conditions=(stated,))), "oxygen saturation") == 0
    assert points(score(replace(record, conditions=(denied,))), "oxygen saturation") == 3


def test_a_value_stated_in_words_is_not_scored() -> None:
    """'<90' cannot be placed on the chart."""
    found = score(a_vitals_record(spo2="low"))
    assert found.missing == ("oxygen saturation",)
    assert "not one that can be scored" in found.reason


def test_stale_oxygen_status_is_stale_not_air() -> None:
    """Yesterday's room air says nothing of today's mask."""
    old = measured("supplemental_oxygen", "no", at=NOW - timedelta(hours=20))
    found = score(Record(a_man(), observations=(*vitals(supplemental_oxygen=None), old)))
    assert (found.value, found.stale) == (None, ("air or oxygen",))


def test_a_pregnancy_statement_that_is_too_old_no_longer_counts() -> None:
    """Longer ago than any pregnancy."""
    old = measured("pregnancy", "yes", at=NOW - timedelta(days=301))
    record = Record(a_man(sex=Sex.FEMALE), observations=(*vitals(), old))
    assert score(record, age_years=30.0).value == 0


def test_scale_one_is_the_default_and_said_so() -> None:
    """COPD alone does not choose scale 2; a clinician does."""
    copd = Condition(Code("http://snomed.info/sct", "13645005", "COPD"))
    record = replace(a_vitals_record(), conditions=(copd,))
    assert "SpO2 scale 1, as nothing in the record states scale 2" in score(record).reason


def test_on_scale_two_without_oxygen_status_a_high_saturation_is_not_scored() -> None:
    """95 % is 0 on air and 2 on oxygen."""
    record = a_vitals_record(spo2=95.0, supplemental_oxygen=None, spo2_scale="2")
    assert score(record).missing == ("oxygen saturation", "air or oxygen")
    low = a_vitals_record(spo2=80.0, supplemental_oxygen=None, spo2_scale="2")
    assert points(score(low), "oxygen saturation") == 3


def test_a_question_without_a_zone_is_misuse() -> None:
    """Hours decide whether a value is stale."""
    with pytest.raises(Misuse, match="has no zone"):
        score(a_vitals_record(), at=datetime(2026, 11, 20, 9, 0))  # noqa: DTZ001


def test_an_empty_record_has_no_score_and_names_all_seven_items() -> None:
    """Nothing measured is nothing known."""
    found = score(Record(a_man()))
    assert found.value is None
    assert len(found.missing) == 7
    assert found.inputs == ()
