"""Records at the command line: everything that came is counted, and nothing is dropped."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from typing_extensions import override

from integration.cli.terminal import Terminal

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "p1",
    "identifier": [{"system": "urn:oid:1.2.3", "value": "0042"}],
    "gender": "female",
    "birthDate": "1961-05-04",
}


def potassium(value: float, *, identity: str = "k1", of: str = "Patient/p1") -> dict[str, Any]:
    """Return an Observation."""
    return {
        "resourceType": "Observation",
        "id": identity,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "2823-3"}]},
        "subject": {"reference": of},
        "effectiveDateTime": "2026-11-20T08:00:00Z",
        "valueQuantity": {
            "value": value,
            "unit": "mmol/L",
            "system": "http://unitsofmeasure.org",
            "code": "mmol/L",
        },
    }


def ndjson(path: Path, *resources: dict[str, Any]) -> Path:
    """Write a bulk export, packed where the name says so."""
    content = b"\n".join(json.dumps(one).encode() for one in resources) + b"\n"
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def a_bundle(*resources: object) -> dict[str, Any]:
    """Return a Bundle."""
    entries = [{"resource": one} for one in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def collected(terminal: Terminal, *words: str) -> dict[str, Any]:
    """Collect and return the object, after holding its counts together."""
    ran = terminal.osler("collect", *words, "--json")
    said: dict[str, Any] = json.loads(ran.out)
    assert said["read"] == said["stored"] + said["refused"]
    assert said["refused"] == sum(one["count"] for one in said["refusals"])
    assert ran.code == (3 if said["refused"] else 0)
    return said


def counts(said: dict[str, Any]) -> tuple[int, int, int]:
    """Return what was stored, what was refused, and of how many patients."""
    return said["stored"], said["refused"], said["patients"]


def test_a_bulk_export_is_put_together_by_patient(terminal: Terminal, tmp_path: Path) -> None:
    """Values come in one file, people in another; each value must find its own person."""
    folder = tmp_path / "export"
    folder.mkdir()
    other = {**PATIENT, "id": "p2", "identifier": [{"system": "urn:oid:1.2.3", "value": "7"}]}
    ndjson(
        folder / "Observation.ndjson.gz",
        potassium(4.1),
        potassium(4.4, identity="k2", of="https://ehr.example/fhir/Patient/p2"),
        potassium(5.0, identity="k3", of="Patient/nobody"),
    )
    ndjson(folder / "Patient.ndjson", PATIENT, other)
    said = collected(terminal, "fhir", str(folder))
    assert counts(said) == (4, 1, 2)
    assert (
        "Observation.ndjson.gz, line 3: it is about Patient/nobody"
        in said["refusals"][0]["sentence"]
    )
    again = collected(terminal, "fhir", str(folder))
    assert counts(again) == counts(said)


def test_ids_of_a_named_source_are_numbers_of_its_patients(
    terminal: Terminal, tmp_path: Path
) -> None:
    """Tomorrow's export holds only what is new: the person came yesterday."""
    people = ndjson(tmp_path / "people.ndjson", PATIENT)
    values = ndjson(tmp_path / "values.ndjson", potassium(4.1), potassium(4.2, identity="k2"))
    assert counts(collected(terminal, "fhir", str(people), "--source", "ehr")) == (1, 0, 1)
    assert counts(collected(terminal, "fhir", str(values), "--source", "ehr")) == (2, 0, 1)
    found = json.loads(
        terminal.osler(
            "records", "patients", "find", "0042", "--issuer", "urn:oid:1.2.3", "--json"
        ).out
    )
    assert {one["issuer"] for one in found["identifiers"]} == {"urn:oid:1.2.3", "ehr/Patient"}


def test_one_invalid_resource_costs_itself(terminal: Terminal, tmp_path: Path) -> None:
    """An export of a thousand values has one that is broken; the others are needed tonight."""
    broken = {**potassium(4.0, identity="k2"), "status": "nonsense"}
    path = tmp_path / "bundle.json"
    document = a_bundle(PATIENT, potassium(4.1), broken, 17)
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(document, indent=1).encode())
    said = collected(terminal, "fhir", str(path))
    assert counts(said) == (2, 2, 1)
    assert "bundle.json, Bundle.entry[2]: not valid FHIR R4" in said["refusals"][0]["sentence"]


