"""Builders of hand-written cards of other people's models."""

import json
from pathlib import Path
from typing import Any

FILES = Path(__file__).parents[1] / "data" / "importing"


def written(
    *names: str, size: int = 32, graph: dict[str, Any] | None = None, **changes: object
) -> dict[str, Any]:
    """Return what a person would write: grey pictures of some size, one output a name."""
    outputs = [
        {"name": name, "display": name, "system": "https://osler.example/codes", "code": name}
        for name in names
    ]
    return {
        "name": "theirs",
        "title": "Their model",
        "limits": ["a toy"],
        "intended_use": {
            "statement": "Tests.",
            "setting": "a test run",
            "user": "an engineer",
            "not_for": ["patients"],
            "population": {
                "description": "anybody",
                "min_age_years": 0,
                "max_age_years": 120,
                "kind": "any",
            },
        },
        "input": {
            "modalities": ["CR", "DX"],
            "body_parts": ["CHEST"],
            "views": [],
            "size": size,
            "intensity": "0 to 1",
            "geometry": "one square",
            "min_pixels": 32,
        },
        "graph": graph or {},
        "outputs": outputs,
        "source": {"origin": "a test", "method": "Made.", "trained_on": "nothing"},
        "terms": {"weights": "MIT", "data": "drawn", "research_only": False, "attribution": []},
        **changes,
    }


def a_written_card(folder: Path, content: dict[str, Any]) -> Path:
    """Write a card as JSON."""
    file = folder / "card.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return file
