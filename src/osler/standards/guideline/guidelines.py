"""Everything under ``guidelines/`` as one value."""

from collections.abc import Mapping

from osler.standards.guideline.cleaning import Cleaning
from osler.standards.guideline.concepts import Concept
from osler.standards.guideline.rules import RulePack
from osler.standards.guideline.scores import ScoreDefinition
from osler.standards.guideline.values import (
    CardiothoracicRatio,
    Certainty,
    Entry,
    Freshness,
    News2,
    PlausibleRange,
)
from osler.standards.guideline.weighing import LikelihoodRatios, ReferenceRange, UrgencyRules


class Guidelines(Entry):
    """Everything under ``guidelines/``."""

    news2: News2
    freshness: Freshness
    cardiothoracic_ratio: CardiothoracicRatio
    plausible_ranges: Mapping[str, PlausibleRange]
    certainty: Certainty
    concepts: Mapping[str, Concept]
    scores: Mapping[str, ScoreDefinition]
    rules: Mapping[str, RulePack]
    likelihood_ratios: LikelihoodRatios
    urgency: UrgencyRules
    reference_ranges: Mapping[str, ReferenceRange]
    cleaning: Cleaning
