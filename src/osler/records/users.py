"""Users and their roles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from osler.errors import Conflict, NotAllowed, NotFound
from osler.records.access import Action, Actor, Role
from osler.records.door import Door, Subject
from osler.records.ids import new_id
from osler.records.rows import insert_new
from osler.records.tables import users


@dataclass(frozen=True)
class User:
    """A person who may do what their roles allow; nothing, once disabled."""

    name: str
    roles: frozenset[Role]
    disabled_at: datetime | None = None


@dataclass(frozen=True)
class Users:
    """What may be done with users, by one actor for one purpose."""

    door: Door

    def list(self) -> tuple[User, ...]:
        """Return all users by name."""

        def query(connection: Connection) -> tuple[tuple[User, ...], Sequence[Subject]]:
            rows = connection.execute(select(users).order_by(users.c.name))
            found = tuple(
                User(row.name, frozenset(Role(one) for one in row.roles), row.disabled_at)
                for row in rows
            )
            return found, [Subject("users")]

        return self.door.read(Action.READ_USERS, query)

    def get(self, name: str) -> User:
        """Return one user.

        Raises
        ------
        NotFound
            There is no user of this name.
        """

        def query(connection: Connection) -> tuple[User, Sequence[Subject]]:
            row = connection.execute(select(users).where(users.c.name == name)).one_or_none()
            if row is None:
                raise _absent(name)
            roles = frozenset(Role(one) for one in row.roles)
            return User(row.name, roles, row.disabled_at), [Subject(f"user/{name}")]

        return self.door.read(Action.READ_USERS, query)

    def add(self, name: str, roles: frozenset[Role], *, now: datetime) -> None:
        """Add a user.

        Raises
        ------
        Conflict
            There is a user of this name.
        """

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            if connection.scalar(select(users.c.user_id).where(users.c.name == name)) is not None:
                raise Conflict(
                    f"user {name!r} is there already; expected a new name; to change roles use "
                    "osler users roles"
                )
            insert_user(connection, name, roles, now=now)
            return None, [_subject(name, roles)]

        self.door.write(Action.CHANGE_USERS, work)

    def add_first(self, name: str, roles: frozenset[Role], *, now: datetime) -> None:
        """Add a user if there is none at all.

        Also where a process that set Osler up was killed before it came to this, or another one
        sets it up at the same moment: nobody must be locked out for good.
        """

        def anybody(connection: Connection) -> tuple[bool, Sequence[Subject]]:
            return connection.scalar(select(users.c.user_id).limit(1)) is not None, ()

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            if anybody(connection)[0]:
                return None, ()
            row = {"user_id": new_id(), "name": name, "roles": sorted(roles), "created_at": now}
            added = insert_new(connection, users, row, unique=("name",))
            return None, [_subject(name, roles)] if added else ()

        if not self.door.read(Action.READ_USERS, anybody):
            self.door.write(Action.CHANGE_USERS, work)

    def set_roles(
        self, name: str, roles: frozenset[Role], *, seen: frozenset[Role] | None = None
    ) -> None:
        """Give a user these roles and no others.

        Parameters
        ----------
        seen
            The roles that whoever changes them saw; not checked where None.

        Raises
        ------
        Conflict
            The roles are others than ``seen`` by now.
        NotFound
            There is no user of this name.
        Conflict
            It would leave nobody who may change users.
        """

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            known = connection.scalar(
                select(users.c.roles).where(users.c.name == name).with_for_update()
            )
            if known is None:
                raise _absent(name)
            if seen is not None and seen != set(known):
                raise Conflict(
                    f"user {name!r} has other roles by now; expected those that you saw; nothing "
                    "was changed; look again"
                )
            connection.execute(
                update(users).where(users.c.name == name).values(roles=sorted(roles))
            )
            _require_an_administrator(connection)
            return None, [_subject(name, roles)]

        self.door.write(Action.CHANGE_USERS, work)

    def disable(self, name: str, *, now: datetime) -> None:
        """Let a user do nothing any more; their name stays in the trail."""

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            changed = connection.execute(
                update(users).where(users.c.name == name).values(disabled_at=now)
            )
            if changed.rowcount == 0:
                raise _absent(name)
            _require_an_administrator(connection)
            return None, [_subject(name, frozenset())]

        self.door.write(Action.CHANGE_USERS, work)


def insert_user(
    connection: Connection, name: str, roles: frozenset[Role], *, now: datetime
) -> None:
    """Insert a user."""
    connection.execute(
        insert(users).values(user_id=new_id(), name=name, roles=sorted(roles), created_at=now)
    )


def actor_of(connection: Connection, name: str) -> Actor:
    """Return a user as one who acts.

    Raises
    ------
    NotAllowed
        There is no user of this name, or they are disabled.
    """
    row = connection.execute(select(users).where(users.c.name == name)).one_or_none()
    if row is None or row.disabled_at is not None:
        how = "is disabled" if row is not None else "is not known here"
        raise NotAllowed(
            f"user {name!r} {how}; expected a user with a role; ask an administrator "
            "(osler users add)"
        )
    return Actor(name, frozenset(Role(one) for one in row.roles))


def _require_an_administrator(connection: Connection) -> None:
    """Refuse a change that nobody could ever take back."""
    rows = connection.execute(select(users.c.roles).where(users.c.disabled_at.is_(None)))
    if not any(Role.ADMINISTRATOR in row.roles for row in rows):
        raise Conflict(
            "nobody would be left who may change users; expected at least one administrator; "
            "make another user administrator first"
        )


def _absent(name: str) -> NotFound:
    """Return the error for a user who is not there."""
    return NotFound(f"user {name!r} is not known here; expected one of osler users list")


def _subject(name: str, roles: frozenset[Role]) -> Subject:
    """Return a user as the audit trail names them."""
    return Subject(f"user/{name}", None, (("roles", sorted(str(one) for one in roles)),))
