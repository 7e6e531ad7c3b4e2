"""What slices of one patient say together, on any data set. No torch."""

import numpy as np
import numpy.typing as npt

from osler.analyse.card import Estimate
from osler.analyse.series import LEAST_SERIES, SERIES_RULE, series_logit
from osler.evaluate.bootstrap import REPEATS, interval, patient_weights
from osler.evaluate.discrimination import auroc
from osler.learn.evaluation import Judged

FEWEST = 2
Floats = npt.NDArray[np.float64]


def patient_figures(judged: Judged, *, seed: int) -> dict[str, Estimate]:
    """Return the AUROC of whole patients for each output, slices combined by the package's rule.

    Slices lie in the order of the column ``slice``, else in that of the table. A patient has what
    any slice has; one with fewer than five slices that were scored, or none whose label is known,
    is left out.
    """
    found: dict[str, Estimate] = {}
    patients = np.array([row.patient_id for row in judged.rows])
    at = np.array([_place(row.columns.get("slice"), n) for n, row in enumerate(judged.rows)])
    for number, output in enumerate(judged.outputs):
        logits = judged.scores.logits[:, judged.columns[number]]
        scores, truth = [], []
        for patient in dict.fromkeys(patients.tolist()):
            mine = np.flatnonzero((patients == patient) & np.isfinite(logits))
            stated = judged.labels[mine, number]
            if len(mine) < LEAST_SERIES or np.isnan(stated).all():
                continue
            ordered = mine[np.argsort(at[mine], kind="stable")]
            scores.append(series_logit(logits[ordered]))
            truth.append(bool(np.nanmax(stated) > 0.5))
        estimate = _auroc(np.array(scores), np.array(truth, dtype=bool), seed=seed)
        if estimate is not None:
            title = f"AUROC by patient, {output.name} ({sum(truth)} of {len(truth)}; {SERIES_RULE})"
            found[title] = estimate
    return found


def _place(text: str | None, number: int) -> float:
    """Return where a slice lies, by its column, else by its row."""
    try:
        return float(text or number)
    except ValueError:
        return float(number)


def _auroc(scores: Floats, truth: npt.NDArray[np.bool_], *, seed: int) -> Estimate | None:
    """Return the area under the ROC curve of patients, where there are two of each kind."""
    if min(int(truth.sum()), int((~truth).sum())) < FEWEST:
        return None
    names = [str(n) for n in range(len(truth))]
    weights = patient_weights(names, rng=np.random.default_rng(seed), repeats=REPEATS)
    return Estimate.of(interval(lambda w: auroc(scores, truth, w), weights))
