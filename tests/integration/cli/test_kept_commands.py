"""``osler records``, ``jobs``, ``users``, ``audit``: what the doors show of what is kept."""

from pathlib import Path

import pytest
from sqlalchemy import text

from integration.cli.terminal import Terminal
from make.dicom import a_file
from osler.settings import read_settings
from osler.workflow.opening import open_kept

pytestmark = pytest.mark.usefixtures("anywhere")

NAMES = ("Doe^Jane", "Roe^Rita")


@pytest.fixture
def two(terminal: Terminal, tmp_path: Path) -> list[str]:
    """Keep two studies of two patients; return the ids of the studies, the newest first."""
    films = {
        "1.dcm": a_file(PatientName=NAMES[0]),
        "2.dcm": a_file(StudyInstanceUID="2.25.20", PatientID="4712", PatientName=NAMES[1]),
    }
    for name, content in films.items():
        (tmp_path / name).write_bytes(content)
        assert terminal.osler("collect", "files", tmp_path / name).code == 0
    rows = terminal.osler("records", "studies", "--json").json()
    return [row["study_id"] for row in rows]


def test_lists_show_no_name_and_come_in_pages(terminal: Terminal, two: list[str]) -> None:
    """A list stands open on a desk all day."""
    shown = terminal.osler("records", "studies")
    assert all(study_id in shown.out for study_id in two)
    assert not any(name in shown.out for name in NAMES)
    first = terminal.osler("records", "studies", "--limit", "1", "--json").json()
    assert [row["study_id"] for row in first] == two[:1]
    rest = terminal.osler("records", "studies", "--before", two[0], "--json").json()
    assert [row["study_id"] for row in rest] == two[1:]
    assert terminal.osler("records", "studies", "--state", "failed", "--json").json() == []
    wrong = terminal.osler("records", "studies", "--state", "lost")
    assert (wrong.code, wrong.out) == (2, "")
    assert "expected receiving, complete, queued" in wrong.err


def test_a_study_is_shown_by_id_and_by_uid(terminal: Terminal, two: list[str]) -> None:
    """The viewer knows the UID, the log knows the id."""
    by_uid = terminal.osler("records", "show", "2.25.20", "--json").json()
    assert by_uid["study"]["study_id"] == two[0]
    assert terminal.osler("records", "show", two[0], "--json").json() == by_uid
    assert (by_uid["result"], by_uid["earlier"]) == (None, [])
    words = terminal.osler("records", "show", two[0])
    assert "result: none yet" in words.out
    assert "study uid: 2.25.20" in words.out


@pytest.mark.parametrize("named", ["2.25.404", "0198c0de-0000-7000-8000-000000000000"])
def test_a_study_that_is_not_kept_is_not_found(
    named: str, terminal: Terminal, two: list[str]
) -> None:
    """The answer for nothing there is another than for nothing found."""
    ran = terminal.osler("records", "show", named)
    assert (ran.code, ran.out) == (4, "")
    assert "is kept" in ran.err or "is not kept" in ran.err


def test_a_report_is_not_written_before_there_is_a_result(
    terminal: Terminal, two: list[str], tmp_path: Path
) -> None:
    """An empty report would read as 'nothing seen'."""
    ran = terminal.osler("records", "show", two[0], "--out", tmp_path / "report")
    assert ran.code == 4
    assert "has no result yet (queued); nothing was written" in ran.err
    assert not (tmp_path / "report").exists()


def test_a_job_is_cancelled_once_and_played_again(terminal: Terminal, two: list[str]) -> None:
    """A study sent by mistake must be stoppable, and the stop must be revocable."""
    jobs = terminal.osler("jobs", "list", "--json").json()
    assert {job["study_id"] for job in jobs} == set(two)
    job_id = jobs[0]["job_id"]
    ran = terminal.osler("jobs", "cancel", job_id, "--json")
    assert (ran.code, ran.json()["state"]) == (0, "cancelled")
    listed = terminal.osler("jobs", "list", "--state", "cancelled", "--json").json()
    assert [job["job_id"] for job in listed] == [job_id]
    again = terminal.osler("jobs", "cancel", job_id)
    assert again.code == 5
    assert "is cancelled; expected one that is waiting or at work" in again.err
    played = terminal.osler("jobs", "retry", job_id)
    assert (played.code, played.out) == (0, f"{job_id}: waiting\n")
    assert terminal.osler("jobs", "retry", job_id).code == 5
    assert job_id in terminal.osler("jobs", "list").out
    first = terminal.osler("jobs", "list", "--limit", "1", "--json").json()
    rest = terminal.osler("jobs", "list", "--before", first[0]["job_id"], "--json").json()
    assert [job["job_id"] for job in (*first, *rest)] == [job["job_id"] for job in jobs]


def test_jobs_that_are_not_there_and_states_that_are_none(
    terminal: Terminal, two: list[str]
) -> None:
    """A typing error gets an answer of its own."""
    for verb in ("cancel", "retry"):
        ran = terminal.osler("jobs", verb, "0198c0de-0000-7000-8000-000000000000")
        assert (ran.code, ran.out) == (4, "")
        assert "is not there, or was deleted with its patient" in ran.err
    ran = terminal.osler("jobs", "list", "--state", "lost")
    assert (ran.code, ran.out) == (2, "")
    assert "expected waiting, claimed" in ran.err


