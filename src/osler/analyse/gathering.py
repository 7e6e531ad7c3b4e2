"""Refusals put together, so that the line that matters is not the tenth of many alike."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from osler.clinical import FilmAnalysis, InstanceUid, NotAssessed

ALL_MODELS = "all models"
MADE_FOR_OTHERS = "other images"
LISTED_ONE_BY_ONE = 4
NO_VOLUMES: Mapping[InstanceUid, set[str | None]] = MappingProxyType({})
TELLING = ("body part", "modality", "colour")  # the first says most of the image
OTHER_IMAGES = frozenset(TELLING)


def gathered(
    closed: Sequence[NotAssessed],
    films: Sequence[FilmAnalysis],
    subjects: Mapping[str, str],
    *,
    as_volumes: Mapping[InstanceUid, set[str | None]] = NO_VOLUMES,
) -> tuple[NotAssessed, ...]:
    """Say once what holds for many images of a study, and once that models are for other images.

    Parameters
    ----------
    closed
        Every refusal of every package on every image.
    films
        The images that some package judged.
    subjects
        What each package is made for, by its name.
    as_volumes
        For each image of a series that was judged as a volume, what its packages are made for.
    """
    judged = {film.instance_uid: _subjects_of(film, subjects) for film in films}
    return _by_reason(_by_image(closed, {**judged, **as_volumes}, subjects))


def _by_image(
    closed: Sequence[NotAssessed],
    judged: Mapping[InstanceUid, set[str | None]],
    subjects: Mapping[str, str],
) -> list[NotAssessed]:
    """Put together, image by image, the packages that are made for other images.

    On an image that was judged, or that a package knew as its own and refused for its quality,
    these are packages of another subject. On one that nobody knew, many packages are one line; a
    few are listed with their own reasons.
    """
    others: dict[str | None, list[NotAssessed]] = defaultdict(list)
    out: list[NotAssessed] = []
    for one in closed:
        subject = subjects.get(one.model)
        same = subject in judged.get(one.instance_uid, set()) if one.instance_uid else False
        if one.gate in OTHER_IMAGES and subject is not None and not same and one.name is None:
            others[one.instance_uid].append(one)
        else:
            out.append(one)
    known = {one.instance_uid for one in out if one.model in subjects}
    for image, refusals in others.items():
        seen = image in judged or image in known
        if seen or len(refusals) >= LISTED_ONE_BY_ONE:
            out.append(_one_for(refusals, subjects, seen=seen))
        else:
            out += refusals
    return out


def _subjects_of(film: FilmAnalysis, subjects: Mapping[str, str]) -> set[str | None]:
    """Return what the packages that judged an image are made for."""
    models = {one.model.name for one in film.predictions}
    models |= {one.model.name for one in film.measurements}
    return {subjects.get(model) for model in models}


def _one_for(
    refusals: Sequence[NotAssessed], subjects: Mapping[str, str], *, seen: bool
) -> NotAssessed:
    """Name, in one line, the packages that are made for other images than this one."""
    by_subject: dict[str, list[str]] = defaultdict(list)
    for one in refusals:
        by_subject[subjects[one.model]].append(one.model)
    named = "; ".join(
        f"{subject} ({', '.join(sorted(models))})" for subject, models in sorted(by_subject.items())
    )
    first = min(refusals, key=lambda one: TELLING.index(one.gate))
    if seen:
        return replace(
            first,
            model=ALL_MODELS,
            gate=MADE_FOR_OTHERS,
            reason=f"models made for other images did not look: {named}",
            instance_uid=None,
            origin=None,
        )
    why = f"{first.reason.split(';')[0]}; " if first.reason.startswith("the header") else ""
    return replace(
        first,
        model=ALL_MODELS,
        reason=f"{why}no model is made for this image; there are models for {named}",
    )


def _by_reason(closed: Sequence[NotAssessed]) -> tuple[NotAssessed, ...]:
    """Say once what holds for many images, with their number."""
    groups: dict[tuple[str, str, str, str | None], list[NotAssessed]] = defaultdict(list)
    for one in closed:
        groups[(one.model, one.gate, one.reason, one.name)].append(one)
    out: list[NotAssessed] = []
    for members in groups.values():
        first = members[0]
        if first.instance_uid is None and len(members) > 1:
            out.append(first)
        elif len(members) < LISTED_ONE_BY_ONE:
            out += members
        else:
            reason = f"{first.reason} ({len(members)} images)"
            out.append(replace(first, reason=reason, instance_uid=None))
    return tuple(out)
