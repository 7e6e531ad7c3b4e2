"""FHIR Condition, medication and allergy resources to codes and times."""

from datetime import datetime

from osler.clinical import Code, Condition
from osler.errors import NotReadable
from osler.standards.fhir.concepts import read_concept, status_code
from osler.standards.fhir.shape import Json, inner, text
from osler.standards.terminology.times import read_moment

NOT_MEANT = frozenset({"entered-in-error", "refuted"})
ACTIVE = frozenset({"active", "recurrence", "relapse"})
MEDICATION_TYPES = frozenset({"MedicationRequest", "MedicationStatement"})
TAKEN = frozenset({"active", "intended", "on-hold", None})


def stands(resource: Json) -> bool:
    """Tell whether a Condition or AllergyIntolerance is meant: not in error, not refuted."""
    return status_code(resource, "verificationStatus") not in NOT_MEANT


def read_condition(resource: Json) -> Condition:
    """Return a condition.

    Raises
    ------
    NotReadable
        It has no code, or an element of the wrong kind.
    """
    code = read_concept(resource, "code")
    if code is None:
        raise NotReadable("it has no code, so which condition is unknown; code it at the source")
    abatement = _time(resource, "abatement")
    status = status_code(resource, "clinicalStatus")
    active = status in ACTIVE if status else abatement is None
    return Condition(code, _time(resource, "onset"), abatement, active)


def is_current_allergy(resource: Json) -> bool:
    """Tell whether an allergy is neither inactive nor resolved."""
    return status_code(resource, "clinicalStatus") not in {"inactive", "resolved"}


def is_current_medication(resource: Json) -> bool:
    """Tell whether a medication is being taken or meant to be."""
    return text(resource, "status") in TAKEN


def medication_concept(resource: Json) -> Code | None:
    """Return the code of a medication that is stated in place, None where it is referred to."""
    return read_concept(resource, "medicationCodeableConcept")


def _time(resource: Json, kind: str) -> datetime | None:
    """Return onset or abatement where it is a time or the start of a period."""
    found = text(resource, f"{kind}DateTime")
    if found is None:
        period = inner(resource, f"{kind}Period")
        found = text(period, "start") if period is not None else None
    return read_moment(found).at if found else None
