"""The traps of a table are found by themselves, and a sound table is left in peace."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
import pytest

from osler.errors import Misuse, NotReadable
from osler.prepare.quality import Report, check_tables
from osler.prepare.quality.page import to_html
from osler.standards.guideline import shipped
from osler.standards.tables import Table, read_table

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ROWS = 400


def sound(seed: int = 1) -> dict[str, Sequence[object]]:
    """Return a table without a fault: an outcome that two columns tell a little of."""
    rng = np.random.default_rng(seed)
    glucose = rng.normal(120, 30, ROWS).clip(60, 300).round(1)
    pressure = rng.normal(75, 10, ROWS).clip(45, 120).round(1)
    outcome = (glucose + rng.normal(0, 40, ROWS) > 140).astype(int)
    return {
        "glucose": glucose.tolist(),
        "blood_pressure": pressure.tolist(),
        "pregnancies": rng.poisson(3, ROWS).tolist(),
        "outcome": outcome.tolist(),
    }


def checked(columns: Mapping[str, Sequence[object]], target: str | None = "outcome") -> Report:
    """Check a table of these columns."""
    table = Table("t", {name: tuple(map(str, cells)) for name, cells in columns.items()})
    ranges = shipped().plausible_ranges
    return check_tables([table], target=target, ranges=ranges, now=NOW)[0]


def kinds(report: Report) -> set[tuple[str, str]]:
    """Return what was found, and where."""
    return {(one.kind, one.column) for one in report.suspicions}


def test_a_sound_table_raises_no_suspicion() -> None:
    """A check that cries wolf is switched off."""
    assert kinds(checked(sound())) == set()


def test_zeros_that_stand_apart_mean_missing_and_those_of_a_count_do_not() -> None:
    """Nobody has a blood pressure of zero; many people have had no pregnancy."""
    table = sound()
    table["blood_pressure"] = [
        0 if n % 9 == 0 else v for n, v in enumerate(table["blood_pressure"])
    ]
    table["glucose"] = [0 if n % 50 == 0 else v for n, v in enumerate(table["glucose"])]
    assert kinds(checked(table)) == {
        ("zeros that mean missing", "blood_pressure"),
        ("zeros that mean missing", "glucose"),
    }


def test_repeated_rows_and_people_are_counted() -> None:
    """The same patient on both sides of a split is remembered, not predicted."""
    table = sound()
    again = {name: [*cells[:-20], *cells[:20]] for name, cells in table.items()}
    assert ("repeated rows", "") in kinds(checked(again))
    table["patient_id"] = [n // 4 for n in range(ROWS)]
    report = checked(table)
    assert ("repeated people", "patient_id") in kinds(report)
    assert report.people == 100
    del table["patient_id"]
    table["name"] = [f"S{n // 5:02d}_{n % 5}" for n in range(ROWS)]
    assert ("repeated people", "name") in kinds(checked(table))


def test_a_copy_of_the_outcome_and_what_is_known_afterwards_are_leaks() -> None:
    """Follow-up time and a second test know the answer because they came after it."""
    table = sound()
    outcome = np.asarray(table["outcome"])
    rng = np.random.default_rng(2)
    table["score"] = (outcome * 5 + rng.normal(0, 1, ROWS)).round(3).tolist()
    table["follow_up_time"] = (200 - 60 * outcome + rng.normal(0, 50, ROWS)).round(1).tolist()
    table["biopsy"] = np.where(outcome & (rng.random(ROWS) < 0.6), 1, 0).tolist()
    found = kinds(checked(table))
    assert {("leak", "score"), ("leak", "follow_up_time"), ("leak", "biopsy")} <= found
    assert ("leak", "glucose") not in found


def test_gaps_that_tell_the_outcome_are_named() -> None:
    """A test is ordered on the sick: its absence is a finding of the hospital, not of the body."""
    table = sound()
    table["crp"] = [
        f"{5 + n % 90}" if ill or n % 5 == 0 else "" for n, ill in enumerate(table["outcome"])
    ]
    assert ("telling gaps", "crp") in kinds(checked(table))


def test_impossible_values_and_a_second_unit_are_named() -> None:
    """A thousand millimetres of mercury, and a clinic that writes glucose in mmol/L."""
    table = sound()
    table["ap_hi"] = [1100 if n == 7 else -120 if n == 9 else 110 + n % 50 for n in range(ROWS)]
    table["temperature"] = [37 + n % 20 / 10 if n % 10 else 98.6 + n / 1000 for n in range(ROWS)]
    found = kinds(checked(table))
    assert {("impossible values", "ap_hi"), ("mixed units", "temperature")} <= found


def test_sites_that_differ_are_named() -> None:
    """A model that learns the hospital knows nothing about the disease."""
    table = sound()
    table["site"] = ["north" if n % 2 else "south" for n in range(ROWS)]
    table["blood_pressure"] = [
        float(str(v)) + 20 * (n % 2) for n, v in enumerate(table["blood_pressure"])
    ]
    assert ("drift", "blood_pressure") in kinds(checked(table))


def test_columns_of_nothing_ten_rows_one_class_and_future_dates_are_told() -> None:
    """Each of these makes training fail late or, worse, succeed."""
    table = {name: cells[:10] for name, cells in sound().items()}
    table["outcome"] = [1] * 10
    table["empty"] = [""] * 10
    table["same"] = ["x"] * 10
    table["seen"] = ["2031-01-01", *["2026-01-01"] * 9]
    assert {
        ("few rows", ""),
        ("single class", "outcome"),
        ("all missing", "empty"),
        ("constant", "same"),
        ("future dates", "seen"),
    } <= kinds(checked(table))


def test_the_page_needs_nothing_from_outside_and_escapes_names() -> None:
    """A column's name comes from a stranger."""
    table = sound()
    table["<script>x"] = ["" if n % 3 else "1" for n in range(ROWS)]
    page = to_html([checked(table)])
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org", "").replace("https://matplotlib.org", "")
    assert page.count("<svg") == 3


def test_an_outcome_that_is_not_there_is_misuse() -> None:
    """A typing error must not read as 'no leak'."""
    with pytest.raises(Misuse, match="--target 'outcom': there is no such column"):
        checked(sound(), "outcom")


def test_what_is_no_table_is_refused() -> None:
    """A row that is too long shifts every cell behind it."""
    with pytest.raises(NotReadable, match="t, row 3: 3 cells, expected 2"):
        read_table(b"a,b\n1,2\n1,2,3\n", name="t")
    with pytest.raises(NotReadable, match="expected a header"):
        read_table(b"a,b\n", name="t")
    assert read_table(b"\xef\xbb\xbfa;b\r\n1;2\r\n", name="t").columns == {"a": ("1",), "b": ("2",)}
