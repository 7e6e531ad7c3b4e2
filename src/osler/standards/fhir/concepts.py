"""CodeableConcepts: which of several codings Osler keeps."""

from osler.clinical import ICD10, LOINC, SNOMED, Code
from osler.standards.fhir.shape import Json, inner, tables, text
from osler.standards.terminology import measurable_of

PREFERRED = (LOINC, SNOMED, ICD10)


def read_concept(holder: Json, key: str) -> Code | None:
    """Return the code of a concept under a key, None where it says nothing.

    A code that Osler knows comes first, then LOINC, SNOMED CT, ICD-10, then the first coding,
    then the text alone (as a code without a system).
    """
    concept = inner(holder, key)
    return None if concept is None else concept_code(concept)


def concept_code(concept: Json) -> Code | None:
    """Return the code of one CodeableConcept; see ``read_concept``."""
    words = text(concept, "text") or ""
    codes = [
        code for code in (_code(coding, words) for coding in tables(concept, "coding")) if code
    ]
    if codes:
        return min(codes, key=_rank)
    return Code("", "", words.strip()) if words.strip() else None


def status_code(holder: Json, key: str) -> str | None:
    """Return the bare code of a status that is a CodeableConcept (clinicalStatus)."""
    concept = inner(holder, key)
    if concept is None:
        return None
    for coding in tables(concept, "coding"):
        code = text(coding, "code")
        if code:
            return code
    return text(concept, "text")


def _code(coding: Json, words: str) -> Code | None:
    """Return one coding as a code, None where it names nothing."""
    code, display = text(coding, "code") or "", text(coding, "display") or words
    if not code and not display:
        return None
    return Code(text(coding, "system") or "", code, display)


def _rank(code: Code) -> tuple[bool, int]:
    """Order codes: known to Osler first, then by system."""
    system = PREFERRED.index(code.system) if code.system in PREFERRED else len(PREFERRED)
    return measurable_of(code) is None, system
