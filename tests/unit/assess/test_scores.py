"""Scores as data: published examples come out, and what is missing is never zero."""

from dataclasses import replace
from datetime import timedelta

import pytest

from make.record import NOW, a_man, measured
from make.scored import facts_of, units_of
from osler.assess.facts import Facts
from osler.assess.scores import due_scores, every_score, score_of
from osler.clinical import Code, Condition, Record, Score, Sex
from osler.standards.guideline import FormulaInput, Part, shipped
from osler.standards.terminology import convert, measurable_named

SCORES = shipped().scores
EXAMPLES = [(name, n) for name, one in SCORES.items() for n in range(len(one.examples))]
SNOMED = "http://snomed.info/sct"


def scored(name: str, record: Record, age_years: float | None = 65.0) -> Score:
    """Compute one of the shipped scores."""
    return score_of(SCORES[name], Facts(record, NOW, age_years, shipped()))


@pytest.mark.parametrize(("name", "number"), EXAMPLES)
def test_each_example_gives_its_published_value(name: str, number: int) -> None:
    """A wrong digit in a table would send a patient home, or to intensive care."""
    definition = SCORES[name]
    example = definition.examples[number]
    found = score_of(definition, facts_of(example.given, units_of(definition)))
    assert found.value is not None, found.reason
    assert found.value == pytest.approx(example.value, abs=example.tolerance + 1e-9)
    assert example.band in found.band


@pytest.mark.parametrize("name", sorted(SCORES))
def test_every_score_names_where_it_was_read(name: str) -> None:
    """What nobody compared with a text is not shipped as a score."""
    definition = SCORES[name]
    assert definition.is_verified()
    assert definition.source.reviewer is None


@pytest.mark.parametrize("name", sorted(SCORES))
def test_nothing_known_is_no_score_and_never_zero(name: str) -> None:
    """An empty record is not a healthy patient."""
    found = scored(name, Record(a_man(sex=Sex.UNKNOWN)), age_years=None)
    assert found.value is None
    assert found.reason


@pytest.mark.parametrize("name", sorted(SCORES))
def test_leaving_out_one_input_names_it(name: str) -> None:
    """Who knows what is missing can go and measure it."""
    definition = SCORES[name]
    given = dict(definition.examples[0].given)
    if len(definition.items) and all(len(item.parts) > 1 for item in definition.items):
        pytest.skip("each item of this score has several ways to be known")
    single = [
        item.parts[0].name
        for item in definition.items
        if len(item.parts) == 1 and not item.parts[0].silence_is_no
    ]
    left_out = next((n for n in single if n in given and n not in ("age", "sex")), None)
    if left_out is None:
        left_out = next((n for n in given if n not in ("age", "sex")), "")
    if definition.name in ("cha2ds2_vasc", "charlson"):
        pytest.skip("what the record does not list counts as absent here, and is said")
    given.pop(left_out)
    found = score_of(definition, facts_of(given, units_of(definition)))
    assert found.value is None
    assert found.missing


def _measured_parts() -> list[tuple[str, Part | FormulaInput]]:
    """List every part of a score that is a measurement with a factor."""
    parts: list[tuple[str, Part | FormulaInput]] = []
    for name, one in SCORES.items():
        parts += [(name, part) for item in one.items for part in item.parts]
        parts += [(name, part) for part in (one.formula.inputs if one.formula else ())]
    return [(n, p) for n, p in parts if p.measured and measurable_named(p.measured)]


@pytest.mark.parametrize(("name", "part"), _measured_parts())
def test_factors_of_units_are_those_of_the_units_library(
    name: str, part: Part | FormulaInput
) -> None:
    """A bilirubin in the wrong unit moves a patient on the list for a liver."""
    known = measurable_named(part.measured)
    assert known is not None, name
    if known.answers is not None:
        return
    expected = convert(1.0, part.unit, known.unit, molar_mass=known.codes[0].molar_mass)
    assert part.divide_by == pytest.approx(expected, rel=1e-4)


def test_an_old_value_is_stale_and_named() -> None:
    """A respiration rate of last week says nothing of tonight."""
    old = measured("respiratory_rate", 40.0, at=NOW - timedelta(days=7))
    found = scored("crb65", Record(a_man(), (old,)))
    assert found.value is None
    assert found.stale == ("respiration rate 30 or more",)
    assert "older than 24 hours" in found.reason


