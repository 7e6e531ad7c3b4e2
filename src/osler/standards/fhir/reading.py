"""FHIR R4 in: a document of one patient becomes a record.

One malformed resource costs itself and a warning, never the rest.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from osler.clinical import Code, Condition, Named, Observation, Record, ValueNames
from osler.errors import InputRefused, NotReadable
from osler.standards.fhir.concepts import read_concept
from osler.standards.fhir.documents import (
    Held,
    Holding,
    References,
    held_resources,
    once_each,
    version_of,
)
from osler.standards.fhir.observations import is_meant, read_observation
from osler.standards.fhir.problems import (
    MEDICATION_TYPES,
    is_current_allergy,
    is_current_medication,
    medication_concept,
    read_condition,
    stands,
)
from osler.standards.fhir.shape import Json, inner, tables, text
from osler.standards.fhir.subjects import Owner, find_owner
from osler.standards.terminology import Bounds, to_observation

CLINICAL = frozenset({"Observation", "Condition", "AllergyIntolerance", *MEDICATION_TYPES})


@dataclass(frozen=True)
class Reading:
    """A record, and what its source calls the values in it."""

    record: Record
    names: ValueNames


@dataclass
class _Gathering:
    """A record in the making."""

    references: References
    bounds: Mapping[str, Bounds]
    now: datetime | None
    observations: list[Observation] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    medications: list[Code] = field(default_factory=list)
    allergies: list[Code] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    without_subject: int = 0
    source: str = ""
    named: list[Named] = field(default_factory=list)
    named_conditions: list[Named] = field(default_factory=list)
    named_medications: list[tuple[Code, Named]] = field(default_factory=list)
    named_allergies: list[tuple[Code, Named]] = field(default_factory=list)
    withdrawn: list[Named] = field(default_factory=list)

    def name(self, one: Held, part: str = "") -> Named:
        """Return what the source calls a resource, or a part of it."""
        identity = one.resource.get("id")
        if not isinstance(identity, str):
            return Named()
        return Named(f"{self.source}|{one.kind}/{identity}{part}", version_of(one.resource))

    def leave_out(self, one: Held, why: str) -> None:
        """Count a resource that does not stand, and let its earlier version stand no more."""
        self.left_out[why] += 1
        parts = ["", *(f"#{index}" for index in range(len(tables(one.resource, "component"))))]
        self.withdrawn += [name for part in parts if (name := self.name(one, part)).name]

    def add_observation(self, one: Held) -> None:
        """Add an Observation's values."""
        if not is_meant(one.resource):
            self.leave_out(one, "Observations that are entered in error or cancelled")
            return
        stated = read_observation(one.resource)
        self.observations += [to_observation(each, self.bounds, now=self.now) for each in stated]
        has_own = len(stated) > len(tables(one.resource, "component"))
        parts = (
            ["", *map("#{}".format, range(len(stated)))]
            if has_own
            else [f"#{index}" for index in range(len(stated))]
        )
        self.named += [self.name(one, part) for part in parts[: len(stated)]]

    def add_condition(self, one: Held) -> None:
        """Add a Condition."""
        if stands(one.resource):
            self.conditions.append(read_condition(one.resource))
            self.named_conditions.append(self.name(one))
        else:
            self.leave_out(one, "Conditions that are entered in error or refuted")

    def add_allergy(self, one: Held) -> None:
        """Add an AllergyIntolerance that is current."""
        code = read_concept(one.resource, "code")
        if not stands(one.resource) or not is_current_allergy(one.resource):
            self.leave_out(one, "AllergyIntolerances that are no longer held or in error")
        elif code is None:
            raise NotReadable("it has no code, so to what is unknown; code it at the source")
        else:
            self.allergies.append(code)
            self.named_allergies.append((code, self.name(one)))

    def add_medication(self, one: Held) -> None:
        """Add a medication that is current."""
        if not is_current_medication(one.resource):
            self.leave_out(one, "medications that are stopped, completed or in error")
            return
        code = medication_concept(one.resource) or self._referred_medication(one)
        if code is not None:
            self.medications.append(code)
            self.named_medications.append((code, self.name(one)))

    def _referred_medication(self, one: Held) -> Code | None:
        """Follow medicationReference; one that leads nowhere is named in a warning."""
        pointer = inner(one.resource, "medicationReference")
        reference = text(pointer, "reference") if pointer is not None else None
        target = self._target(one, reference) if reference else None
        if target is not None:
            return read_concept(target, "code")
        display = text(pointer, "display") if pointer is not None else None
        self.warnings.append(
            f"{one.where}: its medicationReference leads to nothing in this document"
        )
        return Code("", "", display) if display else None

    def _target(self, one: Held, reference: str) -> Json | None:
        """Return what a reference points to, in the resource itself or in the document."""
        if reference.startswith("#"):
            contained = one.resource.get("contained")
            for inside in contained if isinstance(contained, list) else ():
                if isinstance(inside, dict) and inside.get("id") == reference[1:]:
                    return inside
            return None
        target = self.references.target(reference)
        return None if target is None else target.resource


