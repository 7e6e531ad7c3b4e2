"""``osler worker`` as typed: a folder goes in, results come out, signals are obeyed."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from integration.cli.terminal import Terminal
from make.dicom import a_dataset, a_file
from make.package import a_film
from osler.settings import read_settings
from osler.workflow.opening import open_kept

pytestmark = pytest.mark.usefixtures("tiny")


def film(uid: str, **elements: object) -> bytes:
    """Return a drawn chest film."""
    stated = {"BodyPartExamined": "CHEST", "PatientAge": "050Y", "StudyInstanceUID": uid}
    return a_file(a_dataset(a_film().astype("uint16"), **stated, **elements))


def worker(*options: str) -> subprocess.CompletedProcess[str]:
    """Run a worker in a process of its own, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "osler.cli.main", "worker", *options],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.usefixtures("anywhere")
def test_a_folder_goes_in_and_results_come_out(terminal: Terminal, tmp_path: Path) -> None:
    """The whole of it, by the doors that a person has."""
    (tmp_path / "in").mkdir()
    for number in range(3):
        content = film(f"2.25.77{number}", PatientID=f"P{number}", PatientName="Doe^Jane")
        (tmp_path / "in" / f"{number}.dcm").write_bytes(content)
    (tmp_path / "in" / "notes.txt").write_bytes(b"Dear colleague")
    assert terminal.osler("collect", "files", tmp_path / "in").code == 3
    ran = worker("--until-idle", "--threads", "2")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == ""
    assert "Doe" not in ran.stderr
    assert "2.25.77" not in ran.stderr
    jobs = terminal.osler("jobs", "list", "--json").json()
    assert [job["state"] for job in jobs] == ["done"] * 3
    shown = terminal.osler(
        "records", "show", "2.25.771", "--out", tmp_path / "report", "--json"
    ).json()
    assert shown["study"]["state"] == "analysed"
    assert shown["result"]["revision"] == shown["study"]["revision"]
    assert shown["result"]["report"]["study"] == "2.25.771"
    assert {one["model"] for one in shown["result"]["report"]["findings"]} <= {"first", "second"}
    written = json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))
    assert written["draft_id"] == shown["result"]["draft_id"]
    words = terminal.osler("records", "show", "2.25.771").out
    assert f"result: {shown['result']['draft_id']}" in words
    assert terminal.osler("audit", "verify").code == 0


@pytest.mark.usefixtures("anywhere")
def test_a_late_film_reopens_its_study_and_the_new_result_names_the_old(
    terminal: Terminal, tmp_path: Path
) -> None:
    """A second film may turn the first one's finding over; two answers side by side mislead."""
    for number in (1, 2):
        content = film("2.25.77", SOPInstanceUID=f"2.25.771{number}", InstanceNumber=number)
        (tmp_path / "film.dcm").write_bytes(content)
        assert terminal.osler("collect", "files", tmp_path / "film.dcm").code == 0
        assert worker("--until-idle").returncode == 0
    shown = terminal.osler("records", "show", "2.25.77", "--json").json()
    assert shown["study"]["instances"] == 2
    (earlier,) = shown["earlier"]
    assert shown["result"]["supersedes"] == earlier["draft_id"]
    assert earlier["superseded_at"] is not None
    assert "superseded: " in terminal.osler("records", "show", "2.25.77").out


