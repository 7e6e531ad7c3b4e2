"""Where a pre-test probability comes from, and what it does: worked by hand."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from make.draft import a_finding
from make.record import NOW, a_man, measured
from osler.assess import Besides, assess
from osler.clinical import (
    Assessment,
    Code,
    Condition,
    Contribution,
    Estimate,
    Finding,
    Interval,
    ModelIdentity,
    Record,
)
from osler.standards.guideline import shipped

PNEUMONIA = Code("http://snomed.info/sct", "233604007", "Pneumonia")
SITE = {"pneumonia": (0.10, "set for this site")}


def film(ratio: Interval = Interval(4.0, 2.0, 8.0)) -> Finding:  # noqa: B008 - frozen
    """Return a film that speaks for pneumonia by a given ratio."""
    return replace(a_finding(), code=PNEUMONIA, likelihood_ratio=ratio, positive=ratio.value > 1)


def an_estimate(
    probability: float = 0.3, *, logit: float = -0.85, pretest: bool = True
) -> Estimate:
    """Return a record model's estimate of pneumonia."""
    return Estimate(
        ModelIdentity("record-model", "1.0.0", "0" * 64),
        "pneumonia",
        "Pneumonia",
        PNEUMONIA,
        Interval(probability, 0.2, 0.42),
        logit,
        -2.5,
        (Contribution("crp", "CRP", "80 mg/L", logit + 2.5),),
        pretest=pretest,
    )


def weighed(
    finding: Finding,
    record: Record | None = None,
    *,
    pretests: Mapping[str, tuple[float, str]] | None = None,
    estimates: tuple[Estimate, ...] = (),
) -> Assessment:
    """Assess one film."""
    return assess(
        (finding,),
        record,
        pretests=pretests or {},
        at=NOW,
        age_years=65.0,
        guidelines=shipped(),
        besides=Besides(estimates),
    )


def test_a_published_ratio_moves_the_sites_prevalence_and_is_shown() -> None:
    """Odds 1/9 x 3.76 = 0.418, x 4 = 1.671: 62.6 % after the film."""
    record = Record(a_man(), (measured("crp", 80.0),))
    (one,) = weighed(film(), record, pretests=SITE).weighings
    assert one.pretest == pytest.approx(0.2946, abs=1e-4)
    assert one.posttest.value == pytest.approx(0.6256, abs=1e-4)
    assert "prevalence here: 10 %" in one.steps[0]
    assert "CRP above 20 mg/L (80 mg/L) multiplies the odds by 3.8" in one.steps[1]


def test_only_the_strongest_ratio_is_used() -> None:
    """Fever and CRP rise together: multiplying both counts the same inflammation twice."""
    seen = (measured("crp", 80.0), measured("temperature", 39.0))
    (one,) = weighed(film(), Record(a_man(), seen), pretests=SITE).weighings
    assert one.pretest == pytest.approx(0.2946, abs=1e-4)
    assert "not independent" in one.steps[1]


def test_a_value_without_a_published_ratio_changes_nothing() -> None:
    """A CRP of 5 has no ratio in the source that was read: silence is not a ratio of 1."""
    (one,) = weighed(film(), Record(a_man(), (measured("crp", 5.0),)), pretests=SITE).weighings
    assert one.pretest == 0.10


def test_what_somebody_typed_in_stands_as_it_is() -> None:
    """A clinician's number has the CRP in it already."""
    record = Record(a_man(), (measured("crp", 80.0),))
    typed = {"pneumonia": (0.10, "typed in by the user")}
    found = weighed(film(), record, pretests=typed, estimates=(an_estimate(),))
    assert found.weighings[0].pretest == 0.10


def test_a_record_model_of_the_same_condition_stands_before_the_film() -> None:
    """Odds 3/7 x 4: 63.2 %; the bounds hold those of both, on the scale of log-odds."""
    found = weighed(film(), Record(a_man()), pretests=SITE, estimates=(an_estimate(),))
    (one,) = found.weighings
    assert one.pretest_source == "record model record-model 1.0.0"
    assert one.posttest.value == pytest.approx(12 / 19)
    # ln 2 and logit(0.3) - logit(0.2) = 0.5390: together 0.8781; odds 12/7 / e^0.8781 = 0.7125
    assert one.posttest.low == pytest.approx(0.7125 / 1.7125, abs=1e-3)


def test_an_estimate_that_must_stand_alone_is_not_used() -> None:
    """A card that says 'score alone' knows why."""
    found = weighed(film(), Record(a_man()), pretests=SITE, estimates=(an_estimate(pretest=False),))
    assert found.weighings[0].pretest == 0.10


def test_record_and_film_that_disagree_are_pointed_out() -> None:
    """One of the two is of another patient, or wrong."""
    estimate = an_estimate(0.3, logit=-0.85)  # the record multiplies the odds by e^1.65 = 5.2
    against = film(Interval(0.1, 0.05, 0.2))
    found = weighed(against, Record(a_man()), estimates=(estimate,))
    assert "the record speaks for it" in found.weighings[0].conflict
    assert found.weighings[0].conflict in found.notes
    agreed = weighed(film(), Record(a_man()), estimates=(estimate,))
    assert agreed.weighings[0].conflict == ""


def test_a_listed_disease_that_the_film_does_not_show_is_pointed_out() -> None:
    """A film of the wrong patient looks just like that."""
    record = Record(a_man(), conditions=(Condition(PNEUMONIA),))
    against = film(Interval(0.1, 0.05, 0.2))
    found = weighed(against, record, pretests=SITE)
    assert "lists it as active" in found.weighings[0].conflict


def test_the_input_that_would_move_the_answer_most_is_named() -> None:
    """Odds 1/9 x 7.61 x 4: 77 %; procalcitonin is the strongest that nobody measured."""
    found = weighed(film(), Record(a_man()), pretests=SITE)
    assert "procalcitonin above 0.25 ug/L (not known); it would make it 77 %" in (
        found.weighings[0].would_change
    )
    alone = weighed(film())
    assert "nobody gave" in alone.weighings[0].would_change


def test_urgency_follows_the_written_rules() -> None:
    """The sickest patient is read first, and the reason is on the list."""
    sick = (
        measured("respiratory_rate", 32.0),
        measured("spo2", 88.0),
        measured("supplemental_oxygen", "yes"),
        measured("systolic", 85.0),
        measured("heart_rate", 130.0),
        measured("consciousness", "A"),
        measured("temperature", 39.5),
    )
    found = weighed(film(), Record(a_man(), sick), pretests=SITE).urgency
    assert found is not None
    assert found.level == "immediate"
    assert found.reasons[0].startswith("NEWS2 is ")
    calm = weighed(film(Interval(0.1, 0.05, 0.2))).urgency
    assert calm is not None
    assert (calm.level, calm.reasons) == ("routine", ())


def test_a_pneumothorax_is_urgent_without_any_record() -> None:
    """A film alone can be an emergency."""
    finding = replace(film(), name="Pneumothorax")
    found = weighed(finding, pretests={"Pneumothorax": (0.5, "typed in")}).urgency
    assert found is not None
    assert found.level == "immediate"


def test_an_old_lactate_makes_nothing_urgent() -> None:
    """Last week's shock is no reason to jump the queue today."""
    old = measured("lactate", 6.0, at=NOW - timedelta(days=7))
    found = weighed(film(Interval(0.1, 0.05, 0.2)), Record(a_man(), (old,))).urgency
    assert found is not None
    assert found.level == "routine"
