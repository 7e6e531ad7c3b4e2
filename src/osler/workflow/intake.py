"""Files in, to stay: each instance and record into the records, and its study into the queue."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from osler.clinical import Instance, Refusal
from osler.collect import collect_paths
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
    refusals: list[Refusal] = []
    kept = 0
    for path in delivery.record_paths:
        pressure.check()
        try:
            _store_record(desk, path, source=delivery.source, now=clock())
            kept += 1
        except (InputRefused, NotFound) as error:
            refusals.append(Refusal.of(path.name, error))

    def put(instance: Instance) -> StudyId:
        pressure.check()
        stored = desk.studies.store(
            instance,
            source=delivery.source,
            now=clock(),
            quiet=delivery.quiet,
            priority="urgent" if delivery.is_urgent else "routine",
        )
        return stored.study_id

    studies: tuple[StudyId, ...] = ()
    if delivery.paths:
        storing = Storing(put)
        try:
            with storing:
                summary = collect_paths(
                    delivery.paths,
                    store=storing.store,
                    on_progress=lambda done, known: on_progress("storing", done, known),
                )
        except TryLater as error:
            raise TryLater(
                f"{error}; {storing.stored} instances of this delivery are kept; bring it again: "
                "what is kept is not stored twice"
            ) from error
        kept += storing.stored
        refusals += (*summary.refusals, *storing.refusals)
        studies = storing.studies
    for refusal in refusals:
        desk.studies.refuse(refusal, source=delivery.source, now=clock())
    for study_id in studies:
        desk.studies.complete(study_id, now=clock())
    _queue(records, clock)
    return TakenIn(kept, studies, tuple(refusals))


def _store_record(desk: Desk, path: Path, *, source: str, now: datetime) -> None:
    """Keep one document of a record."""
    if not path.is_file():
        raise NotFound(f"{path.name}: there is no such record file; check the path")
    content = path.read_bytes()
    record = read_record(content, origin=path.name, now=now)
    kind = record_kind(content, origin=path.name)
    desk.documents.store(record, content, kind=kind, source=source, now=now)


def _queue(records: Records, clock: Callable[[], datetime]) -> None:
    """Make jobs of what is complete, so that whoever looks at the queue sees it there."""
    jobs = records.acting(SERVICE, Purpose.OPERATIONS).jobs
    while jobs.sweep(now=clock()):
        pass