def test_the_sites_pretest_probability_reaches_the_worker(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same film must not get another answer by the door it came through."""
    (tmp_path / "film.dcm").write_bytes(film("2.25.77"))
    assert terminal.osler("collect", "files", tmp_path / "film.dcm").code == 0
    monkeypatch.setenv("OSLER_PRETEST", '{"dragon_pox": 0.1}')
    ran = worker("--until-idle")
    assert ran.returncode == 2
    assert "no model judges that; expected one of first_shadow, second_shadow" in ran.stderr
    monkeypatch.setenv("OSLER_PRETEST", '{"first_shadow": 0.3}')
    assert worker("--until-idle").returncode == 0
    shown = terminal.osler("records", "show", "2.25.77", "--json").json()
    weighed = {one["name"]: one["pretest"] for one in shown["result"]["report"]["findings"]}
    assert weighed["first_shadow"] == pytest.approx(0.3)
    analysed = terminal.osler("analyze", tmp_path / "film.dcm", "--out", tmp_path / "o", "--json")
    (study,) = analysed.json()
    same = ("findings", "not_assessed", "measurements", "scores")
    assert {key: study[key] for key in same} == {
        key: shown["result"]["report"][key] for key in same
    }


@pytest.mark.skipif(os.name != "posix", reason="the system knows no SIGTERM")
def test_a_worker_leaves_when_it_is_told_to(terminal: Terminal, tmp_path: Path) -> None:
    """An update of the host stops services by SIGTERM, and waits only so long."""
    (tmp_path / "film.dcm").write_bytes(film("2.25.77"))
    assert terminal.osler("collect", "files", tmp_path / "film.dcm").code == 0
    with subprocess.Popen(
        [sys.executable, "-m", "osler.cli.main", "worker"], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert any(" works" in line for line in process.stderr)
        process.send_signal(signal.SIGTERM)
        rest = process.stderr.read()
    assert process.returncode == 0, rest
    assert "stopped" in rest
    assert terminal.osler("jobs", "list", "--state", "running", "--json").json() == []


def begun(*options: str) -> subprocess.Popen[str]:
    """Start a worker in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "osler.cli.main", "worker", *options],
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.usefixtures("on_servers")
def test_two_workers_share_the_work_and_each_study_has_one_result(
    terminal: Terminal, tmp_path: Path
) -> None:
    """A second host must help, and never give a second answer."""
    (tmp_path / "in").mkdir()
    for number in range(8):
        content = film(f"2.25.88{number}", PatientID=f"P{number}")
        (tmp_path / "in" / f"{number}.dcm").write_bytes(content)
    assert terminal.osler("collect", "files", tmp_path / "in").code == 0
    with begun("--until-idle") as one, begun("--until-idle") as other:
        told = [process.communicate(timeout=120)[1] for process in (one, other)]
    assert (one.returncode, other.returncode) == (0, 0), told
    jobs = terminal.osler("jobs", "list", "--json").json()
    assert [job["state"] for job in jobs] == ["done"] * 8
    for number in range(8):
        shown = terminal.osler("records", "show", f"2.25.88{number}", "--json").json()
        assert (shown["result"]["revision"], shown["earlier"]) == (1, [])
    assert terminal.osler("audit", "verify").code == 0


def test_a_data_folder_has_one_worker(terminal: Terminal, tmp_path: Path) -> None:
    """Two at one SQLite file would wait for each other more than they work."""
    (tmp_path / "film.dcm").write_bytes(film("2.25.77"))
    assert terminal.osler("collect", "files", tmp_path / "film.dcm").code == 0
    with begun() as process:
        assert process.stderr is not None
        assert any(" works" in line for line in process.stderr)
        second = worker("--until-idle")
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
    assert second.returncode == 5
    assert "is this data folder's worker; with SQLite there is one" in second.stderr


def test_a_model_in_shadow_is_stored_and_shown_to_nobody(
    terminal: Terminal, tiny: Path, tmp_path: Path
) -> None:
    """A new model must be watched on real films before a doctor reads a word of it."""
    (tmp_path / "film.dcm").write_bytes(film("2.25.77"))
    assert terminal.osler("models", "use", "second/1.0.0", "shadow").code == 0
    assert terminal.osler("collect", "files", tmp_path / "film.dcm").code == 0
    ran = worker("--until-idle")
    assert ran.returncode == 0, ran.stderr
    shown = terminal.osler("records", "show", "2.25.77", "--out", tmp_path / "out", "--json")
    findings = shown.json()["result"]["report"]["findings"]
    assert {one["model"] for one in findings} == {"first"}
    written = (tmp_path / "out" / "report.json").read_text(encoding="utf-8")
    assert "second" not in written
    with open_kept(read_settings()) as records, records.database.reader.connect() as connection:
        kept = connection.execute(text("SELECT model, is_shadow FROM predictions")).all()
    assert {(row[0], bool(row[1])) for row in kept} >= {("first", False), ("second", True)}


def test_the_use_of_a_model_is_set_by_name_and_version(terminal: Terminal, tiny: Path) -> None:
    """A slip of the finger must not put another model on the ward."""
    for arguments, code, said in (
        (["first", "shadow"], 2, "expected name/version"),
        (["first/1.0.0", "loud"], 2, "expected active, shadow, retired"),
        (["third/1.0.0", "shadow"], 4, "no model 'third/1.0.0'"),
    ):
        ran = terminal.osler("models", "use", *arguments)
        assert (ran.code, ran.out) == (code, "")
        assert said in ran.err
    assert terminal.osler("models", "use", "first/1.0.0", "retired").code == 0
    assert terminal.osler("models", "use", "first/1.0.0", "active").code == 0
    listed = terminal.osler("models", "uses", "--json").json()
    assert listed == [{"name": "first", "version": "1.0.0", "state": "active"}]
    assert "first" in terminal.osler("models", "uses").out
