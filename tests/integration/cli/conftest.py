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


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every command away from what this machine's user has set and stored."""
    for name in ("OSLER_SETTINGS", "OSLER_DATABASE", "OSLER_OBJECTS", "OSLER_MASTER_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("OSLER_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"
