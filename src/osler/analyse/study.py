"""Judge the films of one study by every package whose contract and gates they pass."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from osler.analyse.film import QUALITY, FilmFacts, look
from osler.analyse.gates import (
    ClosedGate,
    distance_of,
    header_gate,
    pixel_gates,
    shape_gate,
)
from osler.analyse.gathering import ALL_MODELS, gathered
from osler.analyse.heads import Arrays, LinearHead
from osler.analyse.package import Package
from osler.analyse.pictures import Judged, judge_picture
from osler.analyse.scoring import predictions
from osler.analyse.similar import similar_cases
from osler.analyse.small_changes import Floats, under_changes
from osler.analyse.volume_study import analyse_volumes
from osler.clinical import (
    FilmAnalysis,
    Instance,
    InstanceUid,
    NotAssessed,
    Picture,
    Prediction,
    SeriesUid,
    StudyAnalysis,
    Volume,
)
from osler.prepare.film import SQUARE, squash
from osler.prepare.picture import canvas_of

CHEST_FILMS = "classification"
NO_VOLUMES: Mapping[SeriesUid, Volume] = MappingProxyType({})
SURE_OF_VIEW = 0.8


@dataclass(frozen=True)
class Panel:
    """The packages in use: the one that outlines chest films, and those that judge pictures.

    ``volumes`` are those that read whole series. What the outlining package sees in any picture
    is also what all gates look at. With ``small_changes`` every score also says how far it holds
    when the picture is changed a little, at nine times the cost of a score.
    """

    anatomy: Package
    judges: tuple[Package, ...]
    volumes: tuple[Package, ...] = ()
    small_changes: bool = False

    def all(self) -> tuple[Package, ...]:
        """Return every package, the outlines first."""
        return (self.anatomy, *self.judges, *self.volumes)


def can_be_judged(instance: Instance, panel: Panel) -> bool:
    """Tell whether the header lets at least one package look at the pixels."""
    return instance.has_pixels and any(
        header_gate(instance, package.card) is None for package in panel.judges
    )


def analyse_study(
    instances: Sequence[Instance],
    pictures: Mapping[InstanceUid, Picture],
    panel: Panel,
    *,
    age_years: float | None,
    volumes: Mapping[SeriesUid, Volume] = NO_VOLUMES,
) -> StudyAnalysis:
    """Judge all films of a study, and its series as volumes.

    Parameters
    ----------
    instances
        Everything in the study, whether or not it can be judged.
    pictures
        The first frame of each instance that `can_be_judged`.
    panel
        The packages in use.
    age_years
        The patient's age at the study's date, None where neither header nor record states it.
    volumes
        The series that packages of volumes may look at, where they could be read.

    Returns
    -------
    One analysis a film that passed some gate, and each refusal with its reason. Every package is
    named at least once: by a prediction or by a refusal.
    """
    films: list[FilmAnalysis] = []
    closed: list[NotAssessed] = []
    for instance in instances:
        if not instance.has_pixels:
            reason = f"{instance.sop_class or instance.media_type} holds no pixels to judge"
            closed.append(NotAssessed(ALL_MODELS, "no pixels", reason, instance_uid=instance.uid))
            continue
        closed += _closed_to_volumes(instance, panel)
        picture = pictures.get(instance.uid)
        if picture is None:
            closed += _closed_by_header(instance, panel)
            continue
        film, refusals = analyse_film(instance, picture, panel, age_years=age_years)
        closed += refusals
        if film is not None:
            films.append(film)
    closed += _too_weak(films, panel)
    outlined, strange = analyse_volumes(instances, volumes, panel.volumes, age_years=age_years)
    subjects = {package.card.name: package.card.input.subject for package in panel.all()}
    told = gathered(
        (*closed, *strange),
        films,
        subjects,
        as_volumes={
            one.uid: {
                subjects.get(v.model.name) for v in outlined if v.series_uid == one.series_uid
            }
            for one in instances
            if any(v.series_uid == one.series_uid for v in outlined)
        },
    )
    return StudyAnalysis(tuple(films), told, volumes=outlined)


def _closed_by_header(instance: Instance, panel: Panel) -> list[NotAssessed]:
    """Return the header's refusals of one instance, by package."""
    found = [(package, header_gate(instance, package.card)) for package in panel.judges]
    return [gate.not_assessed(p.card.name, instance) for p, gate in found if gate is not None]


def _closed_to_volumes(instance: Instance, panel: Panel) -> list[NotAssessed]:
    """Return the header's refusals of one instance by packages of volumes."""
    found = [(package, header_gate(instance, package.card)) for package in panel.volumes]
    return [gate.not_assessed(p.card.name, instance) for p, gate in found if gate is not None]


