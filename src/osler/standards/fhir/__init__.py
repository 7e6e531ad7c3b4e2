"""FHIR R4: documents in, bundles out, and validation against the published schema."""

from osler.standards.fhir.bundles import to_bundle
from osler.standards.fhir.reading import read_fhir
from osler.standards.fhir.validation import validate

__all__ = ["read_fhir", "to_bundle", "validate"]
