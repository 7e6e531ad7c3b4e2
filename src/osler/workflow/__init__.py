"""The conveyor: the path of a study, written once, run in memory or durably."""

from osler.workflow.analyze import Analysed, Analysis, analyze, load_resources
from osler.workflow.path import STEPS, in_memory, walk
from osler.workflow.steps import Resources

__all__ = [
    "STEPS",
    "Analysed",
    "Analysis",
    "Resources",
    "analyze",
    "in_memory",
    "load_resources",
    "walk",
]
