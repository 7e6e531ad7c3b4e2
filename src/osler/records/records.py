"""Everything that is kept, behind one door."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, Self

from sqlalchemy import Connection, Engine

from osler.errors import OslerError
from osler.records.access import Actor, Purpose, Role
from osler.records.accounts import Accounts
from osler.records.answers import Answers
from osler.records.audit import Chain, Entry, seal_entry
from osler.records.committer import Committer
from osler.records.documents import Documents
from osler.records.door import Door
from osler.records.engine import Database, explained, open_database
from osler.records.events import Events
from osler.records.holders import Holders
from osler.records.images import Images
from osler.records.jobs import Jobs
from osler.records.keys import MasterKey
from osler.records.models import Models
from osler.records.monitoring import Monitoring
from osler.records.objects import Objects
from osler.records.patients import Patients
from osler.records.quality import Upkeep
from osler.records.reports import Reports
from osler.records.results import Results
from osler.records.reviews import Reviews
from osler.records.search import Search
from osler.records.studies import Studies
from osler.records.tokens import Tokens
from osler.records.trail import Trail
from osler.records.upgrading import upgrade
from osler.records.uploads import Uploads
from osler.records.users import Users, actor_of
from osler.records.values import Values
from osler.records.witness import Witness
from osler.records.workers import Workers
from osler.records.workflow_database import workflow_engine

log = logging.getLogger(__name__)
OSLER = "osler"
SERVICE = Actor(OSLER, frozenset({Role.SERVICE}))
SETTING_UP = Actor(OSLER, frozenset({Role.ADMINISTRATOR}))


@dataclass(frozen=True)
class RecordsAt:
    """Where everything is kept, and by which rules.

    Attributes
    ----------
    database
        ``sqlite:///folder/osler.db`` or ``postgresql://user@host/name``.
    objects
        A folder, or ``s3://bucket/prefix`` with its ``objects_options``.
    default_issuer
        The issuer of patient numbers whose document names none.
    quiet
        How long nothing more must come until a study counts as complete.
    routine_waits
        How much later than an urgent one a routine job is due.
    changed_instance
        Another content under a known SOP Instance UID is refused, or kept as a version.
    seal_every
        How often the chains of the audit trail are sealed into each other.
    """

    database: str
    objects: str
    master: MasterKey
    objects_options: Mapping[str, str] = field(default_factory=dict, repr=False)
    default_issuer: str | None = None
    quiet: timedelta = timedelta(seconds=60)
    routine_waits: timedelta = timedelta(minutes=30)
    changed_instance: Literal["refuse", "version"] = "refuse"
    seal_every: timedelta = timedelta(minutes=5)


@dataclass(frozen=True)
class Desk:
    """What one actor may do for one purpose, by what it is done with."""

    studies: Studies
    search: Search
    images: Images
    patients: Patients
    documents: Documents
    values: Values
    jobs: Jobs
    workers: Workers
    results: Results
    models: Models
    users: Users
    audit: Trail
    monitoring: Monitoring
    upkeep: Upkeep
    events: Events
    accounts: Accounts
    tokens: Tokens
    uploads: Uploads
    answers: Answers
    reviews: Reviews
    reports: Reports
    door: Door


def now_utc() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class Records:
    """All that is kept. One a process; safe in many threads."""

    def __init__(
        self,
        at: RecordsAt,
        *,
        database: Database,
        objects: Objects,
        clock: Callable[[], datetime] = now_utc,
    ) -> None:
        self.at = at
        self.database = database
        self.objects = objects
        self.holders = Holders(at.master, default_issuer=at.default_issuer)
        self._audit_key = at.master.derive("audit")
        self.witness = Witness(objects, at.master.derive("witness"))
        self._chain = Chain(self._audit_key)
        self._committer = Committer(database.writer, self._chain, clock=clock)
        self._stopped = threading.Event()
        self._sealer = threading.Thread(target=self._seal_on, name="osler-sealer", daemon=True)
        self._sealer.start()

    def acting(self, actor: Actor, purpose: Purpose) -> Desk:
        """Return the desk of an actor, who works there for one purpose."""
        door = Door(actor, purpose, self._committer, self.database.reader)
        kept = (door, self.holders, self.objects)
        return Desk(
            studies=Studies(*kept, quiet=self.at.quiet, changed_instance=self.at.changed_instance),
            search=Search(door),
            images=Images(*kept),
            patients=Patients(*kept, default_issuer=self.at.default_issuer),
            documents=Documents(*kept),
            values=Values(door),
            jobs=Jobs(door, routine_waits=self.at.routine_waits),
            workers=Workers(door),
            results=Results(*kept),
            models=Models(door),
            users=Users(door),
            monitoring=Monitoring(door),
            audit=Trail(door, self._audit_key, self.witness),
            upkeep=Upkeep(door),
            events=Events(door),
            accounts=Accounts(door),
            tokens=Tokens(door),
            uploads=Uploads(*kept),
            answers=Answers(door),
            reviews=Reviews(door),
            reports=Reports(*kept),
            door=door,
        )

    def actor(self, name: str) -> Actor:
        """Return a user as one who acts.

        Raises
        ------
        NotAllowed
            There is no user of this name, or they are disabled.
        """
        with explained(), self.database.reader.connect() as connection:
            return actor_of(connection, name)

    def workflow_engine(self) -> Engine:
        """Return the engine of the workflow's own tables, encrypted like the rest."""
        return workflow_engine(self.at.database, key=self.at.master.derive("workflow database"))

    def seal(self) -> None:
        """Seal the chains that grew into this one, and note this one's head outside."""

        def work(connection: Connection) -> tuple[None, Sequence[Entry]]:
            entry = seal_entry(connection, self._chain, user=OSLER)
            return None, [entry] if entry is not None else []

        self._committer.submit(work)
        seq, mac = self._chain.head()
        if seq:
            self.witness.write(self._chain.name, seq, mac)

    def close(self) -> None:
        """Seal, write what waits, and give everything back. Closing twice does no harm."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        self._sealer.join()
        self._try_to_seal()
        self._committer.close()
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _seal_on(self) -> None:
        """Seal at intervals."""
        while not self._stopped.wait(self.at.seal_every.total_seconds()):
            self._try_to_seal()

    def _try_to_seal(self) -> None:
        """Seal; what a full disk or an absent database prevents, the next seal makes up for."""
        try:
            self.seal()
        except OslerError as error:
            log.warning("the audit trail could not be sealed (%s)", error.kind)


def open_records(
    at: RecordsAt,
    *,
    create: bool,
    first_user: str | None = None,
    clock: Callable[[], datetime] = now_utc,
) -> Records:
    """Open what is kept.

    Parameters
    ----------
    create
        Make what is not there yet.
    first_user
        The user who gets every role of a person where nobody is known yet: whoever sets Osler up.

    Raises
    ------
    NotFound
        Nothing is kept there, and nothing is to be created.
    NotAllowed
        The master key is not the one it was made with.
    TryLater
        Database or store cannot be reached.
    """
    objects = Objects.open(at.objects, master=at.master, create=create, options=at.objects_options)
    database = open_database(at.database, key=at.master.derive("database"))
    try:
        upgrade(database, create=create)
    except BaseException:
        database.close()
        raise
    records = Records(at, database=database, objects=objects, clock=clock)
    if create and first_user is not None:
        _add_first_user(records.acting(SETTING_UP, Purpose.ADMINISTRATION), first_user, clock())
    return records


def _add_first_user(desk: Desk, name: str, now: datetime) -> None:
    """Give whoever sets Osler up every role of a person."""
    desk.users.add_first(name, frozenset(Role) - {Role.SERVICE}, now=now)
