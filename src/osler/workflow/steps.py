"""The steps of the path, each from clinical values to clinical values."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from osler.analyse.gates import ClosedGate
from osler.analyse.gathering import ALL_MODELS
from osler.analyse.package import Package
from osler.analyse.record_package import RecordPackage
from osler.analyse.record_scoring import score_record
from osler.analyse.study import Panel, analyse_study, can_be_judged
from osler.analyse.volume_study import series_for_volumes
from osler.assess import Besides, assess, unknown_names
from osler.clinical import (
    Assessment,
    Case,
    Change,
    Draft,
    Explained,
    FilmAnalysis,
    FilmView,
    Finding,
    Instance,
    InstanceUid,
    MeasuredStudy,
    ModelFacts,
    NotAssessed,
    Picture,
    Prepared,
    StudyAnalysis,
    Volume,
)
from osler.errors import InputRefused, Misuse
from osler.explain.categories import categories_of
from osler.explain.changes import changes
from osler.explain.combining import findings_of, measurements_of
from osler.prepare.film import reduced
from osler.standards.guideline import Guidelines
from osler.standards.pictures import decode_first, lacks_pixels, to_volume
from osler.workflow.facts import model_facts
from osler.workflow.priors import Priors, body_part_of, no_priors
from osler.workflow.record_facts import record_facts
from osler.workflow.volume_views import mask_files, volume_views

LONGEST_SIDE = 1024
SHOWN_FILMS = 12
SHOWN_OF_A_SERIES = 6  # of more: page one has room for what is said of them, too
SHOWN_REFUSED = 2
NOT_WEIGHED = "not weighed"
WITHOUT_PIXELS = (
    "the header says that this is an image, but there is no pixel data behind it; the file is "
    "probably cut short: send it again from its source"
)


@dataclass(frozen=True)
class Resources:
    """What the steps need besides the values: packages, guidelines, the site's pre-test odds.

    ``scorers`` are the packages that score the record; ``priors`` finds what was measured in
    earlier studies of the patient, and is asked only where something was measured now.
    """

    panel: Panel
    guidelines: Guidelines
    made_at: datetime
    pretests: Mapping[str, tuple[float, str]] = field(default_factory=lambda: MappingProxyType({}))
    said: tuple[str, ...] = ()
    asked_scores: tuple[str, ...] = ()
    scorers: tuple[RecordPackage, ...] = ()
    priors: Priors = no_priors


def require_pretests(pretests: Mapping[str, tuple[float, str]], panel: Panel) -> None:
    """Refuse pre-test probabilities that are none, or of what no model judges.

    Raises
    ------
    Misuse
        Names the first of them.
    """
    known = {output.name for package in panel.judges for output in package.card.outputs}
    for name, (value, _) in pretests.items():
        if name not in known:
            raise Misuse(
                f"pre-test probability for {name!r}: no model judges that; "
                f"expected one of {', '.join(sorted(known))}"
            )
        if not 0 < value < 1:
            raise Misuse(f"pre-test probability {name}={value:g}: expected above 0 and below 1")


def require_scores(names: Iterable[str], guidelines: Guidelines) -> None:
    """Refuse a score that is not defined.

    Raises
    ------
    Misuse
        Names the first of them.
    """
    for name in unknown_names(names, guidelines):
        known = ", ".join(sorted((guidelines.news2.name, *guidelines.scores)))
        raise Misuse(f"there is no score {name!r}; expected one of {known}")


def prepare(case: Case, resources: Resources) -> Prepared:
    """Decode what may be judged, and a few images that may not, to be shown.

    An image that does not decode is named with the decoder's sentence: it was not looked at.
    """
    if case.study is None:
        return Prepared(())
    with_pixels = [one for one in case.study.instances() if one.has_pixels]
    judged = [one for one in with_pixels if can_be_judged(one, resources.panel)]
    pictures: list[Picture] = []
    unreadable: list[NotAssessed] = []
    unreadable += [
        NotAssessed(ALL_MODELS, "decode", WITHOUT_PIXELS, instance_uid=one.uid, origin=one.origin)
        for one in case.study.instances()
        if lacks_pixels(one)
    ]
    volumes, faulty = _volumes(case.study.instances(), resources.panel)
    unreadable += faulty
    read = {one.series_uid for one in volumes}
    others = [one for one in with_pixels if one not in judged and one.series_uid not in read]
    for instance in (*judged, *others):
        if instance in others and len(pictures) >= SHOWN_REFUSED:
            break
        try:
            pictures.append(decode_first(instance))
        except InputRefused as error:
            unreadable.append(
                NotAssessed(
                    ALL_MODELS,
                    "decode",
                    str(error),
                    instance_uid=instance.uid,
                    origin=instance.origin,
                )
            )
    return Prepared(tuple(pictures), tuple(unreadable), volumes)


def _volumes(
    instances: Sequence[Instance], panel: Panel
) -> tuple[tuple[Volume, ...], list[NotAssessed]]:
    """Read the series that some package of volumes may look at; say which are none."""
    found, faulty = [], []
    for series in series_for_volumes(instances, panel.volumes).values():
        try:
            found.append(to_volume(series))
        except InputRefused as error:
            first = series[0]
            closed = ClosedGate("geometry", f"the series is no volume: {error}")
            faulty += [closed.not_assessed(one.card.name, first) for one in panel.volumes]
    return tuple(found), faulty


def analyse(case: Case, prepared: Prepared, resources: Resources) -> StudyAnalysis:
    """Judge every picture by every package whose gates it passes, and score the record."""
    found = _films(case, prepared, resources)
    if case.record is None:
        return found
    scored = score_record(case.record, resources.scorers, at=case.at, age_years=case.age_years)
    return replace(
        found,
        estimates=scored.estimates,
        not_assessed=(*found.not_assessed, *scored.not_assessed),
    )


def _films(case: Case, prepared: Prepared, resources: Resources) -> StudyAnalysis:
    """Judge every picture by every package whose gates it passes."""
    if case.study is None:
        return StudyAnalysis((), ())
    lost = {one.instance_uid for one in prepared.unreadable if one.gate == "decode"}
    readable = [one for one in case.study.instances() if one.uid not in lost]
    pictures = {
        picture.instance_uid: picture
        for picture in prepared.pictures
        if any(
            one.uid == picture.instance_uid and can_be_judged(one, resources.panel)
            for one in readable
        )
    }
    found = analyse_study(
        readable,
        pictures,
        resources.panel,
        age_years=case.age_years,
        volumes={one.series_uid: one for one in prepared.volumes},
    )
    return replace(found, not_assessed=(*prepared.unreadable, *found.not_assessed))


def explain(analysis: StudyAnalysis, resources: Resources) -> Explained:
    """Combine films into findings, say where and why, and measure what can be measured."""
    ratio = resources.guidelines.cardiothoracic_ratio
    measurements, left = measurements_of(
        analysis,
        resources.panel,
        cut_off=f"enlarged above {ratio.cut_off:g}, undecided from {ratio.indeterminate_low:g} "
        f"to {ratio.indeterminate_high:g}",
        source=f"{ratio.source.citation}; {ratio.indeterminate_source.citation}",
    )
    findings = findings_of(analysis, resources.panel)
    return Explained(
        findings,
        (
            *measurements,
            *(one for film in analysis.films for one in film.measurements),
            *(one for volume in analysis.volumes for one in volume.measurements),
        ),
        (*analysis.not_assessed, *left),
        analysis.estimates,
        (
            *(one for film in analysis.films for one in film.outlines),
            *(one for volume in analysis.volumes for one in volume.outlines),
        ),
        categories_of(findings, resources.panel),
    )


def weigh(case: Case, explained: Explained, resources: Resources) -> Assessment:
    """Weigh findings and record together."""
    return assess(
        explained.findings,
        case.record,
        pretests=resources.pretests,
        at=case.at,
        age_years=case.age_years,
        guidelines=resources.guidelines,
        besides=Besides(explained.estimates, resources.asked_scores),
    )


def draft(
    case: Case,
    prepared: Prepared,
    analysis: StudyAnalysis,
    *,
    explained: Explained,
    assessment: Assessment,
    resources: Resources,
) -> Draft:
    """Lay everything out for the person who reads, corrects and signs."""
    study = case.study
    instances = study.instances() if study is not None else ()
    first = instances[0] if instances else None
    body_part = body_part_of(case, explained.measurements, resources.panel)
    looked = _that_looked(analysis, explained, resources.panel)
    used = tuple(model_facts(package.card, package.identity) for package in looked)
    return Draft(
        draft_id=draft_id(case, resources),
        study_uid=study.uid if study is not None else None,
        patient=case.patient,
        age_years=case.age_years,
        made_at=resources.made_at,
        study_date=study.study_date.isoformat() if study and study.study_date else None,
        study_description=_stated(instances, "study_description"),
        accession_number=_stated(instances, "accession_number"),
        institution=first.institution if first is not None else None,
        films=(
            *_views(prepared, analysis, explained, instances=instances),
            *volume_views(analysis, prepared),
        ),
        findings=_worded(explained.findings, assessment, resources),
        estimates=analysis.estimates,
        measurements=explained.measurements,
        outlines=explained.outlines,
        categories=explained.categories,
        masks=mask_files(analysis, prepared, instances),
        body_part=body_part,
        changes=_changes(case, explained, body_part=body_part, resources=resources),
        not_assessed=explained.not_assessed,
        assessment=assessment,
        record=case.record,
        models=(*(used if study is not None else ()), *_scorers(analysis, resources)),
        warnings=(*resources.said, *case.warnings),
        at=case.at,
    )


def _changes(
    case: Case, explained: Explained, *, body_part: str | None, resources: Resources
) -> tuple[Change, ...]:
    """Set what was measured beside the newest prior that may be compared."""
    study = case.study
    if study is None or not explained.measurements:
        return ()
    at = case.at if study.study_date is not None else None
    now = MeasuredStudy(study.uid, at, body_part, explained.measurements)
    return changes(now, resources.priors(case))


def _that_looked(
    analysis: StudyAnalysis, explained: Explained, panel: Panel
) -> tuple[Package, ...]:
    """Return the packages that spoke, and those of the same subject that could not.

    Where none spoke all are named: the reader wants to know what could have looked.
    """
    spoke = {one.model.name for film in analysis.films for one in film.predictions}
    spoke |= {one.model.name for one in explained.measurements}
    subjects = {p.card.input.subject for p in panel.all() if p.card.name in spoke}
    return tuple(p for p in panel.all() if not subjects or p.card.input.subject in subjects)


def _scorers(analysis: StudyAnalysis, resources: Resources) -> tuple[ModelFacts, ...]:
    """Return what is known of the packages that scored the record."""
    spoke = {one.model for one in analysis.estimates}
    return tuple(record_facts(one) for one in resources.scorers if one.identity in spoke)


def _worded(
    findings: tuple[Finding, ...], assessment: Assessment, resources: Resources
) -> tuple[Finding, ...]:
    """Give each finding the word for its probability after weighing, or say it was not weighed."""
    believed = {(one.model, one.name): one.posttest.value for one in assessment.weighings}
    word = resources.guidelines.certainty.word
    weighed = [believed.get((one.model.name, one.name)) for one in findings]
    return tuple(
        replace(one, certainty=NOT_WEIGHED if value is None else word(value))
        for one, value in zip(findings, weighed, strict=True)
    )


def draft_id(case: Case, resources: Resources) -> str:
    """Return an id that the same input, packages and time give again."""
    digest = hashlib.sha256(resources.made_at.isoformat().encode())
    identities = [one.identity for one in resources.panel.all()]
    for identity in (*identities, *(one.identity for one in resources.scorers)):
        digest.update(identity.sha256.encode())
    if case.study is not None:
        for instance in case.study.instances():
            digest.update(hashlib.sha256(instance.content).digest())
    if case.record is not None:
        digest.update(repr(case.record).encode())
    return digest.hexdigest()[:16]


def _stated(instances: tuple[Instance, ...], name: str) -> str | None:
    """Return the first instance's value that states an attribute."""
    return next((value for one in instances if (value := getattr(one, name))), None)


