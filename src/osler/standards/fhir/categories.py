"""The grade or class that a package's findings come to, as the elements of an Observation."""

from osler.clinical import OSLER, Category, Code
from osler.standards.fhir.parts import (
    ABSENT_REASONS,
    Naming,
    Resource,
    coded,
    component,
    concept,
    notes,
)
from osler.standards.fhir.people import device_key

STATES = {"undecided": ("unknown", "Unknown"), "not assessed": ("not-performed", "Not Performed")}


def category_key(category: Category) -> str:
    """Return what tells one category of the draft from another."""
    return f"category/{category.model.name}/{category.model.version}"


def category_elements(category: Category, naming: Naming) -> Resource:
    """Return value, or why there is none, and the probability of each candidate."""
    settled = category.state == "settled"
    likeliest = category.candidates[0].display if category.candidates else ""
    code = Code(OSLER, f"{category.model.name}-{category.kind}", category.subject)
    shares = [
        component(
            f"{category.kind}-{one.name}".replace(" ", "-"),
            f"{one.display}, probability",
            100 * one.probability,
            unit="%",
        )
        for one in category.candidates
    ]
    return {
        "code": concept(code),
        "valueCodeableConcept": {"text": likeliest} if settled else None,
        "dataAbsentReason": None if settled else coded(ABSENT_REASONS, *STATES[category.state]),
        "device": naming.reference("Device", device_key(category.model)),
        "component": [one for one in shares if one is not None],
        "note": notes(category.why, f"Among: {'; '.join(category.among)}."),
    }