def test_a_bundle_of_two_patients_is_taken_apart(terminal: Terminal, tmp_path: Path) -> None:
    """A search's answer holds the whole ward; nobody may get another one's potassium."""
    other = {**PATIENT, "id": "p2", "identifier": [{"value": "7"}], "gender": "male"}
    mine, hers = potassium(4.1, of="Patient/p2"), potassium(4.4, identity="k2")
    path = tmp_path / "ward.json"
    path.write_text(json.dumps(a_bundle(PATIENT, other, mine, hers)))
    assert counts(collected(terminal, "fhir", str(path))) == (4, 0, 2)


def test_what_is_no_fhir_or_no_patients_is_refused_with_its_place(
    terminal: Terminal, tmp_path: Path
) -> None:
    """A folder holds a letter, a cut file, a list and a code list: each is named."""
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "a.json").write_text('{"resourceType": "Patient"')
    (folder / "b.ndjson").write_text(f"{json.dumps(PATIENT)}\nhello\n[1]\n")
    (folder / "c.xml").write_text("<Patient/>")
    (folder / "d.json").write_text('{"resourceType": "ValueSet", "id": "v", "status": "active"}')
    (folder / "e.json").write_text("")
    (folder / "f.ndjson.gz").write_bytes(gzip.compress(b"{}\n" * 9)[:-12])
    (folder / "g.json").write_text('{"resourceType": "Bundle", "type": "searchset"}')
    said = collected(terminal, "fhir", str(folder))
    assert said["stored"] == 1
    told = " ".join(one["sentence"] for one in said["refusals"])
    for words in (
        "line 1, column",
        "b.ndjson, line 2: not JSON",
        "line 3: JSON, but no object",
        "looks like XML",
        "about no patient",
        "the file is empty",
        "cannot be read to its end",
        "a Bundle without a resource",
    ):
        assert words in told


def test_contradicting_birth_dates_are_shown(terminal: Terminal, tmp_path: Path) -> None:
    """Two sources know the same number: one of them has the wrong day of birth."""
    first = ndjson(tmp_path / "a.ndjson", PATIENT)
    second = ndjson(tmp_path / "b.ndjson", {**PATIENT, "birthDate": "1916-05-04"}, potassium(4.1))
    collected(terminal, "fhir", str(first))
    said = collected(terminal, "fhir", str(second))
    assert counts(said) == (2, 0, 1)
    assert "the birth date is in dispute" in said["conflicts"][0]
    shown = terminal.osler("records", "patients", "find", "0042", "--issuer", "urn:oid:1.2.3")
    assert "birth date: 1961-05-04" in shown.out
    assert "dispute: the birth date is in dispute: fhir says 1916-05-04" in shown.out


class _Ehr(BaseHTTPRequestHandler):
    """A small FHIR server that gives one resource a page, and knows two kinds."""

    def do_GET(self) -> None:
        """Answer a search."""
        kind, _, query = self.path.removeprefix("/fhir/").partition("?")
        if self.headers.get("Authorization") != "Bearer let-me-in":
            self.answer(401, {})
            return
        found = {
            "Patient": [PATIENT],
            "Observation": [potassium(4.1), potassium(4.2, identity="k2")],
        }
        if kind not in found:
            self.answer(404, {})
            return
        page = int(query.rpartition("page=")[2]) if "page=" in query else 0
        bundle = a_bundle(found[kind][page])
        if page + 1 < len(found[kind]):
            bundle["link"] = [{"relation": "next", "url": f"/fhir/{kind}?page={page + 1}"}]
        self.answer(200, bundle)

    def answer(self, status: int, body: object) -> None:
        """Send JSON."""
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def an_ehr() -> Iterator[str]:
    """Run the server while the block runs; yield its address."""
    with HTTPServer(("127.0.0.1", 0), _Ehr) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/fhir"
        server.shutdown()


def test_a_live_server_is_read_page_by_page(terminal: Terminal, tmp_path: Path) -> None:
    """What the server does not offer was not looked at, and that is said."""
    token = tmp_path / "token"
    token.write_text("let-me-in\n")
    with an_ehr() as address:
        ran = terminal.osler("collect", "fhir", address, "--token-file", str(token), "--json")
        closed = terminal.osler("collect", "fhir", address)
    said = json.loads(ran.out)
    assert counts(said) == (3, 0, 1)
    assert any(
        "AllergyIntolerance was not looked at" in one["sentence"] for one in said["refusals"]
    )
    assert (closed.code, "--token-file" in closed.err) == (5, True)
    assert terminal.osler("collect", "fhir", address).code == 75


