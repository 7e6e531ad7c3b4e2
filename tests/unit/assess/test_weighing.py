"""Weighing: what the film says of this patient, not of the calibration set."""

import math
from dataclasses import replace

import pytest

from make.draft import a_finding
from osler.assess import posttest_probability, weigh
from osler.clinical import Interval
from osler.errors import Misuse, OurFault

FINDING = a_finding(likelihood_ratio=Interval(4.1, 2.8, 6.0))


def test_the_odds_form_by_hand() -> None:
    """12 % are odds of 0.13636; times 4.1 is 0.55909, which is 35.86 %."""
    weighed = weigh(FINDING, pretest=0.12, pretest_source="typed in by the user")
    assert weighed.posttest.value == pytest.approx(0.35860, abs=5e-5)
    assert weighed.posttest.low == pytest.approx(0.27632, abs=5e-5)
    assert weighed.posttest.high == pytest.approx(0.45, abs=5e-5)


def test_the_steps_are_the_arithmetic_in_words() -> None:
    """A clinician who does not see the steps cannot disagree with one of them."""
    weighed = weigh(FINDING, pretest=0.12, pretest_source="typed in by the user")
    assert weighed.steps == (
        "before the film: 12 % (typed in by the user)",
        "the film multiplies the odds by 4.1 (2.8 to 6.0)",
        "after the film: 36 % (28 to 45)",
    )


def test_a_finding_without_a_film_speaks_of_the_model() -> None:
    """A risk from the record is not something that was seen on a film."""
    weighed = weigh(replace(FINDING, films=()), pretest=0.12, pretest_source="the site")
    assert weighed.steps[0] == "before the model's answer: 12 % (the site)"


def test_a_limited_multiplier_is_said_to_be_limited() -> None:
    """A bound of the data must not look like a measurement of the patient."""
    weighed = weigh(replace(FINDING, limited=True), pretest=0.12, pretest_source="the site")
    assert weighed.limited
    assert any("limited to what the model's calibration set supports" in s for s in weighed.steps)


def test_even_odds_times_one_change_nothing() -> None:
    """A film that says nothing must leave the doubt as it was."""
    finding = a_finding(likelihood_ratio=Interval(1.0, 1.0, 1.0))
    assert weigh(finding, pretest=0.5, pretest_source="the site").posttest.value == 0.5


def test_a_tiny_probability_is_never_called_zero() -> None:
    """'0 %' reads as ruled out."""
    finding = a_finding(likelihood_ratio=Interval(0.02, 0.01, 0.05))
    steps = weigh(finding, pretest=0.01, pretest_source="the site").steps
    assert steps[-1] == "after the film: below 0.1 % (below 0.1 to below 0.1)"


def test_a_large_probability_is_never_called_certain() -> None:
    """'100 %' reads as proven."""
    finding = a_finding(likelihood_ratio=Interval(900.0, 600.0, 1200.0))
    steps = weigh(finding, pretest=0.9, pretest_source="the site").steps
    assert steps[-1] == "after the film: above 99.9 % (above 99.9 to above 99.9)"


@pytest.mark.parametrize("pretest", [0.0, 1.0, -0.1, 12.0, math.nan])
def test_a_pretest_that_is_no_probability_is_misuse(pretest: float) -> None:
    """Typing 12 for 12 % must stop, not become odds of -1.09."""
    with pytest.raises(Misuse, match=r"expected a number above 0 and below 1 \(12 % is 0\.12\)"):
        weigh(FINDING, pretest=pretest, pretest_source="typed in")


def test_an_infinite_likelihood_ratio_is_our_fault() -> None:
    """A package that lets one through would turn any doubt into certainty."""
    finding = a_finding(likelihood_ratio=Interval(5.0, 2.0, math.inf))
    with pytest.raises(OurFault, match="expected finite numbers from 0"):
        weigh(finding, pretest=0.12, pretest_source="the site")


@pytest.mark.parametrize(("ratio", "expected"), [(0.0, 0.0), (1.0, 0.25), (3.0, 0.5), (9.0, 0.75)])
def test_posttest_by_hand(ratio: float, expected: float) -> None:
    """A quarter is odds of 1 to 3."""
    assert posttest_probability(0.25, ratio) == pytest.approx(expected)
