"""Guideline files: clinical numbers as data, each with its source."""

from osler.standards.guideline.concepts import Concept
from osler.standards.guideline.expressions import evaluate
from osler.standards.guideline.guidelines import Guidelines
from osler.standards.guideline.lines import line_of
from osler.standards.guideline.loading import default_folder, load, load_rules, shipped
from osler.standards.guideline.rules import Contraindication, Rule, RuleExample, RulePack
from osler.standards.guideline.scores import (
    Formula,
    FormulaInput,
    Given,
    Part,
    PointBand,
    ScoreDefinition,
    ScoreExample,
    ScoreItem,
    Variant,
)
from osler.standards.guideline.values import (
    Band,
    CardiothoracicRatio,
    ConditionCode,
    Freshness,
    News2,
    Parameter,
    PlausibleRange,
    Source,
)
from osler.standards.guideline.weighing import FindingRatio, Ratio, UrgencyRule

__all__ = [
    "Band",
    "CardiothoracicRatio",
    "Concept",
    "ConditionCode",
    "Contraindication",
    "FindingRatio",
    "Formula",
    "FormulaInput",
    "Freshness",
    "Given",
    "Guidelines",
    "News2",
    "Parameter",
    "Part",
    "PlausibleRange",
    "PointBand",
    "Ratio",
    "Rule",
    "RuleExample",
    "RulePack",
    "ScoreDefinition",
    "ScoreExample",
    "ScoreItem",
    "Source",
    "UrgencyRule",
    "Variant",
    "default_folder",
    "evaluate",
    "line_of",
    "load",
    "load_rules",
    "shipped",
]
