"""Which record belongs to which study: by identifier, or as the user says. Never a guess."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from osler.clinical import Case, Patient, Record, Refusal, Sex, Study
from osler.errors import IdentityConflict, Misuse


@dataclass(frozen=True)
class Joined:
    """The cases to work on, and what could not be joined, with its sentence."""

    cases: tuple[Case, ...]
    refusals: tuple[Refusal, ...]


def join(
    studies: Sequence[Study], record: Record | None, *, same_patient: bool, now: datetime
) -> Joined:
    """Join a record to the studies of its patient.

    A record joins each study that carries one of its identifiers. With ``same_patient`` it joins
    the one study there is, unless sex or birth date contradict it. A record that joins nothing
    becomes a case of its own; but where the one study there is names another patient, both are
    refused: somebody has mixed up two people, and nobody should read on.

    Raises
    ------
    Misuse
        ``same_patient`` without a record, or with none or several studies.
    """
    if record is None:
        if same_patient:
            raise Misuse("--same-patient needs --record: name the record to join")
        return Joined(tuple(_case(study, None, now) for study in studies), ())
    if same_patient:
        return _joined_by_word(studies, record, now)
    joined = [s for s in studies if s.patient.shares_identifier_with(record.patient)]
    if not joined and len(studies) == 1 and _both_identified(studies[0], record):
        return Joined((), (_conflict(studies[0], record, "identifier"),))
    cases, refusals = [], []
    strangers = bool(studies) and all(_both_identified(study, record) for study in studies)
    if not joined and strangers:
        refusals.append(_of_nobody(record, len(studies)))
    for study in studies:
        if study not in joined:
            cases.append(_case(study, None, now, _not_joined(study, record)))
            continue
        contradictions = study.patient.contradictions(record.patient)
        if contradictions:
            refusals.append(_conflict(study, record, " and ".join(contradictions)))
        else:
            cases.append(_case(study, record, now, *_said_of_join(study, record)))
    if not joined and not strangers:
        said = ["the record joins none of the studies given"] if studies else []
        cases.append(_case(None, record, now, *said))
    return Joined(tuple(cases), tuple(refusals))


def _joined_by_word(studies: Sequence[Study], record: Record, now: datetime) -> Joined:
    """Join the one study there is because the user says that it is the same patient."""
    if len(studies) != 1:
        raise Misuse(
            f"--same-patient joins a record to exactly one study; found {len(studies)}: "
            "give the files of one study, or leave it out and let identifiers join"
        )
    study = studies[0]
    contradictions = study.patient.contradictions(record.patient)
    if contradictions:
        return Joined((), (_conflict(study, record, " and ".join(contradictions)),))
    said = "the record was joined because the user said that it is the same patient"
    if _both_identified(study, record) and not study.patient.shares_identifier_with(record.patient):
        said += "; the identifiers of film and record differ"
    return Joined((_case(study, record, now, said),), ())


def _both_identified(study: Study, record: Record) -> bool:
    """Tell whether both name a patient."""
    return study.patient.is_identified() and record.patient.is_identified()


def _conflict(study: Study, record: Record, fact: str) -> Refusal:
    """Say that film and record are of two patients; no name or number is told."""
    origins = ", ".join(instance.origin for instance in study.instances()[:3])
    error = IdentityConflict(
        f"{record.origin or 'record'} and {origins}: the {fact} of the record's patient differs "
        "from that of the film's; expected one patient; check both and send the right pair"
    )
    return Refusal.of(origins, error)


def _not_joined(study: Study, record: Record) -> str:
    """Say why a record that was given was not used for a study."""
    if not record.patient.is_identified():
        return (
            "a record was given but not used: it carries no identifier; "
            "use --same-patient if it is of this film's patient"
        )
    if not study.patient.is_identified():
        return (
            "a record was given but not used: the film names no patient; "
            "use --same-patient if it is theirs"
        )
    return "a record was given but not used: it names another patient"


def _of_nobody(record: Record, studies: int) -> Refusal:
    """Say that a record is of none of the patients whose films were given."""
    error = IdentityConflict(
        f"{record.origin or 'record'}: its patient is none of those of the {studies} studies "
        "given; expected an identifier in common with one; check both and send the right record"
    )
    return Refusal.of(record.origin, error)


def _said_of_join(study: Study, record: Record) -> list[str]:
    """Say on what ground a record was joined where the ground is thin."""
    said = []
    if _by_number_alone(study, record):
        said.append(
            "the record was joined on the patient's number alone: film or record names no issuer "
            "of it; check that both are of one patient"
        )
    return said


def _by_number_alone(study: Study, record: Record) -> bool:
    """Tell whether film and record agree on a number of which one side names no issuer."""
    return not any(
        a.agrees_with(b) and a.issuer is not None and b.issuer is not None
        for a in study.patient.identifiers
        for b in record.patient.identifiers
    )


def _case(study: Study | None, record: Record | None, now: datetime, *said: str) -> Case:
    """Make a case: one patient, the time it holds for, the age then."""
    patient = _one_patient(study, record)
    at, assumed = _moment(study, now)
    age = None
    for known in (study.patient if study else None, record.patient if record else None):
        if age is None and known is not None:
            age = known.age_on(at.date())
    notes = [*said, *assumed]
    if study is not None:
        notes += [
            f"{instance.origin}: {warning}"
            for instance in study.instances()
            for warning in instance.warnings
        ]
    if record is not None:
        notes += [f"{record.origin}: {warning}" for warning in record.warnings]
    return Case(study, record, patient, age, at, tuple(dict.fromkeys(notes)))


def _one_patient(study: Study | None, record: Record | None) -> Patient:
    """Describe the patient by the study, filled up from the joined record."""
    if study is None or record is None:
        return study.patient if study is not None else record.patient if record else Patient()
    here, there = study.patient, record.patient
    identifiers = tuple(dict.fromkeys((*here.identifiers, *there.identifiers)))
    return Patient(
        identifiers=identifiers,
        name=here.name or there.name,
        sex=here.sex if here.sex is not Sex.UNKNOWN else there.sex,
        birth_date=here.birth_date or there.birth_date,
        stated_age_years=here.stated_age_years
        if here.stated_age_years is not None
        else there.stated_age_years,
    )


def _moment(study: Study | None, now: datetime) -> tuple[datetime, tuple[str, ...]]:
    """Return the time that the answer holds for, and what was assumed about it."""
    if study is None:
        return now, ()
    if study.studied_at is not None:
        return study.studied_at, ()
    if study.study_date is not None:
        end = datetime.combine(study.study_date, time(23, 59, 59), tzinfo=UTC)
        return end, ("the study's time of day is not stated: the end of its day is used",)
    return now, ("the study's date is not stated: today is used for age and freshness",)
