"""What a model of the record says of a patient, feature by feature."""

from dataclasses import dataclass
from datetime import datetime

from osler.clinical.codes import Code, Interval
from osler.clinical.findings import ModelIdentity


@dataclass(frozen=True)
class Contribution:
    """What one feature of the record adds to the log-odds of an estimate.

    ``value`` is what was used, in words with its unit; ``share`` the natural log-odds that it adds
    (below 0 where it speaks against). A feature that the record does not have is ``missing``: its
    share is what the model learnt about patients without it.
    """

    name: str
    display: str
    value: str
    share: float
    missing: bool = False
    effective: datetime | None = None


@dataclass(frozen=True)
class Estimate:
    """One model's probability of one condition from the record alone.

    The intercept and the shares of ``contributions`` add up to ``logit``; ``probability`` is
    calibrated out of fold. ``condition`` is None where the outcome is no diagnosis. ``pretest`` is
    True where the package's card says that the probability may stand before an image's
    likelihood ratio; otherwise it is a score that stands alone. ``missing`` names the features
    that the record did not have.
    """

    model: ModelIdentity
    name: str
    display: str
    condition: Code | None
    probability: Interval
    logit: float
    intercept: float
    contributions: tuple[Contribution, ...]
    missing: tuple[str, ...] = ()
    pretest: bool = False
    cautions: tuple[str, ...] = ()
