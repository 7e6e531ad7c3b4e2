"""Numbers, times and lists as a reader wants them printed."""

import math
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime

from osler.clinical import Code, Interval, Quantity

NOT_STATED = "not stated"
BANNER = "DRAFT – NOT SIGNED"  # noqa: RUF001
AI_MARK = "AI · not reviewed"
CLOSING = (
    "Osler is research software, not a cleared medical device; it assists, the doctor decides."
)
_SPACE = "\N{NO-BREAK SPACE}"
_DASH = "\N{EN DASH}"
_TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
_PRINTED_UNITS = {
    "1": "",
    "Cel": "°C",
    "[degF]": "°F",
    "mm[Hg]": "mmHg",
    "10*9/L": "10⁹/L",
    "10*12/L": "10¹²/L",
    "10*3/uL": "10³/µL",
    "umol/L": "µmol/L",
    "ug/L": "µg/L",
    "[pH]": "",
    "kg/m2": "kg/m²",
    "mL/min/{1.73_m2}": "mL/min/1.73 m²",
}


def printable(text: str) -> str:
    """Replace what a printer cannot or must not obey: control codes, turned reading order."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}" if _is_control(letter) else letter for letter in text
    )


def _is_control(letter: str) -> bool:
    """Tell whether a letter is a code, half a letter, or changes the order of reading."""
    if letter in "\n\t":
        return False
    return unicodedata.category(letter) in ("Cc", "Cs", "Co", "Cn") or letter in _TURNING


def percent(share: float) -> str:
    """Print a probability; what rounds to none or all is printed as '<1 %' or '>99 %'."""
    return f"{_points(share)}{_SPACE}%"


def percents(interval: Interval) -> str:
    """Print an interval's bounds: '48–78 %'."""  # noqa: RUF002
    return f"{_points(interval.low)}{_DASH}{_points(interval.high)}{_SPACE}%"


def with_interval(interval: Interval) -> str:
    """Print a probability with its bounds: '62 % (49–74 %)'."""  # noqa: RUF002
    return f"{percent(interval.value)} ({percents(interval)})"


def _points(share: float) -> str:
    """Print a probability in whole per cent, never as certainty."""
    rounded = f"{share * 100:.0f}"
    return {"0": "<1", "100": ">99"}.get(rounded, rounded)


def number(value: float) -> str:
    """Print a number with at most four significant digits, never in powers of ten."""
    if not math.isfinite(value):
        return "∞" if value > 0 else "undefined"
    digits = max(0, 3 - math.floor(math.log10(abs(value)))) if value else 0
    text = f"{value:.{min(digits, 6)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def ratio(value: float) -> str:
    """Print a likelihood ratio with two significant digits, below one with two decimals."""
    if not math.isfinite(value) or value <= 0:
        return "0" if value == 0 else "∞"
    digits = max(0, 1 - math.floor(math.log10(value)))
    return f"{value:.{min(digits, 2 if value >= 0.01 else 4)}f}"


def ratios(interval: Interval) -> str:
    """Print a likelihood ratio with its bounds."""
    low, high = ratio(interval.low), ratio(interval.high)
    return f"{ratio(interval.value)} ({low}{_DASH}{high})"


def unit(ucum: str) -> str:
    """Print a UCUM unit as a reader knows it; an annotation in braces is no unit."""
    if ucum.startswith("{"):
        return ""
    return _PRINTED_UNITS.get(ucum, ucum)


def measured(value: Quantity | Code | str | None) -> tuple[str, str]:
    """Print a value and its unit."""
    if isinstance(value, Quantity):
        return number(value.value), unit(value.unit)
    if isinstance(value, Code):
        return value.display or value.code, ""
    return value or NOT_STATED, ""


def moment(time: datetime | None) -> str:
    """Print a time in UTC, to the minute."""
    return NOT_STATED if time is None else f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def day(value: date | None) -> str:
    """Print a day."""
    return NOT_STATED if value is None else value.isoformat()


def age(years: float | None) -> str:
    """Print an age as people state it: whole years, and months below two years."""
    if years is None:
        return NOT_STATED
    if years >= 2:
        return f"{math.floor(years)} years"
    months = math.floor(years * 12)
    return "1 month" if months == 1 else f"{months} months"


def listed(items: Sequence[str], at_most: int | None = None) -> str:
    """Print a list as words: 'a, b and c', or 'a, b and 3 more'."""
    names = list(items)
    if at_most is not None and len(names) > at_most:
        names = [*names[:at_most], f"{len(names) - at_most} more"]
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def counted(count: int, noun: str) -> str:
    """Print a count with its noun: '1 film', '3 films'."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def sentence(text: str) -> str:
    """Give a text its full stop, and a capital unless it begins with a name such as a file's."""
    text = text.strip()
    ended = text if text.endswith((".", "!", "?")) else f"{text}."
    first = ended.split(" ", 1)[0].rstrip(".,:;")
    return ended[:1].upper() + ended[1:] if first.isalpha() and first.islower() else ended


def inside_sentence(display: str) -> str:
    """Put a name inside a sentence: small first letter, unless it is an abbreviation."""
    first = display.split(" ", 1)[0]
    return display if first[1:] != first[1:].lower() else display[:1].lower() + display[1:]
