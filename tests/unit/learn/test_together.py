"""A grade from its steps, by hand: more likely than not, and at each step's own cut-off."""

from pathlib import Path

import numpy as np
import pytest

from make.package import a_card, an_output
from osler.analyse.card import OutputCard
from osler.evaluate.calibration import logit
from osler.learn.datasets.table import Row
from osler.learn.evaluation import Judged
from osler.learn.scoring import Scores
from osler.learn.together import answers_of, together

STEPS = ("grade-1-up", "grade-2-up")
# Rows of (grade, probability of one or more, probability of two or more).
SEEN = ((0, 0.1, 0.05), (0, 0.35, 0.1), (1, 0.45, 0.2), (2, 0.9, 0.35), (2, 0.25, 0.45))


def a_step(name: str, cut: float) -> OutputCard:
    """Return a step with a balanced cut-off of its own."""
    output = an_output(name)
    balanced = output.operating_points[0].model_copy(update={"threshold": cut})
    return output.model_copy(update={"operating_points": (balanced, *output.operating_points[1:])})


def judged(*cuts: float) -> Judged:
    """Return five pictures, one a patient."""
    outputs = tuple(a_step(name, cut) for name, cut in zip(STEPS, cuts, strict=True))
    probability = np.array([row[1:] for row in SEEN], dtype=np.float64)
    grades = np.array([row[0] for row in SEEN])
    labels = (grades[:, None] >= np.array([1, 2])).astype(np.float32)
    scores = Scores(
        logits=logit(probability).astype(np.float32),
        evidence=np.zeros((5, 2, 1, 1), dtype=np.float32),
        closed=(None,) * 5,
        lungs=np.zeros((5, 1, 1), dtype=np.float32),
    )
    rows = tuple(Row(Path(f"{n}.png"), f"p{n}", "test", {}) for n in range(5))
    return Judged(rows, scores, labels, outputs, (0, 1))


def test_a_grade_is_read_both_ways() -> None:
    """By hand: said 0 0 0 1 0 and, at cut-offs of 0.4 and 0.3, said 0 0 1 2 0; truth 0 0 1 2 2.

    The last one reaches step two without step one, so it is no grade two.
    """
    seen = judged(0.4, 0.3)
    card = a_card("together", outputs=seen.outputs, answers="grade")
    answers = answers_of(card, seen)
    assert answers is not None
    assert answers.said.tolist() == [0, 0, 0, 1, 0]
    figures = together(card, seen)
    weights = (np.subtract.outer(np.arange(3), np.arange(3)) / 2.0) ** 2

    def kappa(said: list[int]) -> float:
        table = np.zeros((3, 3))
        np.add.at(table, ([0, 0, 1, 2, 2], said), 1.0)
        chance = np.outer(table.sum(axis=1), table.sum(axis=0)) / 5.0
        return float(1.0 - (weights * table).sum() / (weights * chance).sum())

    half = figures["quadratic kappa of the grade"].value
    assert half == pytest.approx(kappa([0, 0, 0, 1, 0]))
    cut = figures["quadratic kappa, each step at its balanced cut-off"].value
    assert cut == pytest.approx(kappa([0, 0, 1, 2, 0]))
    assert cut > half
