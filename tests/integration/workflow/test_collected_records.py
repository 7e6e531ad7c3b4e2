"""A record that comes in by any door reaches the studies of its patient, whichever came first."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from integration.workflow.ward import (
    Ward,
    a_ward_film,
    desk_of,
    draft_of,
    now,
    store,
    work,
)
from osler.clinical import Quantity
from osler.collect.hl7 import messages_of
from osler.collect.limits import Limits
from osler.collect.portions import Asked, Came
from osler.records import Desk, Records
from osler.standards.guideline import shipped
from osler.workflow.pressure import Pressure
from osler.workflow.record_intake import RecordsTakenIn, take_in_records

ORU = (
    "MSH|^~\\&|LAB|KH|||{at}||ORU^R01|{number}|P|2.5\r"
    "PID|1||4711||Example^Erika|||F\r"
    "OBR|1||F7|24326-1^Electrolytes^LN|||20040826080000+0000\r"
    "OBX|1|NM|2823-3^Potassium^LN||{value}|mmol/L|||||{status}\r"
)


def deliver(records: Records, folder: Path, **said: str) -> RecordsTakenIn:
    """Bring a message to the door."""
    path = folder / f"{said['number']}.hl7"
    path.write_text(ORU.format(**said), newline="")
    asked = Asked("lab", True, shipped().plausible_ranges, datetime(2026, 11, 20, tzinfo=UTC))
    return taken(records, desk_of(records), messages_of([path], asked, Limits()))


def taken(records: Records, desk: Desk, came: Iterable[Came]) -> RecordsTakenIn:
    """Take in what comes."""
    pressure = Pressure(
        waiting=lambda: 0,
        free_bytes=lambda: None,
        most_waiting=9,
        least_free_bytes=0,
        monotonic=time.monotonic,
    )
    return take_in_records(records, desk, came, source="lab", pressure=pressure, clock=now)


def potassium(desk: Desk, study: object) -> list[float]:
    """Return the potassium values that the current result of a study looked at."""
    record = draft_of(desk, study).record  # type: ignore[arg-type] # a StudyId
    values = record.observations if record is not None else ()
    return [one.value.value for one in values if isinstance(one.value, Quantity)]


def test_a_study_is_assessed_again_with_each_version_of_a_result(
    ward: Ward, tmp_path: Path
) -> None:
    """The laboratory corrects itself at night; in the morning nobody may read the first value."""
    with ward.open() as records:
        desk = desk_of(records)
        study = store(desk, a_ward_film())
        work(ward, records)
        assert potassium(desk, study) == []
        first = deliver(records, tmp_path, at="20040826090000", number="1", value="6.9", status="F")
        assert (first.read, first.stored, first.patients) == (1, 1, 1)
        work(ward, records)
        assert potassium(desk, study) == [6.9]
        deliver(records, tmp_path, at="20040826100000", number="2", value="4.1", status="C")
        work(ward, records)
        assert potassium(desk, study) == [4.1]
        rows = desk.results.of_study(study)
        assert [one.supersedes is not None for one in rows].count(True) == 2
        kinds = [one.kind for one in desk.jobs.list()]
        assert sorted(kinds) == ["record", "record", "study"]


def test_a_study_that_comes_later_takes_the_record_in(ward: Ward, tmp_path: Path) -> None:
    """Blood is often faster than the film."""
    with ward.open() as records:
        desk = desk_of(records)
        deliver(records, tmp_path, at="20040826090000", number="1", value="4.1", status="F")
        work(ward, records)
        study = store(desk, a_ward_film())
        work(ward, records)
        assert potassium(desk, study) == [4.1]


def test_a_message_that_merges_needs_the_right_to_and_is_not_lost(
    embedded: Ward, tmp_path: Path
) -> None:
    """Osler's worker may store and may not say that two people are one."""
    path = tmp_path / "merge.hl7"
    path.write_text(
        "MSH|^~\\&|ADT|KH|||20040826||ADT^A40^ADT_A39|9|P|2.5\rPID|1||4711||Example^Erika|||F\r"
        "MRG|E-9\r",
        newline="",
    )
    asked = Asked("adt", True, shipped().plausible_ranges, now())
    with embedded.open() as records:
        said = taken(records, desk_of(records), messages_of([path], asked, Limits()))
        assert (said.stored, said.refused) == (0, 1)
        assert said.refusals[0].refusal.kind == "security"
