"""What a door for records hands on: one patient's document, read, or what was turned away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from osler.clinical import Patient, Record, Refusal, ValueNames
from osler.errors import OslerError
from osler.standards.terminology import Bounds


@dataclass(frozen=True)
class Portion:
    """One document of one patient.

    ``count`` is how many resources, messages or rows it holds that were not turned away.
    ``absorbs`` is a patient who is one person with this one from now on, as the sender says.
    """

    origin: str
    content: bytes = field(repr=False)
    kind: str
    record: Record = field(repr=False)
    count: int
    names: ValueNames | None = field(default=None, repr=False)
    absorbs: Patient | None = None


@dataclass(frozen=True)
class TurnedAway:
    """What could not be used: ``count`` resources, messages or rows, and the sentence why."""

    refusal: Refusal
    count: int = 1
    content: bytes | None = field(default=None, repr=False)

    @classmethod
    def of(
        cls, origin: str, error: OslerError, *, count: int = 1, content: bytes | None = None
    ) -> "TurnedAway":
        """Return what an error turned away."""
        return cls(Refusal.of(origin, error), count, content)


Came = Portion | TurnedAway


@dataclass(frozen=True)
class Asked:
    """What reading a record needs besides the bytes.

    Attributes
    ----------
    source
        Who sent it, in a name of the site's own.
    is_named
        Whether the user named the source: then ids that it gives are numbers of its patients.
    bounds
        Plausible ranges by the name of the measurement.
    now
        Values dated after it are flagged.
    """

    source: str
    is_named: bool
    bounds: Mapping[str, Bounds]
    now: datetime
