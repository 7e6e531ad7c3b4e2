"""A grade or a class in one word, and when there is none."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from make.draft import a_finding
from make.package import a_card, a_panel, an_output
from osler.analyse.study import Panel
from osler.clinical import Category, CategoryKind, Finding, Interval
from osler.explain.categories import categories_of, grades_of

STEPS = (("1", "2", "3"), ("2", "3"), ("3",))


def a_grading_panel(models: Path) -> Panel:
    """Return a package of the grades 0 to 3."""
    outputs = tuple(
        an_output(f"grade-{n}-up", positive_labels=labels)
        for n, labels in enumerate(STEPS, start=1)
    )
    return a_panel(models, a_card("grades", outputs=outputs, answers="grade", title="Grade"))


def a_classing_panel(models: Path) -> Panel:
    """Return a package of three classes of which one holds."""
    outputs = tuple(an_output(name) for name in ("benign", "malignant", "normal"))
    return a_panel(models, a_card("classes", outputs=outputs, answers="one of", title="Lesion"))


def found(
    panel: Panel, probabilities: Sequence[float], *, may_be: Sequence[bool] = ()
) -> tuple[Finding, ...]:
    """Return the findings of the panel's package with these probabilities."""
    package = panel.judges[0]
    open_ones = may_be or [True] * len(probabilities)
    return tuple(
        a_finding(
            output.display,
            model=package.identity,
            name=output.name,
            probability=Interval(value, value, value),
            not_ruled_out="present" if is_open else "absent",
        )
        for output, value, is_open in zip(
            package.card.outputs, probabilities, open_ones, strict=True
        )
    )


def the_category(panel: Panel, findings: Sequence[Finding]) -> Category:
    """Return the only category there is."""
    (one,) = categories_of(findings, panel)
    return one


def test_the_grade_is_the_highest_step_of_at_least_one_half(tmp_path: Path) -> None:
    """Steps of 0.95, 0.85 and 0.10: grade 2, of probability 0.85 - 0.10."""
    panel = a_grading_panel(tmp_path)
    said = the_category(panel, found(panel, (0.95, 0.85, 0.10)))
    assert (said.kind, said.state, said.subject) == (CategoryKind.GRADE, "settled", "Grade")
    assert said.among == ("0", "1", "2", "3")
    (grade,) = said.candidates
    assert (grade.name, grade.display) == ("2", "grade 2")
    assert grade.probability == pytest.approx(0.75)


def test_a_step_never_rises_above_the_step_before(tmp_path: Path) -> None:
    """Who cannot be of grade 1 or more cannot be of grade 2 or more, whatever its output says."""
    panel = a_grading_panel(tmp_path)
    said = the_category(panel, found(panel, (0.20, 0.90, 0.15)))
    assert [one.name for one in said.candidates] == ["0"]
    assert said.candidates[0].probability == pytest.approx(0.80)


def test_all_steps_and_no_step_are_the_highest_and_the_lowest_grade(tmp_path: Path) -> None:
    """The ends of the scale have no step beyond them."""
    panel = a_grading_panel(tmp_path)
    highest = the_category(panel, found(panel, (0.99, 0.97, 0.9)))
    lowest = the_category(panel, found(panel, (0.1, 0.05, 0.01)))
    assert [one.name for one in (*highest.candidates, *lowest.candidates)] == ["3", "0"]
    assert highest.candidates[0].probability == pytest.approx(0.9)
    assert lowest.candidates[0].probability == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("steps", "left", "why"),
    [
        ((0.95, 0.50, 0.02), ["2", "1"], "nearly as probable"),
        ((0.99, 0.55, 0.45), ["3", "1"], "by its steps it is grade 2"),
    ],
)
def test_a_grade_that_its_steps_do_not_settle_is_undecided(
    tmp_path: Path, *, steps: tuple[float, ...], left: list[str], why: str
) -> None:
    """One word for a coin that is still in the air would be a lie."""
    panel = a_grading_panel(tmp_path)
    said = the_category(panel, found(panel, steps))
    assert said.state == "undecided"
    assert [one.name for one in said.candidates] == left
    assert why in said.why


def test_the_only_class_that_is_not_ruled_out_is_named_with_its_own_probability(
    tmp_path: Path,
) -> None:
    """0.8 of 1.3 is not 0.62: calibrated probabilities are not made to add up."""
    panel = a_classing_panel(tmp_path)
    said = the_category(panel, found(panel, (0.8, 0.3, 0.2), may_be=(True, False, False)))
    assert (said.kind, said.state) == (CategoryKind.CLASS, "settled")
    assert [(one.name, one.probability) for one in said.candidates] == [("benign", 0.8)]


@pytest.mark.parametrize(
    ("may_be", "left", "why"),
    [
        ((True, True, False), ["benign", "malignant"], "more than one class"),
        ((False, True, False), ["benign", "malignant"], "not the most probable"),
        ((False, False, False), ["benign"], "no class is as probable"),
    ],
)
def test_classes_that_are_not_ruled_out_leave_it_undecided(
    tmp_path: Path, *, may_be: tuple[bool, ...], left: list[str], why: str
) -> None:
    """A malignant lesion that is not ruled out must not vanish behind the likelier word."""
    panel = a_classing_panel(tmp_path)
    said = the_category(panel, found(panel, (0.6, 0.4, 0.1), may_be=may_be))
    assert said.state == "undecided"
    assert [one.name for one in said.candidates] == left
    assert why in said.why


def test_a_step_that_is_not_assessed_leaves_no_grade(tmp_path: Path) -> None:
    """Without its step, grade 3 would be read as grade 2."""
    panel = a_grading_panel(tmp_path)
    said = the_category(panel, found(panel, (0.95, 0.85, 0.10))[:2])
    assert (said.state, said.candidates) == ("not assessed", ())
    assert "not assessed: Grade-3-up" in said.why


def test_what_waits_for_a_pretest_probability_has_no_word(tmp_path: Path) -> None:
    """A score that means nothing alone means nothing in one word either."""
    panel = a_classing_panel(tmp_path)
    waiting = [replace(one, needs_pretest=True) for one in found(panel, (0.8, 0.3, 0.2))]
    assert the_category(panel, waiting).state == "not assessed"


def test_a_package_that_judged_nothing_or_whose_findings_stand_alone_says_no_word(
    tmp_path: Path,
) -> None:
    """A refused picture has no grade, and fourteen findings of a chest film are no class."""
    panel = a_grading_panel(tmp_path / "grades")
    assert categories_of((), panel) == ()
    alone = a_panel(tmp_path / "alone", a_card())
    assert categories_of(found(alone, (0.8,)), alone) == ()


def test_grades_are_named_by_the_labels_that_their_steps_count() -> None:
    """Labels of a data set need not be numbers."""
    words = [
        an_output("a", positive_labels=("mild", "severe")),
        an_output("b", positive_labels=("severe",)),
    ]
    assert grades_of(words) == ("below mild", "mild", "severe")
    unnamed = [an_output("a"), an_output("b")]
    assert grades_of(unnamed) == ("0", "1", "2")
