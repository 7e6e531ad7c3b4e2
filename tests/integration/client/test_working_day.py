"""A working day through the client, with a server that really runs: `osler serve`."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydicom.data import get_testdata_file

from make.serving import Serving, serving
from osler.client import ApiError, Event, Osler, Unreachable

NEW = "four words in no order"
ROLES = ("clinician", "reader", "integrator", "data scientist", "auditor", "administrator")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Run a server with its worker; its administrator has changed the password."""
    with serving(tmp_path_factory.mktemp("served")) as one:
        with Osler(one.url) as osler:
            osler.sign_in_as(one.name, one.password)
            osler.change_password({"old": one.password, "new": NEW})
        yield one


@pytest.fixture
def osler(server: Serving) -> Iterator[Osler]:
    """Return a client with a token."""
    with Osler(server.url) as person:
        person.sign_in_as(server.name, NEW)
        made = person.make_token(
            {"name": "tests", "roles": ["clinician", "integrator", "data scientist"], "days": 1}
        )
    with Osler(server.url, token=made["secret"]) as one:
        yield one


@pytest.fixture
def film() -> Path:
    """Return a real chest film."""
    found = get_testdata_file("RG1_UNCI.dcm", download=False)
    if found is None:
        pytest.skip("pydicom-data is not installed")
    return Path(found)


def first(events: Iterator[Event], kind: str, study_id: str) -> Event:
    """Return the first event of a kind about a study."""
    return next(e for e in events if e.kind == kind and e.data["study_id"] == study_id)


def test_a_film_is_sent_its_result_awaited_accepted_signed_and_printed(
    server: Serving, osler: Osler, film: Path
) -> None:
    """From the modality to the signed report without looking anything up twice."""
    newest = max((one["event_id"] for one in osler.list_events()), default=0)
    sent: list[int] = []
    upload = osler.upload(film, on_progress=lambda done, _size: sent.append(done))
    assert upload["state"] == "done"
    assert sent[-1] == film.stat().st_size
    assert upload["outcome"] is not None
    (study_id,) = upload["outcome"]["studies"]
    event = first(osler.events(after=newest), "result.current", study_id)
    result = osler.get_result(study_id)
    assert result["draft_id"] == event.data["draft_id"]
    assert result["report"]["impression"]
    assert {one["name"] for one in result["calibrations"] if one["calibration"]}
    assert study_id in [one["study_id"] for one in osler.all_studies(state="analysed")]
    (instance,) = osler.all_instances(study_id)
    assert osler.get_instance_file(instance["instance_id"]).content == film.read_bytes()
    shown = osler.get_rendered(instance["instance_id"], longest=256)
    assert (shown.media_type, shown.content[1:4]) == ("image/png", b"PNG")
    with Osler(server.url) as doctor:
        doctor.sign_in_as(server.name, NEW)
        finding = next(doctor.all_findings(draft_id=result["draft_id"]))
        doctor.make_review(
            result["draft_id"], {"act": "accept", "finding_id": finding["finding_id"]}
        )
        printed = doctor.get_preview(result["draft_id"], "pdf")
        seen = doctor.etag
        assert printed.content.startswith(b"%PDF")
        signed = doctor.sign_draft(result["draft_id"], {"password": NEW}, if_match=seen)
        report = doctor.get_report_file(signed["report_id"], "pdf")
        assert report.content.startswith(b"%PDF")
    first(osler.events(after=event.event_id), "report.signed", study_id)


