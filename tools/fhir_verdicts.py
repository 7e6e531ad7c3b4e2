"""Write docs/reference/fhir-validation.md: our verdicts beside those of HL7's own validator.

    python tools/fhir_verdicts.py ../shared/data/fhir/validator_cases

The folder holds the cases of FHIR/fhir-test-cases (validator/) and ``expected.csv`` with the
verdict of HL7's Java validator on each.
"""

# ruff: noqa: E501 - lines of a page

import csv
import json
import sys
from collections import Counter
from pathlib import Path

from osler.standards.fhir import validate

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "fhir-validation.md"
INTRO = """# What the check of FHIR finds, and what it does not

`osler collect fhir` holds every resource against HL7's JSON Schema of R4. The schema knows structure, data types and
required codes. It knows no terminology, no invariants, no profiles and no targets of references, so it lets through
much that HL7's own validator refuses. These are its verdicts on the cases of
[FHIR/fhir-test-cases](https://github.com/FHIR/fhir-test-cases) in R4 JSON, beside that validator's; `python
tools/fhir_verdicts.py FOLDER` measures it again.
"""


def main(folder: Path) -> None:
    """Measure and write the page."""
    rows = list(csv.DictReader((folder / "expected.csv").open(encoding="utf-8")))
    outcomes: dict[str, Counter[str]] = {}
    for row in rows:
        ours = verdict(folder / row["file"])
        outcomes.setdefault(row["module"] or "none", Counter())[f"{row['valid']}-{ours}"] += 1
    PAGE.write_text(page(outcomes), encoding="utf-8")


def verdict(path: Path) -> str:
    """Return 'yes' where a case is valid by our check."""
    try:
        resource = json.loads(path.read_text(encoding="utf-8-sig"))
    except (json.JSONDecodeError, UnicodeDecodeError):
        return "no"
    return "no" if validate(resource) else "yes"


def page(outcomes: dict[str, Counter[str]]) -> str:
    """Return the page."""
    whole: Counter[str] = sum(outcomes.values(), Counter())
    lines = [INTRO, "| module | cases | agreed | valid, refused by us | invalid, let through |"]
    lines.append("|---|---|---|---|---|")
    for name, counts in [*sorted(outcomes.items()), ("**all**", whole)]:
        agreed = counts["yes-yes"] + counts["no-no"]
        lines.append(
            f"| {name} | {counts.total()} | {agreed} | {counts['yes-no']} | {counts['no-yes']} |"
        )
    refused, invalid = whole["no-no"], whole["no-no"] + whole["no-yes"]
    valid = whole["yes-yes"] + whole["yes-no"]
    lines.append(
        f"\nOf {invalid} invalid cases {refused} are refused; of {valid} valid ones {whole['yes-no']} are refused, "
        "wrongly. So a resource that passes is well-formed, and not more than that."
    )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
