"""Every error that Osler raises on purpose.

OslerError
├── InputRefused                 what came in cannot be used (exit 3)
│   ├── NotReadable              damaged, or not what its name says
│   ├── NotSupported             sound, but outside what Osler handles
│   ├── WrongGeometry            positions, spacing or orientation missing or contradictory
│   ├── WrongUnit                a unit that does not convert
│   ├── TooLarge                 more bytes, pixels or members than the limit
│   ├── UnsafePath               a path that leaves its container
│   └── IdentityConflict         two patients where one was expected
├── NotFound                     no such file, model or data set (exit 4)
├── Conflict                     somebody else changed it meanwhile (exit 3)
├── NotAllowed                   unsigned, altered or not permitted (exit 5)
│   └── NotSignedIn              nobody knows who is asking
├── Misuse                       options that contradict each other (exit 2)
├── TryLater                     a transient fault (exit 75)
└── OurFault                     a broken promise of our own (exit 70)
    └── Damaged                  what was kept is no longer what was put

An error's ``kind`` is a FHIR R4 issue type (http://hl7.org/fhir/issue-type). It alone decides
exit code, OperationOutcome, HTTP status and retry. A message says what was found, what was
expected and what to do.
"""

from typing import ClassVar


class OslerError(Exception):
    """The root. Its message is a sentence for the person who has to act on it."""

    kind: ClassVar[str] = "exception"


class InputRefused(OslerError):
    """What came in cannot be used."""

    kind = "invalid"


class NotReadable(InputRefused):
    """The bytes are damaged or are not what they claim to be."""

    kind = "structure"


class NotSupported(InputRefused):
    """The input is sound but outside what Osler handles."""

    kind = "not-supported"


class WrongGeometry(InputRefused):
    """Positions, spacing or orientation are missing or contradict each other."""

    kind = "invariant"


class WrongUnit(InputRefused):
    """A unit that is unknown or does not convert to the one needed."""

    kind = "value"


class TooLarge(InputRefused):
    """More bytes, pixels or members than the stated limit."""

    kind = "too-long"


class UnsafePath(InputRefused):
    """A path inside a container points outside it."""

    kind = "business-rule"


class IdentityConflict(InputRefused):
    """Two patients where one was expected."""

    kind = "conflict"


class NotFound(OslerError):
    """A named thing is not there."""

    kind = "not-found"


class NotAllowed(OslerError):
    """The thing is there but must not be used: unsigned, altered or not permitted."""

    kind = "security"


class NotSignedIn(NotAllowed):
    """Nobody knows who is asking."""

    kind = "login"


class Conflict(OslerError):
    """The thing is not as the request takes it to be: somebody else changed it meanwhile."""

    kind = "conflict"


class Misuse(OslerError):
    """Options that contradict each other or name nothing."""

    kind = "required"


class TryLater(OslerError):
    """A transient fault: the same request may succeed later."""

    kind = "transient"


class OurFault(OslerError):
    """A promise of our own code was broken."""

    kind = "exception"


class Damaged(OurFault):
    """What was kept was altered, cut or mixed up since it was put."""


EXIT_CODES = {
    "invalid": 3,
    "structure": 3,
    "not-supported": 3,
    "invariant": 3,
    "value": 3,
    "too-long": 3,
    "business-rule": 3,
    "conflict": 3,
    "not-found": 4,
    "security": 5,
    "login": 5,
    "required": 2,
    "transient": 75,
    "exception": 70,
}


def exit_code(error: OslerError) -> int:
    """Return the process exit code of an error, from its kind alone."""
    return EXIT_CODES[error.kind]
