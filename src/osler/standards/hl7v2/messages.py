"""One message to what it says: of whom, what was measured, and who is one person with whom."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from osler.clinical import (
    Code,
    Condition,
    Named,
    Observation,
    Patient,
    Record,
    ValueNames,
)
from osler.errors import InputRefused, NotReadable, NotSupported
from osler.standards.hl7v2.framing import Framed
from osler.standards.hl7v2.people import identifier_of, patient_of
from osler.standards.hl7v2.segments import Segment, segments_of
from osler.standards.hl7v2.values import (
    Around,
    code_of,
    condition_of,
    is_withdrawn,
    name_of,
    observation_of,
)
from osler.standards.terminology import Bounds, to_observation

# Messages whose OBX are results or findings of the patient. Of others only the person is read.
WITH_RESULTS = frozenset({"ADT", "ORU", "ORM", "OML", "OMG", "OUL", "PPR", "REF"})
MERGES = frozenset({"A18", "A34", "A36", "A39", "A40"})


@dataclass(frozen=True)
class Spoken:
    """What a message says of one patient; ``absorbs`` is the number that is theirs from now on."""

    record: Record
    names: ValueNames
    absorbs: Patient | None = None


@dataclass(frozen=True)
class Said:
    """One message: its type, such as 'ORU^R01', and what it says of each of its patients."""

    kind: str
    spoken: tuple[Spoken, ...]


@dataclass
class _Gathering:
    """What is said of one patient, in the making."""

    patient: Patient
    around: Around
    version: str
    source: str
    warnings: list[str]
    observations: list[Observation] = field(default_factory=list)
    named: list[Named] = field(default_factory=list)
    withdrawn: list[Named] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    allergies: list[Code] = field(default_factory=list)

    def name(self, obx: Segment, index: int) -> Named:
        """Return what the sender calls one value of a result."""
        known = name_of(obx, self.around)
        part = f"#{index}" if index else ""
        return Named(f"{self.source}|{known}{part}", self.version) if known else Named()


def read_message(
    framed: Framed,
    *,
    origin: str,
    bounds: Mapping[str, Bounds],
    now: datetime | None,
    source: str,
) -> Said:
    """Read one message.

    Raises
    ------
    NotReadable
        It is no HL7 v2 message.
    NotSupported
        It is about no patient, or lists several as answers to a question.
    """
    if framed.fault is not None:
        raise NotReadable(f"{origin}: {framed.fault}; send it again")
    try:
        segments = segments_of(framed.text)
    except NotReadable as fault:
        raise NotReadable(f"{origin}: {fault}") from fault
    header = segments[0]
    kind, event = _kind(header)
    people = [one for one in segments if one.kind == "PID"]
    if not people:
        raise NotSupported(
            f"{origin}: a message {kind or 'without a type'} without a PID segment; expected one "
            "about a patient"
        )
    if kind.startswith("RSP") and len(people) > 1:
        raise NotSupported(
            f"{origin}: an answer {kind} that lists {len(people)} patients; expected one; whose "
            "it is is not guessed"
        )
    sender = header.at(3) or header.at(4)
    begin = Around(sender, header.at(7))
    spoken = tuple(
        _spoken(
            part, framed, begin, kind=kind, bounds=bounds, now=now, source=source, origin=origin
        )
        for part in _by_person(segments)
    )
    return Said(kind, _merged(spoken, segments) if event in MERGES else spoken)


def _kind(header: Segment) -> tuple[str, str]:
    """Return type with event, and the event, also where an old sender writes them in one."""
    words = [part for part in header.whole(9).replace("~", "^").split("^") if part]
    event = words[1] if len(words) > 1 else ""
    return "^".join(words[:2]), event.upper()


def _by_person(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    """Yield the segments of each patient, its PID first."""
    part: list[Segment] = []
    for one in segments:
        if one.kind == "PID":
            if part:
                yield part
            part = [one]
        elif part:
            part.append(one)
    if part:
        yield part


def _spoken(  # noqa: PLR0913 - one patient's part and what is known around it
    segments: list[Segment],
    framed: Framed,
    begin: Around,
    *,
    kind: str,
    bounds: Mapping[str, Bounds],
    now: datetime | None,
    source: str,
    origin: str,
) -> Spoken:
    """Return what is said of one patient."""
    patient, warnings = patient_of(segments[0])
    version = begin.time if begin.time[:8].isdecimal() else ""
    gathering = _Gathering(patient, begin, version, source, [*framed.said, *warnings])
    for number, one in enumerate(segments, start=1):
        try:
            _gather(gathering, one, kind=kind, bounds=bounds, now=now)
        except InputRefused as fault:
            gathering.warnings.append(f"{one.kind} (segment {number}) was left out: {fault}")
    record = Record(
        gathering.patient,
        tuple(gathering.observations),
        tuple(gathering.conditions),
        allergies=tuple(dict.fromkeys(gathering.allergies)),
        origin=origin,
        warnings=tuple(gathering.warnings),
    )
    names = ValueNames(tuple(gathering.named), withdrawn=tuple(gathering.withdrawn))
    return Spoken(record, names)


def _gather(
    gathering: _Gathering,
    one: Segment,
    *,
    kind: str,
    bounds: Mapping[str, Bounds],
    now: datetime | None,
) -> None:
    """Add what one segment says."""
    sender = gathering.around.sender
    if one.kind in ("OBR", "ORC"):
        order = one.at(3) or one.at(2) or gathering.around.order
        time = one.at(7) if one.kind == "OBR" else ""
        gathering.around = Around(sender, time or gathering.around.time, order)
    elif one.kind == "OBX" and kind[:3] in WITH_RESULTS:
        _gather_result(gathering, one, bounds, now=now)
    elif one.kind == "DG1":
        condition = condition_of(one, sender)
        if condition is not None:
            gathering.conditions.append(condition)
    elif one.kind == "AL1":
        part = next(iter(one.parts(3)), None)
        code = code_of(part, sender) if part is not None else None
        if code is not None:
            gathering.allergies.append(code)


def _gather_result(
    gathering: _Gathering, obx: Segment, bounds: Mapping[str, Bounds], *, now: datetime | None
) -> None:
    """Add one result, or take it back."""
    if is_withdrawn(obx):
        name = gathering.name(obx, 0)
        if name.name:
            gathering.withdrawn.append(name)
        gathering.warnings.append("a result that its sender took back was left out")
        return
    stated = observation_of(obx, gathering.around)
    gathering.observations += [to_observation(one, bounds, now=now) for one in stated]
    gathering.named += [gathering.name(obx, index) for index in range(len(stated))]


def _merged(spoken: Sequence[Spoken], segments: Sequence[Segment]) -> tuple[Spoken, ...]:
    """Return each patient with the number that MRG says is theirs from now on."""
    merged = []
    for one, part in zip(spoken, _by_person(segments), strict=True):
        numbers = tuple(
            found
            for segment in part
            if segment.kind == "MRG"
            for cx in segment.parts(1)
            if (found := identifier_of(cx))
        )
        own = one.record.patient.identifiers
        prior = Patient(tuple(number for number in numbers if number not in own))
        absorbs = prior if prior.identifiers else None
        merged.append(Spoken(one.record, one.names, absorbs))
    return tuple(merged)
