"""A client of the API for Python programs; needs nothing but the standard library."""

from osler.client.errors import ApiError, Unreachable
from osler.client.listening import Event
from osler.client.osler import Osler
from osler.client.transport import Download

__all__ = ["ApiError", "Download", "Event", "Osler", "Unreachable"]
