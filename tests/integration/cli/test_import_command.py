"""``osler models import`` as typed, and what is made of it."""

import functools
import hashlib
import pickle  # noqa: TID251 - to write what must be refused
import threading
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from integration.cli.terminal import Terminal
from make.dataset import a_dataset
from make.package import a_film, a_judging_graph
from make.written import a_written_card, written


@pytest.fixture
def theirs(tmp_path: Path) -> tuple[Path, Path]:
    """Write a model of brightness and its card."""
    file = tmp_path / "theirs.onnx"
    file.write_bytes(a_judging_graph(weights=(40.0,), bias=-18.0))
    content = written("bright", size=224, graph={"output": "logits"})
    content["outputs"][0]["positive"] = ["bright"]
    return file, a_written_card(tmp_path, content)


def drawn(folder: Path) -> Path:
    """Write films, every other one brighter and labelled so."""
    lines, films = [], {}
    for number in range(48):
        name, bright = f"{number}.png", number % 2
        lines.append({"file": name, "label": "bright" if bright else "dark"})
        films[name] = a_film() * (1.0 - 0.2 * (1 - bright)) - number / 10.0
    return a_dataset(folder, lines, films=films)


def test_an_import_is_used_after_it_is_allowed(
    terminal: Terminal,
    *,
    tiny: Path,
    theirs: tuple[Path, Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From somebody's file to a finding with one command and one setting."""
    model, card = theirs
    like = drawn(tmp_path / "drawn")
    ran = terminal.osler("models", "import", model, "--card", card, "--like", like, "--json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.json()["outputs"] == ["bright"]
    assert ran.json()["parity"] < 1e-4
    rows = {row["name"]: row for row in terminal.osler("models", "list", "--json").json()}
    assert rows["theirs"]["state"] == "refused"
    monkeypatch.setenv("OSLER_ALLOW_MODELS", "theirs")
    rows = {row["name"]: row for row in terminal.osler("models", "list", "--json").json()}
    assert rows["theirs"]["state"] == "active"
    assert not (tiny / "theirs" / "1.0.0.part").exists()


def test_without_pictures_of_its_kind_the_list_says_why_it_is_refused(
    terminal: Terminal, *, tiny: Path, theirs: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence names what is missing and what to do."""
    model, card = theirs
    assert terminal.osler("models", "import", model, "--card", card).code == 0
    monkeypatch.setenv("OSLER_ALLOW_MODELS", "theirs")
    rows = {row["name"]: row for row in terminal.osler("models", "list", "--json").json()}
    assert rows["theirs"]["state"] == "refused"
    assert "gates not fitted" in rows["theirs"]["reason"]
    assert "--like FOLDER" in rows["theirs"]["reason"]


def test_what_cannot_be_imported_has_its_exit_code(
    terminal: Terminal, *, tiny: Path, theirs: tuple[Path, Path], tmp_path: Path
) -> None:
    """Scripts decide by the code: 4 not there, 3 refused; nothing is left behind."""
    _, card = theirs
    assert terminal.osler("models", "import", tmp_path / "none.onnx", "--card", card).code == 4
    hostile = tmp_path / "hostile.pt"
    with zipfile.ZipFile(hostile, "w") as members:
        members.writestr("x/data.pkl", pickle.dumps(print))
    ran = terminal.osler("models", "import", hostile, "--card", card)
    assert ran.code == 3
    assert "builtins.print, which may run code" in ran.err
    assert not (tiny / "theirs").exists()


def test_a_release_is_fetched_by_its_checksum_and_imported(
    terminal: Terminal, *, tiny: Path, theirs: tuple[Path, Path], tmp_path: Path
) -> None:
    """The same package as of the file itself, and nothing without the checksum."""
    model, card = theirs
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(model.parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            address = f"http://127.0.0.1:{server.server_port}/{model.name}"
            without = terminal.osler("models", "import", address, "--card", card)
            checksum = hashlib.sha256(model.read_bytes()).hexdigest()
            ran = terminal.osler(
                "models", "import", address, "--sha256", checksum, "--card", card, "--json"
            )
        finally:
            server.shutdown()
            thread.join()
    assert without.code == 2
    assert "expected --sha256 with 64 hexadecimal digits" in without.err
    assert ran.code == 0
    fetched = (tiny / "theirs" / "1.0.0" / "model.onnx").read_bytes()
    terminal.osler("models", "import", model, "--card", card, "--out", tmp_path / "out", "--json")
    assert (tmp_path / "out" / "theirs" / "1.0.0" / "model.onnx").read_bytes() == fetched
