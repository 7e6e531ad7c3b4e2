"""Write docs/reference/data-quality.md: which known traps the check finds by itself.

    python tools/quality_page.py ../shared/data/tabular

The traps are those that the curators of these tables wrote down; the check is told the outcome of
each table and nothing else.
"""

# ruff: noqa: E501 - lines of a page

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from osler.prepare.quality import Report, check_tables
from osler.standards.guideline import shipped
from osler.standards.tables import read_table

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "data-quality.md"
EINSTEIN = "Patient addmited to regular ward (1=yes, 0=no)"
CO_TARGETS = "Hinselmann, Schiller, Cytology"


@dataclass(frozen=True)
class Trap:
    """A known trap: the table, its outcome, what is wrong, and what finding it looks like."""

    table: str
    target: str | None
    words: str
    kind: str
    columns: tuple[str, ...] = ("",)


TRAPS = (
    Trap(
        "pima_diabetes.csv",
        "outcome",
        "zeros mean missing",
        "zeros that mean missing",
        ("glucose", "blood_pressure", "skin_thickness", "insulin", "bmi"),
    ),
    Trap("heart_cleveland.csv", "num", "missing ca, thal", "missing", ("ca", "thal")),
    Trap("breast_wisconsin_original.csv", "class", "repeated patients", "repeated people", ("id",)),
    Trap("breast_wisconsin_original.csv", "class", "8 repeated rows", "repeated rows"),
    Trap("ckd_chronic_kidney_disease.csv", "class", "nearly separable", "nearly separable"),
    Trap("ilpd_liver.csv", "selector", "13 repeated rows", "repeated rows"),
    Trap("ilpd_liver.csv", "selector", "misses women", "subgroup"),
    Trap(
        "parkinsons_voice.csv", "status", "recordings of few people", "repeated people", ("name",)
    ),
    Trap("stroke.csv", "stroke", "provenance undisclosed", "provenance"),
    Trap("framingham_chd10y.csv", "TenYearCHD", "2 repeated rows", "repeated rows"),
    Trap(
        "cardio_70k.csv.gz",
        "cardio",
        "negative blood pressures and some above 1000",
        "impossible values",
        ("ap_hi", "ap_lo"),
    ),
    Trap("cardio_70k.csv.gz", "cardio", "adults of 55 cm", "impossible values", ("height",)),
    Trap(
        "diabetes130_hospitals_sample5000.csv",
        "readmitted",
        "several encounters a patient",
        "repeated people",
        ("patient_nbr",),
    ),
    Trap("heart_failure_chicco.csv", "DeathEvent", "time is follow-up", "leak", ("Time",)),
    Trap("maternal_health_risk.csv", "RiskLevel", "562 repeated rows", "repeated rows"),
    Trap(
        "maternal_health_risk.csv", "RiskLevel", "heart rate 7", "impossible values", ("HeartRate",)
    ),
    Trap(
        "cervical_cancer_risk.csv",
        "Biopsy",
        f"other outcomes ({CO_TARGETS})",
        "leak",
        ("Hinselmann", "Schiller", "Cytology"),
    ),
    Trap("cervical_cancer_risk.csv", "Biopsy", "23 repeated rows", "repeated rows"),
    Trap("thyroid_ann.csv", "class", "71 repeated rows", "repeated rows"),
    Trap("early_stage_diabetes_sylhet.csv", "DiabeticClass", "269 repeated rows", "repeated rows"),
    Trap("hepatitis_uci.csv", "class", "protime 43 % missing", "mostly missing", ("protime",)),
    Trap("covid_einstein.csv.gz", EINSTEIN, "88 % missing", "mostly missing", ("Hematocrit",)),
    Trap(
        "covid_einstein.csv.gz", EINSTEIN, "gaps tell who is sick", "telling gaps", ("Hematocrit",)
    ),
    Trap(
        "sepsis_physionet2019_setB_600patients.csv.gz",
        "SepsisLabel",
        "hourly rows of 600 people",
        "repeated people",
        ("patient",),
    ),
    Trap(
        "eicu_demo_excerpt/patient.csv.gz",
        "hospitaldischargestatus",
        "how the stay ended is known afterwards",
        "leak",
        ("unitdischargestatus", "hospitaldischargelocation"),
    ),
)
INTRO = """# What the check of data quality finds

`osler prepare check TABLE --target COLUMN --html quality.html` looks at a table, or at every CSV of a folder, before
anybody learns from it. It is told the outcome and nothing else; charts and sentences stand on one HTML page that
needs nothing from outside.

| it finds | by |
|---|---|
| `missing`, `mostly missing` (40 % and more), `all missing`, `constant` | counting empty cells, `NA`, `?`, `nan` |
| `zeros that mean missing` | a measurement that nobody has at zero; else a gap: the smallest other value lies far from zero against the column's middle and its own grid |
| `repeated rows` | equal rows, a number of the row left aside |
| `repeated people` | a column named like a person's number with repeated values, or names that differ by a running number at the end |
| `leak` | out of fold, people kept whole, one column alone reaches an AUROC of 0.95; or 0.65 under a name of what is known only afterwards (time, discharge, outcome …); or a rare yes multiplies the outcome by five |
| `nearly separable` | four columns alone reach 0.85 |
| `telling gaps` | whether a cell is there reaches an AUROC of 0.60 |
| `impossible values`, `mixed units` | a column named like a measurement of Osler's, in the unit that explains most of it, held against `guidelines/plausible_ranges.toml` |
| `drift` | a column's distance (Kolmogorov-Smirnov) between sites, splits or sources reaches 0.2 |
| `words among numbers`, `future dates`, `few rows`, `single class` | looking |

A suspicion is no verdict: a good test for a disease looks like a leak, and some false alarms are below. The thresholds
are ours, set on these tables; they are no clinical numbers.

## Known traps

Written down by the curators of 19 public tables and one excerpt; measured by `python tools/quality_page.py FOLDER`.
"""


def main(folder: Path) -> None:
    """Check all tables and write the page."""
    reports = {
        (trap.table, trap.target): _checked(folder / trap.table, trap.target) for trap in TRAPS
    }
    lines = [INTRO, "| table | trap | found | as |", "|---|---|---|---|"]
    hits = 0
    for trap in TRAPS:
        said = found(trap, reports[trap.table, trap.target])
        hits += said is not None
        words = f"{trap.kind}: {said}" if said is not None else ""
        lines.append(f"| {trap.table} | {trap.words} | {'yes' if words else '**no**'} | {words} |")
    lines.append(f"\n{hits} of {len(TRAPS)} are found.")
    lines.append(
        "Not found: whom a model misses shows only when there is one (`osler evaluate` has subgroups); where a table "
        "comes from does not stand in it; and the bounds of height hold for children too."
    )
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{hits} of {len(TRAPS)}")


def _checked(path: Path, target: str | None) -> Report:
    """Check one table."""
    table = read_table(path.read_bytes(), name=path.name)
    ranges = shipped().plausible_ranges
    return check_tables([table], target=target, ranges=ranges, now=datetime.now(UTC))[0]


def found(trap: Trap, report: Report) -> str | None:
    """Return the first sentence on a trap where all of its columns are named, else None."""
    said = {one.column: one.sentence for one in report.suspicions if one.kind == trap.kind}
    return said[trap.columns[0]] if all(name in said for name in trap.columns) else None


if __name__ == "__main__":
    main(Path(sys.argv[1]))
