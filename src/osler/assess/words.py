"""Numbers as a person reads them: never '0 %', never '100 %', never more digits than are known."""

from datetime import datetime

from osler.clinical import Interval

UNIT_WORDS = {"Cel": "°C", "mm[Hg]": "mmHg", "1": ""}


def percent(probability: float) -> str:
    """Return a probability as a percentage without its sign, for use before ' %'."""
    if probability < 0.001:
        return "below 0.1"
    if probability > 0.999:
        return "above 99.9"
    decimals = 1 if probability < 0.1 or probability > 0.9 else 0
    return f"{100 * probability:.{decimals}f}".removesuffix(".0")


def percent_interval(interval: Interval) -> str:
    """Return '36 % (28 to 45)'."""
    return f"{percent(interval.value)} % ({percent(interval.low)} to {percent(interval.high)})"


def ratio(value: float) -> str:
    """Return a likelihood ratio with about two digits."""
    if value >= 10:
        return f"{value:.0f}"
    if value >= 1:
        return f"{value:.1f}"
    return f"{value:.2g}" if value >= 0.001 else "below 0.001"


def ratio_interval(interval: Interval) -> str:
    """Return '4.1 (2.8 to 6.0)'."""
    return f"{ratio(interval.value)} ({ratio(interval.low)} to {ratio(interval.high)})"


def measured(value: float, unit: str) -> str:
    """Return a measured value with its unit as written at the bedside."""
    return f"{value:g} {UNIT_WORDS.get(unit, unit)}".strip()


def moment(when: datetime) -> str:
    """Return a time to the minute, with its zone."""
    return f"{when:%Y-%m-%d %H:%M} {when.tzname() or ''}".strip()


def listed(names: tuple[str, ...]) -> str:
    """Return 'a', 'a and b' or 'a, b and c'."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
