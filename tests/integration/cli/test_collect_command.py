"""``osler collect files`` as typed: what is counted, what is kept, what is told."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from integration.cli.terminal import Ran, Terminal
from make.dicom import a_file

pytestmark = pytest.mark.usefixtures("anywhere")

KEYS = {"read", "stored", "refused", "studies", "refusals"}
FILM = a_file(SOPInstanceUID="2.25.1")
OTHER = a_file(SOPInstanceUID="2.25.2", StudyInstanceUID="2.25.20", PatientID="4712")
RECORD = b'{"patient": {"id": "4711"}, "observations": []}'


def put(folder: Path, files: dict[str, bytes]) -> Path:
    """Write files under a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def collected(terminal: Terminal, *arguments: str | Path) -> tuple[Ran, dict[str, int]]:
    """Collect, and hold the answer to what the page promises."""
    ran = terminal.osler("collect", "files", *arguments, "--json")
    answer = ran.json()
    assert set(answer) == KEYS
    assert answer["read"] == answer["stored"] + answer["refused"]
    assert len(answer["refusals"]) == answer["refused"]
    assert all(one["sentence"] for one in answer["refusals"])
    return ran, {name: answer[name] for name in ("read", "stored", "refused", "studies")}


def test_every_instance_is_counted_and_each_refusal_has_its_sentence(
    terminal: Terminal, tmp_path: Path
) -> None:
    """Whoever sent ten must be able to see what became of ten."""
    folder = put(tmp_path / "in", {"1.dcm": FILM, "notes.txt": b"Dear colleague", "0.dcm": b""})
    with zipfile.ZipFile(folder / "disc.zip", "w") as archive:
        archive.writestr("a.dcm", OTHER)
        archive.writestr("b.dcm", FILM)
        archive.writestr("c.dcm", FILM[:200])
    ran, counts = collected(terminal, folder)
    assert ran.code == 3
    # 1.dcm, notes.txt, 0.dcm and three members; the member b.dcm repeats 1.dcm.
    assert counts == {"read": 6, "stored": 3, "refused": 3, "studies": 2}
    origins = {one["origin"] for one in ran.json()["refusals"]}
    assert origins == {"in/notes.txt", "in/0.dcm", "in/disc.zip/c.dcm"}
    assert len(ran.sentences()) == 3
    assert all(line.startswith("refused: in/") for line in ran.sentences())


def test_bringing_it_again_changes_nothing(terminal: Terminal, tmp_path: Path) -> None:
    """A broken transfer is repeated; a study must not be analysed for that."""
    folder = put(tmp_path / "in", {"1.dcm": FILM, "2.dcm": OTHER})
    for _ in range(2):
        ran, counts = collected(terminal, folder)
        assert (ran.code, ran.err) == (0, "")
        assert counts == {"read": 2, "stored": 2, "refused": 0, "studies": 2}
    jobs = terminal.osler("jobs", "list", "--json").json()
    assert [job["state"] for job in jobs] == ["waiting", "waiting"]
    studies = terminal.osler("records", "studies", "--json").json()
    assert [study["instances"] for study in studies] == [1, 1]


def test_a_file_that_ends_makes_its_study_complete_and_urgent_ones_go_first(
    terminal: Terminal, tmp_path: Path
) -> None:
    """Nobody waits a minute for a folder to go quiet when its end is known."""
    folder = put(tmp_path, {"1.dcm": FILM, "2.dcm": OTHER})
    collected(terminal, folder / "1.dcm", "--source", "ward-3")
    collected(terminal, folder / "2.dcm", "--urgent")
    jobs = terminal.osler("jobs", "list", "--json").json()
    assert {job["priority"] for job in jobs} == {"urgent", "routine"}
    by_priority = {job["priority"]: job for job in jobs}
    assert by_priority["urgent"]["due_at"] < by_priority["routine"]["due_at"]
    sources = {
        study["priority"]: study["source"]
        for study in terminal.osler("records", "studies", "--json").json()
    }
    assert sources == {"urgent": "files", "routine": "ward-3"}


