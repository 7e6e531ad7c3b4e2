"""Zip archives, whose members are not trusted: neither their names nor their sizes."""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from io import BytesIO
from pathlib import PurePosixPath, PureWindowsPath

from osler.clinical import Refusal
from osler.collect.candidates import Allowance, Archive, Candidate, Found, is_hidden
from osler.collect.limits import Limits
from osler.errors import InputRefused, NotReadable, NotSupported, OslerError, TooLarge, UnsafePath

ZIP_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")

_ENCRYPTED = 0x1
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError)
_DOCUMENT_MARKS = frozenset({"[content_types].xml", "mimetype", "meta-inf/manifest.mf"})
_PIECE = 1024 * 1024


def is_zip(content: bytes) -> bool:
    """Tell whether bytes begin as a zip archive does."""
    return content.startswith(ZIP_BEGINNINGS)


def members_of(
    content: bytes, *, origin: str, limits: Limits, allowance: Allowance, depth: int
) -> Iterator[Found]:
    """Yield each member as a candidate named 'archive/member', or the refusal of it.

    One bad member does not stop the others. Hidden members and folders are passed over.

    Parameters
    ----------
    content, origin
        The archive, and the name that the user knows it by.
    limits
        What its members may be.
    allowance
        What the outermost archive may still unpack to; reduced by what is yielded.
    depth
        How many archives are around the members, this one included.

    Raises
    ------
    NotReadable
        The archive as a whole is damaged or cut short.
    NotSupported
        It is an office document, which is a zip archive inside.
    TooLarge
        It has more members than the limit.
    InputRefused
        It holds nothing.
    """
    archive = _opened(content, origin)
    entries = [entry for entry in archive.infolist() if not _is_passed_over(entry)]
    names = frozenset(entry.filename.lower() for entry in entries)
    _require_archive(entries, names, origin=origin, limits=limits)
    for entry in entries:
        name = f"{origin}/{entry.filename}"
        try:
            _require_safe(entry, name)
            _require_small(entry, name, limits=limits, allowance=allowance)
        except OslerError as error:
            yield Refusal.of(name, error)
            continue
        allowance.left -= entry.file_size
        folder = PurePosixPath(entry.filename).parent
        around = Archive(origin=origin, folder=folder, names=names, allowance=allowance)
        load = partial(_read, archive, entry, name)
        yield Candidate(origin=name, load=load, archive=around, depth=depth)


def _is_passed_over(entry: zipfile.ZipInfo) -> bool:
    """Tell whether an entry is a folder, or what an operating system leaves behind."""
    if entry.is_dir():
        return True
    return not _leaves(entry) and is_hidden(PurePosixPath(entry.filename).parts)


def _leaves(entry: zipfile.ZipInfo) -> bool:
    """Tell whether a name leads out of the archive, on any operating system."""
    name = entry.orig_filename
    windows = PureWindowsPath(name)
    return bool(".." in windows.parts or windows.root or windows.drive or "\0" in name)


def _require_archive(
    entries: list[zipfile.ZipInfo], names: frozenset[str], *, origin: str, limits: Limits
) -> None:
    """Refuse an archive as a whole: empty, an office document, or of too many members."""
    if not entries:
        raise InputRefused(f"{origin}: the archive holds no files; check what was packed")
    if not _DOCUMENT_MARKS.isdisjoint(names):
        raise NotSupported(
            f"{origin}: an office document or program, not an archive of images; export the images"
        )
    if len(entries) > limits.archive_members:
        raise TooLarge(
            f"{origin}: the archive has {len(entries)} members, the limit is "
            f"{limits.archive_members}; send it in parts"
        )


def _opened(content: bytes, origin: str) -> zipfile.ZipFile:
    """Read the archive's directory."""
    try:
        return zipfile.ZipFile(BytesIO(content))
    except (*_DAMAGE, NotImplementedError) as error:
        raise NotReadable(
            f"{origin}: the zip archive cannot be opened ({error}); it is damaged or cut short, "
            "send it again"
        ) from error


def _require_safe(entry: zipfile.ZipInfo, name: str) -> None:
    """Refuse a name that leaves the archive, a link, and an encrypted member."""
    if _leaves(entry):
        raise UnsafePath(
            f"{name}: the member's name leads out of the archive; it was not read, pack the files "
            "by their own names"
        )
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise UnsafePath(
            f"{name}: the member is a link to another place; it was not read, pack the file itself"
        )
    if entry.flag_bits & _ENCRYPTED:
        raise NotSupported(
            f"{name}: the member is encrypted; unpack the archive with its password first"
        )


def _require_small(
    entry: zipfile.ZipInfo, name: str, *, limits: Limits, allowance: Allowance
) -> None:
    """Refuse a member that unpacks to too much."""
    if entry.file_size > limits.member_bytes:
        raise TooLarge(
            f"{name}: unpacks to {entry.file_size} bytes, the limit for one member is "
            f"{limits.member_bytes}; send it alone"
        )
    if entry.file_size > allowance.left:
        raise TooLarge(
            f"{name}: the archive unpacks to more than {limits.archive_bytes} bytes in all; "
            "send it in parts"
        )
    ratio = entry.file_size / max(entry.compress_size, 1)
    if entry.file_size > limits.ratio_from_bytes and ratio > limits.archive_ratio:
        raise TooLarge(
            f"{name}: unpacks to {ratio:.0f} times its size, the limit is "
            f"{limits.archive_ratio:.0f}; if it is sound, send it unpacked"
        )


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, name: str) -> bytes:
    """Unpack one member, of not more bytes than its entry states."""
    pieces: list[bytes] = []
    try:
        with archive.open(entry) as member:
            while piece := member.read(_PIECE):
                pieces.append(piece)
    except NotImplementedError as error:
        raise NotSupported(
            f"{name}: packed in a way that is not read here ({error}); pack with deflate"
        ) from error
    except (*_DAMAGE, RuntimeError) as error:
        raise NotReadable(
            f"{name}: the member cannot be unpacked ({error}); the archive is damaged, send it "
            "again"
        ) from error
    return b"".join(pieces)
