"""Weigh findings and record together. It advises; the doctor decides."""

from osler.assess.combining import Besides, assess
from osler.assess.early_warning import news2
from osler.assess.pretests import SET_FOR_SITE
from osler.assess.scores import unknown_names
from osler.assess.weighing import posttest_probability, weigh

__all__ = [
    "SET_FOR_SITE",
    "Besides",
    "assess",
    "news2",
    "posttest_probability",
    "unknown_names",
    "weigh",
]
