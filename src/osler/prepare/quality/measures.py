"""Which measurement a column is, by its name; and what of it no living patient has."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from osler.errors import WrongUnit
from osler.standards.guideline.values import PlausibleRange
from osler.standards.terminology import Measurable, convert, measurable_named

# How data sets call what Osler calls otherwise.
ALSO = {
    "ap_hi": "systolic",
    "ap_lo": "diastolic",
    "systolicbp": "systolic",
    "diastolicbp": "diastolic",
    "sysbp": "systolic",
    "diabp": "diastolic",
    "trestbps": "systolic",
    "bodytemp": "temperature",
    "heartrate": "heart_rate",
    "hr": "heart_rate",
    "bs": "glucose",
    "o2sat": "spo2",
    "resp": "respiratory_rate",
    "plasma_glucose": "glucose",
    "avg_glucose_level": "glucose",
    "serum_creatinine": "creatinine",
    "serum_sodium": "sodium",
    "sbp": "systolic",
    "dbp": "diastolic",
}
UNITS = {
    "temperature": ("Cel", "[degF]"),
    "glucose": ("mmol/L", "mg/dL"),
    "creatinine": ("umol/L", "mg/dL"),
    "haemoglobin": ("g/L", "g/dL"),
    "height": ("cm", "m", "[in_i]"),
    "weight": ("kg", "[lb_av]"),
    "urea": ("mmol/L", "mg/dL"),
    "calcium": ("mmol/L", "mg/dL"),
    "albumin": ("g/L", "g/dL"),
    "platelets": ("10*9/L", "/uL"),
    "leucocytes": ("10*9/L", "/uL"),
}
# A unit counts as mixed in where it alone explains as large a share of the values.
MIXED_SHARE = 0.01
UNLIKE = re.compile(r"(?i)(_?z$|scaled|norm|categor|class|group|flag|bin)")


@dataclass(frozen=True)
class Impossible:
    """What a column holds that no patient has, in the unit that explains most of it."""

    measurement: str
    unit: str
    low: float
    high: float
    outside: npt.NDArray[np.float64]
    mixed: tuple[str, int] | None = None


def measurement_of(name: str) -> Measurable | None:
    """Return the measurement that a column's name stands for, None where it is unknown."""
    plain = re.sub(r"[^a-z0-9]+", "_", name.strip().lower()).strip("_")
    known = measurable_named(ALSO.get(plain, plain))
    return known or measurable_named(ALSO.get(plain.replace("_", ""), plain.replace("_", "")))


def impossible_in(
    name: str, known: npt.NDArray[np.float64], ranges: Mapping[str, PlausibleRange]
) -> Impossible | None:
    """Return what of a column cannot be; None where its measurement or range is unknown.

    A column of few distinct or scaled values is a class or a score, not a measurement.
    """
    found = measurement_of(name)
    bounds = ranges.get(found.name) if found is not None else None
    if found is None or bounds is None or UNLIKE.search(name) or len(np.unique(known)) < 10:
        return None
    options = []
    for unit in UNITS.get(found.name, (found.unit,)):
        low, high = _bounds(found, unit, bounds)
        options.append(((known >= low) & (known <= high), unit, low, high))
    inside, unit, low, high = max(options, key=lambda one: int(one[0].sum()))
    if inside.mean() < 0.5:
        return None
    mixed = None
    for other, name_of_other, _, _ in options:
        alone = int((other & ~inside).sum())
        if name_of_other != unit and alone >= max(3, MIXED_SHARE * len(known)):
            mixed = (name_of_other, alone)
    return Impossible(found.display, unit, low, high, known[~inside], mixed)


def _bounds(found: Measurable, unit: str, bounds: PlausibleRange) -> tuple[float, float]:
    """Return plausible bounds in another unit."""
    mass = next((code.molar_mass for code in found.codes if code.molar_mass), None)
    try:
        low, high = (
            convert(end, found.unit, unit, molar_mass=mass) for end in (bounds.low, bounds.high)
        )
    except WrongUnit:
        return bounds.low, bounds.high
    return low, high


def is_never_zero(name: str, ranges: Mapping[str, PlausibleRange]) -> bool:
    """Tell whether a column is a measurement that no living patient has at zero."""
    found = measurement_of(name)
    bounds = ranges.get(found.name) if found is not None else None
    return bounds is not None and bounds.low > 0
