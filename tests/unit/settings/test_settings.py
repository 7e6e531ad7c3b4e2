"""What the settings take, and that they leave no trace of a secret."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from osler.errors import Misuse
from osler.settings import Settings, inspect_settings, read_settings


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Look nowhere but into the folder of the test."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("OSLER_DATA_DIR", str(tmp_path / "data"))


def test_everything_lies_in_the_data_folder_unless_said_otherwise(tmp_path: Path) -> None:
    """One folder to back up, one to guard."""
    settings = read_settings()
    folder = tmp_path / "data"
    assert settings.database.get_secret_value() == f"sqlite:///{folder / 'osler.db'}"
    assert settings.objects == str(folder / "objects")
    assert settings.master_key_file == folder / "master.key"


def test_a_relative_place_does_not_move_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker and the door must mean one database, wherever they were started."""
    monkeypatch.chdir(tmp_path)
    settings = Settings(data_dir=Path("kept"), database=SecretStr("sqlite:///other/o.db"))
    assert settings.objects == str(tmp_path / "kept" / "objects")
    assert settings.database.get_secret_value() == f"sqlite:///{tmp_path / 'other' / 'o.db'}"


def test_settings_made_by_hand_look_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test, or a program, that hands them over must get what it handed over."""
    monkeypatch.setenv("OSLER_ATTEMPTS", "9")
    assert Settings().attempts == 3
    assert read_settings().attempts == 9


def test_settings_are_frozen_and_show_no_secret() -> None:
    """They are handed down through the whole house, and end up in somebody's log."""
    settings = Settings(
        database=SecretStr("postgresql://osler:hidden-1@db/osler"),
        master_key=SecretStr("ab" * 32),
        objects_secret=SecretStr("hidden-2"),
    )
    assert "hidden" not in repr(settings)
    assert "abab" not in repr(settings)
    with pytest.raises(ValidationError, match="frozen"):
        settings.attempts = 5  # type: ignore[misc]


@pytest.mark.parametrize(
    "address",
    [
        "mysql://a:hidden@b/c",
        "sqlite://",
        "sqlite:///",
        "postgresql://",
        "hidden",
        "postgres://b/c",
    ],
)
def test_a_database_of_another_kind_is_refused_without_its_password(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence is logged, the password must not be."""
    monkeypatch.setenv("OSLER_DATABASE", address)
    with pytest.raises(Misuse, match="expected sqlite:///FILE or postgresql://") as refused:
        read_settings()
    assert "hidden" not in str(refused.value)


@pytest.mark.parametrize("place", ["gs://films", "s3://", "https://store/films"])
def test_a_store_of_another_kind_is_refused(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read as a folder's name, it would take the films to a place that nobody looks at."""
    monkeypatch.setenv("OSLER_OBJECTS", place)
    with pytest.raises(Misuse, match="expected a folder or s3://BUCKET/PREFIX"):
        read_settings()


def test_a_misspelt_key_in_the_settings_file_stops_every_command(tmp_path: Path) -> None:
    """A setting that is not read is one that somebody believes in."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "osler.toml").write_text("quiet_second = 5\n", encoding="utf-8")
    with pytest.raises(Misuse, match="expected perhaps quiet_seconds; correct it in"):
        read_settings()


def test_the_users_own_place_is_looked_at_last(tmp_path: Path) -> None:
    """A data folder that was copied to another host brings its settings along."""
    for folder, attempts in (("config/osler", 5), ("data", 6)):
        (tmp_path / folder).mkdir(parents=True)
        assert read_settings().attempts == attempts - 1 if folder == "data" else 3
        (tmp_path / folder / "osler.toml").write_text(f"attempts = {attempts}\n", encoding="utf-8")
    assert inspect_settings().file == tmp_path / "data" / "osler.toml"
    assert read_settings().attempts == 6


def test_a_table_of_the_settings_file_is_read(tmp_path: Path) -> None:
    """Names of devices do not fit into names of variables."""
    (tmp_path / "data").mkdir()
    text = 'allow_models = ["ours", "theirs"]\n[quiet_seconds_by_source]\nCT1 = 300\n'
    (tmp_path / "data" / "osler.toml").write_text(text, encoding="utf-8")
    settings = read_settings()
    assert settings.quiet_seconds_by_source == {"CT1": 300.0}
    assert settings.allow_models == {"ours", "theirs"}


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose files hand over empty variables for what nobody has set."""
    monkeypatch.setenv("OSLER_ATTEMPTS", "")
    assert read_settings().attempts == 3


def test_a_secret_that_cannot_be_read_is_named_by_its_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret that was not mounted must not turn into a default."""
    monkeypatch.setenv("OSLER_OBJECTS_SECRET_FILE", str(tmp_path / "gone"))
    with pytest.raises(Misuse, match=r"OSLER_OBJECTS_SECRET_FILE: found .*gone, which cannot"):
        read_settings()
