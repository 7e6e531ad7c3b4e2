"""How programs sign in: tokens of a user, with some of their roles, for some time."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update

from osler.errors import Misuse, NotAllowed, NotFound, NotSignedIn
from osler.records.access import Action, Actor, Role
from osler.records.accounts import digest_of, user_id_of
from osler.records.door import Door, Subject
from osler.records.ids import new_id
from osler.records.tables import tokens, users

LONGEST_TOKEN = timedelta(days=366)
_NO_TOKEN = "this token is not known, has expired or was revoked; make a new one"  # noqa: S105


@dataclass(frozen=True)
class Token:
    """A token as lists show it: never its secret."""

    token_id: str
    user: str
    name: str
    roles: frozenset[Role]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True)
class Tokens:
    """What may be done with tokens."""

    door: Door

    def make(
        self, name: str, roles: frozenset[Role], *, now: datetime, lasts: timedelta
    ) -> tuple[str, Token]:
        """Make a token of the actor's own with some of their roles; its secret is told this once.

        Raises
        ------
        NotAllowed
            A role is not the actor's.
        Misuse
            It would last longer than a year, or not at all.
        """
        missing = roles - self.door.actor.roles
        if missing or not roles:
            raise NotAllowed(
                f"a token may have the roles {', '.join(sorted(self.door.actor.roles))}; found "
                f"{', '.join(sorted(roles)) or 'none'}; ask for roles of your own"
            )
        if not timedelta() < lasts <= LONGEST_TOKEN:
            raise Misuse(f"a token lasts more than nothing and at most a year; found {lasts}")
        secret, user = secrets.token_urlsafe(32), self.door.actor.name
        token = Token(new_id(), user, name, roles, now, now + lasts, None)

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            connection.execute(
                insert(tokens).values(
                    token_id=token.token_id,
                    user_id=user_id_of(connection, user),
                    name=name,
                    secret_sha256=digest_of(secret),
                    roles=sorted(roles),
                    created_at=now,
                    expires_at=token.expires_at,
                )
            )
            return None, [Subject(f"token/{token.token_id}")]

        self.door.write(Action.CHANGE_OWN, work)
        return secret, token

    def list(self) -> tuple[Token, ...]:
        """Return the actor's own tokens."""

        def query(connection: Connection) -> tuple[tuple[Token, ...], Sequence[Subject]]:
            rows = connection.execute(
                select(tokens, users.c.name.label("user"))
                .join(users, users.c.user_id == tokens.c.user_id)
                .where(users.c.name == self.door.actor.name)
                .order_by(tokens.c.created_at)
            )
            return tuple(_token(row) for row in rows), [Subject("tokens")]

        return self.door.read(Action.CHANGE_OWN, query)

    def revoke(self, token_id: str, *, now: datetime) -> None:
        """Let a token of the actor's own be good no more.

        Raises
        ------
        NotFound
            The actor has no such token.
        """
        own = self.door.actor.name

        def work(connection: Connection) -> tuple[None, Sequence[Subject]]:
            changed = connection.execute(
                update(tokens)
                .where(
                    tokens.c.token_id == token_id, tokens.c.user_id == user_id_of(connection, own)
                )
                .values(revoked_at=now)
            )
            if changed.rowcount == 0:
                raise NotFound(f"token {token_id} is not one of yours; expected the id of one")
            return None, [Subject(f"token/{token_id}", None, (("revoked", True),))]

        self.door.write(Action.CHANGE_OWN, work)

    def actor(self, secret: str, *, now: datetime) -> Actor:
        """Return who a token stands for, with those of its roles that the user still has.

        Raises
        ------
        NotSignedIn
            It is not known, has expired or was revoked, or its user is disabled.
        """

        def query(connection: Connection) -> tuple[Any, Sequence[Subject]]:
            row = connection.execute(
                select(
                    tokens.c.roles,
                    tokens.c.expires_at,
                    tokens.c.revoked_at,
                    users.c.name,
                    users.c.roles.label("user_roles"),
                    users.c.disabled_at,
                )
                .join(users, users.c.user_id == tokens.c.user_id)
                .where(tokens.c.secret_sha256 == digest_of(secret))
            ).one_or_none()
            return row, ()

        row = self.door.read(Action.WORK, query)
        if row is None or row.revoked_at or row.disabled_at or row.expires_at <= now:
            raise NotSignedIn(_NO_TOKEN)
        return Actor(row.name, frozenset(Role(one) for one in row.roles if one in row.user_roles))


def _token(row: Any) -> Token:  # noqa: ANN401 - a row
    """Return a row as a token."""
    return Token(
        row.token_id,
        row.user,
        row.name,
        frozenset(Role(one) for one in row.roles),
        row.created_at,
        row.expires_at,
        row.revoked_at,
    )
