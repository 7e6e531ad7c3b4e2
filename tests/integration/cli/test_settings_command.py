"""``osler settings``: everything that is wrong at once, and no secret on any screen."""

import json
import os
from pathlib import Path

import pytest

from integration.cli.terminal import Terminal
from make.dicom import a_file

KEY = "0f" * 32
OTHER_KEY = "1e" * 32
PASSWORD = "p4ssw0rd-of-the-database"  # noqa: S105 - of nothing
posix = pytest.mark.skipif(os.name != "posix", reason="the system knows no file modes")


def key_file(place: Path, content: str = KEY, *, mode: int = 0o600) -> Path:
    """Write a key file."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(content + "\n", encoding="ascii")
    place.chmod(mode)
    return place


def settings_file(data_dir: Path, text: str, *, mode: int = 0o600) -> Path:
    """Write the settings file of the data folder."""
    data_dir.mkdir(parents=True, exist_ok=True)
    place = data_dir / "osler.toml"
    place.write_text(text, encoding="utf-8")
    place.chmod(mode)
    return place


def wrong(terminal: Terminal, *options: str) -> dict[str, str]:
    """Return the sentences of a failing check by setting."""
    ran = terminal.osler("settings", "check", "--json", *options)
    answer = ran.json()
    found = {one["setting"]: one["sentence"] for one in answer["wrong"]}
    assert ran.code == (2 if found else 0)
    assert answer["sound"] == (not found)
    return found


def test_a_fresh_installation_is_sound_and_nothing_is_made(
    terminal: Terminal, data_dir: Path
) -> None:
    """Who only looks must not change anything, and be told what the first start will make."""
    ran = terminal.osler("settings", "check")
    assert (ran.code, ran.err) == (0, "")
    assert "all settings are sound" in ran.out
    assert f"no key yet at {data_dir / 'master.key'}" in ran.out
    assert not data_dir.exists()


def test_every_wrong_setting_is_named_in_one_run(
    terminal: Terminal, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A night shift that mends one fault only to meet the next gives up at the third."""
    text = 'worker_thread = 3\nattempts = 0\nmodels_dir = "packages"\nseal_minutes = "x"\n'
    settings_file(data_dir, text)
    monkeypatch.delenv("OSLER_MODELS_DIR", raising=False)
    monkeypatch.setenv("OSLER_DATABASE", f"mysql://osler:{PASSWORD}@db/osler")
    monkeypatch.setenv("OSLER_OBJECTS", "s3://films")
    monkeypatch.setenv("OSLER_QUIET_SECONDS", "soon")
    monkeypatch.setenv("OSLER_DEAD_AFTER_SECONDS", "3")
    monkeypatch.setenv("OSLER_PRETEST", '{"dragon_pox": 0.1, "tuberculosis": 2}')
    monkeypatch.setenv("OSLER_QUIET_SECONDS_BY_SOURCE", "{")
    monkeypatch.setenv("OSLER_DATABSE", "x")
    monkeypatch.setenv("OSLER_MASTER_KEY_FILE", str(data_dir / "gone.key"))
    ran = terminal.osler("settings", "check", "--json")
    assert (ran.code, ran.json()["sound"]) == (2, False)
    sentences = [one["sentence"] for one in ran.json()["wrong"]]
    for expected in (
        "worker_thread: found a key that is no setting; expected perhaps worker_threads",
        "attempts: found 0; expected greater than or equal to 1; correct it in",
        "models_dir: found 'packages'; expected a path that begins at the root",
        "seal_minutes: found 'x'; expected a valid number",
        "OSLER_DATABASE: found a value that is not shown; expected sqlite:///FILE or postgresql:",
        "OSLER_OBJECTS_KEY_ID: found nothing; expected it for s3://films",
        "OSLER_OBJECTS_SECRET: found nothing",
        "OSLER_OBJECTS_ENDPOINT: found neither this nor a region",
        "OSLER_QUIET_SECONDS: found 'soon'; expected a valid number",
        "OSLER_DEAD_AFTER_SECONDS: found '3'; expected at least twice heartbeat_seconds (2)",
        "OSLER_PRETEST: found 'dragon_pox', which no model judges; expected one of",
        "OSLER_PRETEST: found tuberculosis=2; expected above 0 and below 1",
        "OSLER_QUIET_SECONDS_BY_SOURCE: found '{'; expected JSON",
        "OSLER_DATABSE: found a variable that is no setting; expected perhaps OSLER_DATABASE",
        f"OSLER_MASTER_KEY_FILE: found no file {data_dir / 'gone.key'}",
    ):
        assert len([one for one in sentences if one.startswith(expected)]) == 1, sentences
    assert len(sentences) == 15
    assert "15 settings are wrong" in ran.err
    assert PASSWORD not in ran.out + ran.err


