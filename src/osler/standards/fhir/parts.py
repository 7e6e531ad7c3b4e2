"""The pieces that outgoing resources are made of. What is not known is left out, never empty."""

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from osler.clinical import OSLER, UCUM, Code, Interval, Quantity

Resource = dict[str, Any]

OID = re.compile(r"[0-2](\.(0|[1-9]\d*))+")
DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")
CATEGORIES = "http://terminology.hl7.org/CodeSystem/observation-category"
INTERPRETATIONS = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
ABSENT_REASONS = "http://terminology.hl7.org/CodeSystem/data-absent-reason"


@dataclass(frozen=True)
class Naming:
    """Gives every resource of one draft the same id each time the draft is written."""

    draft_id: str

    def uuid(self, kind: str, key: str) -> UUID:
        """Return the id of a resource of the draft."""
        return uuid5(NAMESPACE_URL, f"{OSLER}/draft/{self.draft_id}/{kind}/{key}")

    def reference(self, kind: str, key: str) -> Resource:
        """Return a reference to a resource of the draft."""
        return {"reference": f"urn:uuid:{self.uuid(kind, key)}", "type": kind}

    def resource(self, kind: str, key: str, **elements: Any) -> Resource:  # noqa: ANN401
        """Return a resource with its id, without elements that hold nothing."""
        return {"resourceType": kind, "id": str(self.uuid(kind, key)), **filled(**elements)}


def filled(**elements: Any) -> Resource:  # noqa: ANN401 - any FHIR element
    """Return the elements that hold something; FHIR allows no empty ones."""
    return {key: value for key, value in elements.items() if value not in (None, "", [], {})}


def concept(code: Code) -> Resource:
    """Return a CodeableConcept; a code without a system is its text alone."""
    coding = filled(system=code.system, code=code.code, display=code.display)
    return filled(coding=[coding] if code.code and code.system else [], text=code.display)


def osler_concept(code: str, display: str) -> Resource:
    """Return a concept of Osler's own code system."""
    return concept(Code(OSLER, code, display))


def coded(system: str, code: str, display: str) -> Resource:
    """Return a concept of one coding, without text."""
    return {"coding": [{"system": system, "code": code, "display": display}]}


def quantity(value: float, unit: str) -> Resource | None:
    """Return a Quantity in UCUM, None where the number is not finite."""
    if not math.isfinite(value):
        return None
    rounded = float(f"{value:.6g}")
    return {"value": rounded, "unit": unit, "system": UCUM, "code": unit}


def of_quantity(stated: Quantity) -> Resource | None:
    """Return a Quantity of a stated one."""
    return quantity(stated.value, stated.unit)


def component(code: str, display: str, value: float, *, unit: str = "1") -> Resource | None:
    """Return an Observation component with a quantity, None where the number is not finite."""
    amount = quantity(value, unit)
    if amount is None:
        return None
    return {"code": osler_concept(code, display), "valueQuantity": amount}


def interval_components(
    code: str, display: str, interval: Interval, *, unit: str = "1"
) -> list[Resource]:
    """Return the components of a value with the bounds of its 95 % interval."""
    named = (
        component(code, display, interval.value, unit=unit),
        component(f"{code}-low", f"{display}, lower 95 % bound", interval.low, unit=unit),
        component(f"{code}-high", f"{display}, upper 95 % bound", interval.high, unit=unit),
    )
    return [one for one in named if one is not None]


def in_percent(interval: Interval) -> Interval:
    """Return a probability with its bounds in per cent."""
    return Interval(100 * interval.value, 100 * interval.low, 100 * interval.high)


def notes(*texts: str) -> list[Resource]:
    """Return annotations of the texts that say something."""
    return [{"text": text} for text in texts if text.strip()]


def instant(when: datetime) -> str:
    """Return a time in UTC as FHIR writes it."""
    return when.astimezone(UTC).isoformat()


def day(stated: str | None) -> str | None:
    """Return a DICOM or ISO date as FHIR writes it, None where there is none."""
    found = DAY.match(stated.strip()) if stated else None
    return "-".join(found.groups()) if found else None


def study_identifier(study_uid: str) -> Resource:
    """Return the identifier of a study: DICOM's where the UID is one, else Osler's."""
    if OID.fullmatch(study_uid):
        return {"system": "urn:dicom:uid", "value": f"urn:oid:{study_uid}"}
    return {"system": f"{OSLER}/study", "value": study_uid}
