"""Record what the shipped packages say of a few films, for test_golden.py.

Run it when a package changed on purpose, and say so in CHANGELOG.md as *clinical*:
``python tests/clinical/record.py``.
"""

import json
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clinical.packages import DATA, GOLDEN, JUDGES, REPOSITORY
from osler.analyse.film import FilmFacts, look
from osler.analyse.package import Package
from osler.analyse.registry import ANATOMY, find_package
from osler.analyse.study import score_film
from osler.explain.heart_size import cardiothoracic_ratio
from osler.learn.datasets.table import Row, read_dataset
from osler.standards.pictures import decode_first, read_content

FILMS = 4


def what_is_said(package: Package, anatomy: Package, row: Row) -> dict[str, float]:
    """Return the numbers that a package gives for one film by the road of a patient's film."""
    instance = read_content(row.path.read_bytes(), origin=row.path.name)
    facts = look(decode_first(instance), anatomy.graph)
    if package.card.task == "anatomy":
        return of_outlines(facts)
    scored = score_film(package, facts, instance.uid)
    return {one.name: round(one.probability.value, 5) for one in scored}


def of_outlines(facts: FilmFacts) -> dict[str, float]:
    """Return the areas of the outlines and the cardiothoracic ratio."""
    names = ("right lung area", "left lung area", "heart area")
    areas = {
        name: float((part >= 0.5).mean()) for name, part in zip(names, facts.parts, strict=True)
    }
    ratio = cardiothoracic_ratio(facts.parts)
    found = {**areas, "cardiothoracic ratio": -1.0 if ratio is None else ratio}
    return {name: round(value, 5) for name, value in found.items()}


def rows_of(name: str) -> tuple[Row, ...]:
    """Return the films on which a package is recorded: the first of the test split."""
    dataset = read_dataset(DATA / {ANATOMY: "cxr-anatomy", **JUDGES}[name])
    return dataset.where(splits=("test",)).rows[:FILMS]


def record(name: str) -> None:
    """Write tests/clinical/golden/<name>.json."""
    models = REPOSITORY / "models"
    package = find_package(models, name, allowed=frozenset({name}))
    anatomy = find_package(models, ANATOMY)
    said = {row.path.name: what_is_said(package, anatomy, row) for row in rows_of(name)}
    document = {
        "model": f"{name}/{package.card.version}",
        "sha256": package.identity.sha256,
        "anatomy_sha256": anatomy.identity.sha256,
        "films": said,
    }
    GOLDEN.mkdir(exist_ok=True)
    text = json.dumps(document, indent=1) + "\n"
    (GOLDEN / f"{name}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    for known in (ANATOMY, *JUDGES):
        if any((REPOSITORY / "models" / known).glob("*/card.json")):
            record(known)
