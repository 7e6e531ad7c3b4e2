"""Files that are on the disk, not only on their way, when a call returns.

obstore's local store renames a file into place without fsync, which loses it when the power
fails. Here the order is: write under a name of its own, fsync, rename, fsync the folder. A reader
sees the old file or the whole new one; a crash leaves the old one, and at worst a leftover.
"""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700


def replace(path: Path, parts: Sequence[bytes], *, durable: bool = True) -> None:
    """Write the parts, one after another, as the file of this name.

    Without ``durable`` the file is whole for every reader, but may be lost with the power.

    Raises
    ------
    OSError
        As the system says it; nothing is left behind and an older file is as it was.
    """
    with _beside(path, parts, durable=durable) as temporary:
        temporary.rename(path)
    if durable:
        sync_folder(path.parent)


def create(path: Path, parts: Sequence[bytes]) -> bool:
    """Write a file unless one of this name is there; return whether it was written. Durable."""
    with _beside(path, parts, durable=True) as temporary:
        try:
            path.hardlink_to(temporary)
        except FileExistsError:
            return False
        finally:
            temporary.unlink()
    sync_folder(path.parent)
    return True


def sync_file(path: Path) -> None:
    """Wait until a file's content is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        _sync(handle)
    finally:
        os.close(handle)


def sync_folder(path: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _sync(handle)
    finally:
        os.close(handle)


def make_folder(path: Path) -> None:
    """Make a folder that only its owner may enter, and those above it; durable."""
    path = path.absolute()
    missing = [one for one in (path, *path.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(FOLDER_MODE, exist_ok=True)
        sync_folder(one.parent)


def is_leftover(name: str) -> bool:
    """Say whether a name is one under which a file is written before it has its own.

    obstore hides such names from listings: it uses the same form for the same end.
    """
    stem, mark, number = name.rpartition("#")
    return bool(stem and mark) and number.isdecimal()


@contextlib.contextmanager
def _beside(path: Path, parts: Sequence[bytes], *, durable: bool) -> Iterator[Path]:
    """Write a temporary file beside ``path``; it is removed where anything goes wrong."""
    temporary = path.with_name(f"{path.name}#{secrets.randbits(63)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        try:
            _write(handle, parts)
            if durable:
                _sync(handle)
        finally:
            os.close(handle)
        yield temporary
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _write(handle: int, parts: Sequence[bytes]) -> None:
    """Write all parts, however few bytes the system takes at a time, and without joining them."""
    views = [memoryview(part) for part in parts if part]
    while views:
        written = os.writev(handle, views)
        while views and written >= len(views[0]):
            written -= len(views.pop(0))
        if written:
            views[0] = views[0][written:]


def _sync(handle: int) -> None:
    """Call fsync; on macOS its stronger form first, since the plain one stops at the drive."""
    full = getattr(fcntl, "F_FULLFSYNC", None)
    if full is not None:
        with contextlib.suppress(OSError):
            fcntl.fcntl(handle, full)
            return
    os.fsync(handle)
