"""Rules: each fires where it must and nowhere else; nothing unread or expired is advice."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from make.draft import a_finding
from make.record import NOW, a_man, measured
from osler.assess import assess
from osler.assess.examples import example_outcome
from osler.clinical import Assessment, Code, Condition, Record
from osler.standards.fhir.paths import is_true, parsed
from osler.standards.guideline import shipped

PACKS = shipped().rules
EXAMPLES = [
    (pack.name, rule.name, number)
    for pack in PACKS.values()
    for rule in pack.rules
    for number in range(len(rule.examples))
]
PNEUMONIA = (Condition(Code("http://hl7.org/fhir/sid/icd-10", "J18.9", "Pneumonia")),)


def advised(record: Record, *, at: datetime = NOW, age_years: float = 70.0) -> Assessment:
    """Assess a record by the shipped rules."""
    return assess((), record, pretests={}, at=at, age_years=age_years, guidelines=shipped())


@pytest.mark.parametrize(("pack", "name", "number"), EXAMPLES)
def test_each_example_has_the_outcome_that_it_states(pack: str, name: str, number: int) -> None:
    """A rule that fires for the wrong patient is worse than none."""
    rule = next(one for one in PACKS[pack].rules if one.name == name)
    example = rule.examples[number]
    assert example_outcome(PACKS[pack], rule, example, guidelines=shipped()) == example.outcome


def test_advice_says_why_and_where_it_was_read() -> None:
    """A suggestion without its source is an opinion."""
    seen = (
        measured("urea", 12.0),
        measured("respiratory_rate", 32.0),
        measured("systolic", 85.0),
        measured("diastolic", 50.0),
        measured("consciousness", "C"),
    )
    found = advised(Record(a_man(), seen, PNEUMONIA)).recommendations
    one = next(one for one in found if one.name == "pneumonia_adults/high_hospital")
    assert one.why == "CURB-65 is 5"
    assert one.read_in
    assert one.read_on is not None
    assert one.reviewer is None


def test_an_allergy_holds_back_and_says_so() -> None:
    """The reader has to see what was not suggested, and why not."""
    seen = (
        measured("systolic", 95.0),
        measured("respiratory_rate", 24.0),
        measured("consciousness", "A"),
    )
    allergies = (Code("", "", "Allergy to penicillin"),)
    found = advised(Record(a_man(), seen, PNEUMONIA, allergies=allergies)).recommendations
    one = next(one for one in found if one.name == "sepsis/cultures_and_antibiotics")
    assert one.held_back == (
        "an allergy to penicillin is recorded: choose the antibiotic accordingly",
    )


def test_rules_that_nobody_read_are_never_advice() -> None:
    """They are listed for who wants to read them up, and stay silent."""
    unread = {
        f"{pack.name}/{rule.name}"
        for pack in PACKS.values()
        for rule in pack.rules
        if not rule.is_verified()
    }
    assert unread
    record = Record(a_man(), conditions=(Condition(Code("", "", "Macular edema")),))
    names = {one.name for one in advised(record).recommendations}
    assert not names & unread


def test_expired_rules_are_silent_and_say_so() -> None:
    """Advice from a guideline that was replaced years ago looks like any other."""
    late = datetime(2029, 1, 1, tzinfo=UTC)
    found = advised(Record(a_man(), conditions=PNEUMONIA), at=late)
    assert found.recommendations == ()
    assert any("expired on 2028-11-25" in note for note in found.notes)


def test_a_finding_that_needs_a_pretest_fires_nothing_without_one() -> None:
    """A tuberculosis score alone is no statement, so it is no reason for a test either."""
    finding = replace(a_finding(), name="tuberculosis", needs_pretest=True, positive=True)
    record = Record(a_man())
    alone = assess((finding,), record, pretests={}, at=NOW, age_years=40.0, guidelines=shipped())
    assert not alone.recommendations
    weighed = assess(
        (finding,),
        record,
        pretests={"tuberculosis": (0.1, "typed in")},
        at=NOW,
        age_years=40.0,
        guidelines=shipped(),
    )
    assert "tuberculosis/adult_film" in {one.name for one in weighed.recommendations}


def test_broken_fhirpath_is_refused_with_its_column() -> None:
    """The library passes over half an expression and evaluates the rest."""
    with pytest.raises(ValueError, match=r"no FHIRPath: .*column"):
        parsed("%age >= and (")


def test_what_is_not_known_is_not_true() -> None:
    """A missing lactate is neither high nor low."""
    assert not is_true("%measured.lactate > 2", {}, {"measured": {}})
    assert is_true("%measured.lactate.empty()", {}, {"measured": {}})


def test_a_rule_that_fails_on_a_patient_is_named_and_stops_nothing() -> None:
    """One bad expression must cost neither the report nor the other rules."""
    pack = PACKS["sepsis"]
    broken = pack.rules[0].model_copy(
        update={"condition": "Bundle.entry.resource.ofType(Condition).code.text.lower() = 'x'"}
    )
    changed = pack.model_copy(update={"rules": (broken, *pack.rules[1:])})
    guidelines = shipped().model_copy(update={"rules": {"sepsis": changed}})
    problems = (Condition(Code("", "", "Sepsis")), Condition(Code("", "", "Cough")))
    seen = (
        measured("systolic", 95.0),
        measured("respiratory_rate", 24.0),
        measured("consciousness", "A"),
    )
    record = Record(a_man(), seen, problems)
    found = assess((), record, pretests={}, at=NOW, age_years=70.0, guidelines=guidelines)
    assert any("sepsis/lactate could not be asked" in note for note in found.notes)
    assert "sepsis/cultures_and_antibiotics" in {one.name for one in found.recommendations}
