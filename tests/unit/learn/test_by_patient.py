"""Slices of a patient together, by hand."""

from pathlib import Path

import numpy as np

from make.package import an_output
from osler.learn.by_patient import patient_figures
from osler.learn.datasets.table import Row
from osler.learn.evaluation import Judged
from osler.learn.scoring import Scores


def a_judged(values: dict[str, list[float]], ill: set[str], *, turned: bool = False) -> Judged:
    """Return slices of patients as if they had been scored; the last of an ill one is labelled."""
    rows, logits, labels = [], [], []
    for patient, of in values.items():
        for number, value in enumerate(of):
            place = str(number)
            path = Path(f"{patient}{place}.png")
            rows.append(Row(path, patient, "test", {"file": path.name, "slice": place}))
            logits.append([value])
            labels.append([float(patient in ill and number == len(of) - 1)])
    order = list(range(len(rows)))[:: -1 if turned else 1]
    nothing = np.zeros((len(rows), 0), dtype=np.float16)
    scores = Scores(
        np.array(logits, dtype=np.float32)[order], nothing, (None,) * len(rows), nothing
    )
    return Judged(
        tuple(rows[n] for n in order),
        scores,
        np.array(labels, dtype=np.float32)[order],
        (an_output("bleed"),),
        (0,),
    )


# Ill patients have three high slices beside each other; one well patient has a single higher one,
# which its neighbours average away (5 becomes 2.5), and one has too few slices to be counted.
VALUES = {
    "a": [0.0, 4.0, 4.0, 4.0, 0.0],
    "b": [0.0, 0.0, 4.0, 4.0, 4.0],
    "c": [0.0, 0.0, 5.0, 0.0, 0.0],
    "d": [0.0, 0.0, 0.0, 0.0, 1.0],
    "e": [9.0, 9.0],
}


def test_a_single_bright_slice_does_not_make_a_patient_ill() -> None:
    """Three beside each other do: both ill patients stand above both well ones."""
    ((title, found),) = patient_figures(a_judged(VALUES, {"a", "b"}), seed=1).items()
    assert title.startswith("AUROC by patient, bleed (2 of 4;")
    assert found.value == 1.0


def test_slices_are_put_in_order_before_they_are_averaged() -> None:
    """A table in another order must not change what neighbours are."""
    assert patient_figures(a_judged(VALUES, {"a", "b"}, turned=True), seed=1) == patient_figures(
        a_judged(VALUES, {"a", "b"}), seed=1
    )


def test_with_one_ill_patient_nothing_is_said() -> None:
    """An area from one patient is an anecdote."""
    assert patient_figures(a_judged(VALUES, {"a"}), seed=1) == {}
