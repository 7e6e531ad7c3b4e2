"""Fixtures of the tests of the command line."""

from pathlib import Path

import pytest

from integration.cli.terminal import Terminal, tiny_packages
from make.kept import scaled
from make.postgres import Postgres


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


@pytest.fixture(params=["embedded", "scaled"])
def anywhere(request: pytest.FixtureRequest) -> str:
    """Run a test in one folder, and on PostgreSQL and a bucket."""
    if request.param == "scaled":
        request.getfixturevalue("on_servers")
    return str(request.param)


@pytest.fixture
def on_servers(postgres: Postgres, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the command keep everything on PostgreSQL and in a bucket."""
    at = scaled(postgres, s3)
    options = at.objects_options
    for name, value in {
        "DATABASE": at.database,
        "OBJECTS": at.objects,
        "OBJECTS_ENDPOINT": options["endpoint"],
        "OBJECTS_REGION": options["region"],
        "OBJECTS_KEY_ID": options["access_key_id"],
        "OBJECTS_SECRET": options["secret_access_key"],
        "OBJECTS_ALLOW_HTTP": "true",
        "MASTER_KEY": "5a" * 32,
    }.items():
        monkeypatch.setenv(f"OSLER_{name}", value)