def read_fhir(
    documents: Iterable[tuple[str, Json]],
    *,
    origin: str,
    bounds: Mapping[str, Bounds],
    now: datetime | None = None,
) -> Record:
    """Read FHIR R4 documents that are all of one patient.

    Parameters
    ----------
    documents
        Each with the place it stands at ('the document', 'line 3'): a Bundle of any type or a
        single resource.
    origin
        The name that the user knows the input by.
    bounds
        Plausible ranges by the name of the measurement.
    now
        Where given, observations dated after it are flagged.

    Raises
    ------
    IdentityConflict
        The documents are of two patients.
    NotReadable
        A document is no FHIR, or holds nothing about a patient.
    """
    held, opened = _held(documents, origin)
    if not any(one.kind == "Patient" or one.kind in CLINICAL for one in held):
        raise NotReadable(
            f"{origin}: FHIR with {len(held)} resources but no Patient, Observation, Condition, "
            "medication or allergy; give a Bundle of one patient's record"
        )
    return _read(held, opened, origin=origin, bounds=bounds, now=now, source="").record


def read_named(
    documents: Iterable[tuple[str, Json]],
    *,
    origin: str,
    bounds: Mapping[str, Bounds],
    now: datetime | None = None,
    source: str,
) -> Reading:
    """Read FHIR R4 documents that are all of one patient, with what the source calls each value.

    Like `read_fhir`, but a document that holds nothing but other resources is a record too.
    Resource ids are unique within one ``source`` only.
    """
    held, opened = _held(documents, origin)
    return _read(held, opened, origin=origin, bounds=bounds, now=now, source=source)


def _held(documents: Iterable[tuple[str, Json]], origin: str) -> tuple[tuple[Held, ...], Holding]:
    """Return the resources of all documents, each once, and what was opened."""
    opened = _opened(documents, origin)
    held, repeated = once_each(opened.held)
    warnings = opened.warnings
    if repeated:
        warnings = (*warnings, f"{repeated} repeated versions of a resource were left out")
    return held, Holding(held, warnings)


def _read(
    held: tuple[Held, ...],
    opened: Holding,
    *,
    origin: str,
    bounds: Mapping[str, Bounds],
    now: datetime | None,
    source: str,
) -> Reading:
    """Gather what the resources say of their one patient."""
    clinical = [one for one in held if one.kind in CLINICAL]
    owner = find_owner(held, clinical, origin=origin)
    gathering = _Gathering(
        References(held), bounds, now, warnings=list(opened.warnings), source=source
    )
    for one in clinical:
        _gather(gathering, one, owner)
    names = ValueNames(
        tuple(gathering.named),
        tuple(gathering.named_conditions),
        tuple(gathering.named_medications),
        tuple(gathering.named_allergies),
        tuple(gathering.withdrawn),
    )
    return Reading(_record(gathering, owner, origin), names)


def _opened(documents: Iterable[tuple[str, Json]], origin: str) -> Holding:
    """Return the resources of all documents; a document that is no FHIR is named."""
    held: list[Held] = []
    warnings: list[str] = []
    for place, document in documents:
        try:
            holding = held_resources(document, place=place)
        except NotReadable as fault:
            raise NotReadable(f"{origin}: {fault}") from fault
        held += holding.held
        warnings += holding.warnings
    return Holding(tuple(held), tuple(warnings))


def _gather(gathering: _Gathering, one: Held, owner: Owner) -> None:
    """Add one resource, or a warning that names it."""
    try:
        reason = owner.owns(one, gathering.references)
        if reason is not None:
            gathering.warnings.append(f"{one.where} was left out: {reason}")
            return
        _adder(gathering, one.kind)(one)
        gathering.without_subject += not owner.is_named_by(one)
    except InputRefused as fault:
        gathering.warnings.append(f"{one.where} was left out: {fault}")


def _adder(gathering: _Gathering, kind: str) -> Callable[[Held], None]:
    adders = {
        "Observation": gathering.add_observation,
        "Condition": gathering.add_condition,
        "AllergyIntolerance": gathering.add_allergy,
    }
    return adders.get(kind, gathering.add_medication)


def _record(gathering: _Gathering, owner: Owner, origin: str) -> Record:
    counted = [f"{count} {what} were left out" for what, count in gathering.left_out.items()]
    if gathering.without_subject:
        counted.append(
            f"{gathering.without_subject} resources state no subject and were taken to be of the "
            "document's one patient"
        )
    return Record(
        owner.patient,
        observations=tuple(gathering.observations),
        conditions=tuple(gathering.conditions),
        medications=tuple(dict.fromkeys(gathering.medications)),
        allergies=tuple(dict.fromkeys(gathering.allergies)),
        origin=origin,
        warnings=(*owner.warnings, *gathering.warnings, *counted),
    )
