"""Folders: every file once, and nothing that lies outside."""

import os
from collections.abc import Iterator
from pathlib import Path

from osler.clinical import Refusal
from osler.collect.candidates import Found, file_candidate, is_hidden
from osler.collect.limits import Limits
from osler.errors import InputRefused, NotFound, NotReadable, UnsafePath


def found_at(path: Path, limits: Limits, seen: set[Path]) -> Iterator[Found]:
    """Yield the files at a path that the user named, each once, or the refusal of it."""
    origin = path.name or path.resolve().name or str(path)
    if path.is_dir():
        yield from files_of(path, origin=origin, most_bytes=limits.file_bytes, seen=seen)
    elif not path.exists():
        yield Refusal.of(origin, NotFound(f"{origin}: there is no such file; check the path"))
    elif path.resolve() not in seen:
        seen.add(path.resolve())
        yield file_candidate(path, origin=origin, most_bytes=limits.file_bytes)


def files_of(folder: Path, *, origin: str, most_bytes: int, seen: set[Path]) -> Iterator[Found]:
    """Yield each file under a folder, in order of its name, or the refusal of it.

    Parameters
    ----------
    folder
        Searched to the bottom; hidden files and folders are passed over.
    origin
        The name that the user knows the folder by.
    most_bytes
        The limit for one file.
    seen
        Resolved paths that were read already; those found are added.
    """
    root, found_any = folder.resolve(), False
    unreadable: list[OSError] = []
    for place, folders, names in os.walk(folder, onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not is_hidden((name,)))
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        for name in sorted([*names, *links]):
            if is_hidden((name,)):
                continue
            found_any = True
            path = Path(place) / name
            shown = f"{origin}/{path.relative_to(folder).as_posix()}"
            yield from _found(path, root, shown=shown, most_bytes=most_bytes, seen=seen)
    for error in unreadable:
        found_any = True
        yield _unreadable(error, folder, origin)
    if not found_any:
        sentence = f"{origin}: the folder holds no files; check the path"
        yield Refusal.of(origin, InputRefused(sentence))


def _found(
    path: Path, root: Path, *, shown: str, most_bytes: int, seen: set[Path]
) -> Iterator[Found]:
    """Yield one file, unless it was seen, or the refusal of a link that leaves the folder."""
    resolved = path.resolve()
    if not resolved.is_relative_to(root):
        sentence = (
            f"{shown}: the link leads out of the folder; it was not followed, give the place "
            "that it names directly"
        )
        yield Refusal.of(shown, UnsafePath(sentence))
        return
    if resolved in seen or resolved.is_dir():
        return  # a link within the folder: what it names is read where it lies
    seen.add(resolved)
    yield file_candidate(path, origin=shown, most_bytes=most_bytes)


def _unreadable(error: OSError, folder: Path, origin: str) -> Refusal:
    """Return the refusal of a folder that cannot be listed."""
    place = Path(error.filename or folder)
    inner = place.relative_to(folder).as_posix() if place.is_relative_to(folder) else ""
    shown = origin if inner in ("", ".") else f"{origin}/{inner}"
    sentence = (
        f"{shown}: the folder cannot be listed ({error.strerror}); check that you may read it"
    )
    return Refusal.of(shown, NotReadable(sentence))
