"""FHIR R4: documents in, bundles out, and validation against the published schema."""

from osler.standards.fhir.bundles import to_bundle
from osler.standards.fhir.reading import Reading, read_fhir, read_named
from osler.standards.fhir.validation import envelope_faults, validate
from osler.standards.fhir.whose import (
    identity_of,
    pointed_at,
    references_in,
    stated_patients,
)

__all__ = [
    "Reading",
    "envelope_faults",
    "identity_of",
    "pointed_at",
    "read_fhir",
    "read_named",
    "references_in",
    "stated_patients",
    "to_bundle",
    "validate",
]
