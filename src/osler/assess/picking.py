"""Which of a record's values may be used at a time: plausible, dated, not too old."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from osler.assess.words import moment
from osler.clinical import OSLER, Code, Observation, Quantity, Record
from osler.standards.terminology import measurable_of

LONG_HOURS = 72


class State(StrEnum):
    """Whether a value is there to be used."""

    FRESH = "fresh"
    STALE = "stale"
    MISSING = "missing"


@dataclass(frozen=True)
class Picked:
    """The latest usable values of one measurement (several only where taken at one time).

    ``why`` says, where there is none, what stood in the way.
    """

    state: State
    observations: tuple[Observation, ...] = ()
    why: str = ""


def pick(record: Record, name: str, *, at: datetime, maximum_age: timedelta) -> Picked:
    """Return the latest usable values of a measurement at a time.

    Parameters
    ----------
    record
        The patient's record.
    name
        The measurement's name in the terminology table, such as ``heart_rate``.
    at
        The time of the question; what is dated after it is not used.
    maximum_age
        What is older is stale.
    """
    return pick_from(tuple(_of(record, name)), at=at, maximum_age=maximum_age)


def pick_from(found: tuple[Observation, ...], *, at: datetime, maximum_age: timedelta) -> Picked:
    """Return the latest usable ones of the observations of one measurement."""
    if not found:
        return Picked(State.MISSING, why="not in the record")
    obstacles = [_obstacle(observation, at) for observation in found]
    usable = [one for one, why in zip(found, obstacles, strict=True) if why is None]
    if not usable:
        return Picked(State.MISSING, why=next(why for why in obstacles if why is not None))
    latest = max(_time(one) for one in usable)
    for one, why in zip(found, obstacles, strict=True):
        # An older normal value must not stand in for a newer one that could not be read.
        if why is not None and one.effective is not None and latest < one.effective <= at:
            return Picked(State.MISSING, why=f"a newer value cannot be used: {why}")
    newest = tuple(one for one in usable if _time(one) == latest)
    if at - latest > maximum_age:
        hours = maximum_age.total_seconds() / 3600
        limit = f"{hours:g} hours" if hours <= LONG_HOURS else f"{hours / 24:g} days"
        return Picked(State.STALE, newest, f"last {moment(latest)}, older than {limit}")
    return Picked(State.FRESH, newest)


def _of(record: Record, name: str) -> Iterable[Observation]:
    """Yield the observations of one measurement, under any of its codes."""
    for observation in record.observations:
        measurable = measurable_of(observation.code)
        if measurable is not None and measurable.name == name:
            yield observation


def _obstacle(observation: Observation, at: datetime) -> str | None:
    """Return why an observation cannot be used, None where it can."""
    if observation.implausible is not None:
        return observation.implausible
    is_stated = observation.code.system == OSLER and isinstance(observation.value, str)
    if not is_stated and not isinstance(observation.value, Quantity | Code):
        return f"the value is {observation.raw!r}, which is not one that can be scored"
    if observation.effective is None:
        return "its time is not stated"
    if observation.effective > at:
        return f"dated {moment(observation.effective)}, after the time of this assessment"
    return None


def _time(observation: Observation) -> datetime:
    """Return the time of an observation that is known to have one."""
    if observation.effective is None:
        raise ValueError("an observation without a time is never usable")
    return observation.effective