def test_a_child_gets_no_score_of_adults() -> None:
    """A respiration rate of 32 is normal in a baby."""
    found = scored("curb65", Record(a_man()), age_years=2.0)
    assert found.not_applicable
    assert found.value is None
    assert "2 years old" in found.reason


def test_one_part_that_gives_all_points_is_enough() -> None:
    """A systolic pressure of 80 needs no diastolic one to be low."""
    seen = (measured("systolic", 80.0), measured("respiratory_rate", 18.0))
    found = scored("crb65", Record(a_man(), (*seen, measured("consciousness", "A"))))
    assert found.value == 2
    normal = (measured("systolic", 120.0), measured("respiratory_rate", 18.0))
    found = scored("crb65", Record(a_man(), (*normal, measured("consciousness", "A"))))
    assert found.value is None
    assert "diastolic: not in the record" in found.reason


def test_conditions_are_found_by_code_prefix_and_words() -> None:
    """Records name the same disease in many ways."""
    problems = (
        Condition(Code("http://hl7.org/fhir/sid/icd-10", "I48.0", "Paroxysmal AF")),
        Condition(Code(SNOMED, "1", "Type 2 diabetes mellitus")),
        Condition(Code(SNOMED, "2", "Prediabetes")),
        Condition(Code(SNOMED, "38341003", "")),
    )
    found = scored("cha2ds2_vasc", Record(a_man(), conditions=problems), age_years=76.0)
    assert found.value == 4
    assert "counted as absent" in found.reason


def test_prediabetes_is_no_diabetes() -> None:
    """One word in another is not the same disease."""
    problems = (Condition(Code(SNOMED, "15777000", "Prediabetes")),)
    facts = Facts(Record(a_man(), conditions=problems), NOW, 50.0, shipped())
    assert facts.condition("diabetes") is None


def test_only_scores_that_say_something_are_shown() -> None:
    """Twenty tables of missing values would hide the one that matters."""
    facts = Facts(
        Record(a_man(), (measured("weight", 70.0), measured("height", 175.0))),
        NOW,
        65.0,
        shipped(),
    )
    shown = [score.name for score in due_scores(facts, every_score(facts))]
    assert shown == ["bmi"]
    every = every_score(facts)
    asked = [score.name for score in due_scores(facts, every, asked=("wells_pe",))]
    assert asked == ["bmi", "wells_pe"]


def test_a_descent_that_the_equations_do_not_know_gives_no_number() -> None:
    """The pooled cohorts held two groups; a third would be a guess."""
    example = SCORES["ascvd"].examples[0]
    given = {**example.given, "descent": "other"}
    found = score_of(SCORES["ascvd"], facts_of(given, units_of(SCORES["ascvd"])))
    assert found.value is None
    assert "none of african_american, white" in found.reason


def test_a_value_beyond_the_formulas_bounds_is_kept_at_them_and_said() -> None:
    """MELD takes a creatinine above 3 mg/dL as 3, and the reader has to know."""
    example = SCORES["meld3"].examples[0]
    given = {**example.given, "creatinine": 6.0}
    found = score_of(SCORES["meld3"], facts_of(given, units_of(SCORES["meld3"])))
    assert any("taken as 3 mg/dL" in one.value for one in found.inputs)


def test_pregnancy_stops_scores_that_do_not_hold_in_it() -> None:
    """Filtration rises in pregnancy: the equation was not made for it."""
    woman = replace(a_man(), sex=Sex.FEMALE)
    record = Record(woman, (measured("pregnancy", "yes"), measured("creatinine", 60.0)))
    found = scored("egfr", record, age_years=30.0)
    assert found.not_applicable


def test_a_disease_of_the_family_is_not_the_patients() -> None:
    """'Family history of diabetes' holds the word, and is another person's disease."""
    problems = (Condition(Code(SNOMED, "3", "Family history of diabetes mellitus")),)
    facts = Facts(Record(a_man(), conditions=problems), NOW, 50.0, shipped())
    assert facts.condition("diabetes") is None


def test_a_stroke_that_has_ended_counts_and_a_pneumonia_that_has_does_not() -> None:
    """A score of risk asks for the past; a score of severity for today."""
    ended = NOW - timedelta(days=400)
    problems = tuple(
        Condition(Code(SNOMED, "4", name), onset=ended, abatement=ended, active=False)
        for name in ("Stroke", "Pneumonia")
    )
    facts = Facts(Record(a_man(), conditions=problems), NOW, 70.0, shipped())
    assert facts.condition("stroke") is not None
    assert facts.condition("pneumonia") is None
