"""Each instance once: what was given twice must not count twice, nor stand in for another."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from osler.clinical import Instance, InstanceUid, Refusal, StudyUid
from osler.errors import IdentityConflict

Key = tuple[StudyUid, InstanceUid]


@dataclass(frozen=True)
class Distinct:
    """Instances of which no two in a study carry one UID, and refusals of the others."""

    instances: tuple[Instance, ...]
    refusals: tuple[Refusal, ...]


def distinct(instances: Iterable[Instance]) -> Distinct:
    """Keep the first instance of each UID in a study.

    A copy, byte by byte, is left out and named in the first one's warnings. Other bytes under
    the same UID are refused: which of the two was meant is not for us to say, and the answer of
    one must never be shown for the other.
    """
    kept: dict[Key, Instance] = {}
    refusals = []
    for one in instances:
        key = (one.study_uid, one.uid)
        first = kept.setdefault(key, one)
        if first is one:
            continue
        if first.content == one.content:
            note = f"given again as {one.origin}; it counts once"
            kept[key] = replace(first, warnings=(*first.warnings, note))
        else:
            refusals.append(_refusal(one, first))
    return Distinct(tuple(kept.values()), tuple(refusals))


def _refusal(one: Instance, first: Instance) -> Refusal:
    """Say that two files claim to be one image."""
    error = IdentityConflict(
        f"{one.origin}: carries the SOP Instance UID of {first.origin} but holds other data; "
        "expected a UID for each image; only the first was used: send the one that is meant, or "
        "correct the UID at the source"
    )
    return Refusal.of(one.origin, error)
