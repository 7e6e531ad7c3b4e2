"""FHIR R4 in: resources sorted by patient, each patient's put together as one document.

A Bundle of one patient is kept as it came. Resources that come alone (a bulk export) wait in a
spool, on disk where there are many, until all are seen: only then it is known who is who.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from osler.clinical import Identifier, Patient, Record
from osler.collect.fhir_files import Placed
from osler.collect.portions import Asked, Came, Portion, TurnedAway
from osler.collect.spool import Spool, Spot
from osler.errors import InputRefused, NotReadable, NotSupported, OslerError
from osler.standards.fhir import (
    Reading,
    envelope_faults,
    identity_of,
    pointed_at,
    read_named,
    references_in,
    stated_patients,
    validate,
)

Resource = dict[str, Any]


def portions_of(found: Iterable[Placed | TurnedAway], asked: Asked) -> Iterator[Came]:
    """Yield each patient's documents, and each resource that is turned away.

    Every resource is counted once: an entry of a Bundle is one, a Bundle without entries is one,
    what is no FHIR at all is one.
    """
    with Spool() as spool:
        sorting = _Sorting(asked, spool)
        for one in found:
            if isinstance(one, TurnedAway):
                yield one
            else:
                yield from sorting.take(one)
        yield from sorting.rest()


@dataclass
class _Sorting:
    """One delivery on its way to its patients."""

    asked: Asked
    spool: Spool
    by_patient: dict[str, list[Spot]] = field(default_factory=dict)
    patients: dict[str, list[Spot]] = field(default_factory=dict)
    of_nobody: dict[str, Spot] = field(default_factory=dict)
    unnamed: list[Spot] = field(default_factory=list)
    gone_along: set[str] = field(default_factory=set)

    def take(self, placed: Placed) -> Iterator[Came]:
        """Take one JSON object: a Bundle, or a resource alone."""
        document = placed.document
        if document.get("resourceType") != "Bundle":
            yield from self._loose(document, placed.content, placed.place)
            return
        entries = document.get("entry")
        held = _entries(entries) if isinstance(entries, list) else []
        if not held:
            error = NotSupported(
                f"{placed.place}: a Bundle without a resource; expected entries of a patient"
            )
            yield TurnedAway.of(placed.place, error, content=placed.content)
            return
        yield from self._bundle(placed, held)

    def _bundle(self, placed: Placed, held: "list[tuple[int, Resource, str]]") -> Iterator[Came]:
        """Keep a Bundle of one patient as it came; take any other apart."""
        good = []
        for index, resource, url in held:
            place = f"{placed.place}, Bundle.entry[{index}]"
            refused = _refused(resource, place)
            if refused is not None:
                yield refused
            else:
                good.append((index, resource, url))
        patients = {identity_of(one): one for _, one, _ in good if _is_patient(one)}
        names = {url: identity_of(one) for _, one, url in good if url}
        if len(patients) == 1 and "" not in patients and _all_of(good, patients, names):
            yield self._whole(placed, {index for index, _, _ in good})
            self._remember(next(iter(patients.values())))
            return
        for index, resource, _ in good:
            whole = _renamed(resource, names)
            content = json.dumps(whole, ensure_ascii=False).encode()
            place = f"{placed.place}, Bundle.entry[{index}]"
            yield from self._sorted(whole, content, place)

    def _whole(self, placed: Placed, good: set[int]) -> Came:
        """Return a Bundle of one patient, without what was turned away."""
        document = placed.document
        entries = [one if index in good else {} for index, one in enumerate(document["entry"])]
        said = tuple(f"the Bundle itself: {fault}" for fault in envelope_faults(document)[:3])
        return self._read(
            [("the document", {**document, "entry": entries})],
            placed.content,
            origin=placed.place,
            count=len(good),
            said=said,
        )

    def _loose(self, resource: Resource, content: bytes, place: str) -> Iterator[Came]:
        """Take a resource that came alone."""
        refused = _refused(resource, place, content)
        if refused is not None:
            yield refused
        else:
            yield from self._sorted(resource, content, place)

    def _sorted(self, resource: Resource, content: bytes, place: str) -> Iterator[Came]:
        """Put a resource aside until all are seen, or turn away one of several patients."""
        identity = identity_of(resource)
        spot = self.spool.add(place, content)
        if _is_patient(resource):
            if identity:
                self.patients.setdefault(identity, []).append(spot)
            else:
                self.unnamed.append(spot)
            return
        about = stated_patients(resource)
        if len(about) == 1:
            self.by_patient.setdefault(about[0], []).append(spot)
        elif about:
            error = InputRefused(
                f"{place}: {identity or 'a resource'} names {len(about)} patients; expected one; "
                "whose it is is not guessed"
            )
            yield TurnedAway.of(place, error, content=content)
        elif identity and identity not in self.of_nobody:
            self.of_nobody[identity] = spot
        else:
            yield _of_nobody(resource, place, content)

    def _remember(self, patient: Resource) -> None:
        """Keep a patient of a Bundle at hand for what else in the delivery points there."""
        content = json.dumps(patient, ensure_ascii=False).encode()
        spot = replace(self.spool.add("", content), is_copy=True)
        self.patients.setdefault(identity_of(patient), []).append(spot)

    def rest(self) -> Iterator[Came]:
        """Put each patient's resources together, now that all are seen."""
        for identity in dict.fromkeys((*self.patients, *self.by_patient)):
            own = self.patients.get(identity, [])
            about = self.by_patient.get(identity, [])
            if own and all(one.is_copy for one in own) and not about:
                continue
            if not own and not self.asked.is_named:
                yield from self._dangling(identity, about)
            else:
                yield self._person(identity, own, about)
        for spot in self.unnamed:
            yield self._person("", [spot], [])
        for identity, spot in self.of_nobody.items():
            if identity not in self.gone_along:
                content = self.spool.read(spot)
                yield _of_nobody(json.loads(content), spot.place, content)

    def _dangling(self, identity: str, about: list[Spot]) -> Iterator[Came]:
        """Turn away what points to a patient that is not there."""
        for spot in about:
            error = InputRefused(
                f"{spot.place}: it is about {identity}, who is not in what was given; expected the "
                "Patient beside it, or the name of the source (--source) that knows this id"
            )
            yield TurnedAway.of(spot.place, error, content=self.spool.read(spot))

    def _person(self, identity: str, own: list[Spot], about: list[Spot]) -> Came:
        """Return one patient's resources as one document, with what they refer to."""
        lines: list[bytes] = []
        documents: list[tuple[str, Resource]] = []
        wanted: dict[str, Spot] = {}
        for spot in (*own, *about):
            content = self.spool.read(spot)
            resource = json.loads(content)
            lines.append(content if b"\n" not in content else json.dumps(resource).encode())
            documents.append((spot.place or "the Patient", resource))
            for one in map(pointed_at, references_in(resource)):
                if one in self.of_nobody:
                    wanted[one] = self.of_nobody[one]
        new = [one for one in wanted if one not in self.gone_along]
        for spot in wanted.values():
            content = self.spool.read(spot)
            lines.append(
                content if b"\n" not in content else json.dumps(json.loads(content)).encode()
            )
            documents.append((spot.place, json.loads(content)))
        self.gone_along.update(wanted)
        places = [spot.place for spot in (*own, *about) if spot.place]
        origin = places[0] if len(places) == 1 else f"{places[0]} and {len(places) - 1} more"
        logical = identity.removeprefix("Patient/") if not own else ""
        count = len(own) + len(about) + len(new) - sum(one.is_copy for one in own)
        return self._read(documents, b"\n".join(lines), origin=origin, count=count, logical=logical)

    def _read(
        self,
        documents: list[tuple[str, Resource]],
        content: bytes,
        *,
        origin: str,
        count: int,
        logical: str = "",
        said: tuple[str, ...] = (),
    ) -> Came:
        """Read one patient's document."""
        asked = self.asked
        try:
            reading = read_named(
                documents, origin=origin, bounds=asked.bounds, now=asked.now, source=asked.source
            )
        except InputRefused as error:
            return TurnedAway.of(origin, error, count=count, content=content)
        record = self._numbered(reading, documents, logical)
        record = replace(record, warnings=(*record.warnings, *said))
        return Portion(origin, content, "fhir", record, count, reading.names)

    def _numbered(
        self, reading: Reading, documents: list[tuple[str, Resource]], logical: str
    ) -> Record:
        """Add the source's own id of the patient to the numbers, where the source is named."""
        record = reading.record
        if not self.asked.is_named:
            return record
        ids = [logical] if logical else [_logical_id(one) for _, one in documents]
        known = [one for one in ids if one]
        if not known:
            return record
        number = Identifier(known[0], f"{self.asked.source}/Patient")
        patient: Patient = record.patient
        return replace(record, patient=replace(patient, identifiers=(*patient.identifiers, number)))


