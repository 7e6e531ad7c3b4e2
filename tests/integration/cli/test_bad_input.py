"""Bad input: a sentence with what was found, expected and to be done; the others still count."""

import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest

from integration.cli.terminal import Terminal
from integration.workflow.films import CHEST, CHEST_STUDY, film_bytes, film_path, left_behind, put
from make.dicom import a_dataset, a_dicomdir, a_file

pytestmark = pytest.mark.usefixtures("tiny")

CLAIM = 3 * 1024**3


def a_zip(**members: bytes) -> bytes:
    """Return a zip archive; a member named ``up`` leads out of it."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr("../../up.dcm" if name == "up" else name, content)
    return buffer.getvalue()


def claims_3_gb_of_pixels() -> bytes:
    """Return a film whose header says 40,000 x 40,000 pixels of 16 bits, and holds 24 bytes."""
    return a_file(a_dataset(Rows=40000, Columns=40000, BodyPartExamined="CHEST"))


def claims_a_3_gb_element() -> bytes:
    """Return a film whose last element says that 3 GB follow, where 16 bytes do."""
    content = a_file(a_dataset())
    tag = struct.pack("<HH", 0x7FE0, 0x0010)
    at = content.rindex(tag) + 8
    return content[:at] + struct.pack("<I", CLAIM) + content[at + 4 : -8]


Make = Callable[[], bytes]
BAD: dict[str, tuple[Make, str, str]] = {
    "cut short": (lambda: film_bytes(CHEST)[:200_000], "197954 bytes", "send it again"),
    "cut to nothing": (lambda: film_bytes(CHEST)[:140], "cut short", "send it again"),
    "empty": (lambda: b"", "empty (0 bytes)", "send it again"),
    "a text": (lambda: b"Dear colleague,\n", "not an image file", "expected DICOM"),
    "3 GB of pixels": (claims_3_gb_of_pixels, "40000 x 40000", "check the header"),
    "a 3-GB element": (claims_a_3_gb_element, "holds 16 bytes", "send it again"),
    "zip bomb": (lambda: a_zip(bomb=bytes(8 * 1024**2)), "times its size", "send it unpacked"),
    "a way out of a zip": (lambda: a_zip(up=a_file()), "leads out of the archive", "pack"),
    "broken zip": (lambda: a_zip(a=a_file())[:100], "cannot be opened", "send it again"),
    "a way out of a disc": (lambda: a_dicomdir(["..", "SECRET"]), "outside its folder", "copy"),
    "a file that a disc lacks": (lambda: a_dicomdir(["GONE"]), "not there", "copy the whole disc"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_costs_a_sentence_and_the_others_are_still_reported(
    kind: str, terminal: Terminal, tmp_path: Path
) -> None:
    """One broken file among two hundred must neither vanish nor stop the ward's work."""
    content, found, to_do = BAD[kind]
    put(tmp_path / "in", bad=content(), good=film_bytes(CHEST))
    ran = terminal.osler("analyze", tmp_path / "in", "--out", tmp_path / "out", "--json")
    assert ran.code == 3
    (sentence,) = ran.sentences()
    assert sentence.startswith("refused: in/bad")
    assert found in sentence
    assert to_do in sentence
    assert [study["study"] for study in ran.json()] == [CHEST_STUDY]
    assert [path.name for path in (tmp_path / "out").iterdir()] == [CHEST_STUDY]
    assert left_behind(tmp_path / "out") == []
    assert not list(tmp_path.rglob("up.dcm"))


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_file_alone_leaves_nothing_behind(
    kind: str, terminal: Terminal, tmp_path: Path
) -> None:
    """An empty report would read as 'nothing found'."""
    content, found, _ = BAD[kind]
    (bad,) = put(tmp_path / "in", bad=content())
    ran = terminal.osler("analyze", bad, "--out", tmp_path / "out")
    assert ran.code == 3
    assert len(ran.sentences()) == 1
    assert found in ran.err
    assert ran.out == ""
    assert not (tmp_path / "out").exists()


def test_a_wrong_ending_does_no_harm(terminal: Terminal, tmp_path: Path) -> None:
    """Mail programs rename attachments; what a file is, its bytes say."""
    put(tmp_path / "in", **{"film.jpg": film_bytes(CHEST)})
    ran = terminal.osler("analyze", tmp_path / "in", "--out", tmp_path / "out", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert [study["origins"] for study in ran.json()] == [["in/film.jpg"]]


def test_an_empty_folder_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    """Nothing to read is another answer than nothing found."""
    (tmp_path / "in").mkdir()
    ran = terminal.osler("analyze", tmp_path / "in", "--out", tmp_path / "out")
    assert (ran.code, ran.out) == (3, "")
    assert "refused: in: the folder holds no files; check the path" in ran.err


def test_a_path_that_is_not_there_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    """A typing error must be told, and must not cost the film beside it."""
    ran = terminal.osler(
        "analyze", tmp_path / "gone.dcm", film_path(CHEST), "--out", tmp_path / "out", "--json"
    )
    assert ran.code == 3
    assert "refused: gone.dcm: there is no such file; check the path" in ran.err
    assert len(ran.json()) == 1


def test_nothing_to_analyse_is_misuse(terminal: Terminal) -> None:
    """No input is an error of the one who types, and is told before any work."""
    ran = terminal.osler("analyze")
    assert ran.code == 2
    assert "name a file or folder, or give --record" in ran.err


@pytest.mark.parametrize("place", ["file", "file/deeper"])
def test_reports_are_not_written_where_a_file_stands(
    place: str, terminal: Terminal, tmp_path: Path
) -> None:
    """Told before the work, not after an hour of it; and the file stays what it was."""
    put(tmp_path, file=b"notes")
    ran = terminal.osler("analyze", film_path(CHEST), "--out", tmp_path / place)
    assert (ran.code, ran.out) == (2, "")
    assert "expected a folder; name another place" in ran.err
    assert (tmp_path / "file").read_bytes() == b"notes"


LITTLE_ROOM = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
from osler.cli.main import main
main(sys.argv[1:])
"""


def test_a_full_disc_costs_a_sentence_and_leaves_no_half_report(tmp_path: Path) -> None:
    """Half a report is one that somebody may read."""
    pytest.importorskip("resource", reason="file sizes cannot be limited on this system")
    out = tmp_path / "out"
    done = subprocess.run(
        [sys.executable, "-c", LITTLE_ROOM, "analyze", str(film_path(CHEST)), "--out", str(out)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 75, done.stderr
    assert "the report could not be written (File too large)" in done.stderr
    assert "make room or name another with --out" in done.stderr
    assert list(out.iterdir()) == []


def test_a_report_of_the_same_study_takes_the_place_of_the_old_one(
    terminal: Terminal, tmp_path: Path
) -> None:
    """Two reports of one film, of different age, side by side would be mixed up."""
    out = tmp_path / "out"
    for _ in range(2):
        ran = terminal.osler("analyze", film_path(CHEST), "--out", out)
        assert ran.code == 0
        assert left_behind(out) == []
        put(out / CHEST_STUDY, old_note=b"x")


def test_a_film_whose_pixels_are_missing_is_never_called_normal(
    terminal: Terminal, tmp_path: Path
) -> None:
    """A transfer that stopped inside the header leaves an image object without a picture."""
    (cut,) = put(tmp_path / "in", cut=film_bytes(CHEST)[:1500])
    ran = terminal.osler("analyze", cut, "--out", tmp_path / "out", "--json")
    assert ran.code == 3
    assert "there is no pixel data behind it" in ran.err
    assert ran.json() == []
