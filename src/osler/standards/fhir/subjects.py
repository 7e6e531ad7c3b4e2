"""Whose document it is: one patient, or a refusal. Identity is never guessed."""

from collections.abc import Iterable
from dataclasses import dataclass

from osler.clinical import Identifier, Patient
from osler.errors import IdentityConflict, NotReadable
from osler.standards.fhir.documents import Held, References
from osler.standards.fhir.patients import read_patient
from osler.standards.fhir.shape import inner, text

SUBJECT_KEYS = {"AllergyIntolerance": "patient"}


@dataclass(frozen=True)
class Owner:
    """The patient of a document, and the Patient resource that describes them, if any."""

    patient: Patient
    held: Held | None
    warnings: tuple[str, ...]

    def is_named_by(self, one: Held) -> bool:
        """Tell whether a resource names any subject at all."""
        return inner(one.resource, SUBJECT_KEYS.get(one.kind, "subject")) is not None

    def owns(self, one: Held, references: References) -> str | None:
        """Return None where a resource is of this patient, else the reason why it is not."""
        subject = inner(one.resource, SUBJECT_KEYS.get(one.kind, "subject"))
        reference = text(subject, "reference") if subject is not None else None
        if self.held is None or subject is None:
            return None
        if reference is None:
            return self._owns_by_identifier(Held(subject, one.place))
        if references.target(reference) is self.held or self.held.is_at(reference):
            return None
        return "its subject is not the patient of this document"

    def _owns_by_identifier(self, subject: Held) -> str | None:
        """Compare a logical reference with the patient's identifiers."""
        stated = inner(subject.resource, "identifier")
        value = text(stated, "value") if stated is not None else None
        if stated is None or not value or not value.strip():
            return None
        identifier = Identifier(value.strip(), text(stated, "system") or None)
        if any(identifier.agrees_with(known) for known in self.patient.identifiers):
            return None
        return "its subject's identifier is not one of the patient of this document"


def find_owner(held: Iterable[Held], clinical: Iterable[Held], *, origin: str) -> Owner:
    """Return the one patient of a document.

    Raises
    ------
    IdentityConflict
        The document describes two patients, or its resources refer to two.
    """
    patients = [one for one in held if one.kind == "Patient"]
    if len(patients) > 1:
        ids = ", ".join(str(one.resource.get("id")) for one in patients[:5])
        raise IdentityConflict(
            f"{origin}: {len(patients)} Patient resources (ids {ids}), expected one; split the "
            "document so that each holds one patient"
        )
    if not patients:
        return _unnamed_owner(clinical, origin)
    try:
        patient, warnings = read_patient(patients[0].resource)
    except NotReadable as fault:
        return Owner(Patient(), patients[0], (f"{patients[0].where} was not used: {fault}",))
    return Owner(patient, patients[0], warnings)


def _unnamed_owner(clinical: Iterable[Held], origin: str) -> Owner:
    """Return an unidentified patient, where all resources refer to the same one."""
    referred = {reference for one in clinical if (reference := _subject_reference(one))}
    if len(referred) > 1:
        raise IdentityConflict(
            f"{origin}: no Patient resource, and the resources refer to {len(referred)} different "
            "subjects, expected one; split the document by patient"
        )
    warning = "the document holds no Patient resource: who it is about is unknown"
    return Owner(Patient(), None, (warning,))


def _subject_reference(one: Held) -> str | None:
    """Return the subject's reference, None where there is none or it is malformed."""
    try:
        subject = inner(one.resource, SUBJECT_KEYS.get(one.kind, "subject"))
        return text(subject, "reference") if subject is not None else None
    except NotReadable:
        return None
