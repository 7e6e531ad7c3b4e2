"""Fixtures of the tests of the command line."""

from pathlib import Path

import pytest

from integration.cli.terminal import Terminal, tiny_packages


@pytest.fixture
def terminal(capsys: pytest.CaptureFixture[str]) -> Terminal:
    """Return a place to type commands."""
    return Terminal(capsys)


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Have the command use two tiny judges and a tiny anatomy; return their folder."""
    models = tiny_packages(tmp_path / "models")
    monkeypatch.setenv("OSLER_MODELS_DIR", str(models))
    monkeypatch.delenv("OSLER_ALLOW_MODELS", raising=False)
    monkeypatch.delenv("OSLER_PRETEST", raising=False)
    return models
