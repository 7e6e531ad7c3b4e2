"""Limits on how often one address may guess."""

from fastapi import Request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from osler.server.problems import TooMany

_GUESSES = parse("20/minute")


def new_limiter() -> MovingWindowRateLimiter:
    """Return a limiter that has seen nobody."""
    return MovingWindowRateLimiter(MemoryStorage())


def slow_down(request: Request) -> None:
    """Count a request that may be a guess.

    Raises
    ------
    TooMany
        This address has guessed too often.
    """
    address = request.client.host if request.client is not None else "unknown"
    if not request.app.state.limiter.hit(_GUESSES, address):
        raise TooMany(
            "found more than 20 attempts in a minute from this address; expected fewer; wait a "
            "minute"
        )
