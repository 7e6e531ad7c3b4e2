"""Each instance once: what was given twice must not count twice, nor stand in for another."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from osler.clinical import Instance, InstanceUid, Refusal, StudyUid
from osler.errors import IdentityConflict, InputRefused
from osler.standards.pictures import decode_first


@dataclass(frozen=True)
class Distinct:
    """Instances of which no two in a study carry one UID, and refusals of the others."""

    instances: tuple[Instance, ...]
    refusals: tuple[Refusal, ...]


def distinct(instances: Iterable[Instance]) -> Distinct:
    """Keep one instance of each UID in a study.

    A copy, byte by byte, is left out and named in the first one's warnings. Where the bytes
    differ, the first whose picture can be read is kept and the others are refused: which one was
    meant is not for us to say, and the answer of one must never be shown for the other.
    """
    groups: dict[tuple[StudyUid, InstanceUid], list[Instance]] = {}
    for one in instances:
        groups.setdefault((one.study_uid, one.uid), []).append(one)
    kept, refusals = [], []
    for members in groups.values():
        best, refused = _best(_without_copies(members))
        kept.append(best)
        refusals += refused
    return Distinct(tuple(kept), tuple(refusals))


def _without_copies(members: Sequence[Instance]) -> list[Instance]:
    """Return the members that differ, each with a warning for every copy of it."""
    by_content: dict[bytes, Instance] = {}
    for one in members:
        first = by_content.setdefault(one.content, one)
        if first is not one:
            note = f"given again as {one.origin}; it counts once"
            by_content[one.content] = replace(first, warnings=(*first.warnings, note))
    return list(by_content.values())


def _best(members: Sequence[Instance]) -> tuple[Instance, list[Refusal]]:
    """Return the first that can be read (else the first), and refusals of the others."""
    if len(members) == 1:
        return members[0], []
    faults = [_fault(one) for one in members]
    best = members[faults.index(None) if None in faults else 0]
    pairs = zip(members, faults, strict=True)
    return best, [fault or _conflict(one, best) for one, fault in pairs if one is not best]


def _fault(one: Instance) -> Refusal | None:
    """Return why an instance's picture cannot be read, or None where it can or has none."""
    if not one.has_pixels:
        return None
    try:
        decode_first(one)
    except InputRefused as error:
        return Refusal.of(one.origin, error)
    return None


def _conflict(one: Instance, best: Instance) -> Refusal:
    """Say that two files claim to be one image."""
    error = IdentityConflict(
        f"{one.origin}: carries the SOP Instance UID of {best.origin} but holds other data; "
        f"expected a UID for each image; only {best.origin} was used: send the one that is "
        "meant, or correct the UID at the source"
    )
    return Refusal.of(one.origin, error)
