"""Nothing that serves a patient reports to anybody."""

import subprocess
import sys
from pathlib import Path

from house.tree import REPOSITORY


def test_the_runtime_makes_no_identifier_of_this_machine(tmp_path: Path) -> None:
    """ONNX Runtime's wheel reports to its maker unless it is told not to before it loads."""
    done = subprocess.run(
        [sys.executable, "-c", "import osler.analyse.graph"],
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(REPOSITORY / "src"), "HOME": str(tmp_path)},
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")] == []
