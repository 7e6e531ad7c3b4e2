"""Whether sources differ: sites, splits, files."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import ks_2samp

from osler.prepare.quality.columns import Column

SOURCE = re.compile(
    r"(?i)(^|_)(site|hospital|center|centre|source|split|dataset|ward|region)(_?id)?($|_)"
)
MOST_SOURCES = 30
AT_LEAST_ROWS = 30
DISTANCE = 0.2


def source_column(columns: Sequence[Column]) -> Column | None:
    """Return the column that says where a row comes from, by its name."""
    for one in columns:
        if SOURCE.search(one.name) and 1 < one.distinct <= MOST_SOURCES:
            return one
    return None


def drift(columns: Sequence[Column], sources: npt.NDArray[np.int64]) -> Mapping[str, float]:
    """Return the largest distance (Kolmogorov-Smirnov) of any source from the rest, by column."""
    found = {}
    for one in columns:
        if one.numbers is None:
            continue
        distances = []
        for source in np.unique(sources):
            here = one.numbers[(sources == source) & np.isfinite(one.numbers)]
            there = one.numbers[(sources != source) & np.isfinite(one.numbers)]
            if min(len(here), len(there)) >= AT_LEAST_ROWS:
                distances.append(float(ks_2samp(here, there, method="asymp").statistic))
        if distances:
            found[one.name] = max(distances)
    return found
