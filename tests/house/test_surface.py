"""What a room offers is what its __init__ says."""

import ast
import importlib
from pathlib import Path

import pytest

from house.tree import PACKAGE

ROOMS = sorted(path for path in PACKAGE.rglob("__init__.py") if path.parent != PACKAGE)


def name_of(room: Path) -> str:
    """Return the dotted name of a package."""
    return ".".join(("osler", *room.parent.relative_to(PACKAGE).parts))


def offered(room: Path) -> tuple[list[str], set[str]]:
    """Return __all__ as written, and the public names that the file imports or defines."""
    written: list[str] = []
    bound: set[str] = set()
    for node in ast.parse(room.read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                written = ast.literal_eval(value)
            case ast.ImportFrom(module=str(module)) if module.startswith("osler"):
                bound |= {alias.asname or alias.name for alias in node.names}
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                bound.add(name)
            case _:
                pass
    return written, {name for name in bound if not name.startswith("_")}


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_a_room_offers_exactly_what_it_lists(room: Path) -> None:
    """A name that slips out is one that others build on, and that we then have to keep."""
    written, bound = offered(room)
    assert set(written) == bound
    assert len(written) == len(set(written))


@pytest.mark.parametrize("room", ROOMS, ids=name_of)
def test_what_a_room_lists_is_there(room: Path) -> None:
    """A listed name that does not import breaks whoever reads the reference."""
    written, _ = offered(room)
    if written:
        module = importlib.import_module(name_of(room))
        assert [name for name in written if not hasattr(module, name)] == []
