"""Header elements to plain values, each fault recorded as a sentence instead of raised."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar

from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from osler.standards.dicom.faults import DAMAGE
from osler.standards.recovered import recovered_faults
from osler.standards.uids import derived_uid, is_uid

T = TypeVar("T")

OLDEST_YEARS = 130
_YEARS_PER_UNIT = {"Y": 1.0, "M": 1 / 12, "W": 7 / 365.2425, "D": 1 / 365.2425}


class Header:
    """The elements of one data set as values, and the faults met while reading them.

    A fault is told by the element's keyword, never by its value: warnings are shown and logged.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._faults: dict[str, None] = {}

    @property
    def faults(self) -> tuple[str, ...]:
        """The sentences so far, each once."""
        return tuple(self._faults)

    def note(self, sentence: str) -> None:
        """Record a fault."""
        self._faults[sentence] = None

    def text(self, keyword: str) -> str | None:
        """Return a text without padding, several values joined by a backslash; None if empty."""
        value = self._value(keyword)
        if value is None:
            return None
        parts = value if isinstance(value, MultiValue) else [value]
        try:
            with recovered_faults() as faults:
                text = "\\".join(str(part) for part in parts).strip(" \0\t\r\n")
        except DAMAGE:
            self.note(f"{keyword}: the text does not decode, taken as not stated")
            return None
        if faults:
            self.note(f"{keyword}: the text does not fit its character set or form")
        return text or None

    def uid(self, keyword: str, *, content: bytes, level: str) -> str:
        """Return a UID, or a stable one made from the content where it is absent or malformed."""
        text = self.text(keyword)
        if text is not None and is_uid(text):
            return text
        if text is None:
            self.note(f"{keyword} is missing: a UID made from the file's content stands in")
            return derived_uid(content, level=level)
        self.note(f"{keyword} is not a UID: one made from its text stands in")
        return derived_uid(text.encode("utf-8", "surrogateescape"), level=level)

    def day(self, keyword: str) -> date | None:
        """Return a date, from YYYYMMDD or the old YYYY.MM.DD."""
        return self._converted(keyword, "a date (YYYYMMDD)", _date_of)

    def age_years(self, keyword: str) -> float | None:
        """Return an age such as 045Y, 006M, 003W or 010D in years."""
        return self._converted(keyword, "an age (nnnY, nnnM, nnnW or nnnD)", _age_of)

    def moment(self, day: str, time: str) -> datetime | None:
        """Return a date and a time as one moment in UTC; None where either is not stated.

        The header's own offset from UTC is applied where it names one; without one the time is
        taken as UTC.
        """
        date_, clock = self.day(day), self._converted(time, "a time (HHMMSS)", _time_of)
        if date_ is None or clock is None:
            return None
        offset = self._converted("TimezoneOffsetFromUTC", "an offset (+HHMM)", _offset_of)
        local = datetime.combine(date_, clock, tzinfo=UTC)
        return local - (offset or timedelta())

    def whole_number(self, keyword: str) -> int | None:
        """Return an integer."""
        return self._converted(keyword, "a whole number", int)

    def _converted(self, keyword: str, wanted: str, convert: Callable[[str], T]) -> T | None:
        """Return a converted text, None where it is absent or, with a fault noted, nonsense."""
        text = self.text(keyword)
        if text is None:
            return None
        try:
            return convert(text)
        except (ValueError, KeyError):
            self.note(f"{keyword} is not {wanted}: taken as not stated")
            return None

    def _value(self, keyword: str) -> Any:  # noqa: ANN401 - whatever the VR converts to
        """Return an element's converted value, None where it is absent or does not convert."""
        try:
            with recovered_faults() as faults:
                value = self._dataset.get(keyword)
        except DAMAGE:
            value = self._raw_text(keyword)
            self.note(f"{keyword}: the value does not fit its value representation")
            return value
        if faults:
            self.note(f"{keyword}: the value does not fit its value representation")
        return value

    def _raw_text(self, keyword: str) -> str | None:
        """Return the undecoded bytes of an element that did not convert, as text."""
        raw = getattr(self._dataset.get_item(keyword), "value", None)
        return raw.decode("ascii", "replace") if isinstance(raw, bytes) else None


def _date_of(text: str) -> date:
    """Convert YYYYMMDD or YYYY.MM.DD; ValueError for anything else or outside 1800 to 2200."""
    digits = text.replace(".", "") if len(text) == 10 else text
    if len(digits) != 8 or not digits.isdecimal():
        raise ValueError("not YYYYMMDD")
    day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    if not 1800 <= day.year <= 2200:
        raise ValueError("no year of a living patient")
    return day


def _time_of(text: str) -> time:
    """Convert HHMMSS.FFFFFF, cut short anywhere after the hour, or the old HH:MM:SS."""
    digits = text.replace(":", "").partition(".")[0]
    if not digits.isdecimal() or len(digits) not in (2, 4, 6):
        raise ValueError("not HHMMSS")
    hour, minute, second = (int(digits.ljust(6, "0")[i : i + 2]) for i in (0, 2, 4))
    return time(hour, minute, second)


def _offset_of(text: str) -> timedelta:
    """Convert +HHMM or -HHMM."""
    if len(text) != 5 or text[0] not in "+-" or not text[1:].isdecimal():
        raise ValueError("not +HHMM")
    span = timedelta(hours=int(text[1:3]), minutes=int(text[3:]))
    return -span if text[0] == "-" else span


def _age_of(text: str) -> float:
    """Convert a DICOM age string (PS3.5 6.2, AS); ValueError or KeyError for anything else."""
    number, unit = text[:-1], text[-1:].upper()
    if not number.isdecimal():
        raise ValueError("no number")
    years = int(number) * _YEARS_PER_UNIT[unit]
    if years > OLDEST_YEARS:
        raise ValueError("older than people get")
    return years
