"""Codes, units and answers: what a document's words mean in Osler's own."""

from osler.standards.terminology.measured import Bounds, Stated, to_observation
from osler.standards.terminology.tables import (
    Answer,
    KnownCode,
    Measurable,
    answer_of,
    answer_words,
    measurable_named,
    measurable_of,
    measurables,
)
from osler.standards.terminology.units import convert, same_unit, ucum_code

__all__ = [
    "Answer",
    "Bounds",
    "KnownCode",
    "Measurable",
    "Stated",
    "answer_of",
    "answer_words",
    "convert",
    "measurable_named",
    "measurable_of",
    "measurables",
    "same_unit",
    "to_observation",
    "ucum_code",
]
