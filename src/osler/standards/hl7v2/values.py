"""OBX, DG1 and AL1 to observations, conditions and allergies.

References
----------
HL7 v2.8 chapter 7.4.2, tables 0085 and 0396.
"""

import re
from dataclasses import dataclass

from osler.clinical import ICD10, LOINC, RXNORM, SNOMED, Code, Condition
from osler.errors import NotReadable
from osler.standards.hl7v2.segments import Parts, Segment
from osler.standards.hl7v2.times import read_time
from osler.standards.terminology import Stated, measurable_of
from osler.standards.terminology.times import Moment

SYSTEMS = {
    "LN": LOINC,
    "LOINC": LOINC,
    "SCT": SNOMED,
    "SNOMED": SNOMED,
    "SNM": SNOMED,
    "SNOMED-CT": SNOMED,
    "I10": ICD10,
    "ICD10": ICD10,
    "ICD-10": ICD10,
    "I10C": "http://hl7.org/fhir/sid/icd-10-cm",
    "ICD10CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "I9": "http://hl7.org/fhir/sid/icd-9-cm",
    "I9C": "http://hl7.org/fhir/sid/icd-9-cm",
    "RXNORM": RXNORM,
    "CVX": "http://hl7.org/fhir/sid/cvx",
}
WITHDRAWN = frozenset({"D", "X", "W", "N"})
COMPARED = re.compile(r"\s*(<=|>=|<|>)\s*")


@dataclass(frozen=True)
class Around:
    """What an OBX takes from around it: the sender, and the time and numbers of its order."""

    sender: str
    time: str = ""
    order: str = ""


def code_of(part: Parts, sender: str) -> Code | None:
    """Return a coded element: the coding that Osler knows, else the first.

    A local code keeps its system, which is the sender's own.
    """
    found = []
    for first in (1, 4):
        code, words, system = part.at(first), part.at(first + 1), part.at(first + 2)
        if code or words:
            found.append(Code(system_of(system, sender) if code else "", code, words or code))
    if not found:
        return None
    order = (LOINC, SNOMED, ICD10)
    return min(
        found,
        key=lambda one: (
            measurable_of(one) is None,
            order.index(one.system) if one.system in order else len(order),
        ),
    )


def system_of(stated: str, sender: str) -> str:
    """Return the URI of a coding system as HL7 v2 names it."""
    known = SYSTEMS.get(stated.strip().upper())
    if known is not None:
        return known
    local = not stated or stated.upper() == "L" or stated.startswith("99")
    return f"urn:hl7v2:{sender or 'sender'}:{stated or 'L'}" if local else f"urn:hl7v2:{stated}"


def name_of(obx: Segment, around: Around) -> str:
    """Return what the sender calls a result; '' where its order has no number."""
    if not around.order:
        return ""
    return f"OBX/{around.order}/{obx.at(3, 1) or obx.at(3, 2)}/{obx.at(4)}"


def is_withdrawn(obx: Segment) -> bool:
    """Tell whether a result was deleted, cannot be obtained, or was wrong."""
    return obx.at(11).upper() in WITHDRAWN


def observation_of(obx: Segment, around: Around) -> tuple[Stated, ...]:
    """Return what an OBX states, one a repetition of its value.

    Raises
    ------
    NotReadable
        It has no code, or its time is none.
    """
    code = next((one for part in obx.parts(3) if (one := code_of(part, around.sender))), None)
    if code is None:
        raise NotReadable("OBX-3 names nothing; expected a code")
    when, notes = _when(obx, around)
    unit = obx.at(6) or None
    kind = obx.at(2).upper()
    found = []
    for part in obx.parts(5) or (None,):
        value, said = (None, ()) if part is None else _value(kind, part, around.sender)
        words = value.display or value.code if isinstance(value, Code) else str(value)
        raw = "no value" if value is None else f"{words} {unit or ''}".strip()[:200]
        at = when.at if when is not None else None
        found.append(Stated(code, value, unit, at, raw, (*notes, *said)))
    return tuple(found)


def _when(obx: Segment, around: Around) -> tuple[Moment | None, tuple[str, ...]]:
    """Return the time of a result and what was assumed."""
    stated = obx.at(14)
    note: tuple[str, ...] = ()
    if not stated:
        stated = around.time
        note = ("no time of its own, taken from its order or message",)
    if not stated:
        return None, ()
    moment = read_time(stated)
    return moment, (*moment.repairs, *note)


def _value(
    kind: str, part: Parts, sender: str
) -> tuple[float | str | Code | None, tuple[str, ...]]:
    """Return one value by the type that OBX-2 states."""
    text = part.at(1)
    if kind in ("CE", "CWE", "CNE", "CF", "IS"):
        return code_of(part, sender), ()
    if kind == "SN":
        return _structured(part)
    if kind == "NM":
        return _numeric(text)
    if kind in ("ED", "RP"):
        return f"{kind}: kept in the document", ()
    return text or None, ()


def _numeric(text: str) -> tuple[float | str | None, tuple[str, ...]]:
    """Return a number, else its text and why it is none."""
    try:
        return float(text), ()
    except ValueError:
        compared = COMPARED.match(text)
        note = "stated with a comparator" if compared else "stated as a number, which it is not"
        return text or None, (f"{note}: kept as text, not used as a number",)


def _structured(part: Parts) -> tuple[float | str | None, tuple[str, ...]]:
    """Return a structured numeric: a plain number, else its text."""
    comparator, first, separator, second = (part.at(number) for number in (1, 2, 3, 4))
    if comparator in ("", "=") and not separator and not second:
        try:
            return float(first), ()
        except ValueError:
            return first or None, ()
    words = f"{comparator}{first}{separator}{second}"
    return words or None, ("a range or comparison: kept as text, not used as a number",)


def condition_of(dg1: Segment, sender: str) -> Condition | None:
    """Return the diagnosis of a DG1; None where it names none."""
    part = next(iter(dg1.parts(3)), None)
    code = code_of(part, sender) if part is not None else None
    if code is None:
        words = dg1.at(4)
        code = Code("", "", words) if words else None
    if code is None:
        return None
    stated = dg1.at(5)
    onset = read_time(stated).at if stated else None
    return Condition(code, onset)