def _entries(entries: list[object]) -> list[tuple[int, Resource, str]]:
    """Return the resources of a Bundle: index, resource, fullUrl. A search's outcome is none."""
    held = []
    for index, entry in enumerate(entries):
        if not isinstance(entry, dict):
            continue
        search = entry.get("search")
        if isinstance(search, dict) and search.get("mode") == "outcome":
            continue
        resource = entry.get("resource")
        if resource is not None:
            url = entry.get("fullUrl")
            held.append((index, resource, url if isinstance(url, str) else ""))
    return held


def _refused(resource: object, place: str, content: bytes | None = None) -> TurnedAway | None:
    """Return the refusal of what is no valid resource, None where it is one."""
    if not isinstance(resource, dict):
        error: OslerError = NotReadable(f"{place}: not an object; expected a FHIR R4 resource")
        return TurnedAway.of(place, error, content=content)
    faults = validate(resource)
    if not faults:
        return None
    kept = content if content is not None else json.dumps(resource, ensure_ascii=False).encode()
    more = f" (and {len(faults) - 1} more faults)" if len(faults) > 1 else ""
    error = NotReadable(f"{place}: not valid FHIR R4: {faults[0]}{more}; correct it at the source")
    return TurnedAway.of(place, error, content=kept)


def _is_patient(resource: Mapping[str, Any]) -> bool:
    """Tell whether a resource is a Patient."""
    return resource.get("resourceType") == "Patient"


