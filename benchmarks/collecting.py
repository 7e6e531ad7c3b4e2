"""How fast is a house's record taken in: 200 Synthea bundles read, checked, stored and on disk.

Beside it, in the same process, the steps alone; and fhir.resources, which parses each resource into
its classes and stores nothing. The peer needs an environment of its own: python -m venv peer,
peer/bin/pip install fhir.resources, peer/bin/python benchmarks/collecting.py --peer FOLDER.
Run: python benchmarks/collecting.py FOLDER
"""

# ruff: noqa: PLC0415, FBT003 - the peer's environment has nothing of ours

import gzip
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def bundles(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the bundles of a folder, one at a time."""
    for path in sorted(folder.glob("*.ndjson.gz")):
        with gzip.open(path, "rb") as lines:
            yield from (json.loads(line) for line in lines)


def peer(folder: Path) -> None:
    """Parse every resource into a class of fhir.resources."""
    from fhir.resources.R4B import get_fhir_model_class  # type: ignore[import-not-found]

    began, parsed, refused = time.perf_counter(), 0, 0
    for bundle in bundles(folder):
        for entry in bundle["entry"]:
            one = entry["resource"]
            try:
                get_fhir_model_class(one["resourceType"]).model_validate(one)
            except ValueError:
                refused += 1
            parsed += 1
    print(
        f"fhir.resources: {parsed} resources in {time.perf_counter() - began:.1f} s, "
        f"{refused} refused, {memory():.0f} MB"
    )


def ours(folder: Path) -> None:
    """Take the folder in, and then do each step alone."""
    from datetime import UTC, datetime

    from osler.collect.fhir import portions_of
    from osler.collect.fhir_files import objects_of
    from osler.collect.limits import Limits
    from osler.collect.portions import Asked
    from osler.records import Actor, MasterKey, Purpose, RecordsAt, Role, open_records
    from osler.standards.fhir import validate
    from osler.standards.guideline import shipped
    from osler.workflow.pressure import Pressure
    from osler.workflow.record_intake import take_in_records

    everyone = frozenset(Role) - {Role.SERVICE}
    asked = Asked("synthea", True, shipped().plausible_ranges, datetime.now(UTC))
    free = Pressure(lambda: 0, lambda: None, 9, 0, time.monotonic)
    with tempfile.TemporaryDirectory() as place:
        at = RecordsAt(f"sqlite:///{place}/osler.db", f"{place}/objects", MasterKey.of("5a" * 32))
        with open_records(at, create=True, first_user="ada") as records:
            began = time.perf_counter()
            taken = take_in_records(
                records,
                records.acting(Actor("ada", everyone), Purpose.TREATMENT),
                portions_of(objects_of([folder], Limits()), asked),
                source="synthea",
                pressure=free,
                clock=lambda: datetime.now(UTC),
            )
            print(
                f"read, checked and stored: {taken.stored} of {taken.read} resources of "
                f"{taken.patients} patients in {time.perf_counter() - began:.1f} s, "
                f"{memory():.0f} MB at most"
            )
    began = time.perf_counter()
    number = sum(len(bundle["entry"]) for bundle in bundles(folder))
    print(f"of this, unpacking and JSON: {time.perf_counter() - began:.1f} s")
    began = time.perf_counter()
    for bundle in bundles(folder):
        for entry in bundle["entry"]:
            validate(entry["resource"])
    print(f"of this, with the schema: {number} resources in {time.perf_counter() - began:.1f} s")


def memory() -> float:
    """Return the most memory that this process had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    (peer if "--peer" in sys.argv else ours)(Path(sys.argv[-1]))
