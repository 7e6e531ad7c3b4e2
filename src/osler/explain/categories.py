"""A grade or a class in one word, from the findings of one package.

The rule of a grade: its steps ("grade 2 or more") are made to fall by their running minimum; the
grade is the highest whose step is at least one half, and its probability is its step less the
next. It is settled where no other grade is as probable, or nearly.

The rule of a class: it is the most probable class, settled where it is the only one that is not
ruled out at the coverage that the card states (`osler.evaluate.conformal`). Its probability is its
own calibrated one: those of all classes need not add up to one, and are not made to.

Neither rule looks at a single picture, but at the findings that already combine them; neither
speaks where a step or class is not assessed, or waits for a pre-test probability.
"""

from collections.abc import Sequence

import numpy as np

from osler.analyse.card import OutputCard
from osler.analyse.package import Package
from osler.analyse.study import Panel
from osler.clinical import Candidate, Category, CategoryKind, Finding
from osler.evaluate.grades import steps_passed

NEARLY = 0.1  # of probability: two grades so near are not told apart
MAY_BE = ("present", "present or absent")
KINDS = {"grade": CategoryKind.GRADE, "one of": CategoryKind.CLASS}


def categories_of(findings: Sequence[Finding], panel: Panel) -> tuple[Category, ...]:
    """Return one category for each package of a grade or of classes that judged some picture."""
    found = []
    for package in panel.judges:
        own = {one.name: one for one in findings if one.model == package.identity}
        if own and package.card.answers in KINDS:
            found.append(_category(package, own))
    return tuple(found)


def _category(package: Package, own: dict[str, Finding]) -> Category:
    """Put the findings of one package into one word."""
    card = package.card
    grades = card.answers == "grade"
    names = grades_of(card.outputs) if grades else tuple(one.display for one in card.outputs)
    missing = [one.display for one in card.outputs if one.name not in own]
    steps = [own[one.name] for one in card.outputs if one.name in own]
    candidates: tuple[Candidate, ...] = ()
    if missing:
        why = f"it takes all of its findings, and not assessed: {'; '.join(missing)}"
    elif any(one.needs_pretest for one in steps):
        why = "its findings say nothing until somebody states a pre-test probability"
    else:
        candidates, why = _graded(steps, names) if grades else _classed(steps)
    return Category(package.identity, KINDS[card.answers], card.title, names, candidates, why)


def grades_of(outputs: Sequence[OutputCard]) -> tuple[str, ...]:
    """Return the grades that steps part, lowest first: one more than steps.

    A grade is the label that its step counts and the next does not. No step counts the lowest: it
    is 0 below grades of 1, 2, ..., else it is named by what it lies below.
    """
    counted = [frozenset(one.positive_labels) for one in outputs]
    above = [*counted[1:], frozenset[str]()]
    own = [sorted(labels - more) for labels, more in zip(counted, above, strict=True)]
    named = [labels[0] if len(labels) == 1 else str(n) for n, labels in enumerate(own, start=1)]
    return ("0" if named[0] == "1" else f"below {named[0]}", *named)


def _graded(steps: Sequence[Finding], grades: Sequence[str]) -> tuple[tuple[Candidate, ...], str]:
    """Return the grade that is settled, or the two that are most probable and why it is not."""
    probability = np.array([one.probability.value for one in steps])
    each = -np.diff([1.0, *np.minimum.accumulate(probability), 0.0])
    grade = int(steps_passed(probability))
    likeliest, second = (int(one) for one in np.argsort(-each, kind="stable")[:2])
    if grade == likeliest and each[grade] - each[second] >= NEARLY:
        return (_grade(grades[grade], each[grade]),), ""
    near = tuple(_grade(grades[one], each[one]) for one in (likeliest, second))
    why = "its two most probable grades are nearly as probable as each other"
    if grade != likeliest:
        why = f"by its steps it is grade {grades[grade]}, which is not the most probable grade"
    return near, why


def _grade(name: str, probability: float) -> Candidate:
    """Return a grade with the probability of this very grade."""
    return Candidate(name, f"grade {name}", float(probability))


def _classed(classes: Sequence[Finding]) -> tuple[tuple[Candidate, ...], str]:
    """Return the only class that is not ruled out, or those that are not and why it is open."""
    ordered = sorted(classes, key=lambda one: -one.probability.value)
    open_ones = [one for one in ordered if one.not_ruled_out in MAY_BE]
    if not open_ones:
        return (_class(ordered[0]),), "no class is as probable as it is where it holds"
    if open_ones == ordered[:1]:
        return (_class(ordered[0]),), ""
    if len(open_ones) == 1:
        left = (_class(ordered[0]), _class(open_ones[0]))
        return left, "the only class that is not ruled out is not the most probable"
    return tuple(map(_class, open_ones)), "more than one class is not ruled out"


def _class(finding: Finding) -> Candidate:
    """Return a class with its own calibrated probability."""
    return Candidate(finding.name, finding.display, finding.probability.value)
