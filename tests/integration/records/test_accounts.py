"""Signing in: right, wrong, locked out, and with tokens that end."""

from datetime import timedelta

import pytest

from make.kept import EVERYONE, FIRST_USER, NOW, Kept
from osler.errors import Misuse, NotAllowed, NotFound, NotSignedIn
from osler.records import SERVICE, Actor, Desk, Purpose, Role

PASSWORD = "four words in no order"  # noqa: S105
MINUTE = timedelta(minutes=1)


def door(kept: Kept) -> Desk:
    """Return the desk at which people sign in: Osler's own."""
    return kept.records.acting(SERVICE, Purpose.OPERATIONS)


@pytest.fixture
def signing(kept: Kept) -> Desk:
    """Return the desk at which Ada, who has a password, signs in."""
    kept.ada.accounts.set_password(FIRST_USER, PASSWORD, now=NOW)
    return door(kept)


def test_the_right_password_opens_a_session_with_the_user_s_roles(signing: Desk) -> None:
    """The session is found again by its secret, and by nothing else."""
    secret, signed_in = signing.accounts.sign_in(FIRST_USER, PASSWORD, now=NOW)
    assert signed_in.actor == Actor(FIRST_USER, EVERYONE)
    assert signing.accounts.session(secret, now=NOW + MINUTE) == signed_in
    with pytest.raises(NotSignedIn, match="sign in again"):
        signing.accounts.session(secret + "x", now=NOW)


def test_a_wrong_name_and_a_wrong_password_get_the_same_sentence(signing: Desk) -> None:
    """Whoever guesses does not learn which names exist."""
    with pytest.raises(NotSignedIn) as wrong_password:
        signing.accounts.sign_in(FIRST_USER, "something else", now=NOW)
    with pytest.raises(NotSignedIn) as wrong_name:
        signing.accounts.sign_in("nobody", PASSWORD, now=NOW)
    assert str(wrong_password.value) == str(wrong_name.value)


def test_five_wrong_passwords_lock_even_the_right_one_out_for_a_quarter_of_an_hour(
    signing: Desk,
) -> None:
    """A machine that guesses is slowed to five guesses a quarter of an hour."""
    for _ in range(5):
        with pytest.raises(NotSignedIn):
            signing.accounts.sign_in(FIRST_USER, "wrong", now=NOW)
    with pytest.raises(NotSignedIn):
        signing.accounts.sign_in(FIRST_USER, PASSWORD, now=NOW + 14 * MINUTE)
    signing.accounts.sign_in(FIRST_USER, PASSWORD, now=NOW + 16 * MINUTE)


def test_a_session_ends_when_it_is_idle_old_or_signed_out(signing: Desk) -> None:
    """A screen left open in the ward is not a door for whoever passes."""
    secret, _ = signing.accounts.sign_in(FIRST_USER, PASSWORD, now=NOW)
    with pytest.raises(NotSignedIn):
        signing.accounts.session(secret, now=NOW + 31 * MINUTE)
    at = NOW
    while at < NOW + timedelta(hours=12):
        signing.accounts.session(secret, now=at)
        at += 20 * MINUTE
    with pytest.raises(NotSignedIn):
        signing.accounts.session(secret, now=NOW + timedelta(hours=12, minutes=1))
    other, signed_in = signing.accounts.sign_in(FIRST_USER, PASSWORD, now=NOW)
    signing.accounts.sign_out(signed_in, now=NOW)
    with pytest.raises(NotSignedIn):
        signing.accounts.session(other, now=NOW)


def test_signing_a_report_asks_for_the_password_again_after_five_minutes(signing: Desk) -> None:
    """A signature is a person's, not that of a browser left open."""
    secret, signed_in = signing.accounts.sign_in(FIRST_USER, PASSWORD, now=NOW)
    later = NOW + 6 * MINUTE
    assert not signing.accounts.session(secret, now=later).has_proved(later)
    with pytest.raises(NotSignedIn):
        signing.accounts.prove(signed_in, "wrong", now=later)
    signing.accounts.prove(signed_in, PASSWORD, now=later)
    assert signing.accounts.session(secret, now=later).has_proved(later)


def test_a_new_password_ends_all_sessions(kept: Kept, signing: Desk) -> None:
    """Whoever knew the old one is out."""
    secret, _ = signing.accounts.sign_in(FIRST_USER, PASSWORD, now=NOW)
    kept.ada.accounts.set_password(FIRST_USER, PASSWORD[::-1], now=NOW)
    with pytest.raises(NotSignedIn):
        signing.accounts.session(secret, now=NOW)


def test_a_disabled_user_has_neither_session_nor_token(kept: Kept, signing: Desk) -> None:
    """Whoever leaves the hospital leaves its records at the same moment."""
    kept.ada.users.add("bob", frozenset({Role.CLINICIAN}), now=NOW)
    kept.ada.accounts.set_password("bob", PASSWORD, now=NOW)
    session, signed_in = signing.accounts.sign_in("bob", PASSWORD, now=NOW)
    bob = kept.records.acting(signed_in.actor, Purpose.TREATMENT)
    token, _ = bob.tokens.make("ci", frozenset({Role.CLINICIAN}), now=NOW, lasts=MINUTE)
    assert signing.tokens.actor(token, now=NOW) == signed_in.actor
    kept.ada.users.disable("bob", now=NOW)
    for refused in (
        lambda: signing.accounts.session(session, now=NOW),
        lambda: signing.tokens.actor(token, now=NOW),
        lambda: signing.accounts.sign_in("bob", PASSWORD, now=NOW),
    ):
        with pytest.raises(NotSignedIn):
            refused()


def test_a_token_has_only_roles_of_its_maker_ends_in_time_and_can_be_revoked(
    kept: Kept, signing: Desk
) -> None:
    """A program gets what it needs, for as long as it needs it."""
    roles = frozenset({Role.INTEGRATOR})
    kept.ada.users.add("bob", roles, now=NOW)
    bob = kept.records.acting(Actor("bob", roles), Purpose.OPERATIONS)
    secret, token = kept.ada.tokens.make("feed", roles, now=NOW, lasts=timedelta(days=1))
    assert signing.tokens.actor(secret, now=NOW) == Actor(FIRST_USER, roles)
    with pytest.raises(NotSignedIn, match="has expired or was revoked"):
        signing.tokens.actor(secret, now=NOW + timedelta(days=2))
    kept.ada.tokens.revoke(token.token_id, now=NOW)
    with pytest.raises(NotSignedIn):
        signing.tokens.actor(secret, now=NOW)
    with pytest.raises(NotAllowed, match="a token may have the roles"):
        kept.ada.tokens.make("x", frozenset({Role.SERVICE}), now=NOW, lasts=MINUTE)
    with pytest.raises(NotFound, match="is not one of yours"):
        bob.tokens.revoke(token.token_id, now=NOW)


def test_a_short_password_is_refused(kept: Kept) -> None:
    """Length is what makes a password hard to guess."""
    with pytest.raises(Misuse, match="has 5 characters; expected at least 12"):
        kept.ada.accounts.set_password(FIRST_USER, "short", now=NOW)


def test_no_secret_lies_in_the_tables(kept: Kept, signing: Desk) -> None:
    """Whoever reads the database cannot sign in with what is there."""
    secret, _ = signing.accounts.sign_in(FIRST_USER, PASSWORD, now=NOW)
    with kept.records.database.reader.connect() as connection:
        rows = [
            tuple(row)
            for table in ("passwords", "sessions", "tokens")
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}")  # noqa: S608
        ]
    assert rows
    assert secret not in repr(rows)
    assert PASSWORD not in repr(rows)
