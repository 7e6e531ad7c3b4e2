"""Who may sign now: the person at the desk, who has just given the password."""

from datetime import datetime

from sqlalchemy import Connection, select

from osler.errors import NotSignedIn
from osler.records.access import Actor
from osler.records.accounts import PROOF_LASTS, SignedIn
from osler.records.tables import sessions, users

MINUTES = int(PROOF_LASTS.total_seconds() // 60)


def require_proof(
    connection: Connection, signed_in: SignedIn, actor: Actor, *, now: datetime
) -> None:
    """Refuse a signature without a password given lately. What is kept counts, not what is told.

    Raises
    ------
    NotSignedIn
        The session has ended, is somebody else's, or its password was given too long ago.
    """
    row = connection.execute(
        select(sessions.c.proved_at, sessions.c.ended_at, users.c.name, users.c.disabled_at)
        .join(users, users.c.user_id == sessions.c.user_id)
        .where(sessions.c.session_id == signed_in.session_id)
    ).one_or_none()
    is_theirs = row is not None and row.name == actor.name == signed_in.actor.name
    if row is None or not is_theirs or row.ended_at is not None or row.disabled_at is not None:
        raise NotSignedIn(
            f"a signature is {actor.name!r}'s own; found no session of theirs that is still good; "
            "sign in again; nothing was signed"
        )
    if now - row.proved_at > PROOF_LASTS:
        raise NotSignedIn(
            f"the password was given at {row.proved_at.isoformat()}; to sign it must not be more "
            f"than {MINUTES} minutes ago; give it again; nothing was signed"
        )