def test_patients_are_found_merged_and_unmerged(terminal: Terminal, two: list[str]) -> None:
    """Two numbers of one person must come together, and apart again where that was wrong."""
    ids = [
        terminal.osler("records", "patients", "find", number, "--json").json()["patient_id"]
        for number in ("4711", "4712")
    ]
    assert terminal.osler("records", "patients", "merge", *ids).code == 0
    shown = terminal.osler("records", "patients", "show", ids[0], "--json").json()
    assert sorted(shown["one_person"]) == sorted(ids)
    assert {one["value"] for one in shown["identifiers"]} == {"4711", "4712"}
    assert terminal.osler("records", "patients", "merge", *ids).code == 3
    assert terminal.osler("records", "patients", "unmerge", ids[0]).code == 0
    alone = terminal.osler("records", "patients", "show", ids[0])
    assert NAMES[0] in alone.out
    assert "4712" not in alone.out
    assert terminal.osler("records", "patients", "unmerge", ids[0]).code == 4
    assert terminal.osler("records", "patients", "find", "0815").code == 4


def test_forgetting_needs_a_word_and_leaves_nothing(terminal: Terminal, two: list[str]) -> None:
    """It cannot be undone, so it must not happen by a slip; but when it does, it is thorough."""
    found = terminal.osler("records", "patients", "find", "4712", "--json").json()
    asked = terminal.osler("records", "patients", "forget", found["patient_id"])
    assert (asked.code, asked.out) == (2, "")
    assert "expected --yes; nothing was done" in asked.err
    assert terminal.osler("records", "show", two[0]).code == 0
    done = terminal.osler("records", "patients", "forget", found["patient_id"], "--yes")
    assert done.code == 0
    assert "is forgotten, with 1 objects" in done.err
    assert terminal.osler("records", "show", two[0]).code == 4
    assert terminal.osler("records", "patients", "show", found["patient_id"]).code == 4
    assert terminal.osler("records", "show", two[1]).code == 0
    assert terminal.osler("audit", "verify").code == 0


def test_users_may_do_what_their_roles_allow(
    terminal: Terminal, two: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever analyses data must not read who the patients are."""
    assert terminal.osler("users", "add", "dana", "data scientist").code == 0
    assert terminal.osler("users", "add", "dana", "reader").code == 3
    rows = {row["name"]: row for row in terminal.osler("users", "list", "--json").json()}
    assert rows["dana"]["roles"] == ["data scientist"]
    assert "service" not in {role for row in rows.values() for role in row["roles"]}
    me = next(name for name in rows if name != "dana")
    with monkeypatch.context() as patch:
        patch.setenv("OSLER_USER", "dana")
        ran = terminal.osler("records", "studies")
        assert (ran.code, ran.out) == (5, "")
        assert "user 'dana' may not list studies: found the roles data scientist" in ran.err
    assert terminal.osler("users", "roles", "dana", "reader", "clinician").code == 0
    with monkeypatch.context() as patch:
        patch.setenv("OSLER_USER", "dana")
        assert terminal.osler("records", "show", two[0]).code == 0
        assert terminal.osler("users", "list").code == 5
    assert terminal.osler("users", "disable", "dana").code == 0
    with monkeypatch.context() as patch:
        patch.setenv("OSLER_USER", "dana")
        assert "is disabled" in terminal.osler("records", "studies").err
    assert terminal.osler("users", "disable", me).code == 3
    for roles in (["king"], ["service"]):
        ran = terminal.osler("users", "add", "eve", *roles)
        assert (ran.code, ran.out) == (2, "")
        assert "is no role; expected one of clinician" in ran.err


def test_the_trail_names_who_did_what_and_is_whole(terminal: Terminal, two: list[str]) -> None:
    """Who looked at a film must be told when its patient asks, years later."""
    (study,) = (
        row
        for row in terminal.osler("records", "studies", "--json").json()
        if row["study_id"] == two[0]
    )
    terminal.osler("records", "show", two[0])
    entries = terminal.osler("audit", "list", "--patient", study["patient_id"], "--json").json()
    subjects = {(one["action"], one["subject"]) for one in entries}
    assert ("list studies", f"study/{two[0]}") in subjects
    assert {one["patient_id"] for one in entries} == {study["patient_id"]}
    assert "store" in {one["action"] for one in entries}
    assert terminal.osler("audit", "list", "--user", "nobody", "--json").json() == []
    assert terminal.osler("audit", "list", "--since", "2999-01-01", "--json").json() == []
    assert "list studies" in terminal.osler("audit", "list").out
    ran = terminal.osler("audit", "verify", "--json")
    assert (ran.code, ran.json()["whole"], ran.json()["faults"]) == (0, True, [])
    assert "entries in" in terminal.osler("audit", "verify").out


def test_an_entry_that_was_removed_is_missed(terminal: Terminal, two: list[str]) -> None:
    """Whoever looked where they should not have must not be able to wipe it out."""
    with open_kept(read_settings()) as records, records.database.writer.begin() as connection:
        gone = connection.execute(
            text("DELETE FROM audit WHERE action = 'store' AND subject LIKE 'instance/%'")
        )
        assert gone.rowcount == 2
    ran = terminal.osler("audit", "verify")
    assert ran.code == 5
    assert ran.out.count("wrong: chain ") == 2
    assert "the audit trail is not whole: 2 faults found" in ran.err
    assert terminal.osler("audit", "verify", "--json").json()["whole"] is False
