"""Times: a vital sign must never look fresher than it is."""

import contextlib
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from osler.errors import NotReadable
from osler.standards.terminology.times import read_day, read_moment


def test_a_time_with_a_zone_becomes_utc() -> None:
    """Hospitals in two zones must agree on which value came first."""
    moment = read_moment("2004-08-26T16:45:00-04:00")
    assert moment.at == datetime(2004, 8, 26, 20, 45, tzinfo=UTC)
    assert moment.repairs == ()


def test_a_time_without_a_zone_is_taken_as_utc_and_said_so() -> None:
    """An assumption that nobody sees cannot be corrected."""
    moment = read_moment("2026-11-20T08:00:00")
    assert moment.at == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert moment.repairs == ("no time zone stated, taken as UTC",)


@pytest.mark.parametrize(
    ("stated", "start"),
    [
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
        ("2026-11", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026", datetime(2026, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_partial_date_is_its_first_moment(stated: str, start: datetime) -> None:
    """The earliest reading makes a value older, never fresher."""
    assert read_moment(stated).at == start


@pytest.mark.parametrize(
    "stated", ["yesterday", "2026-13-01", "20.11.2026", "", "2026-11-20T25:00Z"]
)
def test_what_is_no_time_is_refused(stated: str) -> None:
    """A misread date would put a value in another week."""
    with pytest.raises(NotReadable, match="expected a date and time such as"):
        read_moment(stated)


def test_a_birth_year_is_no_birth_date() -> None:
    """Half a year of error turns a child of fifteen into an adult for NEWS2."""
    assert read_day("1961") is None
    assert read_day("1961-05-04") == date(1961, 5, 4)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused(stated: str) -> None:
    """Strangers' text ends as a time or a sentence."""
    with contextlib.suppress(NotReadable):
        assert read_moment(stated).at.tzinfo is not None
