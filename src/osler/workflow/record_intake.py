"""Records in, to stay: each patient's document into the records, and their work into the queue."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from osler.clinical import Patient, Record, Refusal
from osler.collect.portions import Came, Portion, TurnedAway
from osler.errors import InputRefused, NotAllowed, NotFound, TryLater
from osler.records import SERVICE, Conflicts, Desk, PatientId, Purpose, Records
from osler.workflow.pressure import Pressure

Progress = Callable[[str, int, int], None]
LOOK_EVERY = 50


@dataclass(frozen=True)
class RecordsTakenIn:
    """What became of a delivery of records, counted in resources, messages or rows.

    Attributes
    ----------
    stored
        What is kept, a repeated one too; ``documents`` are those that were new.
    patients
        How many patients' documents were kept.
    refused
        One turned-away document may count for several resources.
    conflicts
        Facts in which what came contradicts what is kept of a person.
    """

    stored: int
    refused: int
    patients: int
    documents: int
    refusals: tuple[TurnedAway, ...]
    conflicts: tuple[str, ...]

    @property
    def read(self) -> int:
        """How many there were."""
        return self.stored + self.refused


def take_in_records(
    records: Records,
    desk: Desk,
    came: Iterable[Came],
    *,
    source: str,
    pressure: Pressure,
    clock: Callable[[], datetime],
    on_progress: Progress = lambda _stage, _done, _known: None,
) -> RecordsTakenIn:
    """Store what a door for records brings, one document after another, in bounded memory.

    All of it is on disk when this returns; what is turned away is kept with its sentence.

    Raises
    ------
    NotAllowed
        The user may not store.
    TryLater
        Disk or queue is full, or the database is away. What was stored until then is kept, and is
        not stored again when the same is brought again.
    """
    taking = _Taking(records, desk, source, clock)
    try:
        for number, one in enumerate(came):
            if number % LOOK_EVERY == 0:
                pressure.check()
            taking.take(one)
            on_progress("storing", number + 1, number + 1)
    except TryLater as error:
        raise TryLater(
            f"{error}; {taking.stored} of this delivery are kept; bring it again: what is kept is "
            "not stored twice"
        ) from error
    return taking.end()


@dataclass
class _Taking:
    """One delivery on its way in."""

    records: Records
    desk: Desk
    source: str
    clock: Callable[[], datetime]
    stored: int = 0
    refused: int = 0
    documents: int = 0
    patients: set[PatientId] = field(default_factory=set)
    refusals: list[TurnedAway] = field(default_factory=list)

    def take(self, one: Came) -> None:
        """Keep one document, or the refusal of it."""
        if isinstance(one, TurnedAway):
            self._refuse(one)
            return
        try:
            self._keep(one)
        except (InputRefused, NotFound, NotAllowed) as error:
            # Storing is checked by the first document; what may be missing later is the merge.
            refusal = Refusal.of(one.origin, error)
            sentence = refusal.sentence
            if not sentence.startswith(one.origin):
                sentence = f"{one.origin}: {sentence}"
            self._refuse(
                TurnedAway(Refusal(one.origin, sentence, refusal.kind), one.count, one.content)
            )

    def _keep(self, one: Portion) -> None:
        """Keep one document."""
        kept = self.desk.documents.store(
            one.record,
            one.content,
            kind=one.kind,
            source=self.source,
            now=self.clock(),
            names=one.names,
            conflicts=Conflicts.SHOWN,
        )
        if one.absorbs is not None:
            self._merge(one, one.absorbs, into=kept.patient_id)
        self.stored += one.count
        self.documents += kept.outcome == "stored"
        self.patients.add(kept.patient_id)

    def _merge(self, one: Portion, prior: Patient, *, into: PatientId) -> None:
        """Say that a patient is one person with another, also where nothing of them came yet.

        The number stays with its own row, so that the merge can be taken back.
        """
        known = self.desk.patients.find(prior)
        if known is None:
            known = self.desk.documents.store(
                Record(prior, origin=one.origin),
                one.content,
                kind=one.kind,
                source=self.source,
                now=self.clock(),
            ).patient_id
        if into not in self.desk.patients.one_person(known):
            self.desk.patients.merge(known, into, now=self.clock())

    def _refuse(self, one: TurnedAway) -> None:
        """Keep a refusal, and the bytes of what was refused."""
        self.refused += one.count
        self.refusals.append(TurnedAway(one.refusal, one.count))
        self.desk.studies.refuse(
            one.refusal, source=self.source, now=self.clock(), content=one.content
        )

    def end(self) -> RecordsTakenIn:
        """Make jobs of what is new, so that whoever looks at the queue sees it there."""
        jobs = self.records.acting(SERVICE, Purpose.OPERATIONS).jobs
        while jobs.sweep(now=self.clock()):
            pass
        disputed = self.desk.patients.disputed(tuple(self.patients))
        return RecordsTakenIn(
            stored=self.stored,
            refused=self.refused,
            patients=len(self.patients),
            documents=self.documents,
            refusals=tuple(self.refusals),
            conflicts=disputed,
        )
