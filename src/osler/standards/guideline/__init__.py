"""Guideline files: clinical numbers as data, each with its source."""

from osler.standards.guideline.loading import default_folder, load, shipped
from osler.standards.guideline.values import (
    Band,
    CardiothoracicRatio,
    ConditionCode,
    Freshness,
    Guidelines,
    News2,
    Parameter,
    PlausibleRange,
    Source,
)

__all__ = [
    "Band",
    "CardiothoracicRatio",
    "ConditionCode",
    "Freshness",
    "Guidelines",
    "News2",
    "Parameter",
    "PlausibleRange",
    "Source",
    "default_folder",
    "load",
    "shipped",
]
