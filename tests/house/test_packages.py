"""The shipped model packages are whole, small, and the ones that the list names."""

import hashlib
import json
from pathlib import Path

import pytest

from house.tree import REPOSITORY

MODELS = REPOSITORY / "models"
# A folder that training is writing ends in .part; git ignores it.
FILES = [p for p in MODELS.rglob("*") if p.is_file() and ".part/" not in p.as_posix()]
FOLDERS = sorted(path.parent for path in FILES if path.name == "card.json")
MOST_BYTES_A_FILE = 12_000_000
MOST_BYTES_IN_ALL = 80_000_000
ALLOWED = {".json", ".onnx", ".npz", ".sig", ".md"}

pytestmark = pytest.mark.skipif(not FOLDERS, reason="no model packages in models/ yet")


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_shipped_list_names_every_package_and_its_card() -> None:
    """A package beside the list would be one that nobody released."""
    listed = json.loads((MODELS / "shipped.json").read_text(encoding="utf-8"))
    there = {f"{f.parent.name}/{f.name}": digest(f / "card.json") for f in FOLDERS}
    assert listed == there


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_file_of_a_package_has_the_hash_on_its_card(folder: Path) -> None:
    """Weights that differ from the evaluated ones have never been evaluated."""
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    there = {path.name: digest(path) for path in folder.iterdir() if path.name != "card.json"}
    assert card["files"] == there
    assert (card["name"], card["version"]) == (folder.parent.name, folder.name)


def test_packages_are_small_and_hold_no_code() -> None:
    """Git keeps every version for ever; and a file that runs code is not data."""
    sizes = {path: path.stat().st_size for path in FILES}
    assert [path.name for path, size in sizes.items() if size > MOST_BYTES_A_FILE] == []
    assert sum(sizes.values()) <= MOST_BYTES_IN_ALL
    kinds = {path.suffix for path in sizes if path.name not in {".gitkeep", ".DS_Store"}}
    assert kinds <= ALLOWED
