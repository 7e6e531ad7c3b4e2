"""How people sign in: passwords and sessions."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Connection, case, delete, insert, literal, select, update

from osler.errors import Misuse, NotFound, NotSignedIn
from osler.records.access import Action, Actor, Role
from osler.records.door import Door, Subject
from osler.records.ids import new_id
from osler.records.tables import passwords, sessions, users
from osler.records.tables.types import Moment

SHORTEST = 12
MOST_FAILED = 5
LOCKED = timedelta(minutes=15)
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
PROOF_LASTS = timedelta(minutes=5)
SEEN_EVERY = timedelta(minutes=1)
_HASHER = PasswordHasher()
# What a wrong name is checked against, so that it takes as long as a wrong password.
_NOBODY = _HASHER.hash(secrets.token_urlsafe(32))
_WRONG = "name or password is wrong, or too many wrong ones came before; try again in 15 minutes"
_NO_SESSION = "not signed in, or the session has ended; sign in again"


@dataclass(frozen=True)
class SignedIn:
    """A session that is good now.

    ``csrf`` has to come with every write. ``proved_at`` is when the password was last given: to
    sign a report it must be recent.
    """

    session_id: str
    actor: Actor
    csrf: str
    proved_at: datetime
    must_change: bool

    def has_proved(self, now: datetime) -> bool:
        """Tell whether the password was given recently enough to sign."""
        return now - self.proved_at <= PROOF_LASTS


@dataclass(frozen=True)
class _Account:
    """A user with their password."""

    user_id: str
    roles: tuple[str, ...]
    disabled_at: datetime | None
    hash: str
    must_change: bool
    locked_until: datetime | None

    def is_open(self, now: datetime) -> bool:
        """Tell whether the right password would get in."""
        is_locked = self.locked_until is not None and self.locked_until > now
        return self.disabled_at is None and not is_locked


@dataclass(frozen=True)
class Accounts:
    """What may be done with passwords and sessions."""

    door: Door
    hasher: PasswordHasher = field(default=_HASHER, repr=False)

    def set_password(
        self, name: str, password: str, *, now: datetime, must_change: bool = False
    ) -> None:
        """Give a user a password; all of their sessions end.

        Raises
        ------
        Misuse
            It is too short.
        NotFound
            There is no such user.
        NotAllowed
            It is somebody else's, and the actor is no administrator.
        """
        if len(password) < SHORTEST:
            raise Misuse(
                f"the password has {len(password)} characters; expected at least {SHORTEST}; "
                "take a few words that do not belong together"
            )
        hashed = self.hasher.hash(password)

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            user_id = user_id_of(connection, name)
            connection.execute(delete(passwords).where(passwords.c.user_id == user_id))
            connection.execute(
                insert(passwords).values(
                    user_id=user_id,
                    hash=hashed,
                    must_change=must_change,
                    failed=0,
                    changed_at=now,
                )
            )
            _end_sessions(connection, user_id, now)
            return None, [Subject(f"user/{name}", None, (("password", "set"),))]

        is_own = name == self.door.actor.name
        self.door.write(Action.CHANGE_OWN if is_own else Action.CHANGE_USERS, work)

    def has_password(self, name: str) -> bool:
        """Tell whether a user has a password."""
        return self._account(name) is not None

    def sign_in(self, name: str, password: str, *, now: datetime) -> tuple[str, SignedIn]:
        """Open a session; return its secret, which is told this once, and the session.

        Raises
        ------
        NotSignedIn
            Name or password is wrong, or the account is locked: the sentence does not say which.
        """
        account = self._account(name)
        is_right = self._matches(account.hash if account is not None else _NOBODY, password)
        if account is None or not is_right or not account.is_open(now):
            self._note_failure(account, name, now)
            raise NotSignedIn(_WRONG)
        secret, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        session_id = new_id()

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            connection.execute(
                update(passwords)
                .where(passwords.c.user_id == account.user_id)
                .values(failed=0, locked_until=None)
            )
            connection.execute(
                insert(sessions).values(
                    session_id=session_id,
                    user_id=account.user_id,
                    secret_sha256=digest_of(secret),
                    csrf=csrf,
                    created_at=now,
                    seen_at=now,
                    proved_at=now,
                )
            )
            return None, [Subject(f"user/{name}", None, (("session", session_id),))]

        self.door.write(Action.SIGN_IN, work)
        actor = Actor(name, frozenset(Role(one) for one in account.roles))
        return secret, SignedIn(session_id, actor, csrf, now, account.must_change)

    def session(self, secret: str, *, now: datetime) -> SignedIn:
        """Return the session of a secret.

        Raises
        ------
        NotSignedIn
            There is none that is still good.
        """
        row = self._session_row(secret)
        good = (
            row is not None
            and row.ended_at is None
            and row.disabled_at is None
            and now - row.seen_at <= IDLE
            and now - row.created_at <= LONGEST
        )
        if row is None or not good:
            raise NotSignedIn(_NO_SESSION)
        if now - row.seen_at > SEEN_EVERY:
            self._change_session(row.session_id, {"seen_at": now})
        actor = Actor(row.name, frozenset(Role(one) for one in row.roles))
        return SignedIn(row.session_id, actor, row.csrf, row.proved_at, row.must_change)

    def prove(self, signed_in: SignedIn, password: str, *, now: datetime) -> None:
        """Give the password again, as signing asks for.

        Raises
        ------
        NotSignedIn
            It is wrong, or too many wrong ones came before.
        """
        account = self._account(signed_in.actor.name)
        is_right = account is not None and self._matches(account.hash, password)
        if account is None or not is_right or not account.is_open(now):
            self._note_failure(account, signed_in.actor.name, now)
            raise NotSignedIn(_WRONG)
        self._change_session(signed_in.session_id, {"proved_at": now})

    def sign_out(self, signed_in: SignedIn, *, now: datetime) -> None:
        """End a session."""
        self._change_session(signed_in.session_id, {"ended_at": now})

    def _account(self, name: str) -> "_Account | None":
        """Return a user with their password."""

        def query(connection: Connection) -> tuple[_Account | None, Sequence[Subject]]:
            columns = (
                users.c.user_id,
                users.c.roles,
                users.c.disabled_at,
                passwords.c.hash,
                passwords.c.must_change,
                passwords.c.locked_until,
            )
            row = connection.execute(_with_password(*columns).where(users.c.name == name)).first()
            return (_Account(*row) if row is not None else None), ()

        return self.door.read(Action.WORK, query)

    def _session_row(self, secret: str) -> Any:  # noqa: ANN401 - a row
        """Return a session with its user; None where there is none."""

        def query(connection: Connection) -> tuple[Any, Sequence[Subject]]:
            told = (users.c.name, users.c.roles, users.c.disabled_at, passwords.c.must_change)
            wanted = (
                _with_password(sessions, *told)
                .join(sessions, sessions.c.user_id == users.c.user_id)
                .where(sessions.c.secret_sha256 == digest_of(secret))
            )
            return connection.execute(wanted).first(), ()

        return self.door.read(Action.WORK, query)

    def _matches(self, hashed: str, password: str) -> bool:
        """Tell whether a password is the one that was hashed."""
        try:
            return self.hasher.verify(hashed, password)
        except VerificationError:
            return False

    def _note_failure(self, account: "_Account | None", name: str, now: datetime) -> None:
        """Count a wrong password, and lock the account after too many; it is in the trail."""

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            if account is not None and account.is_open(now):
                failed = passwords.c.failed + 1
                connection.execute(
                    update(passwords)
                    .where(passwords.c.user_id == account.user_id)
                    .values(
                        failed=case((failed >= MOST_FAILED, 0), else_=failed),
                        locked_until=case(
                            (failed >= MOST_FAILED, literal(now + LOCKED, Moment)),
                            else_=passwords.c.locked_until,
                        ),
                    )
                )
            told = name if account is not None else hashlib.sha256(name.encode()).hexdigest()[:12]
            return None, [Subject(f"user/{told}", None, (("sign-in", "wrong"),))]

        self.door.write(Action.SIGN_IN, work)

    def _change_session(self, session_id: str, values: dict[str, datetime]) -> None:
        """Write something of a session."""

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            connection.execute(
                update(sessions).where(sessions.c.session_id == session_id).values(**values)
            )
            is_routine = set(values) == {"seen_at"}
            told = Subject(f"session/{session_id}", None, (("changed", sorted(values)),))
            return None, [] if is_routine else [told]

        self.door.write(Action.SIGN_IN, work)


def is_same_secret(one: str, other: str) -> bool:
    """Compare two secrets in a time that does not tell where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def digest_of(secret: str) -> str:
    """Return what is kept of a secret: it is 256 random bits, nothing to stretch."""
    return hashlib.sha256(secret.encode()).hexdigest()


def user_id_of(connection: Connection, name: str) -> str:
    """Return the id of a user."""
    found = connection.scalar(select(users.c.user_id).where(users.c.name == name))
    if found is None:
        raise NotFound(f"user {name!r} is not known here; expected one of osler users list")
    return str(found)


def _end_sessions(connection: Connection, user_id: str, now: datetime) -> None:
    """End all sessions of a user."""
    connection.execute(
        update(sessions)
        .where(sessions.c.user_id == user_id, sessions.c.ended_at.is_(None))
        .values(ended_at=now)
    )


def _with_password(*columns: Any) -> Any:  # noqa: ANN401 - a query's parts, as SQLAlchemy has them
    """Return a query over users that have a password."""
    return (
        select(*columns).select_from(users).join(passwords, passwords.c.user_id == users.c.user_id)
    )