def _views(
    prepared: Prepared,
    analysis: StudyAnalysis,
    explained: Explained,
    *,
    instances: tuple[Instance, ...],
) -> tuple[FilmView, ...]:
    """Return the pictures as the report shows them: 8-bit grey, at most 1024 pixels long.

    Of a long series those are shown that say most, in the order in which they lie.
    """
    by_uid = {instance.uid: instance for instance in instances}
    judged = {film.instance_uid: film for film in analysis.films}
    telling = {f.explanation.instance_uid for f in explained.findings if f.explanation}
    ranked = sorted(
        prepared.pictures, key=lambda one: _rank(judged.get(one.instance_uid), telling=telling)
    )
    most = SHOWN_FILMS if len(ranked) <= SHOWN_FILMS else SHOWN_OF_A_SERIES
    chosen = {one.instance_uid for one in ranked[:most]}
    ordered = sorted(prepared.pictures, key=lambda one: one.instance_uid not in judged)
    views = []
    for picture in ordered:
        if picture.instance_uid not in chosen:
            continue
        instance, film = by_uid[picture.instance_uid], judged.get(picture.instance_uid)
        rows, columns = picture.pixels.shape[:2]
        views.append(
            FilmView(
                instance_uid=instance.uid,
                origin=instance.origin,
                grey=reduced(picture, longest=LONGEST_SIDE),
                origin_shape=(int(rows), int(columns)),
                modality=instance.modality,
                view=film.view if film is not None else instance.view_position,
                view_source=film.view_source if film is not None else "not judged",
            )
        )
    return tuple(views)


def _rank(film: FilmAnalysis | None, *, telling: set[InstanceUid]) -> tuple[bool, bool, float]:
    """Sort first what findings point to, then what was judged, the most suspicious first."""
    if film is None:
        return True, True, 0.0
    highest = max((one.probability.value for one in film.predictions), default=0.0)
    return film.instance_uid not in telling, False, -highest
