"""The import contract holds, and each part of it can break."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from house.tree import PACKAGE, REPOSITORY, modules, pyproject, rooms

# One wrong import for each contract: the file to plant, what it says, what the refusal names.
PLANTED = {
    "layers": ("standards/planted.py", "import osler.report", "osler.standards.planted"),
    "the-outside": ("collect/planted.py", "import osler.prepare", "osler.collect.planted"),
    "server": ("server/planted.py", "import osler.collect", "osler.server.planted"),
    "client": ("client/planted.py", "import osler.errors", "osler.client.planted"),
    "report": ("report/planted.py", "import osler.analyse", "osler.report.planted"),
    "serving": ("analyse/planted.py", "import pandas", "osler.analyse.planted"),
    "torch-free": ("learn/scoring.py", "import osler.learn.fit", "osler.learn.scoring"),
    "siblings": ("assess/weighing.py", "import osler.assess.combining", "osler.assess"),
    "onnx-runtime-owners": ("explain/planted.py", "import onnxruntime", "osler.explain.planted"),
    "learning-owners": ("evaluate/planted.py", "import sklearn", "osler.evaluate.planted"),
    "tables-and-charts-owners": ("report/planted.py", "import seaborn", "osler.report.planted"),
    "formats-owners": ("analyse/planted.py", "import pydicom", "osler.analyse.planted"),
    "matplotlib-owners": ("assess/planted.py", "import matplotlib", "osler.assess.planted"),
    "pictures-owners": ("analyse/planted.py", "import PIL", "osler.analyse.planted"),
    "arrays-owners": ("report/planted.py", "import scipy", "osler.report.planted"),
    "contours-owners": ("report/planted.py", "import contourpy", "osler.report.planted"),
    "typst-owners": ("workflow/planted.py", "import typst", "osler.workflow.planted"),
    "terminal-owners": ("workflow/planted.py", "import rich", "osler.workflow.planted"),
    "settings-owners": ("cli/planted.py", "import pydantic_settings", "osler.cli.planted"),
    "signing-owners": ("cli/planted.py", "import cryptography", "osler.cli.planted"),
    "network-owners": ("workflow/planted.py", "import httpx", "osler.workflow.planted"),
    "server-owners": ("cli/planted.py", "import fastapi", "osler.cli.planted"),
    "database-owners": ("workflow/planted.py", "import sqlite3", "osler.workflow.planted"),
    "dbos-owners": ("cli/planted.py", "import dbos", "osler.cli.planted"),
}
STANDARD = sys.stdlib_module_names


def check(source: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter over a copy of the package that lies in ``source``."""
    chosen = [part for name in contracts for part in ("--contract", name)]
    return subprocess.run(
        [
            str(Path(sys.executable).parent / "lint-imports"),
            "--no-cache",
            "--no-logo",
            "--config",
            str(REPOSITORY / "pyproject.toml"),
            *chosen,
        ],
        check=False,
        capture_output=True,
        text=True,
        cwd=source,
        env={"PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"},
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return the package in a folder of a copy."""
    for module in PACKAGE.rglob("*.py"):
        place = tmp_path / "osler" / module.relative_to(PACKAGE)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(module, place)
    return tmp_path / "osler"


def plant(copy: Path, name: str, line: str) -> None:
    """Add an import to a module, or make a module that has it."""
    module = copy / name
    before = module.read_text(encoding="utf-8") if module.exists() else '"""Planted."""\n'
    module.write_text(f"{before}\n{line}\n", encoding="utf-8")


def test_all_contracts_hold(copy: Path) -> None:
    """The picture in the architecture is true of the code."""
    done = check(copy.parent)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("contract", PLANTED)
def test_a_wrong_import_is_refused(copy: Path, contract: str) -> None:
    """A contract that cannot break protects nothing."""
    name, line, named = PLANTED[contract]
    plant(copy, name, line)
    done = check(copy.parent, contract)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout
    assert named in done.stdout


def test_every_contract_is_broken_once() -> None:
    """A contract without its own wrong import would be untested."""
    written = [contract["id"] for contract in pyproject()["tool"]["importlinter"]["contracts"]]
    assert sorted(written) == sorted(PLANTED)


def test_a_room_that_is_not_declared_is_refused(copy: Path) -> None:
    """A new room must find its place in the house before it holds code."""
    (copy / "helpers").mkdir()
    plant(copy, "helpers/__init__.py", "")
    done = check(copy.parent, "layers")
    assert done.returncode == 1
    assert "helpers" in done.stdout


def test_every_serving_room_is_in_the_contract_of_serving() -> None:
    """A new room must not be able to bring torch to the patient's side unseen."""
    contracts = {one["id"]: one for one in pyproject()["tool"]["importlinter"]["contracts"]}
    named = {name.removeprefix("osler.") for name in contracts["serving"]["source_modules"]}
    # cli starts training too; what it imports late is tried in an interpreter without torch.
    assert set(rooms()) - named == {"cli", "learn"}


def test_every_room_that_touches_the_world_is_in_its_contract() -> None:
    """What receives and sends must not interpret."""
    contracts = {one["id"]: one for one in pyproject()["tool"]["importlinter"]["contracts"]}
    named = {name.removeprefix("osler.") for name in contracts["the-outside"]["source_modules"]}
    assert named == {"collect", "deliver", "records"} & set(rooms())


def test_server_has_its_contract_when_it_has_code() -> None:
    """The web door asks workflow and records; it never calls a stage."""
    written = {one["id"] for one in pyproject()["tool"]["importlinter"]["contracts"]}
    assert "server" not in rooms() or "server" in written


def foreign(module: Path) -> set[str]:
    """Return the top names that a module imports beyond the standard library."""
    found = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found - STANDARD


def test_clinical_and_errors_import_the_standard_library_and_numpy_only() -> None:
    """The nouns outlive every library that we read them with."""
    found = {
        module.name: foreign(module) - {"numpy", "osler"}
        for module in (*modules(PACKAGE / "clinical"), PACKAGE / "errors.py")
    }
    assert {name: names for name, names in found.items() if names} == {}


def test_a_library_in_clinical_would_be_seen(tmp_path: Path) -> None:
    """The check above must be able to fail."""
    module = tmp_path / "planted.py"
    module.write_text(
        "import json\nfrom pydicom.uid import UID\n\n\ndef late():\n    import torch\n"
    )
    assert foreign(module) == {"pydicom", "torch"}
