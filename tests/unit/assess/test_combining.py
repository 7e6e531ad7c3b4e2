"""The whole assessment: every assumption is said, nothing is invented."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from make.draft import a_finding, a_model, a_negative_finding
from make.record import NOW, a_man, a_vitals_record, measured, vitals
from osler.assess import assess
from osler.clinical import Assessment, Finding, Record
from osler.errors import Misuse
from osler.standards.guideline import shipped

Given = Mapping[str, tuple[float, str]]


def assessed(
    findings: Sequence[Finding] = (),
    record: Record | None = None,
    *,
    pretests: Given | None = None,
    age_years: float | None = 65.0,
) -> Assessment:
    """Assess by the shipped guidelines."""
    return assess(
        findings,
        record,
        pretests=pretests or {},
        at=NOW,
        age_years=age_years,
        guidelines=shipped(),
    )


def test_a_given_pretest_is_used_with_its_source() -> None:
    """The clinician's number outranks the calibration set's share."""
    found = assessed([a_finding()], pretests={"pneumonia": (0.12, "typed in by the user")})
    assert found.weighings[0].pretest == 0.12
    assert found.weighings[0].pretest_source == "typed in by the user"


def test_without_one_the_calibration_share_is_used_and_called_that() -> None:
    """A share of 21 % in a data set is not the prevalence of this ward."""
    weighing = assessed([a_finding()]).weighings[0]
    assert weighing.pretest == 0.21
    assert weighing.pretest_source == (
        "share in the calibration set, not the prevalence here: give --pretest"
    )


def test_independence_is_said_wherever_something_is_weighed() -> None:
    """A pre-test probability that already used the film would count it twice."""
    assert any("independent of the film" in note for note in assessed([a_finding()]).notes)
    assert assessed().notes == ()


def test_a_pretest_for_something_not_judged_is_said() -> None:
    """Who typed it must learn that it had no effect."""
    found = assessed([a_finding()], pretests={"pneumothorax": (0.1, "typed in")})
    assert any("pneumothorax, but nothing was judged under that name" in n for n in found.notes)


def test_a_one_sided_calibration_set_weighs_nothing() -> None:
    """A share of 0 has no odds; the finding is named instead of dropped."""
    found = assessed([a_finding(prevalence=0.0)])
    assert found.weighings == ()
    assert any("Pneumonia: not weighed" in note for note in found.notes)


def test_a_wrong_pretest_stops_the_assessment() -> None:
    """A typing slip must not be replaced by a default behind the user's back."""
    with pytest.raises(Misuse, match="pneumonia: the pre-test probability is 12"):
        assessed([a_finding()], pretests={"pneumonia": (12.0, "typed in")})


def test_two_models_that_disagree_are_named() -> None:
    """Multiplying both would count one shadow twice."""
    other = replace(a_negative_finding("Pneumonia"), model=a_model("cxr-second"))
    found = assessed([a_finding(), other])
    assert len(found.weighings) == 2
    assert any("2 models judged pneumonia; they disagree" in note for note in found.notes)


def test_without_a_record_there_is_no_score() -> None:
    """A film alone has no vital signs."""
    assert assessed([a_finding()]).scores == ()


def test_with_a_record_there_is_always_a_score_entry() -> None:
    """Also where it cannot be computed: 'could not look' is shown."""
    assert assessed(record=a_vitals_record()).scores[0].value == 0
    assert assessed(record=Record(a_man())).scores[0].value is None


def test_future_and_implausible_values_are_counted() -> None:
    """The reader must know that part of the record was set aside."""
    later = measured("heart_rate", 80.0, at=NOW + timedelta(hours=2))
    wrong = measured("temperature", 98.6)
    record = Record(a_man(), observations=(*vitals(), later, wrong))
    notes = assessed(record=record).notes
    assert "1 values are dated after the time of this assessment and not used." in notes
    assert "1 values of the record are implausible and not used." in notes


def test_a_record_of_another_age_is_named() -> None:
    """The wrong patient's record shows first in the age."""
    notes = assessed(record=a_vitals_record(), age_years=40.0).notes
    assert any("an age of 66 years, the study 40" in note for note in notes)


def test_nothing_is_recommended_without_a_record() -> None:
    """A rule that cannot see the patient does not know what speaks against it."""
    assert assessed([a_finding()]).recommendations == ()
