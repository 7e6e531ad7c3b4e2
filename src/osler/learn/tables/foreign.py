"""How good a model of the record is on another hospital's table."""

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, ValidationError

from osler.analyse.record_card import Part
from osler.analyse.record_package import RecordPackage
from osler.analyse.record_scoring import score_rows
from osler.errors import InputRefused, NotFound
from osler.evaluate.bootstrap import patient_weights
from osler.learn.tables.figures import REPEATS, decision_curve, in_words, measured
from osler.learn.tables.recipe import Column, Target
from osler.learn.tables.record_charts import write_record_report
from osler.learn.tables.table import number_of, read_rows

FEWEST_ROWS = 20


class Mapped(Part):
    """Where the other table has a feature, and how its numbers become the feature's unit."""

    column: str
    factor: float = 1.0
    zero_is_missing: bool = False
    words: dict[str, float] = Field(default_factory=dict)


class Mapping(Part):
    """A table's outcome, the column that names a patient, and its columns by feature."""

    target: Target
    group: str | None = None
    columns: dict[str, Mapped]


def read_mapping(file: Path) -> Mapping:
    """Read a mapping from TOML.

    Raises
    ------
    NotFound
        No such file.
    InputRefused
        Not TOML, or a key is unknown, missing or of the wrong type; the sentence names it.
    """
    if not file.is_file():
        raise NotFound(f"no mapping at {file}; it names the table's columns, see the how-to")
    try:
        return Mapping.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise InputRefused(f"mapping {file.name} is not TOML: {error}; mend that line") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputRefused(
            f"mapping {file.name}, key {where}: {first['msg']}; mend it and run again"
        ) from error


def evaluate_record_package(
    package: RecordPackage, table: Path, mapping_file: Path, *, report: Path | None = None
) -> dict[str, Any]:
    """Score a table and return figures with intervals; features without a column are missing.

    Raises
    ------
    InputRefused
        The mapping names a feature or column that is not there, or there are fewer than 20 rows or
        one class only.
    """
    mapping, card = read_mapping(mapping_file), package.card
    rows = read_rows(table)
    _require(mapping, package, rows=rows, table=table)
    columns = [
        Column(feature=one, **mapping.columns[one.name].model_dump())
        if one.name in mapping.columns
        else None
        for one in card.features
    ]
    values = np.array(
        [[number_of(row, one) if one else np.nan for one in columns] for row in rows],
        dtype=np.float32,
    )
    target = mapping.target
    labels = np.array([row[target.column].strip() in target.positive for row in rows])
    if labels.all() or not labels.any():
        raise InputRefused(
            f"{table.name} has a single class of {target.column!r}; expected rows with and without"
        )
    people = [row[mapping.group] if mapping.group else str(i) for i, row in enumerate(rows)]
    probability, _ = score_rows(package, values)
    weights = patient_weights(people, rng=np.random.default_rng(0), repeats=REPEATS)
    points = {one.name: one.threshold for one in card.output.operating_points}
    found = measured(probability, labels, weights, threshold=points["balanced"])
    curve = decision_curve(probability, labels)
    if report is not None:
        write_record_report(card, probability, labels, figures=found, curve=curve, folder=report)
    return {
        "model": f"{card.name}/{card.version}",
        "table": table.name,
        "rows": len(rows),
        "missing_features": [one.name for one in card.features if one.name not in mapping.columns],
        "missing_share": round(float(np.isnan(values).mean()), 4),
        "threshold": points["balanced"],
        "figures": found.model_dump(mode="json"),
        "decision_curve": [one.model_dump() for one in curve],
        "in_words": {
            name: in_words(getattr(found, name))
            for name in ("auroc", "sensitivity", "specificity", "brier")
        },
    }


def _require(
    mapping: Mapping, package: RecordPackage, *, rows: list[dict[str, str]], table: Path
) -> None:
    """Refuse a mapping that does not fit the package and the table."""
    known = {one.name for one in package.card.features}
    there = set(rows[0]) if rows else set()
    for name, one in mapping.columns.items():
        if name not in known:
            raise InputRefused(
                f"the mapping names {name!r}, which is no feature of {package.card.name}; "
                f"expected some of {', '.join(sorted(known))}"
            )
        if one.column == mapping.target.column:
            raise InputRefused(
                f"the outcome {one.column!r} is also mapped to a feature; take it out"
            )
    wanted = [mapping.target.column, *(one.column for one in mapping.columns.values())]
    wanted += [mapping.group] if mapping.group else []
    for column in wanted:
        if column not in there:
            raise InputRefused(f"{table.name} has no column {column!r}; mend the mapping")
    if len(rows) < FEWEST_ROWS:
        raise InputRefused(
            f"{table.name} has {len(rows)} rows, expected at least {FEWEST_ROWS}; collect more"
        )
