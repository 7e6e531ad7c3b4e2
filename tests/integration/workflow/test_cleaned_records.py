"""What cleaning found stands on the report of whoever asked, beside what the document said."""

import json
from pathlib import Path

from integration.workflow.films import resources
from osler.workflow import analyze


def test_repairs_and_doubts_stand_on_the_report_with_the_raw_value(tmp_path: Path) -> None:
    """A wrong unit, a result from before birth, and one that came twice: the reader sees all."""
    at = "2026-11-20T08:00:00Z"
    potassium = {"code": "potassium", "value": 4.1, "unit": "mmol/L", "time": at}
    document = {
        "patient": {"id": "0042", "sex": "female", "birth_date": "1961-05-04"},
        "observations": [
            {"code": "glucose", "value": 180, "unit": "mmol/L", "time": at},
            {"code": "sodium", "value": 140, "unit": "mmol/L", "time": "1950-01-01"},
            {"code": "chloride", "value": 100, "unit": "mmol/L", "time": "2031-01-01T08:00:00Z"},
            potassium,
            potassium,
        ],
    }
    path = tmp_path / "patient.json"
    path.write_text(json.dumps(document))
    out = tmp_path / "out"
    found = analyze(record=path, out=out, resources=resources())
    (one,) = found.studies
    assert one.draft.record is not None
    glucose, sodium, chloride, *others = one.draft.record.observations
    assert glucose.raw == "180 mmol/L"
    assert "unit repaired: 180 mmol/L cannot be, read as 180 mg/dL" in glucose.repairs[-1]
    assert "before the birth" in str(sodium.implausible)
    assert "lies after" in str(chloride.implausible)
    assert len(others) == 1
    warnings = " ".join(one.draft.warnings)
    assert "1 repeated values of the record count once" in warnings
    assert "1 values were read in another unit than stated" in warnings
    page = next(out.rglob("report.html")).read_text(encoding="utf-8")
    assert "180 mmol/L cannot be" in page
