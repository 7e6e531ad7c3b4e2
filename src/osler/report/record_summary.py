"""The record on one table: the latest value of each kind, with its unit, time and faults."""

from collections.abc import Iterable
from datetime import UTC, datetime

from osler.clinical import Code, Draft, Observation, Record
from osler.report.sheet import Column, Fact, Table
from osler.report.words import counted, measured, moment, sentence

AT_MOST = 40
# What cleaning points out without changing it.
DOUBTS = ("contradictory:", "outlying:")
_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


def record_table(draft: Draft) -> Table:
    """List the latest values, the newest first."""
    columns = (
        Column("Observation", share=1.0),
        Column("Value", numeric=True),
        Column("Unit"),
        Column("Measured"),
        Column("Notes", share=1.3),
    )
    if draft.record is None:
        return Table(columns, ())
    rows = (_row(observation) for observation in _latest(draft.record)[:AT_MOST])
    return Table(columns, tuple(rows))


def record_facts(draft: Draft) -> tuple[Fact, ...]:
    """List allergies, conditions and medication, and how many values are not in the table."""
    record = draft.record
    if record is None:
        return ()
    active = (condition.code for condition in record.conditions if condition.active)
    facts = [
        Fact("Allergies", _codes(record.allergies)),
        Fact("Active conditions", _codes(active)),
        Fact("Medication", _codes(record.medications)),
    ]
    left_out = len(record.observations) - min(len(_latest(record)), AT_MOST)
    if left_out:
        facts.append(Fact("Not in the table", counted(left_out, "earlier or older value")))
    if record.origin:
        facts.append(Fact("Record", record.origin))
    return tuple(facts)


def _codes(codes: Iterable[Code]) -> str:
    """Name coded words; an empty list says what the record holds, not what the patient has."""
    return "; ".join(code.display or code.code for code in codes) or "none in the record"


def _latest(record: Record) -> tuple[Observation, ...]:
    """Return the latest observation of each code, and every implausible one, newest first."""
    ordered = sorted(record.observations, key=_time, reverse=True)
    seen: set[tuple[str, str]] = set()
    kept = []
    for observation in ordered:
        key = (observation.code.system, observation.code.code or observation.code.display)
        if key not in seen or observation.implausible:
            kept.append(observation)
        if not observation.implausible:
            seen.add(key)
    return tuple(kept)


def _time(observation: Observation) -> datetime:
    """Return the time to sort by; a value without one comes last."""
    return observation.effective or _LONG_AGO


def _row(observation: Observation) -> tuple[str, ...]:
    """Put one observation into words."""
    display = observation.code.display or observation.code.code
    value, unit = measured(observation.value)
    notes = []
    if observation.implausible:
        notes.append(f"Implausible, not used: {sentence(observation.implausible)}")
    notes += [
        sentence(one if one.startswith(DOUBTS) else f"Repaired: {one}")
        for one in observation.repairs
    ]
    if observation.repairs:
        notes.append(f"Document: {observation.raw}")
    return (display, value, unit, moment(observation.effective), " ".join(notes))
