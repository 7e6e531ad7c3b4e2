"""What could not be used, and the sentence that says why."""

from dataclasses import dataclass

from osler.errors import OslerError


@dataclass(frozen=True)
class Refusal:
    """One input that was turned away.

    ``origin`` is the name that the user knows the input by; ``sentence`` says what was found,
    what was expected and what to do; ``kind`` is the error's FHIR issue type.
    """

    origin: str
    sentence: str
    kind: str

    @classmethod
    def of(cls, origin: str, error: OslerError) -> "Refusal":
        """Return the refusal that an error stands for."""
        return cls(origin=origin, sentence=str(error), kind=error.kind)
