"""What may go wrong for a program that talks to Osler."""


class ApiError(Exception):
    """Osler refused: the message says what was found, what was expected and what to do.

    ``status`` is the HTTP status, ``kind`` a FHIR R4 issue type, ``instance`` the id of the request
    in the server's log.
    """

    def __init__(self, status: int, kind: str, detail: str, *, instance: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.kind = kind
        self.instance = instance

    @property
    def is_transient(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in (429, 503)


class Unreachable(Exception):
    """Nobody answers at the address, or the line broke and nobody knows whether it was done."""
