"""Files, folders, archives and DICOMDIRs to instances in a store."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from osler.clinical import Instance, Refusal
from osler.collect.archive import is_zip, members_of
from osler.collect.candidates import (
    Allowance,
    Candidate,
    Found,
    is_record_name,
)
from osler.collect.folder import found_at
from osler.collect.limits import Limits
from osler.collect.media import archived_faults, indexed_files
from osler.collect.summary import CollectSummary
from osler.errors import InputRefused, Misuse, NotFound, NotReadable, NotSupported
from osler.standards.dicom import is_dicomdir
from osler.standards.pictures import read_content

DEFAULT_LIMITS = Limits()


def collect_paths(
    paths: Sequence[Path],
    *,
    store: Callable[[Instance], None],
    on_progress: Callable[[int, int], None] | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> CollectSummary:
    """Read everything under some paths and hand each instance to a store.

    Parameters
    ----------
    paths
        Files, folders (searched to the bottom), zip archives (one archive inside another is
        opened) and DICOMDIRs (the files that they name are read). Each file is read once, however
        often it is named.
    store
        Called with each instance that could be read; what it refuses as input counts as refused.
    on_progress
        Called with how many inputs are done and how many are known; the second grows as archives
        are opened.
    limits
        What is beyond one is refused.

    Returns
    -------
    The counts, and a refusal with its sentence for each input that could not be used. No input
    stops the ones behind it. What an operating system leaves behind (.DS_Store) is passed over.

    Raises
    ------
    Misuse
        No path is given.
    OslerError
        What ``store`` raises, unless it is a refusal of the input.
    """
    if not paths:
        raise Misuse("no paths given; name at least one file or folder")
    run = _Run(store=store, on_progress=on_progress, limits=limits)
    for path in paths:
        run.add(found_at(path, limits, run.seen))
    return run.to_the_end()


def collect_content(
    content: bytes,
    *,
    origin: str,
    store: Callable[[Instance], None],
    limits: Limits = DEFAULT_LIMITS,
) -> CollectSummary:
    """Read one file that is in memory, as ``collect_paths`` reads one on disk.

    Parameters
    ----------
    origin
        The name that the user knows it by.
    """
    run = _Run(store=store, on_progress=None, limits=limits)
    run.add([Candidate(origin=origin, load=lambda: content)])
    return run.to_the_end()


@dataclass
class _Run:
    """One collection under way."""

    store: Callable[[Instance], None]
    on_progress: Callable[[int, int], None] | None
    limits: Limits
    queue: deque[Found] = field(default_factory=deque)
    seen: set[Path] = field(default_factory=set)
    refusals: list[Refusal] = field(default_factory=list)
    read: int = 0
    stored: int = 0
    done: int = 0

    def to_the_end(self) -> CollectSummary:
        """Take everything that is queued, and what that brings along."""
        while self.queue:
            self.take(self.queue.popleft())
        return CollectSummary(read=self.read, stored=self.stored, refusals=tuple(self.refusals))

    def add(self, found: Iterable[Found]) -> None:
        """Queue what was found behind what is queued."""
        self.queue.extend(found)

    def take(self, found: Found) -> None:
        """Read one input, or keep its refusal."""
        if isinstance(found, Refusal):
            self.refusals.append(found)
        else:
            try:
                self._use(found)
            except (InputRefused, NotFound) as error:
                self.refusals.append(Refusal.of(found.origin, error))
        self.done += 1
        if self.on_progress is not None:
            self.on_progress(self.done, self.done + len(self.queue))

    def _use(self, candidate: Candidate) -> None:
        """Open a container, or store an instance."""
        content = candidate.load()
        if is_zip(content):
            self._next(self._members(candidate, content))
        elif is_dicomdir(content):
            self._next(self._indexed(candidate, content))
        else:
            instance = _instance(content, candidate.origin)
            self.read += 1
            self.store(instance)
            self.stored += 1

    def _next(self, found: Iterable[Found]) -> None:
        """Queue what a container holds before what is queued."""
        self.queue.extendleft(reversed(list(found)))

    def _members(self, candidate: Candidate, content: bytes) -> Iterator[Found]:
        """Return the members of an archive."""
        if candidate.depth > self.limits.archive_depth:
            raise NotSupported(
                f"{candidate.origin}: an archive {candidate.depth} archives deep; unpack it first"
            )
        around = candidate.archive
        allowance = Allowance(self.limits.archive_bytes) if around is None else around.allowance
        return members_of(
            content,
            origin=candidate.origin,
            limits=self.limits,
            allowance=allowance,
            depth=candidate.depth + 1,
        )

    def _indexed(self, candidate: Candidate, content: bytes) -> Iterator[Found]:
        """Return the files that a DICOMDIR names, or what is wrong with its names."""
        if candidate.path is None:
            return archived_faults(content, candidate)
        return indexed_files(
            content,
            path=candidate.path,
            origin=candidate.origin,
            most_bytes=self.limits.file_bytes,
            seen=self.seen,
        )


def _instance(content: bytes, origin: str) -> Instance:
    """Read an image; refuse a patient record with the option that takes it."""
    try:
        return read_content(content, origin=origin)
    except NotReadable:
        if not content or not is_record_name(origin):
            raise
        raise InputRefused(
            f"{origin}: a patient record by its name, not an image; pass records with --record"
        ) from None
