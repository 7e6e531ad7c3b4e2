"""Help comes at once: no command loads what another one needs."""

import subprocess
import sys

SLOW = {"sqlalchemy", "dbos", "pydantic", "onnxruntime", "numpy", "pydicom", "obstore", "rich"}


def test_help_loads_nothing_that_is_slow() -> None:
    """Who has to wait for help stops asking for it."""
    program = (
        "import sys\n"
        "from osler.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(*(name.partition('.')[0] for name in sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert "collect" in done.stdout
    assert SLOW & set(done.stderr.split()) == set()
