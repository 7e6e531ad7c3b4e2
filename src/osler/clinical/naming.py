"""What the source of a document calls its values, so that a later version is known as one."""

from dataclasses import dataclass

from osler.clinical.codes import Code


@dataclass(frozen=True)
class Named:
    """The source's own name of one value, and the version that the document states.

    Attributes
    ----------
    name
        Unique within one source ('ehr|Observation/17'); '' where the source gives none.
    version
        Sorts as text ('2026-11-20T08:00:00Z', '00000003'); '' where none is stated.
    """

    name: str = ""
    version: str = ""


@dataclass(frozen=True)
class ValueNames:
    """The names of a record's values.

    ``observations`` and ``conditions`` run beside the record's own, one for one. Medications and
    allergies are bare codes, of which several statements may hold one: they are named with it.
    ``withdrawn`` are values that the document takes back: in error, stopped, or resolved.
    """

    observations: tuple[Named, ...] = ()
    conditions: tuple[Named, ...] = ()
    medications: tuple[tuple[Code, Named], ...] = ()
    allergies: tuple[tuple[Code, Named], ...] = ()
    withdrawn: tuple[Named, ...] = ()
