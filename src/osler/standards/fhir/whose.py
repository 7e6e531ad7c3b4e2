"""Whose a resource is: what it refers to, and which of that are patients.

References
----------
http://hl7.org/fhir/R4/compartmentdefinition-patient.html
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

# The elements that say whom a resource is about. Other references to patients (a focus, a
# recipient) speak only where none of these does.
ABOUT = ("subject", "patient", "beneficiary", "for", "individual")
PATIENT = re.compile(r"(?:^|/)(Patient/[A-Za-z0-9.-]{1,64})(?:/_history/.*)?$")


def identity_of(resource: Mapping[str, Any]) -> str:
    """Return 'Type/id' of a resource; '' where it has no id."""
    kind, identity = resource.get("resourceType"), resource.get("id")
    return f"{kind}/{identity}" if isinstance(kind, str) and isinstance(identity, str) else ""


def pointed_at(reference: str) -> str:
    """Return 'Type/id' of a reference, a URN as it is."""
    if reference.startswith("urn:"):
        return reference
    return "/".join(reference.split("/_history/", maxsplit=1)[0].split("/")[-2:])


def stated_patients(resource: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the references that say whose a resource is, each once.

    Those to a Patient, and URNs, of which only their document can tell what they name.
    """
    stated = [
        reference
        for key in ABOUT
        for reference in references_in(resource.get(key))
        if PATIENT.search(reference) or reference.startswith("urn:")
    ]
    if not stated:
        stated = [one for one in references_in(resource) if PATIENT.search(one)]
    return tuple(dict.fromkeys(pointed_at(one) for one in stated))


def references_in(part: object) -> Iterator[str]:
    """Yield every literal reference in a part of a resource; contained ones left out."""
    if isinstance(part, dict):
        target = part.get("reference")
        if isinstance(target, str) and not target.startswith("#"):
            yield target
        for key, value in part.items():
            if key != "contained" and isinstance(value, dict | list):
                yield from references_in(value)
    elif isinstance(part, list):
        for value in part:
            yield from references_in(value)
