"""DICOMDIR: the files that an index of a disc names."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from osler.clinical import Refusal
from osler.collect.candidates import Candidate, Found, file_candidate
from osler.errors import NotFound, UnsafePath
from osler.standards.dicom import referenced_files


def indexed_files(
    content: bytes, *, path: Path, origin: str, most_bytes: int, seen: set[Path]
) -> Iterator[Found]:
    """Yield the files that a DICOMDIR names and that were not read yet, or the refusal of each.

    Names are matched without regard to case, since discs are often mounted in lower case.

    Raises
    ------
    NotReadable
        The DICOMDIR is damaged.
    """
    folder = path.parent
    for name in referenced_files(content, origin=origin):
        shown = f"{origin}/{name}"
        if _leaves(name):
            yield Refusal.of(shown, _left(shown))
            continue
        found = _in_folder(folder, name)
        if found is None:
            yield Refusal.of(shown, _missing(shown))
            continue
        resolved = found.resolve()
        if not resolved.is_relative_to(folder.resolve()):
            yield Refusal.of(shown, _left(shown))
        elif resolved not in seen:
            seen.add(resolved)
            yield file_candidate(found, origin=shown, most_bytes=most_bytes)


def archived_faults(content: bytes, candidate: Candidate) -> Iterator[Found]:
    """Yield a refusal for each file that a DICOMDIR inside an archive names and that is not there.

    The archive's members are read anyway, so nothing else is to be found.

    Raises
    ------
    NotReadable
        The DICOMDIR is damaged.
    """
    for name in referenced_files(content, origin=candidate.origin):
        shown = f"{candidate.origin}/{name}"
        if _leaves(name):
            yield Refusal.of(shown, _left(shown))
        elif candidate.archive is None or not candidate.archive.holds(name):
            yield Refusal.of(shown, _missing(shown))


def _leaves(name: str) -> bool:
    """Tell whether a referenced file lies outside the DICOMDIR's folder."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return ".." in parts or name.startswith(("/", "\\")) or ":" in name


def _left(shown: str) -> UnsafePath:
    """Return the refusal of a reference that leaves the folder."""
    return UnsafePath(
        f"{shown}: the DICOMDIR names a file outside its folder; it was not read, copy the whole "
        "disc and try again"
    )


def _missing(shown: str) -> NotFound:
    """Return the refusal of a reference to nothing."""
    return NotFound(
        f"{shown}: the DICOMDIR names this file but it is not there; the study may be "
        "incomplete, copy the whole disc again"
    )


def _in_folder(folder: Path, name: str) -> Path | None:
    """Find a file by its name, else by its name in another case."""
    exact = folder / name
    if exact.is_file():
        return exact
    places = [folder]
    for part in PurePosixPath(name).parts:
        children = [child for place in places if place.is_dir() for child in place.iterdir()]
        places = sorted(child for child in children if child.name.lower() == part.lower())
    return next((place for place in places if place.is_file()), None)
