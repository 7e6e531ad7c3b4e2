"""A file of a release comes whole and with its checksum, or not at all: from a real server."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typing_extensions import override

from osler.collect.release import fetch
from osler.errors import InputRefused, Misuse, NotFound, TryLater

CONTENT = bytes(range(256)) * 400
SUM = hashlib.sha256(CONTENT).hexdigest()


class Shelf(BaseHTTPRequestHandler):
    """Serves one file, a redirect to it, a torn one, and an error."""

    def do_GET(self) -> None:
        """Answer by path."""
        if self.path == "/moved/model.onnx":
            self.send_response(302)
            self.send_header("Location", "/model.onnx")
            self.end_headers()
            return
        if self.path == "/elsewhere.onnx":
            self.send_response(302)
            self.send_header("Location", "http://example.invalid/model.onnx")
            self.end_headers()
            return
        status = {"/model.onnx": 200, "/torn.onnx": 200, "/busy.onnx": 503}.get(self.path, 404)
        self.send_response(status)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        if status == 200:
            self.wfile.write(CONTENT[: len(CONTENT) // (2 if "torn" in self.path else 1)])

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def shelf() -> Iterator[str]:
    """Serve on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shelf)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("path", ["model.onnx", "moved/model.onnx"])
def test_a_file_comes_whole_under_its_own_name(shelf: str, tmp_path: Path, path: str) -> None:
    """Releases are often reached by a redirect."""
    told: list[tuple[int, int]] = []
    file = fetch(
        f"{shelf}/{path}",
        SUM.upper(),
        tmp_path,
        on_progress=lambda come, known: told.append((come, known)),
    )
    assert file == tmp_path / "model.onnx"
    assert file.read_bytes() == CONTENT
    assert told[-1] == (len(CONTENT), len(CONTENT))


def test_another_checksum_is_refused_and_nothing_is_kept(shelf: str, tmp_path: Path) -> None:
    """An altered model would answer patients in somebody else's name."""
    with pytest.raises(InputRefused, match=f"has the SHA-256 {SUM}; expected {'0' * 64}"):
        fetch(f"{shelf}/model.onnx", "0" * 64, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_connection_that_breaks_leaves_nothing(shelf: str, tmp_path: Path) -> None:
    """Half a model is none."""
    with pytest.raises(TryLater, match=r"cannot be fetched \(RemoteProtocolError\)"):
        fetch(f"{shelf}/torn.onnx", SUM, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("path", "error", "said"),
    [
        ("absent.onnx", NotFound, "there is no such file"),
        ("busy.onnx", TryLater, "answers 503"),
        ("elsewhere.onnx", Misuse, "example.invalid/model.onnx is not encrypted on its way"),
    ],
)
def test_an_answer_without_a_file_is_told_in_a_sentence(
    shelf: str, tmp_path: Path, *, path: str, error: type[Exception], said: str
) -> None:
    """What to do next differs: another address, later, or never."""
    with pytest.raises(error, match=said):
        fetch(f"{shelf}/{path}", SUM, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("address", "checksum", "said"),
    [
        ("https://example.invalid/model.onnx", None, "none was given; expected --sha256"),
        ("https://example.invalid/model.onnx", "abc", "'abc' is none"),
        ("http://example.invalid/model.onnx", SUM, "not encrypted on its way"),
    ],
)
def test_nothing_is_asked_for_without_checksum_and_encryption(
    tmp_path: Path, *, address: str, checksum: str | None, said: str
) -> None:
    """Before a byte goes out."""
    with pytest.raises(Misuse, match=said):
        fetch(address, checksum, tmp_path)
