"""Has what comes in changed? A test that looks after every film and keeps its promise on alarms.

Each new value gets its rank among the values of before, as a number in (0, 1) that is uniform as
long as nothing changes, whatever the values' distribution (a conformal p-value). Bets against
that uniformity multiply, and start anew with every film (Shiryaev and Roberts): their mean grows
without end after a change, and reaches a limit A by chance only once in A films or more seldom.
So the limit is stated as a rate: at 100 films a day, A = 36,500 is at most one false alarm a year.

References
----------
Vovk, Gammerman, Shafer: Algorithmic Learning in a Random World, 2nd edition (2022), chapter 8.
Shin, Ramdas, Rinaldo: E-detectors: a nonparametric framework for sequential change detection.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# How hard each bet leans: the first four on values that rise or fall, the last two on values that
# spread out or draw together. Each pays 1 on average while nothing changes, and never less than 0.
_TILTS = np.array([-0.9, -0.45, 0.45, 0.9])
_SPREADS = np.array([-0.45, 0.45])
BETS = len(_TILTS) + len(_SPREADS)
# A reference of more values changes nothing that matters, and costs memory.
MOST_REMEMBERED = 5000


def pays(uniform: float) -> Floats:
    """Return what each bet pays for one value in (0, 1); (BETS,), each 0 or more, 1 on average."""
    centred = 2.0 * uniform - 1.0
    return np.concatenate([1.0 + _TILTS * centred, 1.0 + _SPREADS * (3.0 * centred**2 - 1.0)])


@dataclass
class Stream:
    """The values of one statistic so far, and the bets on it.

    ``before`` is sorted. ``capital`` is (BETS,): the Shiryaev-Roberts statistic of each bet.
    """

    before: list[float] = field(default_factory=list)
    capital: Floats = field(default_factory=lambda: np.zeros(BETS))
    count: int = 0

    def take(self, value: float, *, rng: np.random.Generator) -> None:
        """Take in the next value. Chance breaks ties, so that the rank is uniform."""
        low, high = bisect_left(self.before, value), bisect_right(self.before, value)
        uniform = (low + rng.uniform() * (high - low + 1)) / (len(self.before) + 1)
        self.capital = (self.capital + 1.0) * pays(float(uniform))
        self.count += 1
        if len(self.before) < MOST_REMEMBERED:
            insort(self.before, value)

    def begin_anew(self) -> None:
        """Forget what was, after somebody has seen an alarm: what comes now is the new normal."""
        self.before, self.capital, self.count = [], np.zeros(BETS), 0


@dataclass
class Detector:
    """Watches several statistics of the same films at once, with one promise for all of them.

    Parameters
    ----------
    limit
        How many films go by, on average, before a false alarm comes: at least so many.
    """

    limit: float
    streams: dict[str, Stream] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.limit <= 1:
            raise ValueError(f"need more than 1 film between false alarms, got {self.limit}")

    def take(self, values: Mapping[str, float], *, rng: np.random.Generator) -> bool:
        """Take in the statistics of one film; tell whether the limit is reached.

        A statistic that a film does not have is passed over for that film. What is not finite is
        refused.

        Raises
        ------
        ValueError
            A value is not finite, or a statistic was not named with the first film.
        """
        bad = sorted(name for name, value in values.items() if not np.isfinite(value))
        if bad:
            raise ValueError(f"values must be finite, those of {', '.join(bad)} are not")
        if not self.streams:
            self.streams = {name: Stream() for name in values}
        unknown = sorted(set(values) - set(self.streams))
        if unknown:
            raise ValueError(f"{', '.join(unknown)}: not among the statistics that are watched")
        for name, value in values.items():
            self.streams[name].take(value, rng=rng)
        return self.evidence >= self.limit

    @property
    def evidence(self) -> float:
        """The mean of all bets on all statistics: reaching ``limit`` is the alarm."""
        if not self.streams:
            return 0.0
        return float(np.mean([stream.capital.mean() for stream in self.streams.values()]))

    def suspects(self, most: int = 3) -> tuple[tuple[str, float], ...]:
        """Return the statistics with the most evidence of a change, and that evidence."""
        found = {name: float(one.capital.mean()) for name, one in self.streams.items()}
        return tuple(sorted(found.items(), key=lambda pair: -pair[1])[:most])

    def begin_anew(self) -> None:
        """Start over after an alarm."""
        for stream in self.streams.values():
            stream.begin_anew()


def share_beyond(values: Floats, low: float, high: float) -> float:
    """Return which share of values lies outside limits; NaN where there are none."""
    if values.size == 0:
        return float("nan")
    return float(np.mean((values < low) | (values > high)))