def test_the_lines_say_what_the_json_says(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One fault, one line, for the eye."""
    monkeypatch.setenv("OSLER_ATTEMPTS", "many")
    ran = terminal.osler("settings", "check")
    assert ran.code == 2
    assert "wrong: OSLER_ATTEMPTS: found 'many'; expected a valid integer; correct it" in ran.out
    assert ran.sentences() == ["osler: 1 setting is wrong"]


@posix
def test_a_key_file_that_others_may_read_is_wrong(terminal: Terminal, data_dir: Path) -> None:
    """Whoever reads the key reads every patient."""
    key_file(data_dir / "master.key", mode=0o644)
    sentence = wrong(terminal)["OSLER_MASTER_KEY_FILE"]
    assert "has mode 0644, need 0600" in sentence
    assert "chmod 600" in sentence


def test_a_key_file_that_holds_no_key_is_wrong(terminal: Terminal, data_dir: Path) -> None:
    """A key cut short in a copy must be told before it is needed."""
    key_file(data_dir / "master.key", KEY[:40])
    sentence = wrong(terminal)["OSLER_MASTER_KEY_FILE"]
    assert "has 40 characters, need 64 hexadecimal digits" in sentence
    assert KEY[:40] not in sentence


def test_records_without_their_key_are_wrong(terminal: Terminal, data_dir: Path) -> None:
    """A new key would be made beside records that it does not open."""
    data_dir.mkdir()
    (data_dir / "osler.db").write_bytes(b"encrypted")
    sentence = wrong(terminal)["OSLER_MASTER_KEY_FILE"]
    assert "expected the key of the records" in sentence


def test_two_keys_that_differ_are_wrong_and_equal_ones_are_not(
    terminal: Terminal, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records under one key and a backup under the other are half lost."""
    key_file(data_dir / "master.key")
    monkeypatch.setenv("OSLER_MASTER_KEY", OTHER_KEY)
    sentence = wrong(terminal)["OSLER_MASTER_KEY"]
    assert f"found a key that is not the one in {data_dir / 'master.key'} (this one is used)" in (
        sentence
    )
    assert OTHER_KEY not in sentence
    monkeypatch.setenv("OSLER_MASTER_KEY", KEY)
    assert wrong(terminal) == {}


def test_a_file_where_a_folder_should_be_is_wrong(terminal: Terminal, data_dir: Path) -> None:
    """The first film would be lost to a place that cannot hold it."""
    data_dir.write_bytes(b"")
    found = wrong(terminal)
    assert list(found) == ["OSLER_DATA_DIR"]
    assert f"found a file at {data_dir}; expected one to write to" in found["OSLER_DATA_DIR"]


def test_two_sources_of_one_rank_are_wrong_and_the_winner_is_named(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret that was renewed in one place only must not be found out in the night."""
    (tmp_path / "secret").write_text("postgresql://osler:new@db/osler\n", encoding="utf-8")
    monkeypatch.setenv("OSLER_DATABASE", "postgresql://osler:old@db/osler")
    monkeypatch.setenv("OSLER_DATABASE_FILE", str(tmp_path / "secret"))
    sentence = wrong(terminal)["OSLER_DATABASE_FILE"]
    assert "found this and OSLER_DATABASE, which differ (the latter is used)" in sentence
    assert "old" not in sentence


def test_the_environment_wins_over_the_settings_file_and_that_is_told(
    terminal: Terminal, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Meant so, but who wonders why the file does nothing finds the answer here."""
    file = settings_file(data_dir, "attempts = 5\nworker_threads = 4\n")
    monkeypatch.setenv("OSLER_ATTEMPTS", "7")
    ran = terminal.osler("settings", "check", "--json")
    assert ran.code == 0
    assert f"attempts: OSLER_ATTEMPTS wins over {file}" in ran.json()["notes"]
    rows = {
        row["name"]: row for row in terminal.osler("settings", "show", "--json").json()["settings"]
    }
    assert (rows["attempts"]["value"], rows["attempts"]["from"]) == (7, "OSLER_ATTEMPTS")
    assert (rows["worker_threads"]["value"], rows["worker_threads"]["from"]) == (4, str(file))
    assert (rows["seal_minutes"]["value"], rows["seal_minutes"]["from"]) == (5.0, "default")


@posix
def test_a_settings_file_with_a_secret_is_for_its_owner_alone(
    terminal: Terminal, data_dir: Path
) -> None:
    """The mode of the key file is of no use where the key stands in another file."""
    settings_file(data_dir, f'master_key = "{KEY}"\n', mode=0o644)
    sentence = wrong(terminal)["master_key"]
    assert "others may open (mode 0644); expected 0600" in sentence
    settings_file(data_dir, f'master_key = "{KEY}"\n')
    assert wrong(terminal) == {}


def test_a_settings_file_that_is_no_toml_is_wrong(terminal: Terminal, data_dir: Path) -> None:
    """The line of the fault saves the search for it."""
    file = settings_file(data_dir, "attempts = \n")
    sentence = wrong(terminal)[str(file)]
    assert "expected a file in TOML" in sentence
    assert "line 1" in sentence


def test_a_settings_file_that_is_not_there_is_wrong(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Defaults in place of what somebody wrote down would go unnoticed."""
    monkeypatch.setenv("OSLER_SETTINGS", str(tmp_path / "gone.toml"))
    sentence = wrong(terminal)["OSLER_SETTINGS"]
    assert "gone.toml, which cannot be read (No such file or directory)" in sentence


def test_plain_http_to_the_store_needs_a_word(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names and films are encrypted, the credentials of the store would not be."""
    for name, value in {
        "OBJECTS": "s3://films",
        "OBJECTS_ENDPOINT": "http://store",
        "OBJECTS_KEY_ID": "id",
        "OBJECTS_SECRET": PASSWORD,
    }.items():
        monkeypatch.setenv(f"OSLER_{name}", value)
    assert "which is not encrypted on its way" in wrong(terminal)["OSLER_OBJECTS_ENDPOINT"]
    monkeypatch.setenv("OSLER_OBJECTS_ALLOW_HTTP", "true")
    assert wrong(terminal) == {}


def test_no_secret_is_ever_shown(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Screens are photographed, and logs are sent around."""
    (tmp_path / "secret").write_text(PASSWORD, encoding="utf-8")
    address = f"postgresql://osler:{PASSWORD}@db.ward:5433/osler?password={PASSWORD}"
    monkeypatch.setenv("OSLER_DATABASE", address)
    monkeypatch.setenv("OSLER_OBJECTS_SECRET_FILE", str(tmp_path / "secret"))
    monkeypatch.setenv("OSLER_MASTER_KEY", KEY)
    shown = terminal.osler("settings", "show")
    printed = terminal.osler("settings", "show", "--json")
    rows = {row["name"]: row for row in printed.json()["settings"]}
    assert rows["database"]["value"] == "postgresql://osler@db.ward:5433/osler"
    assert rows["objects_secret"] == {
        "name": "objects_secret",
        "value": "set",
        "from": f"{tmp_path / 'secret'} (OSLER_OBJECTS_SECRET_FILE)",
    }
    assert rows["master_key"]["value"] == "set"
    for ran in (shown, printed, terminal.osler("settings", "check")):
        assert PASSWORD not in ran.out + ran.err
        assert KEY not in ran.out + ran.err


def test_show_refuses_what_cannot_be_used(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A value that is not in effect must not be shown as if it were."""
    monkeypatch.setenv("OSLER_PRETEST", json.dumps({"tuberculosis": "often"}))
    ran = terminal.osler("settings", "show")
    assert (ran.code, ran.out) == (2, "")
    assert "OSLER_PRETEST.tuberculosis: found 'often'; expected a valid number" in ran.err
    assert "osler settings check names all" in ran.err


def test_reach_says_that_nothing_is_kept_yet_and_makes_nothing(
    terminal: Terminal, data_dir: Path
) -> None:
    """Whoever only looks must not found a hospital's archive in the wrong place."""
    key_file(data_dir / "master.key")
    ran = terminal.osler("settings", "check", "--reach")
    assert ran.code == 0
    assert "note: objects: nothing is kept there yet" in ran.out
    assert [path.name for path in data_dir.iterdir()] == ["master.key"]


def test_reach_tells_what_answers_and_what_does_not(
    terminal: Terminal, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong address must be told at noon, by the one who typed it."""
    key_file(data_dir / "master.key")
    (data_dir.parent / "film.dcm").write_bytes(a_file())
    assert terminal.osler("collect", "files", data_dir.parent / "film.dcm").code == 0
    assert terminal.osler("settings", "check", "--reach").code == 0
    (data_dir / "master.key").unlink()
    monkeypatch.setenv("OSLER_MASTER_KEY", OTHER_KEY)
    found = wrong(terminal, "--reach")
    assert set(found) == {"OSLER_DATABASE", "OSLER_OBJECTS"}
    assert "does not open with this master key" in found["OSLER_DATABASE"]
    monkeypatch.setenv("OSLER_DATABASE", f"postgresql://osler:{PASSWORD}@localhost:1/osler")
    found = wrong(terminal, "--reach")
    assert "the database cannot be reached" in found["OSLER_DATABASE"]
    assert PASSWORD not in str(found)