def analyse_film(
    instance: Instance, picture: Picture, panel: Panel, *, age_years: float | None
) -> tuple[FilmAnalysis | None, list[NotAssessed]]:
    """Judge one film; return None for the film where every package refused it."""
    closed: list[NotAssessed] = []
    facts: FilmFacts | None = None
    scored: list[Prediction] = []
    judged: list[Judged] = []
    for package in panel.judges:
        gate = header_gate(instance, package.card) or shape_gate(
            picture, instance.frames, package.card
        )
        if gate is None:
            facts = facts or look(picture, panel.anatomy.graph)
            gate = pixel_gates(facts, package.fingerprint, package.card, age_years=age_years)
        if gate is not None:
            closed.append(gate.not_assessed(package.card.name, instance))
            continue
        if facts is None:
            continue
        if package.card.task == CHEST_FILMS:
            made = score_film(package, facts, instance.uid)
            if panel.small_changes:
                made = [*under_changes(package, made, film_input(package, facts)[None])]
            scored += made
        else:
            seen = judge_picture(package, picture, instance)
            if panel.small_changes and seen.predictions:
                image = canvas_of(picture, package.card.input.picture()).image
                seen = replace(seen, predictions=under_changes(package, seen.predictions, image))
            judged.append(seen)
    if facts is None or not (scored or judged):
        return None, closed
    return _film(instance, picture, facts, panel=panel, scored=scored, judged=judged), [
        *closed,
        *(left for one in judged for left in one.not_assessed),
        *(
            _unmeasured(instance, picture, facts, panel=panel, age_years=age_years)
            if scored
            else ()
        ),
    ]


def _film(
    instance: Instance,
    picture: Picture,
    facts: FilmFacts,
    *,
    panel: Panel,
    scored: Sequence[Prediction],
    judged: Sequence[Judged],
) -> FilmAnalysis:
    """Put together what all packages made of one picture; only chest films have lungs and views."""
    view, source = instance.view_position, "stated in the header"
    if scored:
        view, source = view_of(instance, facts, panel.anatomy.fingerprint)
    models = {one.model.name for one in scored} | {each.model for each in judged}
    return FilmAnalysis(
        instance_uid=instance.uid,
        origin=instance.origin,
        shape=(int(picture.pixels.shape[0]), int(picture.pixels.shape[1])),
        parts=facts.parts if scored else None,
        view=view,
        view_source=source,
        predictions=(*scored, *(one for each in judged for one in each.predictions)),
        measures=_measures(facts, panel, models),
        series_uid=instance.series_uid,
        outlines=tuple(one for each in judged for one in each.outlines),
        measurements=tuple(one for each in judged for one in each.measurements),
    )


def _unmeasured(
    instance: Instance,
    picture: Picture,
    facts: FilmFacts,
    *,
    panel: Panel,
    age_years: float | None,
) -> tuple[NotAssessed, ...]:
    """Say why the heart of a chest film is not measured, where the outlines may not be used."""
    gate = _outline_gate(instance, picture, facts, anatomy=panel.anatomy, age_years=age_years)
    if gate is None:
        return ()
    refused = gate.not_assessed(panel.anatomy.card.name, instance)
    return (replace(refused, name="cardiothoracic_ratio"),)


def _measures(
    facts: FilmFacts, panel: Panel, judged_by: Collection[str]
) -> tuple[tuple[str, float], ...]:
    """Return the film's quality, and how far it is from what each package that judged it knows."""
    quality = [
        (f"quality: {name}", float(value))
        for name, value in zip(QUALITY, facts.quality, strict=True)
    ]
    distances = [
        (f"distance: {package.card.name}", distance_of(facts, package.fingerprint))
        for package in panel.judges
        if package.card.name in judged_by
    ]
    return (*quality, *distances)


def _outline_gate(
    instance: Instance,
    picture: Picture,
    facts: FilmFacts,
    *,
    anatomy: Package,
    age_years: float | None,
) -> ClosedGate | None:
    """Return why no measurement may be taken from the outlines, or None where it may."""
    return (
        header_gate(instance, anatomy.card)
        or shape_gate(picture, instance.frames, anatomy.card)
        or pixel_gates(facts, anatomy.fingerprint, anatomy.card, age_years=age_years)
    )


def score_film(package: Package, facts: FilmFacts, instance_uid: InstanceUid) -> list[Prediction]:
    """Score a film that passed the gates; add how many similar training cases had the label."""
    scored, embedding = predictions(package, film_input(package, facts), instance_uid)
    counts = similar_cases(package.fingerprint, embedding)
    return [replace(one, similar=count) for one, count in zip(scored, counts, strict=True)]


def film_input(package: Package, facts: FilmFacts) -> Floats:
    """Return a chest film as a package reads it: (size, size), 0 to 1."""
    size = package.card.input.size
    return facts.square if size == SQUARE else squash(facts.square, size=size)


def view_of(instance: Instance, facts: FilmFacts, fingerprint: Arrays) -> tuple[str | None, str]:
    """Return 'PA', 'AP' or None, and where that is from: the header, or else the pixels."""
    stated = (instance.view_position or "").strip().upper()
    if stated in ("PA", "AP"):
        return stated, "stated in the header"
    head = LinearHead.of(fingerprint, "view")
    shares = head.probabilities(facts.features[None])[0]
    best = int(np.argmax(shares))
    if shares[best] < SURE_OF_VIEW:
        return None, "not stated, and not clear from the pixels"
    return head.classes[best], f"estimated from the pixels ({shares[best]:.2f})"


def _too_weak(films: Sequence[FilmAnalysis], panel: Panel) -> list[NotAssessed]:
    """Name the outputs of packages that ran which their cards show to be too weak."""
    ran = {one.model.name for film in films for one in film.predictions}
    return [
        NotAssessed(package.card.name, "performance", output.not_assessed_reason or "", output.name)
        for package in panel.judges
        if package.card.name in ran
        for output in package.card.outputs
        if not output.shipped
    ]