def test_another_content_under_a_known_uid_is_refused_and_the_rest_goes_through(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture that silently takes another's place is the wrong picture in the right report."""
    put(tmp_path, {"1.dcm": FILM, "2.dcm": OTHER})
    changed = a_file(SOPInstanceUID="2.25.1", Rows=2, Columns=6)
    folder = put(tmp_path / "again", {"changed.dcm": changed, "other.dcm": OTHER})
    collected(terminal, tmp_path / "1.dcm")
    ran, counts = collected(terminal, folder)
    assert ran.code == 3
    assert counts == {"read": 2, "stored": 1, "refused": 1, "studies": 1}
    assert "another content is kept under the same SOP Instance UID" in ran.err
    assert ran.json()["refusals"][0]["kind"] == "conflict"
    monkeypatch.setenv("OSLER_CHANGED_INSTANCE", "version")
    ran, counts = collected(terminal, folder)
    assert (ran.code, counts["stored"]) == (0, 2)


def test_a_record_is_kept_and_counts_as_one(terminal: Terminal, tmp_path: Path) -> None:
    """The record comes by the same door, and its patient is the film's."""
    put(tmp_path, {"1.dcm": FILM, "record.json": RECORD, "broken.json": b"{"})
    record = tmp_path / "record.json"
    ran, counts = collected(terminal, tmp_path / "1.dcm", "--record", record)
    assert (ran.code, counts) == (0, {"read": 2, "stored": 2, "refused": 0, "studies": 1})
    found = terminal.osler("records", "patients", "find", "4711", "--json").json()
    assert found["patient_id"] in terminal.osler("records", "studies", "--json").out
    ran, counts = collected(
        terminal, "--record", tmp_path / "broken.json", "--record", tmp_path / "gone.json"
    )
    assert (ran.code, counts) == (3, {"read": 2, "stored": 0, "refused": 2, "studies": 0})
    assert "gone.json: there is no such record file" in ran.err


def test_a_full_queue_says_try_later_and_what_was_kept(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than can be worked through must stay with its sender, who still has it."""
    put(tmp_path, {"1.dcm": FILM, "2.dcm": OTHER})
    collected(terminal, tmp_path / "1.dcm")
    monkeypatch.setenv("OSLER_MOST_WAITING", "1")
    ran = terminal.osler("collect", "files", tmp_path / "2.dcm", "--json")
    assert (ran.code, ran.out) == (75, "")
    assert "1 jobs wait, at most 1 are let in; nothing was stored" in ran.err
    assert "0 instances of this delivery are kept; bring it again" in ran.err
    assert len(terminal.osler("records", "studies", "--json").json()) == 1


def test_nothing_to_collect_is_misuse(terminal: Terminal) -> None:
    """A script whose list came out empty must not read as one that stored everything."""
    ran = terminal.osler("collect", "files")
    assert ran.code == 2
    assert "name a file or folder, or give --record" in ran.err


def test_many_instances_of_one_study_are_all_there(terminal: Terminal, tmp_path: Path) -> None:
    """Several lanes store at once; none may lose one, and copies count once in the study."""
    files = {
        f"{number:03}.dcm": a_file(
            SOPInstanceUID=f"2.25.1{number // 2}", InstanceNumber=number // 2
        )
        for number in range(120)
    }
    ran, counts = collected(terminal, put(tmp_path / "in", files))
    assert ran.code == 0
    assert counts == {"read": 120, "stored": 120, "refused": 0, "studies": 1}
    (study,) = terminal.osler("records", "studies", "--json").json()
    assert (study["instances"], study["revision"]) == (60, 60)


def test_whoever_may_not_store_is_refused_before_anything_is_kept(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command line is a door like any other."""
    put(tmp_path, {"1.dcm": FILM, "2.dcm": OTHER})
    collected(terminal, tmp_path / "1.dcm")
    assert terminal.osler("users", "add", "audrey", "auditor").code == 0
    for name, said in (("audrey", "may not store"), ("nobody", "is not known here")):
        monkeypatch.setenv("OSLER_USER", name)
        ran = terminal.osler("collect", "files", tmp_path / "2.dcm")
        assert ran.code == 5
        assert said in ran.err


def test_the_real_command_keeps_results_and_talk_apart(tmp_path: Path) -> None:
    """A program that reads stdout must get JSON and nothing else."""
    put(tmp_path / "in", {"bad": b"notes", "good": FILM})
    done = subprocess.run(
        [sys.executable, "-m", "osler.cli.main", "collect", "files", "in", "--json"],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 3
    assert '"stored": 1' in done.stdout
    assert len(done.stderr.splitlines()) == 1


def test_two_doors_bring_the_same_at_once(terminal: Terminal, tmp_path: Path) -> None:
    """Modality and disc import may race; each must be told 'stored', and one copy is kept."""
    files = {
        f"{number:02}.dcm": a_file(SOPInstanceUID=f"2.25.1{number}", InstanceNumber=number)
        for number in range(40)
    }
    folder = put(tmp_path / "in", files)
    command = [sys.executable, "-m", "osler.cli.main", "collect", "files", str(folder), "--json"]
    doors = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = [json.loads(door.communicate(timeout=120)[0]) for door in doors]
    assert [door.returncode for door in doors] == [0, 0, 0]
    assert [one["stored"] for one in told] == [40, 40, 40]
    (study,) = terminal.osler("records", "studies", "--json").json()
    assert (study["instances"], study["revision"]) == (40, 40)
    assert len(terminal.osler("jobs", "list", "--json").json()) == 1
    assert terminal.osler("audit", "verify").code == 0
    assert terminal.osler("records", "verify").code == 0
