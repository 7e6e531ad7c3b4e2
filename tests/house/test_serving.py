"""A patient is served by an installation that cannot train."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

from house.tree import REPOSITORY

TRAINING = ("torch", "torchvision", "monai", "lightning", "keras", "tensorflow")
TABLES = ("pandas", "sklearn", "seaborn")
BLOCKED = (*TRAINING, *TABLES, "onnx", "onnxscript", "efficientnet_lite_pytorch")

# Answers for a blocked name before any finder that could find it.
BLOCKER = f"""
import sys

BLOCKED = {BLOCKED!r}

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"{{name}} is blocked by this test", name=name)
        return None

sys.meta_path.insert(0, Blocker())
"""
CHECKED = """
there = sorted(name for name in BLOCKED if name in sys.modules)
assert not there, there
"""


def run(code: str, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code in an interpreter in which the training libraries do not exist."""
    return subprocess.run(
        [sys.executable, "-c", f"{BLOCKER}\n{code}\n{CHECKED}", *arguments],
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(REPOSITORY / "src"), "HOME": str(home)},
        cwd=home,
    )


def test_the_blocker_blocks(tmp_path: Path) -> None:
    """Else the tests below would prove nothing where the library is missing anyway."""
    done = run("import pandas", tmp_path)
    assert done.returncode == 1
    assert "pandas is blocked by this test" in done.stderr


@pytest.mark.parametrize("module", ["osler", "osler.workflow", "osler.cli.main", "osler.report"])
def test_the_doors_import_without_training_libraries(module: str, tmp_path: Path) -> None:
    """A hospital must not have to install a training framework to read a film."""
    done = run(f"import {module}", tmp_path)
    assert done.returncode == 0, done.stderr


def test_the_doors_import_without_what_is_slow_and_not_needed(tmp_path: Path) -> None:
    """Half a second at every start, for a table of distributions that serving never reads."""
    done = run("import osler.server.running\nassert 'scipy.stats' not in sys.modules", tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_film_is_analysed_without_training_libraries(tmp_path: Path) -> None:
    """The main job end to end, on a real film: what the demo shows."""
    film = get_testdata_file("RG1_UNCI.dcm", download=False)
    if film is None:
        pytest.skip("pydicom-data is not installed")
    code = (
        "from osler.cli.main import main\n"
        "try:\n"
        "    main(sys.argv[1:])\n"
        "except SystemExit as left:\n"
        "    assert not left.code, left.code"
    )
    done = run(code, tmp_path, "analyze", str(film), "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    reports = list(tmp_path.glob("out/*/report.json"))
    assert len(reports) == 1
    assert json.loads(reports[0].read_text(encoding="utf-8"))
    assert next(tmp_path.glob("out/*/report.pdf")).read_bytes().startswith(b"%PDF")
