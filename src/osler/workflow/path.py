"""The path of a study, written once.

Each step goes through ``keep``, which is handed the step's name, the type of its value and the
work. In memory ``keep`` just does the work; a durable run loads the value if the step was done
before, else does the work and stores it (`osler.clinical.serial` turns each value into JSON and
blobs). The path itself does not change.
"""

from collections.abc import Callable
from typing import Protocol, TypeVar

from osler.clinical import Assessment, Case, Draft, Explained, Prepared, StudyAnalysis
from osler.workflow.cleaning import cleaned
from osler.workflow.steps import Resources, analyse, draft, explain, prepare, weigh

T = TypeVar("T")
STEPS = ("prepare", "analyse", "explain", "assess", "report")


class Keep(Protocol):
    """Do a step's work, or return what it gave before."""

    def __call__(self, step: str, kind: type[T], work: Callable[[], T]) -> T:
        """Return the value of a step."""
        ...


def in_memory(step: str, kind: type[T], work: Callable[[], T]) -> T:
    """Do the work and keep nothing."""
    del step, kind
    return work()


def walk(case: Case, resources: Resources, keep: Keep = in_memory) -> Draft:
    """Walk one case, its record cleaned, from its bytes to the draft that a person signs."""
    case = cleaned(case, resources)
    prepared = keep("prepare", Prepared, lambda: prepare(case, resources))
    analysis = keep("analyse", StudyAnalysis, lambda: analyse(case, prepared, resources))
    explained = keep("explain", Explained, lambda: explain(analysis, resources))
    assessment = keep("assess", Assessment, lambda: weigh(case, explained, resources))
    return keep(
        "report",
        Draft,
        lambda: draft(
            case,
            prepared,
            analysis,
            explained=explained,
            assessment=assessment,
            resources=resources,
        ),
    )