ORU = (
    "MSH|^~\\&#|LAB|KH|||20261120093000||ORU^R01|1|P|2.8\r"
    "PID|1||0042^^^WARD&1.2.3&ISO^MR||Example\\T\\Co^Erika||19610504|F\r"
    "OBR|1||F7|24326-1^Electrolytes^LN|||20261120080000+0000\r"
    "OBX|1|NM|2823-3^Potassium^LN||6.9|mmol/L|||||F\r"
    "OBX|2|NM|KA^Kalium^L||6.9|mmol/L|||||F\r"
)


def messages(path: Path, *texts: str, end: str = "\r") -> Path:
    """Write messages with the line ends of somebody's system."""
    path.write_bytes("".join(texts).replace("\r", end).encode())
    return path


def test_line_ends_marks_batches_and_five_characters_are_read(
    terminal: Terminal, tmp_path: Path
) -> None:
    """Only CR is right; nearly everybody's files hold something else."""
    folder = tmp_path / "outbox"
    folder.mkdir()
    for number, end in enumerate(("\r", "\n", "\r\n")):
        messages(folder / f"{number}.hl7", ORU.replace("|1|P|", f"|{number}|P|"), end=end)
    batch = (
        "FHS|^~\\&|LAB\rBHS|^~\\&|LAB\r" + ORU + ORU.replace("|1|P|", "|2|P|") + "BTS|2\rFTS|1\r"
    )
    messages(folder / "batch.hl7", "\ufeff", batch, end="\n")
    (folder / "letter.txt").write_text("Dear colleague")
    messages(folder / "nobody.hl7", "MSH|^~\\&|LAB|KH|||20261120||ACK|1|P|2.5\rMSA|AA|1\r")
    said = collected(terminal, "hl7", str(folder))
    assert counts(said) == (5, 2, 1)
    told = " ".join(one["sentence"] for one in said["refusals"])
    assert "letter.txt: it holds no MSH segment" in told
    assert "nobody.hl7: a message ACK without a PID segment" in told
    assert (
        terminal.osler("records", "patients", "find", "0042", "--issuer", "urn:oid:1.2.3").code == 0
    )


def test_a_merge_by_message_makes_two_numbers_one_person(
    terminal: Terminal, tmp_path: Path
) -> None:
    """ADT^A40: the emergency room had made a second file of her."""
    old = ORU.replace("0042^", "E-9^").replace("2823-3^Potassium", "2951-2^Sodium")
    merge = (
        "MSH|^~\\&|ADT|KH|||20261120100000||ADT^A40^ADT_A39|3|P|2.5\rEVN|A40|20261120\r"
        "PID|1||0042^^^WARD&1.2.3&ISO^MR||Example^Erika||19610504|F\r"
        "MRG|E-9^^^WARD&1.2.3&ISO^MR\r"
    )
    path = messages(tmp_path / "day.hl7", ORU, old, merge)
    assert counts(collected(terminal, "hl7", str(path))) == (3, 0, 2)
    found = json.loads(
        terminal.osler(
            "records", "patients", "find", "E-9", "--issuer", "urn:oid:1.2.3", "--json"
        ).out
    )
    assert len(found["one_person"]) == 2
    assert {one["value"] for one in found["identifiers"]} == {"0042", "E-9"}


def test_a_file_that_is_named_twice_is_read_once(terminal: Terminal, tmp_path: Path) -> None:
    """A folder and a file in it, both on the command line, are no more than the folder."""
    for name in ("hl7", "fhir"):
        (tmp_path / name).mkdir()
    day = messages(tmp_path / "hl7" / "day.hl7", ORU)
    assert counts(collected(terminal, "hl7", str(day.parent), str(day))) == (1, 0, 1)
    export = ndjson(tmp_path / "fhir" / "all.ndjson", PATIENT, potassium(4.1))
    assert counts(collected(terminal, "fhir", str(export.parent), str(export))) == (2, 0, 1)
