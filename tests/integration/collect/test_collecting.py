"""Files, folders, archives and DICOMDIRs into a store."""

import struct
import zipfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pytest

from make.dicom import a_dicomdir, a_file, a_report
from make.rasters import a_picture_file, some_grey
from osler.clinical import Instance
from osler.collect import CollectSummary, Limits, collect_paths
from osler.errors import IdentityConflict, Misuse, TryLater

FILM = a_file()
OTHER = a_file(PatientID="4712", StudyInstanceUID="2.25.7")
PICTURE = a_picture_file(some_grey())


def collected(*paths: Path, limits: Limits | None = None) -> tuple[CollectSummary, list[Instance]]:
    """Collect into a list."""
    kept: list[Instance] = []
    chosen = Limits() if limits is None else limits
    return collect_paths(paths, store=kept.append, limits=chosen), kept


def sentences(summary: CollectSummary) -> str:
    """Return all sentences of refusal, one a line."""
    return "\n".join(refusal.sentence for refusal in summary.refusals)


def a_zip(members: Mapping[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def put(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Write files under a folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def test_a_folder_is_read_to_the_bottom_and_hidden_files_are_passed_over(tmp_path: Path) -> None:
    """A disc copied from a Mac holds .DS_Store beside the films; it is nobody's image."""
    files = {"a/b/film.dcm": FILM, "shot.png": PICTURE, ".DS_Store": b"x", ".git/y": b"z"}
    summary, kept = collected(put(tmp_path / "disc", files))
    assert (summary.read, summary.stored, summary.refused) == (2, 2, 0)
    assert [instance.origin for instance in kept] == ["disc/shot.png", "disc/a/b/film.dcm"]


def test_one_bad_file_does_not_stop_the_others(tmp_path: Path) -> None:
    """Two hundred films must not wait for one broken one."""
    files = {"1.dcm": FILM, "2.dcm": b"", "3.txt": b"notes", "4.dcm": FILM[:200], "5.dcm": OTHER}
    summary, kept = collected(put(tmp_path / "in", files))
    assert (summary.read, summary.stored, summary.refused) == (2, 2, 3)
    assert "in/2.dcm: the file is empty (0 bytes)" in sentences(summary)
    assert "in/3.txt: not an image file that Osler reads" in sentences(summary)
    assert {refusal.kind for refusal in summary.refusals} == {"structure"}
    assert len(kept) == 2


def test_a_wrong_ending_is_no_hindrance(tmp_path: Path) -> None:
    """A film exported as .json by mistake is still a film."""
    summary, kept = collected(put(tmp_path / "in", {"film.json": FILM, "film.png": OTHER}))
    assert summary.refused == 0
    assert {instance.media_type for instance in kept} == {"application/dicom"}


def test_a_record_is_refused_with_the_option_that_takes_it(tmp_path: Path) -> None:
    """A record must not be lost without a word because it lay beside the films."""
    files = {"patient.json": b"{}", "labs.csv": b"a,b", "bundle.ndjson": b"{}"}
    summary, _ = collected(put(tmp_path / "in", files))
    assert summary.refused == 3
    assert sentences(summary).count("pass records with --record") == 3


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    """Nothing to read is another answer than nothing found."""
    (tmp_path / "empty").mkdir()
    summary, _ = collected(tmp_path / "empty")
    assert sentences(summary) == "empty: the folder holds no files; check the path"


def test_a_missing_path_is_refused_and_the_next_is_read(tmp_path: Path) -> None:
    """A typing error in the first path must not lose the second."""
    summary, _ = collected(tmp_path / "gone", put(tmp_path, {"film": FILM}) / "film")
    assert (summary.read, summary.refused) == (1, 1)
    assert summary.refusals[0].kind == "not-found"


def test_no_path_at_all_is_misuse() -> None:
    """An empty list is an error of the caller, not an empty patient."""
    with pytest.raises(Misuse, match="no paths given"):
        collected()


def test_links_that_leave_the_folder_are_refused_and_others_read_once(tmp_path: Path) -> None:
    """An uploaded folder must not reach the films of other patients."""
    put(tmp_path, {"secret/other.dcm": OTHER, "in/film.dcm": FILM})
    folder = tmp_path / "in"
    (folder / "out.dcm").symlink_to(tmp_path / "secret" / "other.dcm")
    (folder / "outdir").symlink_to(tmp_path / "secret")
    (folder / "again.dcm").symlink_to(folder / "film.dcm")
    summary, kept = collected(folder)
    assert len(kept) == 1
    assert kept[0].patient.identifiers[0].value == "4711"
    assert [refusal.kind for refusal in summary.refusals] == ["business-rule"] * 2
    assert "in/out.dcm: the link leads out of the folder" in sentences(summary)


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    """Counted twice, one film would be two."""
    folder = put(tmp_path / "in", {"film.dcm": FILM})
    assert collected(folder, folder / "film.dcm", folder)[0].read == 1


def test_a_zip_counts_its_members(tmp_path: Path) -> None:
    """A study is often sent as one archive."""
    content = a_zip(
        {"a/film.dcm": FILM, "shot.png": PICTURE, "__MACOSX/._film": b"x", "n.txt": b"n"}
    )
    summary, kept = collected(put(tmp_path, {"study.zip": content}) / "study.zip")
    assert (summary.read, summary.stored, summary.refused) == (2, 2, 1)
    assert kept[0].origin == "study.zip/a/film.dcm"


def test_an_archive_in_an_archive_is_opened_once(tmp_path: Path) -> None:
    """One level is usual, more is a trick."""
    inner = a_zip({"film.dcm": FILM})
    outer = a_zip({"inner.zip": inner, "deep.zip": a_zip({"deeper.zip": inner})})
    summary, kept = collected(put(tmp_path, {"s.zip": outer}) / "s.zip")
    assert [instance.origin for instance in kept] == ["s.zip/inner.zip/film.dcm"]
    assert "s.zip/deep.zip/deeper.zip: an archive 2 archives deep" in sentences(summary)


@pytest.mark.parametrize("name", ["../../etc/x.dcm", "/etc/x.dcm", "..\\x.dcm", "C:\\x.dcm"])
def test_a_member_that_leaves_the_archive_is_refused_and_others_read(
    tmp_path: Path, name: str
) -> None:
    """An archive must not write or read outside itself."""
    content = a_zip({name: OTHER, "film.dcm": FILM})
    summary, kept = collected(put(tmp_path, {"s.zip": content}) / "s.zip")
    assert (len(kept), summary.refused) == (1, 1)
    assert summary.refusals[0].kind == "business-rule"
    assert "leads out of the archive" in sentences(summary)


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    """A link packed into an archive points at the machine that unpacks it."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        link = zipfile.ZipInfo("link.dcm")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    summary, _ = collected(put(tmp_path, {"s.zip": buffer.getvalue()}) / "s.zip")
    assert "s.zip/link.dcm: the member is a link to another place" in sentences(summary)


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    """The sender must learn that the password is missing."""
    content = bytearray(a_zip({"film.dcm": FILM}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = content.index(mark) + at
        content[start : start + 2] = struct.pack("<H", 1)
    summary, _ = collected(put(tmp_path, {"s.zip": bytes(content)}) / "s.zip")
    assert "s.zip/film.dcm: the member is encrypted" in sentences(summary)


def test_a_truncated_archive_is_refused(tmp_path: Path) -> None:
    """A transfer that broke off must be told."""
    content = a_zip({"film.dcm": FILM})[:-30]
    summary, _ = collected(put(tmp_path, {"s.zip": content}) / "s.zip")
    assert "s.zip: the zip archive cannot be opened" in sentences(summary)


def test_a_damaged_member_is_refused_and_others_read(tmp_path: Path) -> None:
    """The checksum of a member is there to be looked at."""
    content = bytearray(a_zip({"bad.dcm": FILM, "good.dcm": OTHER}, zipfile.ZIP_STORED))
    content[200] ^= 0xFF
    summary, kept = collected(put(tmp_path, {"s.zip": bytes(content)}) / "s.zip")
    assert [instance.origin for instance in kept] == ["s.zip/good.dcm"]
    assert "s.zip/bad.dcm: the member cannot be unpacked" in sentences(summary)


@pytest.mark.parametrize(
    ("limits", "sentence"),
    [
        (Limits(), "unpacks to 1028 times its size, the limit is 200"),
        (Limits(member_bytes=1000), "unpacks to 4000000 bytes, the limit for one member is 1000"),
        (Limits(archive_bytes=5000), "the archive unpacks to more than 5000 bytes in all"),
    ],
)
def test_an_archive_bomb_is_refused_and_others_read(
    tmp_path: Path, limits: Limits, sentence: str
) -> None:
    """A small file that unpacks to all memory stops every patient's films."""
    content = a_zip({"bomb.dcm": bytes(4_000_000), "film.dcm": FILM})
    summary, kept = collected(put(tmp_path, {"s.zip": content}) / "s.zip", limits=limits)
    assert len(kept) == 1
    assert sentence in sentences(summary)
    assert summary.refusals[0].kind == "too-long"


def test_an_archive_of_too_many_members_is_refused_once(tmp_path: Path) -> None:
    """A million empty members take hours to refuse one by one."""
    content = a_zip({f"{number}": b"x" for number in range(5)})
    path = put(tmp_path, {"s.zip": content}) / "s.zip"
    summary, _ = collected(path, limits=Limits(archive_members=4))
    assert (
        sentences(summary) == "s.zip: the archive has 5 members, the limit is 4; send it in parts"
    )


def test_an_empty_archive_and_an_office_document_are_refused(tmp_path: Path) -> None:
    """Both are zip archives by their bytes, and hold no image."""
    files = {"empty.zip": a_zip({}), "letter.docx": a_zip({"[Content_Types].xml": b"<x/>"})}
    summary, _ = collected(put(tmp_path / "in", files))
    assert "in/empty.zip: the archive holds no files" in sentences(summary)
    assert "in/letter.docx: an office document or program" in sentences(summary)
    assert summary.refused == 2


def test_a_file_beyond_the_limit_is_refused_unread(tmp_path: Path) -> None:
    """A disk image dropped by mistake must not be loaded into memory."""
    path = put(tmp_path, {"film.dcm": FILM}) / "film.dcm"
    summary, _ = collected(path, limits=Limits(file_bytes=100))
    assert "the limit for one file is 100" in sentences(summary)


def test_a_dicomdir_leads_to_its_files_in_any_case(tmp_path: Path) -> None:
    """Discs are often mounted in lower case, their index is in upper case."""
    files = {
        "DICOMDIR": a_dicomdir(["IMAGES", "A1"], ["IMAGES", "A2"], ["IMAGES", "GONE"]),
        "images/a1": FILM,
        "IMAGES/A2": OTHER,
        "images/unlisted": a_report(),
    }
    summary, kept = collected(put(tmp_path, files) / "DICOMDIR")
    assert [instance.origin for instance in kept] == ["DICOMDIR/IMAGES/A1", "DICOMDIR/IMAGES/A2"]
    assert "DICOMDIR/IMAGES/GONE: the DICOMDIR names this file but it is not" in sentences(summary)
    assert summary.refusals[0].kind == "not-found"


def test_a_folder_with_a_dicomdir_reads_each_file_once(tmp_path: Path) -> None:
    """Counted twice, one film would be two."""
    files = {
        "DICOMDIR": a_dicomdir(["A1"], ["GONE"]),
        "A1": FILM,
        "unlisted": a_report(),
    }
    summary, kept = collected(put(tmp_path / "disc", files))
    assert sorted(instance.origin for instance in kept) == ["disc/A1", "disc/unlisted"]
    assert summary.refused == 1


def test_a_dicomdir_that_names_files_outside_is_refused_for_those(tmp_path: Path) -> None:
    """An index must not reach the films of other patients."""
    put(tmp_path, {"secret.dcm": OTHER, "disc/A1": FILM})
    put(tmp_path / "disc", {"DICOMDIR": a_dicomdir(["..", "secret.dcm"], ["A1"])})
    summary, kept = collected(tmp_path / "disc" / "DICOMDIR")
    assert [instance.origin for instance in kept] == ["DICOMDIR/A1"]
    assert summary.refusals[0].kind == "business-rule"
    assert "names a file outside its folder" in sentences(summary)


def test_a_dicomdir_in_an_archive_tells_what_is_missing(tmp_path: Path) -> None:
    """An incomplete study must be known to be incomplete."""
    index = a_dicomdir(["A1"], ["GONE"], ["..", "X"])
    content = a_zip({"d/DICOMDIR": index, "d/A1": FILM})
    summary, kept = collected(put(tmp_path, {"s.zip": content}) / "s.zip")
    assert len(kept) == 1
    assert [refusal.kind for refusal in summary.refusals] == ["not-found", "business-rule"]


def test_progress_ends_with_everything_done(tmp_path: Path) -> None:
    """A bar that stops short leaves the user waiting."""
    files = {"s.zip": a_zip({"1": FILM, "2": OTHER}), "3.dcm": a_file(InstanceNumber=3)}
    steps: list[tuple[int, int]] = []

    def note(done: int, total: int) -> None:
        steps.append((done, total))

    collect_paths([put(tmp_path / "in", files)], store=lambda _: None, on_progress=note)
    assert steps == [(1, 2), (2, 4), (3, 4), (4, 4)]


def test_what_the_store_refuses_is_counted_and_what_it_fails_at_is_raised(tmp_path: Path) -> None:
    """Acknowledged means stored: a full disk must not pass for a read film."""
    path = put(tmp_path, {"film.dcm": FILM}) / "film.dcm"

    def refuse(instance: Instance) -> None:
        raise IdentityConflict(f"{instance.origin}: two patients")

    def fail(instance: Instance) -> None:
        raise TryLater("the disk is full")

    summary = collect_paths([path], store=refuse)
    assert (summary.read, summary.stored, summary.refused) == (1, 0, 1)
    assert summary.refusals[0].kind == "conflict"
    with pytest.raises(TryLater, match="disk is full"):
        collect_paths([path], store=fail)
