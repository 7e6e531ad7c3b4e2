"""For whom NEWS2 holds, and on which saturation scale. What is not stated is not assumed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from osler.clinical import Code, Condition, Record, Sex
from osler.standards.guideline import ConditionCode, Guidelines
from osler.standards.terminology import answer_of, measurable_of


@dataclass(frozen=True)
class Scale:
    """The saturation scale in use, and why."""

    number: int
    why: str


def is_pregnant(record: Record, *, at: datetime, guidelines: Guidelines) -> bool | None:
    """Tell whether the record states a current pregnancy; None where it says nothing.

    A stated pregnancy wins over a stated absence: the score is then not used.
    """
    news2 = guidelines.news2
    oldest = at - timedelta(days=guidelines.freshness.pregnancy.maximum_age_days)
    for condition in active_conditions(record.conditions, at):
        begun_lately = condition.onset is None or condition.onset >= oldest
        named = _is_one(condition, news2.pregnancy_conditions, news2.pregnancy_texts)
        if named and begun_lately:
            return True
    answers = _answers(record, "pregnancy", since=oldest, until=at)
    if "yes" in answers:
        return True
    return False if "no" in answers else None


def saturation_scale(record: Record, *, at: datetime, guidelines: Guidelines) -> Scale:
    """Return SpO2 scale 2 only where the record states it, else scale 1."""
    answers = _answers(record, "spo2_scale", since=None, until=at)
    if answers:
        number = int(answers[-1])
        return Scale(number, f"SpO2 scale {number}, as stated in the record")
    news2 = guidelines.news2
    for condition in active_conditions(record.conditions, at):
        if _is_one(condition, news2.scale_2_conditions, news2.scale_2_texts):
            return Scale(2, "SpO2 scale 2, as the record states hypercapnic respiratory failure")
    return Scale(1, "SpO2 scale 1, as nothing in the record states scale 2")


def pregnancy_note(
    record: Record, *, age_years: float, pregnant: bool | None, guidelines: Guidelines
) -> str:
    """Return the sentence that pregnancy is not recorded, '' where it need not be said."""
    young = age_years < guidelines.news2.pregnancy_asked_below_years
    if pregnant is None and young and record.patient.sex is not Sex.MALE:
        return "Pregnancy is not recorded; the score does not hold in pregnancy."
    return ""


def active_conditions(conditions: Iterable[Condition], at: datetime) -> Iterable[Condition]:
    """Yield the conditions that hold at a time."""
    for condition in conditions:
        begun = condition.onset is None or condition.onset <= at
        ended = condition.abatement is not None and condition.abatement <= at
        still = condition.active or (condition.abatement is not None and condition.abatement > at)
        if begun and still and not ended:
            yield condition


def _is_one(condition: Condition, codes: Iterable[ConditionCode], texts: Iterable[str]) -> bool:
    """Tell whether a condition is coded as, or exactly worded as, one of a list."""
    if any(code.is_code(condition.code) for code in codes):
        return True
    return not condition.code.code and condition.code.display.strip().lower() in texts


def _answers(
    record: Record, name: str, *, since: datetime | None, until: datetime
) -> tuple[str, ...]:
    """Return the keys of the answers given to one question, oldest first; undated ones last."""
    found = []
    for observation in record.observations:
        measurable = measurable_of(observation.code)
        if measurable is None or measurable.name != name or measurable.answers is None:
            continue
        when, value = observation.effective, observation.value
        if observation.implausible is not None or not isinstance(value, Code):
            continue
        if when is not None and (when > until or (since is not None and when < since)):
            continue
        answer = answer_of(measurable.answers, value)
        if answer is not None:
            found.append((when or until, answer.key))
    return tuple(key for _, key in sorted(found))
