"""Refusals are put together, so that the line that matters is not the tenth of many alike."""

import numpy as np

from osler.analyse.gathering import MADE_FOR_OTHERS, gathered
from osler.clinical import (
    FilmAnalysis,
    InstanceUid,
    Interval,
    ModelIdentity,
    NotAssessed,
    Prediction,
)

SUBJECTS = {
    "chest": "chest film",
    "chest-two": "chest film",
    "brain": "brain slice",
    "fundus": "fundus photograph",
    "cells": "blood smear",
    "breast": "breast ultrasound",
}


def closed(model: str, gate: str = "modality", *, image: str = "2.25.1") -> NotAssessed:
    """Return a refusal."""
    reason = f"the header says modality DX; need that of {model}"
    return NotAssessed(model, gate, reason, instance_uid=InstanceUid(image), origin="a.dcm")


def a_film(model: str, image: str = "2.25.1") -> FilmAnalysis:
    """Return an image that one model judged."""
    half = Interval(0.5, 0.4, 0.6)
    said = Prediction(
        model=ModelIdentity(model, "1.0.0", "0"),
        name="shadow",
        instance_uid=InstanceUid(image),
        logit=0.0,
        probability=half,
        likelihood_ratio=half,
        limited=False,
        prevalence=0.5,
        evidence=np.zeros((2, 2), dtype=np.float32),
    )
    return FilmAnalysis(
        InstanceUid(image), "a.dcm", (9, 9), None, view=None, view_source="", predictions=(said,)
    )


def test_models_made_for_other_images_are_one_line_on_an_image_that_was_judged() -> None:
    """Six lines of 'need MR' on every chest film would hide the one film that was cut off."""
    refusals = [closed("brain"), closed("fundus", "body part"), closed("cells", "colour")]
    (one,) = gathered(refusals, [a_film("chest")], SUBJECTS)
    assert one.gate == MADE_FOR_OTHERS
    assert one.reason == (
        "models made for other images did not look: blood smear (cells); brain slice (brain); "
        "fundus photograph (fundus)"
    )


def test_a_model_of_the_same_subject_keeps_its_own_line() -> None:
    """A second chest model that did not look at a chest film is news, not another kind of model."""
    found = gathered([closed("chest-two", "body part")], [a_film("chest")], SUBJECTS)
    assert [(one.model, one.gate) for one in found] == [("chest-two", "body part")]


def test_an_image_that_nobody_is_made_for_gets_one_line() -> None:
    """A knee: the header's word, and what there are models for."""
    models = ("chest", "brain", "fundus", "cells")
    (one,) = gathered([closed(model) for model in models], [], SUBJECTS)
    assert (one.model, one.instance_uid, one.gate) == ("all models", "2.25.1", "modality")
    assert one.reason.startswith("the header says modality DX; no model is made for this image")
    assert "chest film (chest)" in one.reason


def test_a_few_refusals_of_an_image_keep_their_reasons() -> None:
    """With two models each can say what it needs."""
    found = gathered([closed("chest"), closed("brain")], [], SUBJECTS)
    assert [one.model for one in found] == ["chest", "brain"]


def test_what_holds_for_many_images_is_said_once_with_their_number() -> None:
    """Three hundred slices are one line."""
    models = ("chest", "brain", "fundus", "cells")
    many = [closed(model, image=f"2.25.{n}") for n in range(300) for model in models]
    (one,) = gathered(many, [], SUBJECTS)
    assert one.reason.endswith("(300 images)")
    assert one.instance_uid is None


def test_the_line_of_other_models_is_said_once_for_a_whole_series() -> None:
    """Thirty judged slices do not say thirty times that fundus models did not look."""
    films = [a_film("brain", f"2.25.{n}") for n in range(30)]
    many = [closed("fundus", image=f"2.25.{n}") for n in range(30)]
    (one,) = gathered(many, films, SUBJECTS)
    assert one.reason == "models made for other images did not look: fundus photograph (fundus)"
