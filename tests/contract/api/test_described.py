"""The description of the API, and the client made from it, are those of this application."""

import json
import runpy
from typing import Any

import pytest

from house.tree import REPOSITORY
from osler.client import Osler
from osler.server.app import described

TOOLS = REPOSITORY / "tools"


def test_the_description_in_the_reference_is_that_of_the_application() -> None:
    """Other programs are written from this file."""
    tool = runpy.run_path(str(TOOLS / "openapi_file.py"))
    now = tool["FILE"].read_text(encoding="utf-8")
    assert now == tool["current"](), "run: python tools/openapi_file.py"


def test_the_client_has_every_call_of_the_description() -> None:
    """A call that only the server knows is one that nobody makes."""
    tool = runpy.run_path(str(TOOLS / "client_file.py"))
    for name, text in tool["files"]().items():
        now = (tool["FOLDER"] / name).read_text(encoding="utf-8")
        assert now == text, "run: python tools/client_file.py"


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Return method, path and description of every operation."""
    paths = described()["paths"]
    return [(m, path, one) for path, methods in paths.items() for m, one in methods.items()]


def test_every_operation_has_a_name_of_its_own_and_a_sentence() -> None:
    """Programs and people find a call by its name and know by its sentence what it does."""
    names = [one["operationId"] for _, _, one in operations()]
    assert len(set(names)) == len(names)
    assert all(one.get("description", "").strip().endswith(".") for _, _, one in operations())
    assert [name for name in names if hasattr(Osler, name)] != []


@pytest.mark.parametrize(
    ("word", "value"), [("Authorization", "bearer"), ("osler_session", "cookie")]
)
def test_the_ways_to_sign_in_are_described(word: str, value: str) -> None:
    """Nobody has to guess how to sign in."""
    told = json.dumps(described()["components"]["securitySchemes"]).lower()
    assert value in told
    assert word.lower() in told or value == "bearer"


def test_every_error_is_described_as_a_problem() -> None:
    """One shape for everything that goes wrong."""
    for method, path, one in operations():
        for status, answer in one["responses"].items():
            if int(status) >= 400 and (method, path, status) != ("get", "/ready", "503"):
                assert list(answer["content"]) == ["application/problem+json"], (path, status)
