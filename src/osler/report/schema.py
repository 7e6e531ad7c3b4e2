"""The JSON Schema of report.json: one file, in the reference and in the wheel."""

import json
from importlib import resources
from pathlib import Path
from typing import Any, cast

NAME = "report.schema.json"


def report_schema() -> dict[str, Any]:
    """Return the schema that every report.json holds to."""
    installed = Path(str(resources.files("osler"))) / "_shipped" / NAME
    checkout = Path(__file__).resolve().parents[3] / "docs" / "reference" / NAME
    file = installed if installed.is_file() else checkout
    return cast(dict[str, Any], json.loads(file.read_text(encoding="utf-8")))
