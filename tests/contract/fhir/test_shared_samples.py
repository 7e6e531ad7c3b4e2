"""What other people's software writes: 200 Synthea patients and HL7's own examples."""

import csv
import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from osler.clinical import Identifier
from osler.errors import IdentityConflict
from osler.standards.fhir import validate
from osler.standards.record import read_record, read_records

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "fhir"
SYNTHEA = SHARED / "synthea_r4" / "synthea_r4_bundles.ndjson.gz"
EXAMPLES = SHARED / "hl7_r4_examples"

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the shared FHIR samples (../shared/data/fhir) are not here"
)


def expected_counts() -> Iterator[tuple[str, int, int]]:
    """Yield identifier, values and conditions of each bundle, counted from the raw JSON."""
    with gzip.open(SYNTHEA, "rt", encoding="utf-8") as lines:
        for line in lines:
            resources = [entry["resource"] for entry in json.loads(line)["entry"]]
            patient = next(one for one in resources if one["resourceType"] == "Patient")
            seen = [one for one in resources if one["resourceType"] == "Observation"]
            values = sum(len(one.get("component", [None])) for one in seen)
            conditions = sum(one["resourceType"] == "Condition" for one in resources)
            yield patient["identifier"][0]["value"], values, conditions


def index_rows() -> list[dict[str, str]]:
    """Return the hand-made index of the bundles."""
    path = SYNTHEA.with_name("synthea_r4_bundles_index.csv")
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_all_synthea_patients_load_whole() -> None:
    """Nothing of 200 records is lost, doubled or given to the wrong patient."""
    records = read_records(SYNTHEA.read_bytes(), origin=SYNTHEA.name)
    rows = index_rows()
    assert len(records) == len(rows) == 200
    for record, row, (number, values, conditions) in zip(
        records, rows, expected_counts(), strict=True
    ):
        assert record.patient.identifiers[0] == Identifier(
            number, "https://github.com/synthetichealth/synthea"
        )
        assert str(record.patient.birth_date) == row["birthDate"]
        assert record.patient.sex.value == row["gender"]
        assert len(record.observations) == values
        assert len(record.conditions) == conditions == int(row["conditions"])
        assert all(one.effective is not None for one in record.observations)
        assert not any("left out: it" in warning for warning in record.warnings)


def test_synthea_as_one_record_is_refused() -> None:
    """Two hundred patients are not one."""
    with gzip.open(SYNTHEA) as lines:
        first_two = lines.readline() + lines.readline()
    with pytest.raises(IdentityConflict, match="2 Patient resources"):
        read_record(first_two, origin="two.ndjson")


def examples() -> list[dict[str, Any]]:
    """Return HL7's R4 examples of the types that Osler writes."""
    kinds = ("observation-", "diagnosticreport-", "patient-")
    paths = sorted(path for path in EXAMPLES.glob("*.json") if path.name.startswith(kinds))
    return [json.loads(path.read_text(encoding="utf-8")) for path in paths]


def test_hl7_s_own_examples_are_valid() -> None:
    """An independent source: HL7 wrote these, not we."""
    found = examples()
    assert len(found) > 80
    faults = {one["id"]: validate(one) for one in found if validate(one)}
    assert faults == {}


@pytest.mark.parametrize(
    "mutation",
    [
        {"status": ["final"]},
        {"code": None},
        {"subject": "Patient/1"},
        {"unheard": 1},
        {"category": {}},
    ],
)
def test_mutated_examples_are_refused(mutation: dict[str, Any]) -> None:
    """A validator that accepts everything protects nobody."""
    for example in examples():
        if example["resourceType"] != "Patient":
            assert validate({**example, **mutation}), (example["id"], mutation)


def test_required_codes_are_enforced() -> None:
    """A report of status 'nonsense' is neither a draft nor final."""
    reports = [one for one in examples() if one["resourceType"] == "DiagnosticReport"]
    assert reports
    for report in reports:
        assert any("status" in fault for fault in validate({**report, "status": "nonsense"}))


def test_every_hl7_observation_example_is_read_or_named() -> None:
    """No example of the standard may crash the reader or vanish."""
    for example in examples():
        if example["resourceType"] != "Observation":
            continue
        record = read_record(json.dumps(example).encode(), origin=example["id"])
        assert record.observations or len(record.warnings) > 1, example["id"]
