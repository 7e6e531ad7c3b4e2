"""The reference page is held to the code: its examples load, its table is the table."""

import re
from pathlib import Path

from osler.standards.record import read_record
from osler.standards.terminology import measurables

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "record.md"


def example(language: str) -> bytes:
    """Return the page's example in one language."""
    text = PAGE.read_text(encoding="utf-8")
    found = re.search(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)
    assert found is not None
    return found.group(1).encode()


def test_the_json_example_loads_without_a_warning() -> None:
    """Who copies it must not be refused."""
    record = read_record(example("json"), origin="example.json")
    assert record.warnings == ()
    assert len(record.observations) == 6
    assert not any(one.implausible for one in record.observations)


def test_the_csv_example_loads_without_a_warning() -> None:
    """Who copies it must not be refused."""
    record = read_record(example("csv"), origin="example.csv")
    assert record.warnings == ()
    assert len(record.observations) == 4


def test_the_page_lists_every_name_code_and_unit() -> None:
    """A name that the page promises and the code does not know loses a vital sign."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for entry in measurables():
        row = next(line for line in lines if line.startswith(f"| `{entry.name}` |"))
        for known in entry.codes:
            assert known.code.code in row
        for name in entry.names[1:]:
            assert f"`{name}`" in row
        assert entry.answers or row.endswith(f"| {entry.unit} |")
