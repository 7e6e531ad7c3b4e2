"""What lies in a FHIR document: its resources, where each stands, and who refers to whom."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from osler.errors import NotReadable
from osler.standards.fhir.shape import Json, inner, listed, table, text

Key = tuple[str, str]


@dataclass(frozen=True)
class Held:
    """One resource of a document and the place it stands at, in words."""

    resource: Json
    place: str
    full_url: str | None = None

    @property
    def kind(self) -> str:
        """Return the resource type; '' where none is stated."""
        return text(self.resource, "resourceType") or ""

    @property
    def where(self) -> str:
        """Return the type and the place, for a warning."""
        return f"{self.kind or 'resource without a type'} at {self.place}"

    def is_at(self, reference: str) -> bool:
        """Tell whether a reference points here: by fullUrl, or by type and id."""
        bare = reference.split("/_history/", maxsplit=1)[0]
        if self.full_url is not None and bare == self.full_url:
            return True
        identity = f"{self.kind}/{self.resource.get('id')}"
        return bare == identity or bare.endswith(f"/{identity}")


@dataclass(frozen=True)
class Holding:
    """What a document holds, and warnings on entries that could not even be opened."""

    held: tuple[Held, ...]
    warnings: tuple[str, ...] = ()


def held_resources(document: Json, *, place: str = "the document") -> Holding:
    """Return the resources of a Bundle, or the resource itself.

    Raises
    ------
    NotReadable
        The document is no FHIR resource, or a Bundle whose entries are no list.
    """
    kind = text(document, "resourceType")
    if not kind:
        raise NotReadable(f"{place} has no resourceType; expected a FHIR R4 resource or Bundle")
    if kind != "Bundle":
        return Holding((Held(document, place),))
    found, warnings = [], []
    prefix = "" if place == "the document" else f"{place}, "
    for index, entry in enumerate(listed(document, "entry")):
        spot = f"{prefix}Bundle.entry[{index}]"
        try:
            one = _held(entry, spot)
        except NotReadable as fault:
            warnings.append(f"{spot} was left out: {fault}")
            continue
        if one is not None:
            found.append(one)
    return Holding(tuple(found), tuple(warnings))


def _held(entry: object, place: str) -> Held | None:
    """Return the resource of one entry, None where it has none (a search's outcome)."""
    opened = table(entry, "entry")
    resource = inner(opened, "resource")
    if resource is None:
        return None
    text(resource, "resourceType")
    return Held(resource, place, text(opened, "fullUrl"))


def version_of(resource: Json) -> str:
    """Return what tells the order of a resource's versions: its last update, else its number.

    '' where neither is stated, so that nobody can tell.
    """
    meta = resource.get("meta")
    if not isinstance(meta, dict):
        return ""
    updated, number = meta.get("lastUpdated"), meta.get("versionId")
    if isinstance(updated, str):
        try:
            return datetime.fromisoformat(updated).astimezone(UTC).isoformat()
        except ValueError:
            return ""
    return number.zfill(12) if isinstance(number, str) and number.isdecimal() else ""


def once_each(held: Iterable[Held]) -> tuple[tuple[Held, ...], int]:
    """Drop repeated versions of a resource, and count them.

    The newest stands; of versions whose order is not stated, the first.
    """
    seen: dict[Key, Held] = {}
    anonymous: list[Held] = []
    repeated = 0
    for one in held:
        identity = one.resource.get("id")
        if not isinstance(identity, str):
            anonymous.append(one)
        elif (one.kind, identity) in seen:
            repeated += 1
            if version_of(one.resource) > version_of(seen[one.kind, identity].resource) > "":
                seen[one.kind, identity] = one
        else:
            seen[one.kind, identity] = one
    return (*seen.values(), *anonymous), repeated


class References:
    """Finds what a reference of the document points to."""

    def __init__(self, held: Iterable[Held]) -> None:
        by_url: dict[str, Held] = {}
        by_identity: dict[str, Held] = {}
        for one in held:
            if one.full_url:
                by_url[one.full_url] = one
            by_identity[f"{one.kind}/{one.resource.get('id')}"] = one
        self._by_url: Mapping[str, Held] = by_url
        self._by_identity: Mapping[str, Held] = by_identity

    def target(self, reference: str) -> Held | None:
        """Return the resource that a reference points to, None where it is not in the document."""
        bare = reference.split("/_history/", maxsplit=1)[0]
        identity = "/".join(bare.split("/")[-2:])
        return self._by_url.get(bare) or self._by_identity.get(identity)
