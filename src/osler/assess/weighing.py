"""Pre-test probability x likelihood ratio = post-test probability, shown step by step.

References
----------
Bayes' theorem in its odds form: post-test odds = pre-test odds x likelihood ratio.
"""

import math

from osler.assess.words import percent, percent_interval, ratio_interval
from osler.clinical import Finding, Interval, Weighing
from osler.errors import Misuse, OurFault


def weigh(
    finding: Finding,
    *,
    pretest: float,
    pretest_source: str,
    pretest_interval: Interval | None = None,
    earlier: tuple[str, ...] = (),
) -> Weighing:
    """Move one finding to the patient in front of you.

    Parameters
    ----------
    finding
        Its likelihood ratio is already limited by the package to what its calibration set
        supports.
    pretest
        The probability before the film, above 0 and below 1.
    pretest_source
        Where that probability comes from, in words.
    pretest_interval
        Its 95 % interval; None takes it as exact.
    earlier
        The steps that led to it, in words.

    Returns
    -------
    The post-test probability, its interval (from those of the likelihood ratio and of the pre-test
    probability, independent of each other, on the scale of log-odds), and the arithmetic in words.

    Raises
    ------
    Misuse
        The pre-test probability is not above 0 and below 1.
    OurFault
        The likelihood ratio is negative or not finite.
    """
    if not 0 < pretest < 1:
        raise Misuse(
            f"{finding.name}: the pre-test probability is {pretest:g}, expected a number above 0 "
            "and below 1 (12 % is 0.12); give another one"
        )
    likelihood = finding.likelihood_ratio
    if not (math.isfinite(likelihood.high) and likelihood.low >= 0):
        raise OurFault(
            f"{finding.name}: the likelihood ratio runs from {likelihood.low} to "
            f"{likelihood.high}, expected finite numbers from 0; the model package is faulty, "
            "report it"
        )
    posttest = _posttest(pretest, likelihood, pretest_interval)
    return Weighing(
        model=finding.model.name,
        name=finding.name,
        display=finding.display,
        pretest=pretest,
        pretest_source=pretest_source,
        likelihood_ratio=likelihood,
        limited=finding.limited,
        posttest=posttest,
        steps=(
            *earlier,
            *_steps(finding, posttest, before=f"{percent(pretest)} % ({pretest_source})"),
        ),
        pretest_interval=pretest_interval,
    )


def _posttest(pretest: float, likelihood: Interval, before: Interval | None) -> Interval:
    """Return the post-test probability with its bounds."""
    value = posttest_probability(pretest, likelihood.value)
    if before is None or likelihood.value <= 0:
        return Interval(
            value,
            low=posttest_probability(pretest, likelihood.low),
            high=posttest_probability(pretest, likelihood.high),
        )
    down = math.inf
    if likelihood.low > 0:
        down = math.hypot(
            math.log(likelihood.value / likelihood.low), _gap(before.low, before.value)
        )
    up = math.hypot(math.log(likelihood.high / likelihood.value), _gap(before.value, before.high))
    return Interval(
        value,
        low=posttest_probability(pretest, likelihood.value * math.exp(-down)),
        high=posttest_probability(pretest, likelihood.value * math.exp(up)),
    )


def _gap(low: float, high: float) -> float:
    """Return the distance of two probabilities in log-odds."""
    return math.log(high / (1 - high)) - math.log(low / (1 - low))


def posttest_probability(pretest: float, likelihood_ratio: float) -> float:
    """Return the probability after a finding with this likelihood ratio.

    Parameters
    ----------
    pretest
        Above 0 and below 1.
    likelihood_ratio
        Finite, 0 or more.
    """
    odds = pretest / (1 - pretest) * likelihood_ratio
    return odds / (1 + odds)


def _steps(finding: Finding, posttest: Interval, *, before: str) -> tuple[str, ...]:
    """Say the arithmetic in words, in order."""
    limit = (
        ("the multiplier was limited to what the model's calibration set supports",)
        if finding.limited
        else ()
    )
    what = "the film" if finding.films else "the model's answer"
    return (
        f"before {what}: {before}",
        f"{what} multiplies the odds by {ratio_interval(finding.likelihood_ratio)}",
        *limit,
        f"after {what}: {percent_interval(posttest)}",
    )
