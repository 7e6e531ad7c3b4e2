"""From logit to probability, ratio and interval, by hand."""

from pathlib import Path

import numpy as np
import pytest

from make.package import a_calibration, a_card, a_film, a_fingerprint, a_package, an_output
from osler.analyse.package import Package, load_package
from osler.analyse.scoring import predict, predictions
from osler.clinical import InstanceUid, Prediction

UID = InstanceUid("2.25.1")
LN = np.log


def a_loaded(models: Path, **calibration: float) -> Package:
    """Return a package with one output, calibrated as stated."""
    output = an_output(calibration=a_calibration(**calibration))
    return load_package(a_package(models, a_card(outputs=(output,))))


def predicted(package: Package, logit: float) -> Prediction:
    """Calibrate one logit."""
    evidence = np.zeros((7, 7), dtype=np.float32)
    return predict(
        package,
        package.card.outputs[0],
        column=0,
        logit_value=logit,
        evidence=evidence,
        instance_uid=UID,
    )


def test_probability_is_the_calibrated_logit(tmp_path: Path) -> None:
    """2 x 0.5 - 1 + ln 3 are odds of three to one."""
    package = a_loaded(tmp_path, slope=2.0, intercept=float(LN(3)) - 1.0)
    assert predicted(package, 0.5).probability.value == pytest.approx(0.75)


def test_the_ratio_is_odds_over_odds(tmp_path: Path) -> None:
    """Odds of 1 on the film over odds of 1 to 4 in the set: the film multiplies by four."""
    found = predicted(a_loaded(tmp_path), 0.0)
    assert found.prevalence == 0.2
    assert found.likelihood_ratio.value == pytest.approx(4.0)
    assert not found.limited


@pytest.mark.parametrize(("logit", "ratio"), [(5.0, 10.0), (-5.0, 0.1)])
def test_a_ratio_beyond_the_sets_support_is_cut_and_said(
    tmp_path: Path, logit: float, ratio: float
) -> None:
    """e^5 x 4 is 594; two hundred films cannot prove more than ten."""
    found = predicted(a_loaded(tmp_path), logit)
    assert found.limited
    assert found.likelihood_ratio.value == pytest.approx(ratio)
    assert found.likelihood_ratio.low >= 0.1
    assert found.likelihood_ratio.high <= 10.0
    # the probability is that of the calibration itself, which needs no such limit
    assert found.probability.value == pytest.approx(1 / (1 + np.exp(-logit)))


def test_the_interval_is_that_of_the_resampled_maps(tmp_path: Path) -> None:
    """Intercepts spread evenly from -1 to 1: 95 % of them lie within -0.95 and 0.95."""
    found = predicted(a_loaded(tmp_path), 0.0).probability
    assert found.low == pytest.approx(1 / (1 + np.exp(0.95)), abs=1e-4)
    assert found.high == pytest.approx(1 / (1 + np.exp(-0.95)), abs=1e-4)


@pytest.mark.parametrize("logit", [-6.0, -1.0, 0.0, 0.3, 2.0, 9.0])
def test_intervals_hold_their_values(tmp_path: Path, logit: float) -> None:
    """Even where the shipped map lies beyond all resampled ones."""
    found = predicted(a_loaded(tmp_path, intercept=1.5), logit)
    for one in (found.probability, found.likelihood_ratio):
        assert one.low <= one.value <= one.high


def test_a_film_is_scored_on_every_output_in_the_cards_order(tmp_path: Path) -> None:
    """Mean brightness 0.5: logits 4 x 0.5 and 5 x 0.5, with their own maps."""
    card = a_card(outputs=(an_output("shadow"), an_output("line")))
    package = load_package(a_package(tmp_path, card))
    square = np.full((224, 224), 0.5, dtype=np.float32)
    scored, embedding = predictions(package, square, UID)
    assert [one.name for one in scored] == ["shadow", "line"]
    assert [one.logit for one in scored] == pytest.approx([2.0, 2.5], abs=1e-5)
    assert scored[1].evidence.shape == (7, 7)
    assert embedding == pytest.approx([0.5] * 4)


def test_the_map_adds_up_to_the_logit(tmp_path: Path) -> None:
    """Evidence that does not sum to the answer explains another answer."""
    package = a_loaded(tmp_path)
    scored, _ = predictions(package, a_film() / 255.0, UID)
    assert float(scored[0].evidence.mean()) == pytest.approx(scored[0].logit, abs=1e-5)


def test_outputs_that_are_not_shipped_are_scored_too(tmp_path: Path) -> None:
    """They are measured and kept, and another room keeps them off the report."""
    output = an_output(shipped=False, not_assessed_reason="too weak")
    package = load_package(
        a_package(tmp_path, a_card(outputs=(output,)), fingerprint=a_fingerprint())
    )
    scored, _ = predictions(package, a_film() / 255.0, UID)
    assert len(scored) == 1
