"""Instances to studies: what belongs together, in a fixed order, and what contradicts itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from osler.clinical import Instance, Patient, Refusal, Series, Study, StudyUid
from osler.errors import IdentityConflict, OslerError
from osler.standards.dicom.faults import DAMAGE
from osler.standards.dicom.instance import MEDIA_TYPE
from osler.standards.dicom.parsing import parse
from osler.standards.dicom.placement import placement_of
from osler.standards.recovered import recovered_faults


@dataclass(frozen=True)
class Grouped:
    """Studies that hold together, and one refusal for each that does not."""

    studies: tuple[Study, ...]
    refusals: tuple[Refusal, ...]


def group_studies(instances: Iterable[Instance]) -> Grouped:
    """Group instances by study and series.

    Parameters
    ----------
    instances
        In any order, of any number of patients. An instance without Study Instance UID has one
        of its own from reading, and so is a study of its own.

    Returns
    -------
    Studies and series by UID. Instances of a series by position along the normal where all have
    one, else by Instance Number, then by UID. A study under which two patients are named is
    refused whole, and nothing else is.
    """
    studies: dict[StudyUid, list[Instance]] = {}
    for instance in instances:
        studies.setdefault(instance.study_uid, []).append(instance)
    good, refused = [], []
    for uid in sorted(studies):
        members = sorted(studies[uid], key=_by_origin)
        try:
            good.append(_study(uid, members))
        except IdentityConflict as error:
            refused.append(Refusal.of(_origins(members), error))
    return Grouped(studies=tuple(good), refusals=tuple(refused))


def _study(uid: StudyUid, members: Sequence[Instance]) -> Study:
    """Return one study, its patient as the most telling header describes them."""
    patient = _one_patient(members)
    by_series: dict[str, list[Instance]] = {}
    for instance in members:
        by_series.setdefault(instance.series_uid, []).append(instance)
    series = tuple(
        Series(uid=by_series[key][0].series_uid, instances=_ordered(by_series[key]))
        for key in sorted(by_series)
    )
    dates = [instance.study_date for instance in members if instance.study_date is not None]
    times = [instance.studied_at for instance in members if instance.studied_at is not None]
    return Study(
        uid=uid,
        patient=patient,
        series=series,
        study_date=min(dates, default=None),
        studied_at=min(times, default=None),
    )


def _one_patient(members: Sequence[Instance]) -> Patient:
    """Return the patient that all members describe.

    Raises
    ------
    IdentityConflict
        Two members name different identifiers, or contradict each other on sex or birth date.
    """
    best = max(members, key=lambda member: _telling(member.patient)).patient
    for member in members:
        other = member.patient
        if (
            best.is_identified()
            and other.is_identified()
            and not best.shares_identifier_with(other)
        ):
            found = "two patient identifiers"
        elif clashes := best.contradictions(other):
            found = f"two values of {' and '.join(clashes)}"
        else:
            continue
        raise IdentityConflict(
            f"{found} under one Study Instance UID; a study is of one patient: correct the "
            "headers at the source and send the study again"
        )
    return best


def _telling(patient: Patient) -> int:
    """Count what a description states, identifiers first."""
    facts = (patient.name, patient.birth_date, patient.stated_age_years)
    known_sex = int(patient.sex.value != "unknown")
    return 10 * len(patient.identifiers) + sum(fact is not None for fact in facts) + known_sex


def _ordered(members: Sequence[Instance]) -> tuple[Instance, ...]:
    """Return the instances of a series by position, else by number."""
    depths = _depths(members) if len(members) > 1 else None
    if depths is None:
        return tuple(sorted(members, key=_by_number))
    pairs = sorted(
        zip(depths, members, strict=True), key=lambda pair: (pair[0], _by_number(pair[1]))
    )
    return tuple(member for _, member in pairs)


def _depths(members: Sequence[Instance]) -> list[float] | None:
    """Return each instance's depth along the first one's normal; None where any has none."""
    placements = []
    for member in members:
        if member.media_type != MEDIA_TYPE or not member.has_pixels:
            return None
        try:
            with recovered_faults():
                dataset = parse(member.content, origin=member.origin).dataset
                placements.append(placement_of(dataset, 0))
        except (OslerError, *DAMAGE):
            # Not a failure: most films have no position. The order is then by number.
            return None
    normal = placements[0].normal()
    return [float(placement.origin @ normal) for placement in placements]


def _by_number(instance: Instance) -> tuple[bool, int, str, str]:
    """Sort by Instance Number, those without one last."""
    number = instance.instance_number
    return (number is None, number or 0, instance.uid, instance.origin)


def _by_origin(instance: Instance) -> tuple[str, str]:
    """Sort by UID, then by name."""
    return (instance.uid, instance.origin)


def _origins(members: Sequence[Instance]) -> str:
    """Name a study by its first file and how many more there are."""
    names = sorted(member.origin for member in members)
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
