"""The path is written once: a run that stops can go on from what it kept."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from integration.workflow.films import CHEST, NOW, RECORD, adult, film_bytes
from osler.clinical import Case
from osler.clinical.serial import BlobId, from_json, to_json
from osler.errors import TryLater
from osler.standards.pictures import group_studies, read_content
from osler.standards.record import read_record
from osler.workflow import STEPS, Resources, walk
from osler.workflow.joining import join

T = TypeVar("T")


@dataclass
class Archive:
    """Keeps each step's value as JSON text and blobs, as a durable run does.

    ``stop_after`` is the step after which the machine goes down, once.
    """

    stop_after: str | None = None
    documents: dict[str, str] = field(default_factory=dict)
    blobs: dict[BlobId, bytes] = field(default_factory=dict)
    worked: list[str] = field(default_factory=list)

    def __call__(self, step: str, kind: type[T], work: Callable[[], T]) -> T:
        """Do the work of a step and store it, or load what was stored."""
        if step not in self.documents:
            document, blobs = to_json(work())
            self.worked.append(step)
            self.documents[step] = json.dumps(document, allow_nan=False)
            self.blobs |= blobs
            if step == self.stop_after:
                self.stop_after = None
                raise TryLater("the machine went down")
        return from_json(kind, json.loads(self.documents[step]), self.blobs)


def a_case(used: Resources) -> Case:
    """Return a real film joined with the record of its patient."""
    studies = group_studies([read_content(film_bytes(CHEST), origin="film.dcm")]).studies
    record = read_record(
        RECORD.read_bytes(), origin=RECORD.name, now=NOW, guidelines=used.guidelines
    )
    (case,) = join(studies, record, same_patient=False, now=NOW).cases
    assert case.record is not None
    return case


def test_a_second_walk_does_no_work_and_gives_the_same_draft() -> None:
    """A restarted service must neither lose nor change an answer."""
    used = adult()
    archive = Archive()
    case = a_case(used)
    straight = walk(case, used)
    assert straight.findings
    assert to_json(walk(case, used, archive)) == to_json(straight)
    assert archive.worked == list(STEPS)
    assert to_json(walk(case, used, archive)) == to_json(straight)
    assert archive.worked == list(STEPS), "nothing was done again"


@pytest.mark.parametrize("step", STEPS)
def test_a_walk_that_stopped_goes_on_behind_the_last_step_that_was_kept(step: str) -> None:
    """Power fails in hospitals too; the film of the night must still be answered."""
    used = adult()
    archive = Archive(stop_after=step)
    case = a_case(used)
    with pytest.raises(TryLater, match="went down"):
        walk(case, used, archive)
    assert archive.worked[-1] == step
    assert to_json(walk(case, used, archive)) == to_json(walk(case, used))
    assert archive.worked == list(STEPS), "each step was done exactly once"


def test_the_case_itself_can_be_kept() -> None:
    """What a walk starts from must survive a restart as well."""
    used = adult()
    case = a_case(used)
    document, blobs = to_json(case)
    again = from_json(Case, json.loads(json.dumps(document, allow_nan=False)), blobs)
    assert again == case
    assert to_json(walk(again, used)) == to_json(walk(case, used))