def _all_of(
    good: list[tuple[int, Resource, str]],
    patients: Mapping[str, Resource],
    names: Mapping[str, str],
) -> bool:
    """Tell whether every resource is about the one patient, or about nobody."""
    only = next(iter(patients))
    for _, resource, _ in good:
        about = {names.get(one, one) for one in stated_patients(resource)}
        if not _is_patient(resource) and any(
            one != only and one.startswith("Patient/") for one in about
        ):
            return False
    return True


def _renamed(resource: Resource, names: Mapping[str, str]) -> Resource:
    """Return a resource whose references by fullUrl name type and id, as outside its Bundle."""
    text = json.dumps(resource, ensure_ascii=False)
    urns = {one for one in references_in(resource) if one.startswith("urn:")}
    for urn in urns & names.keys():
        if names[urn]:
            text = text.replace(json.dumps(urn), json.dumps(names[urn]))
    found: Resource = json.loads(text)
    return found


def _logical_id(resource: Mapping[str, Any]) -> str:
    """Return the id of a Patient; of a Bundle, that of its Patient."""
    if _is_patient(resource):
        return str(resource.get("id") or "")
    entries = resource.get("entry")
    inside = (one.get("resource") for one in entries) if isinstance(entries, list) else ()
    return next((_logical_id(one) for one in inside if one and _is_patient(one)), "")


def _of_nobody(resource: Mapping[str, Any], place: str, content: bytes) -> TurnedAway:
    """Return the refusal of a resource that is about no patient."""
    error = NotSupported(
        f"{place}: this {resource.get('resourceType')} is about no patient, and nothing of a "
        "patient in what was given refers to it; Osler keeps patients' records only"
    )
    return TurnedAway.of(place, error, content=content)
