"""How long one record takes to be scored, weighed and advised, by all shipped scores and rules.

python benchmarks/assessing.py
python benchmarks/assessing.py --records bundles.ndjson.gz
"""

import argparse
import gzip
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from osler.assess import assess
from osler.clinical import OSLER, Code, Condition, Observation, Patient, Quantity, Record, Sex
from osler.standards.guideline import default_folder, load, shipped
from osler.standards.record import read_records
from osler.standards.terminology import measurables

AT = datetime(2026, 11, 25, tzinfo=UTC)
REPEATS = 200


def main() -> None:
    """Print the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=Path, help="NDJSON, one FHIR bundle a line, gzip or not.")
    asked = parser.parse_args()
    start = time.perf_counter()
    load(default_folder())
    print(f"guidelines read: {1000 * (time.perf_counter() - start):.0f} ms")
    records = list(_records(asked.records)) if asked.records else [_made_up()] * REPEATS
    _assess(records[0])
    times = sorted(1000 * _assess(record) for record in records)
    print(
        f"one record assessed, warm, {len(records)} records: median "
        f"{statistics.median(times):.1f} ms, slowest {times[-1]:.1f} ms"
    )


def _assess(record: Record) -> float:
    """Return the seconds that one assessment takes."""
    when = max((one.effective for one in record.observations if one.effective), default=AT)
    age = record.patient.age_on(when.date())
    start = time.perf_counter()
    assess((), record, pretests={}, at=when, age_years=age, guidelines=shipped())
    return time.perf_counter() - start


def _records(path: Path) -> Iterator[Record]:
    """Yield the record of each line."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rb") as lines:
        for number, line in enumerate(lines):
            yield from read_records(line, origin=f"line {number + 1}")


def _made_up() -> Record:
    """Return a patient of whom everything that Osler knows was measured."""
    seen = tuple(
        Observation(one.codes[0].code, Quantity(50.0, one.unit), AT, raw="50")
        for one in measurables()
        if one.answers is None
    )
    stated = Observation(Code(OSLER, "haemoptysis", "haemoptysis"), "no", AT, raw="no")
    problems = tuple(Condition(Code("", "", name)) for name in ("Pneumonia", "Diabetes"))
    patient = Patient(sex=Sex.FEMALE, stated_age_years=70.0)
    return Record(patient, (*seen, stated), problems)


if __name__ == "__main__":
    main()
