"""FHIR R4: documents in, bundles out, and validation against the published schema."""

from osler.standards.fhir.reading import read_fhir

__all__ = ["read_fhir"]
