"""What is known of one patient at one time, by name: numbers, answers, and what is there or not."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from osler.assess.picking import Picked, State, pick_from
from osler.assess.population import active_conditions, is_pregnant
from osler.assess.words import measured
from osler.clinical import OSLER, Code, Observation, Quantity, Record, Sex
from osler.standards.guideline import Concept, Guidelines
from osler.standards.terminology import answer_of, measurable_of

YES = frozenset({"yes", "true", "y", "1", "present"})
NO = frozenset({"no", "false", "n", "0", "absent"})


@dataclass(frozen=True)
class Fact:
    """One thing that is known, or why it is not.

    ``number`` is in Osler's unit. ``answer`` is a key of a list, or 'yes' or 'no'. ``assumed``:
    nothing says so; the record lists no such thing.
    """

    state: State
    number: float | None = None
    answer: str | None = None
    words: str = ""
    effective: datetime | None = None
    why: str = ""
    assumed: bool = False


MISSING = Fact(State.MISSING, why="not in the record")


@dataclass(frozen=True)
class Facts:
    """A record, and the time at which it is asked. ``age_years`` is the age then."""

    record: Record
    at: datetime
    age_years: float | None
    guidelines: Guidelines

    @cached_property
    def sex(self) -> str | None:
        """'female' or 'male'; None where the record says neither."""
        known = {Sex.FEMALE: "female", Sex.MALE: "male"}
        return known.get(self.record.patient.sex)

    @cached_property
    def pregnant(self) -> bool | None:
        """Whether the record states a current pregnancy."""
        return is_pregnant(self.record, at=self.at, guidelines=self.guidelines)

    def measured(self, name: str, maximum_age: timedelta) -> Fact:
        """Return the latest usable value of a measurement, an answer, the age or the sex."""
        if name == "age":
            return self._age()
        if name == "sex":
            return Fact(State.FRESH, answer=self.sex, words=self.sex) if self.sex else MISSING
        picked = pick_from(self._by_name.get(name, ()), at=self.at, maximum_age=maximum_age)
        if picked.state is not State.FRESH:
            return Fact(picked.state, why=picked.why)
        return _read(picked, name)

    def stated(self, name: str, maximum_age: timedelta) -> Fact:
        """Return a yes or no that somebody entered under a name."""
        found = self.measured(name, maximum_age)
        if found.state is not State.FRESH or found.answer in ("yes", "no"):
            return found
        return Fact(State.MISSING, why=f"the answer is {found.words!r}, expected yes or no")

    def series(self, name: str) -> tuple[tuple[datetime, float], ...]:
        """Return every usable dated number of a measurement, oldest first."""
        found = [
            (one.effective, one.value.value)
            for one in self._by_name.get(name, ())
            if one.effective is not None
            and one.effective <= self.at
            and one.implausible is None
            and isinstance(one.value, Quantity)
        ]
        return tuple(sorted(found))

    def all_measured(self, maximum_age: timedelta) -> dict[str, float]:
        """Return the latest usable number of each measurement that is not too old."""
        found = {name: self.measured(name, maximum_age) for name in self._by_name}
        return {name: one.number for name, one in found.items() if one.number is not None}

    def all_stated(self, maximum_age: timedelta) -> dict[str, bool | str]:
        """Return every answer that is not too old; yes and no as true and false."""
        found = {name: self.measured(name, maximum_age) for name in self._by_name}
        truth = {"yes": True, "no": False}
        return {
            name: truth.get(one.answer, one.answer)
            for name, one in found.items()
            if one.answer is not None
        }

    def condition(self, name: str) -> Code | None:
        """Return the problem that is meant by a concept, None where none is listed as active.

        Where the concept says that the past counts, one that has ended is enough.
        """
        concept = self.guidelines.concepts[name]
        return self._meant(concept, self._past if concept.past_counts else self._problems)

    def medicine(self, name: str) -> Code | None:
        """Return the medicine that is meant by a concept, None where none is listed."""
        return self._meant(self.guidelines.concepts[name], self.record.medications)

    def allergy(self, name: str) -> Code | None:
        """Return the allergy that is meant by a concept, None where none is listed."""
        return self._meant(self.guidelines.concepts[name], self.record.allergies)

    def listed(self, kind: str, name: str, *, silence_is_no: bool) -> Fact:
        """Return whether a condition or medicine is there: stated, listed, or taken as absent.

        Silence is an answer only where the record has a list of that kind at all.
        """
        said = self.stated(name, timedelta.max)
        if said.state is State.FRESH:
            return said
        code = self.condition(name) if kind == "condition" else self.medicine(name)
        if code is not None:
            return Fact(State.FRESH, answer="yes", words=code.display or code.code)
        if silence_is_no and (self.record.conditions or self.record.medications):
            return Fact(State.FRESH, answer="no", words="not listed", assumed=True)
        return MISSING

    @cached_property
    def _problems(self) -> tuple[Code, ...]:
        return tuple(one.code for one in active_conditions(self.record.conditions, self.at))

    @cached_property
    def _past(self) -> tuple[Code, ...]:
        """Return all problems that have begun, also those that have ended."""
        begun = (one for one in self.record.conditions if not one.onset or one.onset <= self.at)
        return tuple(one.code for one in begun)

    @cached_property
    def _by_name(self) -> Mapping[str, tuple[Observation, ...]]:
        found: dict[str, list[Observation]] = defaultdict(list)
        for one in self.record.observations:
            known = measurable_of(one.code)
            if known is not None:
                found[known.name].append(one)
            elif one.code.system == OSLER:
                found[one.code.code.strip().lower()].append(one)
        return {name: tuple(ones) for name, ones in found.items()}

    def _age(self) -> Fact:
        if self.age_years is None:
            return MISSING
        whole = float(int(self.age_years))
        return Fact(State.FRESH, number=whole, words=f"{whole:g} years")

    def _meant(self, concept: Concept, codes: tuple[Code, ...]) -> Code | None:
        return next((code for code in codes if concept.is_meant_by(code)), None)


def _read(picked: Picked, name: str) -> Fact:
    """Return the value of the first of the observations taken at the latest time."""
    one = picked.observations[0]
    value, when = one.value, one.effective
    if isinstance(value, Quantity):
        words = measured(value.value, value.unit)
        return Fact(State.FRESH, number=value.value, words=words, effective=when)
    known = measurable_of(one.code)
    text = value.display or value.code if isinstance(value, Code) else str(value)
    key = text.strip().lower()
    if known is not None and known.answers is not None and isinstance(value, Code):
        answer = answer_of(known.answers, value)
        key = answer.key if answer is not None else key
    key = "yes" if key in YES else "no" if key in NO else key
    if not key:
        return Fact(State.MISSING, why=f"the value of {name} is empty")
    return Fact(State.FRESH, answer=key, words=text, effective=when)
