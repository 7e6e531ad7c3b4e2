"""Earlier studies of the same patient, as far as what was measured in them may be compared."""

from collections.abc import Callable, Sequence

from osler.analyse.study import Panel
from osler.clinical import Case, Draft, MeasuredStudy, Measurement

Priors = Callable[[Case], Sequence[MeasuredStudy]]


def no_priors(case: Case) -> Sequence[MeasuredStudy]:
    """Know of no earlier study."""
    del case
    return ()


def measured_in(draft: Draft) -> MeasuredStudy | None:
    """Return what a draft measured, None where it is of no study or measured nothing."""
    if draft.study_uid is None or not draft.measurements:
        return None
    at = draft.at if draft.study_date is not None else None
    return MeasuredStudy(draft.study_uid, at, draft.body_part, draft.measurements)


def body_part_of(case: Case, measured: Sequence[Measurement], panel: Panel) -> str | None:
    """Return the body part that the header states, or what the measuring packages are made for."""
    if case.study is None:
        return None
    stated = {one.body_part.strip().upper() for one in case.study.instances() if one.body_part}
    if len(stated) == 1:
        return stated.pop()
    models = {one.model.name for one in measured}
    made_for = {
        package.card.input.body_parts[0]
        for package in panel.all()
        if package.card.name in models and package.card.input.body_parts
    }
    return made_for.pop() if len(made_for) == 1 else None


def among(drafts: Sequence[Draft]) -> Priors:
    """Look for priors among drafts that were made in the same call."""

    def find(case: Case) -> Sequence[MeasuredStudy]:
        """Return what was measured of the same patient."""
        same = [one for one in drafts if one.patient.shares_identifier_with(case.patient)]
        return [found for one in same if (found := measured_in(one)) is not None]

    return find
