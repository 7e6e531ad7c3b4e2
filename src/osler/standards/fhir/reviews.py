"""What people made of a draft, as FHIR: who they are, and what they state themselves."""

from dataclasses import dataclass

from osler.clinical import OSLER, SNOMED, Act, Code, Draft, Report, Review, Statement
from osler.standards.fhir.parts import Naming, Resource, coded, concept, instant, notes

PRESENT = Code(SNOMED, "52101004", "Present")
ABSENT = Code(SNOMED, "2667000", "Absent")
BY_PERSON = "stated by a person on review"


def people_of(draft: Draft, report: Report | None) -> tuple[str, ...]:
    """Return everybody who reviewed, signed or added, each once."""
    signed = (report.signed_by, *(one.by for one in report.addenda)) if report is not None else ()
    return tuple(dict.fromkeys((*signed, *(one.by for one in draft.reviews))))


def practitioner(name: str, naming: Naming) -> Resource:
    """Return the Practitioner of a user of this site."""
    return naming.resource(
        "Practitioner",
        _key(name),
        identifier=[{"system": f"{OSLER}/user", "value": name}],
        name=[{"text": name}],
    )


def performer(name: str, naming: Naming) -> Resource:
    """Return a reference to a user of this site, readable without following it."""
    return {**naming.reference("Practitioner", _key(name)), "display": name}


def _key(name: str) -> str:
    return f"user/{name}"


def said_of(review: Review | None) -> tuple[str, ...]:
    """Say in a note what a person made of a model's finding."""
    if review is None:
        return ()
    why = f": {review.why}" if review.why.strip() else ""
    return (f"Review: {review.act} by {review.by} at {instant(review.at)}{why}",)


@dataclass(frozen=True)
class Status:
    """Which status an Observation has: before the signature none is more than preliminary."""

    is_signed: bool

    def plain(self) -> str:
        """Return the status of what nobody reviews by itself: the signature covers it."""
        return "final" if self.is_signed else "preliminary"

    def of(self, review: Review | None) -> str:
        """Return the status of a model's finding.

        One that nobody has reviewed stays preliminary, in a signed report too; one that a person
        left out or turned over is cancelled.
        """
        if review is None or not self.is_signed:
            return "preliminary"
        return "final" if review.agrees else "cancelled"

    def of_statement(self, review: Review) -> str:
        """Return the status of what a person stated."""
        if review.act is Act.REJECT:
            return "cancelled"
        return self.plain()


def statement_elements(review: Review, said: Statement) -> Resource:
    """Return the elements of an Observation that a person states."""
    there = PRESENT if said.present else ABSENT
    withdrawn = review.act is Act.REJECT
    return {
        "code": concept(said.code or Code("", "", said.display)),
        "valueCodeableConcept": None if withdrawn else concept(there),
        "dataAbsentReason": _withdrawn() if withdrawn else None,
        "method": {"text": BY_PERSON},
        "bodySite": {"text": said.place} if said.place.strip() else None,
        "note": notes(said.certainty, said.remark, *said_of(review)),
    }


def _withdrawn() -> Resource:
    """Say that a finding was taken back."""
    system = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
    return coded(system, "not-applicable", "Not Applicable")
