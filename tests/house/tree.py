"""The source tree and the repository, as the tests about the code itself see them."""

import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "src" / "osler"


def modules(folder: Path = PACKAGE) -> list[Path]:
    """Return every Python file of ours under a folder, generated ones left out."""
    return sorted(path for path in folder.rglob("*.py") if "_generated" not in path.parts)


def rooms() -> list[str]:
    """Return the names of the rooms: folders of Python files right under src/osler."""
    return sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))


def pyproject() -> dict[str, Any]:
    """Return pyproject.toml."""
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))


def tracked() -> list[Path]:
    """Return the files that git tracks and that are there; skip the test where git is not."""
    git = shutil.which("git")
    if git is None or not (REPOSITORY / ".git").exists():
        pytest.skip("this is no git checkout")
    listed = subprocess.run(
        [git, "-C", str(REPOSITORY), "ls-files", "-z"], check=True, capture_output=True
    ).stdout.decode()
    paths = (REPOSITORY / name for name in listed.split("\0") if name)
    return [path for path in paths if path.is_file()]
