"""What must hold after any faults: nothing lost, one result each, nothing stuck, a whole trail."""

import hashlib
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from faults.listener import heard
from faults.writer import INSTANCES, NAME, film
from make.kept import EVERYONE, FIRST_USER
from osler.clinical import StudyUid
from osler.errors import OslerError
from osler.records import SERVICE, Actor, Desk, Job, Purpose, Records


@dataclass(frozen=True)
class Verdict:
    """What was found; every ``lost`` to ``trail`` is a fault of Osler's."""

    acknowledged: int
    studies: int
    lost: tuple[str, ...]
    without_one_result: tuple[str, ...]
    stuck: tuple[str, ...]
    quarantined: tuple[str, ...]
    trail: tuple[str, ...]
    readable: tuple[str, ...]
    longest_s: float
    entries: int

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing is wrong."""
        wrong = (
            self.lost,
            self.without_one_result,
            self.stuck,
            self.quarantined,
            self.trail,
            self.readable,
        )
        return not any(wrong)


@dataclass(frozen=True)
class Told:
    """What a client that listened was told: every event there is, once, in order."""

    events: int
    missed: tuple[int, ...]
    doubled: tuple[int, ...]
    is_in_order: bool

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing is wrong."""
        return self.is_in_order and not (self.missed or self.doubled)


def until_heard(desk: Desk, notes: Path, *, seconds: float) -> Told:
    """Wait until the listener has caught up; return what it was told."""
    began = time.monotonic()
    newest = desk.events.newest()
    while max(heard(notes), default=0) < newest and time.monotonic() - began < seconds:
        time.sleep(0.2)
    known: list[int] = []
    while page := desk.events.after(max(known, default=0)):
        known += [one.event_id for one in page]
    told = heard(notes)
    return Told(
        events=len(known),
        missed=tuple(sorted(set(known) - set(told))),
        doubled=tuple(number for number, times in Counter(told).items() if times > 1),
        is_in_order=told == sorted(told),
    )


def wait_until_idle(desk: Desk, *, seconds: float) -> float:
    """Wait until nothing is left to do; return how long it took."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            if desk.jobs.waiting() == 0 and not desk.studies.list(state="receiving", limit=1):
                break
        except OslerError:
            pass
        time.sleep(0.2)
    return time.monotonic() - began


def verdict(records: Records, acknowledged: Path, places: tuple[Path, ...]) -> Verdict:
    """Check everything that was acknowledged, and everything that came of it."""
    desk = records.acting(SERVICE, Purpose.OPERATIONS)
    auditor = records.acting(Actor(FIRST_USER, EVERYONE), Purpose.OPERATIONS)
    notes = [line.split() for line in acknowledged.read_text().splitlines()]
    by_study: dict[int, dict[str, str]] = {}
    for number, digest in notes:
        uid = str(film(int(number)).uid)
        by_study.setdefault(int(number) // INSTANCES, {})[uid] = digest
    lost = tuple(fault for study, told in by_study.items() for fault in _lost(desk, study, told))
    trail = auditor.audit.verify()
    jobs = list(_jobs(desk))
    spans = [
        (one.finished_at - max(one.created_at, one.not_before)).total_seconds()
        for one in jobs
        if one.finished_at is not None
    ]
    return Verdict(
        acknowledged=len(notes),
        studies=len(by_study),
        lost=lost,
        without_one_result=tuple(one for study in by_study for one in _results(desk, study)),
        stuck=tuple(one.job_id for one in jobs if one.state in ("waiting", "claimed", "running")),
        quarantined=tuple(
            f"{one.job_id}: {one.reason}" for one in jobs if one.state == "quarantined"
        ),
        trail=trail.faults,
        readable=tuple(_readable(places)),
        longest_s=max(spans, default=0.0),
        entries=trail.entries,
    )


def _uid(study: int) -> StudyUid:
    """Return the UID of the study of this number."""
    return film(study * INSTANCES).study_uid


def _lost(desk: Desk, study: int, told: dict[str, str]) -> Iterator[str]:
    """Yield what was acknowledged and is not there bit for bit."""
    study_id = desk.studies.find(_uid(study))
    if study_id is None:
        yield f"study {study}"
        return
    try:
        found = desk.studies.load(study_id).instances()
    except OslerError as error:
        yield f"study {study}: {error}"
        return
    kept = {str(one.uid): hashlib.sha256(one.content).hexdigest() for one in found}
    yield from (uid for uid, digest in told.items() if kept.get(uid) != digest)


def _results(desk: Desk, study: int) -> Iterator[str]:
    """Yield what is wrong with the results of one study."""
    study_id = desk.studies.find(_uid(study))
    if study_id is None:
        return
    row = desk.studies.get(study_id)
    current = [one for one in desk.results.of_study(study_id) if one.superseded_at is None]
    if len(current) != 1 or row.state != "analysed" or current[0].revision != row.revision:
        yield (
            f"study {study}: {len(current)} current results, state {row.state}, revision "
            f"{row.revision}, looked at {[one.revision for one in current]}"
        )


def _jobs(desk: Desk) -> Iterator[Job]:
    """Yield all jobs, page by page."""
    page = desk.jobs.list(limit=500)
    while page:
        yield from page
        page = desk.jobs.list(limit=500, before=page[-1].job_id)


def _readable(places: tuple[Path, ...]) -> Iterator[str]:
    """Yield each file in which a patient's name can be read."""
    for place in places:
        for path in place.rglob("*"):
            if path.is_file() and NAME.encode() in path.read_bytes():
                yield str(path.relative_to(place))
