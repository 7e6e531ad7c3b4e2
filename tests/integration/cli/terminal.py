"""The command as a person types it, in this process, and small packages for it to use."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from make.package import a_card, a_package, an_anatomy, an_output
from osler.cli.main import main


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it printed where."""

    code: int
    out: str
    err: str

    def json(self) -> Any:  # noqa: ANN401 - anything that JSON holds
        """Return stdout as the one JSON document that it must be."""
        return json.loads(self.out)

    def sentences(self) -> list[str]:
        """Return the lines of stderr."""
        return self.err.splitlines()


@dataclass(frozen=True)
class Terminal:
    """Runs ``osler`` with arguments."""

    capsys: pytest.CaptureFixture[str]

    def osler(self, *arguments: str | Path) -> Ran:
        """Run the command to its end."""
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        printed = self.capsys.readouterr()
        code = left.value.code
        return Ran(code if isinstance(code, int) else int(bool(code)), printed.out, printed.err)


def tiny_packages(models: Path) -> Path:
    """Write the tiny chest-anatomy and two tiny judges, and return their folder."""
    an_anatomy(models)
    for name in ("first", "second"):
        a_package(models, a_card(name, outputs=(an_output(f"{name}_shadow"),)))
    return models
