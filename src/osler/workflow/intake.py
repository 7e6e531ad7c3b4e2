"""Files in, to stay: each instance and record into the records, and its study into the queue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from osler.clinical import Instance, Refusal
from osler.collect import CollectSummary, collect_content, collect_paths
from osler.collect.candidates import RECORD_SUFFIXES
from osler.errors import InputRefused, Misuse, NotFound, TryLater
from osler.records import SERVICE, Desk, Purpose, Records, StudyId
from osler.standards.record import read_record, record_kind
from osler.workflow.pressure import Pressure
from osler.workflow.storing import Storing

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Delivery:
    """What somebody brings at once: when it ends, its studies are complete.

    Attributes
    ----------
    paths
        Files, folders, zip archives and DICOMDIRs.
    record_paths
        Documents of patients' records, one patient each.
    source
        Who sent it, in a name of the site's own.
    quiet
        How long nothing more must come from this source; the site's own time where None.
    """

    paths: Sequence[Path]
    record_paths: Sequence[Path] = ()
    source: str = "files"
    is_urgent: bool = False
    quiet: timedelta | None = None


@dataclass(frozen=True)
class Parcel:
    """One file that came as bytes: an image, an archive, or a patient's record by its name."""

    name: str
    content: bytes = field(repr=False)
    source: str = "web"
    is_urgent: bool = False
    quiet: timedelta | None = None


@dataclass(frozen=True)
class TakenIn:
    """What became of a delivery, counted in instances; a document of a record counts as one.

    ``stored`` counts what is kept, a repeated one too. One refusal for each that is not.
    """

    stored: int
    studies: tuple[StudyId, ...]
    refusals: tuple[Refusal, ...]

    @property
    def refused(self) -> int:
        """How many could not be used."""
        return len(self.refusals)

    @property
    def read(self) -> int:
        """How many there were."""
        return self.stored + self.refused


def take_in(
    records: Records,
    desk: Desk,
    delivery: Delivery,
    *,
    pressure: Pressure,
    clock: Callable[[], datetime],
    on_progress: Progress = lambda _stage, _done, _known: None,
) -> TakenIn:
    """Store a delivery and put its studies into the queue. All of it is on disk when this returns.

    Raises
    ------
    Misuse
        Nothing is named.
    NotAllowed
        The user may not store.
    TryLater
        Disk or queue is full, or the database is away. What was stored until then is kept, and is
        not stored again when the same is brought again.
    """
    if not delivery.paths and not delivery.record_paths:
        raise Misuse("nothing to collect: name a file or folder, or give --record")
    taking = _Taking(records, desk, delivery, pressure=pressure, clock=clock)
    for path in delivery.record_paths:
        taking.add_record(path.name, lambda path=path: _record_bytes(path))  # type: ignore[misc]
    if delivery.paths:
        taking.add_images(
            lambda store: collect_paths(
                delivery.paths,
                store=store,
                on_progress=lambda done, known: on_progress("storing", done, known),
            )
        )
    return taking.end()


def take_in_parcel(
    records: Records,
    desk: Desk,
    parcel: Parcel,
    *,
    pressure: Pressure,
    clock: Callable[[], datetime],
) -> TakenIn:
    """Store what came as bytes: one image, an archive of them, or a patient's record.

    Raises as `take_in` does.
    """
    origin = _safe_name(parcel.name)
    delivery = Delivery((), source=parcel.source, is_urgent=parcel.is_urgent, quiet=parcel.quiet)
    taking = _Taking(records, desk, delivery, pressure=pressure, clock=clock)
    if origin.lower().endswith(RECORD_SUFFIXES):
        taking.add_record(origin, lambda: parcel.content)
    else:
        taking.add_images(lambda store: collect_content(parcel.content, origin=origin, store=store))
    return taking.end()


@dataclass
class _Taking:
    """One delivery on its way in."""

    records: Records
    desk: Desk
    delivery: Delivery
    pressure: Pressure
    clock: Callable[[], datetime]
    refusals: list[Refusal] = field(default_factory=list)
    studies: tuple[StudyId, ...] = ()
    kept: int = 0

    def add_record(self, origin: str, read: Callable[[], bytes]) -> None:
        """Keep one document of a record, or the refusal of it."""
        self.pressure.check()
        try:
            _store_record(
                self.desk, read(), origin=origin, source=self.delivery.source, now=self.clock()
            )
            self.kept += 1
        except (InputRefused, NotFound) as error:
            self.refusals.append(Refusal.of(origin, error))

    def add_images(self, collect: Callable[[Callable[[Instance], None]], CollectSummary]) -> None:
        """Keep instances, several at once."""
        storing = Storing(self._put)
        try:
            with storing:
                summary = collect(storing.store)
        except TryLater as error:
            raise TryLater(
                f"{error}; {storing.stored} instances of this delivery are kept; bring it again: "
                "what is kept is not stored twice"
            ) from error
        self.kept += storing.stored
        self.refusals += (*summary.refusals, *storing.refusals)
        self.studies = storing.studies

    def end(self) -> TakenIn:
        """Keep the refusals, and put what is complete by now into the queue."""
        for refusal in self.refusals:
            self.desk.studies.refuse(refusal, source=self.delivery.source, now=self.clock())
        for study_id in self.studies:
            self.desk.studies.complete(study_id, now=self.clock())
        _queue(self.records, self.clock)
        return TakenIn(self.kept, self.studies, tuple(self.refusals))

    def _put(self, instance: Instance) -> StudyId:
        """Keep one instance."""
        self.pressure.check()
        stored = self.desk.studies.store(
            instance,
            source=self.delivery.source,
            now=self.clock(),
            quiet=self.delivery.quiet,
            priority="urgent" if self.delivery.is_urgent else "routine",
        )
        return stored.study_id


def _record_bytes(path: Path) -> bytes:
    """Return a record file's bytes."""
    if not path.is_file():
        raise NotFound(f"{path.name}: there is no such record file; check the path")
    return path.read_bytes()


def _safe_name(name: str) -> str:
    """Return a file name without folders and without what cannot be printed."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(one for one in last if one.isprintable()).strip(". ") or "upload"


def _store_record(desk: Desk, content: bytes, *, origin: str, source: str, now: datetime) -> None:
    """Keep one document of a record."""
    record = read_record(content, origin=origin, now=now)
    kind = record_kind(content, origin=origin)
    desk.documents.store(record, content, kind=kind, source=source, now=now)


def _queue(records: Records, clock: Callable[[], datetime]) -> None:
    """Make jobs of what is complete, so that whoever looks at the queue sees it there."""
    jobs = records.acting(SERVICE, Purpose.OPERATIONS).jobs
    while jobs.sweep(now=clock()):
        pass
