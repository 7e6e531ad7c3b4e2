"""What a whole series says is shown only where patients, not slices, bear it out."""

import pytest

from make.package import a_calibration, an_estimate, an_output
from osler.analyse.card import EvaluationCard, OutputCard, SeriesCard
from osler.learn.imaging.outputs import with_patient_floor


def of_series(name: str = "bleed") -> OutputCard:
    """Return an output that is calibrated on series."""
    one = an_output(name)
    series = SeriesCard(
        calibration=a_calibration(),
        conformal=one.conformal,
        operating_points=one.operating_points,
    )
    return one.model_copy(update={"series": series})


def by_patient(value: float, *, reach: float, name: str = "bleed") -> EvaluationCard:
    """Return an evaluation by patient."""
    return EvaluationCard(
        name="by patient",
        dataset="d",
        split="all",
        labels="by hand",
        films=82,
        patients=82,
        refused=0,
        outputs={},
        figures={f"AUROC by patient, {name} (21 of 82)": an_estimate(value, reach=reach)},
    )


@pytest.mark.parametrize(("value", "reach", "shipped"), [(0.85, 0.1, True), (0.75, 0.1, False)])
def test_the_lower_bound_by_patient_decides(value: float, reach: float, *, shipped: bool) -> None:
    """0.75 that may be 0.65 is no statement about a patient, however good single slices are."""
    found = with_patient_floor(of_series(), [by_patient(value, reach=reach)])
    assert found.shipped is shipped
    assert bool(found.not_assessed_reason) is not shipped


def test_a_figure_that_was_not_measured_is_no_pass() -> None:
    """Fewer than five patients with it: nobody knows, so nothing is said."""
    assert not with_patient_floor(of_series(), []).shipped


def test_single_pictures_have_no_such_floor() -> None:
    """An output without a statement about series is left as it is."""
    plain = an_output("bleed")
    assert with_patient_floor(plain, []) == plain