def test_a_client_that_listens_while_the_server_is_restarted_misses_nothing(
    server: Serving, osler: Osler
) -> None:
    """A server that is updated at night must not cost the morning's results."""
    newest = max((one["event_id"] for one in osler.list_events(limit=500)), default=0)
    heard: list[Event] = []
    enough = threading.Event()

    def listen() -> None:
        for event in osler.events(after=newest):
            heard.append(event)
            if event.kind == "model.state" and event.data["detail"]["state"] == "active":
                enough.set()
                return

    listener = threading.Thread(target=listen)
    listener.start()
    with Osler(server.url) as administrator:
        administrator.sign_in_as(server.name, NEW)
        administrator.set_model_state("cxr-tb", "1.0.0", {"state": "shadow"})
        server.kill()
        server.start()
        administrator.set_model_state("cxr-tb", "1.0.0", {"state": "active"})
    assert enough.wait(30)
    listener.join()
    states = [one.data["detail"]["state"] for one in heard if one.kind == "model.state"]
    assert states == ["shadow", "active"]
    numbers = [one.event_id for one in heard]
    assert numbers == sorted(set(numbers), key=lambda n: n or 0)


def test_what_is_refused_is_told_in_a_sentence(osler: Osler, tmp_path: Path) -> None:
    """A program shows its user what was found, what was expected and what to do."""
    with pytest.raises(ApiError, match="expected the id of a study that is") as refused:
        osler.get_study("nothing")
    assert (refused.value.status, refused.value.kind) == (404, "not-found")
    notes = tmp_path / "notes.txt"
    notes.write_text("hello")
    upload = osler.upload(notes)
    assert upload["state"] == "refused"
    with pytest.raises(ApiError) as forbidden:
        osler.list_users()
    assert forbidden.value.status == 403


def test_an_upload_that_was_broken_off_goes_on(osler: Osler) -> None:
    """A program that was killed in the middle sends the rest, not everything."""
    # Another image than the working day's: one that is already here gets no new result.
    found = get_testdata_file("CT_small.dcm", download=False)
    assert found is not None
    film = Path(found)
    content = film.read_bytes()
    begun = osler.begin_upload({"name": film.name, "size": len(content)})
    osler.append_part(begun["upload_id"], content[:1000], upload_offset=0)
    sent: list[int] = []
    done = osler.upload(
        film, upload_id=begun["upload_id"], on_progress=lambda n, _size: sent.append(n)
    )
    assert (done["upload_id"], done["state"]) == (begun["upload_id"], "done")
    assert sent[0] > 1000


def test_clients_that_dawdle_leave_or_never_read_hold_nobody_up(
    server: Serving, osler: Osler
) -> None:
    """One bad line in the house must not be everybody's."""
    token = osler._headers["Authorization"]
    with ExitStack() as around:

        def dawdler(said: str) -> socket.socket:
            line = around.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            line.sendall(said.encode())
            return line

        listen = f"GET /api/v1/events?after=0 HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n"
        part = (
            f"PUT /api/v1/files?name=a.dcm HTTP/1.1\r\nHost: x\r\nAuthorization: {token}"
            "\r\nContent-Type: application/octet-stream\r\nContent-Length: 100000\r\n\r\nhalf a"
        )
        for _ in range(20):
            dawdler("GET /api/v1/studies HTTP/1.1\r\nHost: x")
            dawdler(part)
            dawdler(listen)
            gone = dawdler(listen)
            gone.recv(100)
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            gone.close()
        found = get_testdata_file("MR_small.dcm", download=False)
        assert found is not None
        newest = max((one["event_id"] for one in osler.list_events(limit=500)), default=0)
        upload = osler.upload(Path(found))
        assert upload["outcome"] is not None
        (study_id,) = upload["outcome"]["studies"]
        event = first(osler.events(after=newest), "result.current", study_id)
        assert osler.get_result(study_id)["draft_id"] == event.data["draft_id"]


def test_nobody_at_the_address_is_told_soon() -> None:
    """A misspelt address must not look like a slow server."""
    with pytest.raises(Unreachable, match="check the address"):
        Osler("http://127.0.0.1:9", patience_s=0.1).get_health()
    with pytest.raises(ValueError, match="expected http://host or https://host"):
        Osler("osler.example")


def test_a_wrong_password_opens_nothing(server: Serving) -> None:
    """The client hands the server's sentence on."""
    with Osler(server.url) as one, pytest.raises(ApiError, match="name or password is wrong"):
        one.sign_in_as(server.name, "wrong")
