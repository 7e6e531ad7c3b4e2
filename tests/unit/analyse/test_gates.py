"""Each gate says no for its own reason, and the header is believed before the pixels."""

from typing import Any

import numpy as np
import pytest

from make.package import (
    CORNERS,
    FEATURES,
    a_card,
    a_fingerprint,
    a_picture,
    an_instance,
)
from osler.analyse.film import QUALITY, FilmFacts
from osler.analyse.gates import (
    distribution_gate,
    frame_gate,
    header_gate,
    pixel_gates,
    population_gate,
    quality_gate,
    shape_gate,
)
from osler.analyse.heads import LinearHead

GOOD = {
    "contrast": 0.25,
    "right lung area": 0.2,
    "left lung area": 0.2,
    "lungs apart": 0.55,
    "lung balance": 0.95,
}


def facts(**changes: float) -> FilmFacts:
    """Return a film with the measures of a good adult film, changed by name (_ for a space)."""
    measures = {**GOOD, **{name.replace("_", " "): value for name, value in changes.items()}}
    quality = np.array([measures.get(name, 0.0) for name in QUALITY], dtype=np.float32)
    features = np.concatenate([np.full(CORNERS, 0.4, dtype=np.float32), quality])
    nothing = np.zeros((0, 0), dtype=np.float32)
    return FilmFacts(nothing, nothing, quality, features)


def test_a_good_film_passes_every_gate() -> None:
    """Gates that refuse what they should pass leave a patient without an answer."""
    assert pixel_gates(facts(), a_fingerprint(), a_card(), age_years=None) is None
    assert header_gate(an_instance(), a_card()) is None
    picture = a_picture(np.zeros((112, 300), dtype=np.float32))
    assert shape_gate(picture, 1, a_card()) is None


@pytest.mark.parametrize(
    ("stated", "gate", "reason"),
    [
        ({"modality": "CT"}, "modality", "the header says modality CT; need CR or DX"),
        ({"modality": "mr"}, "modality", "the header says modality MR; need CR or DX"),
        ({"body_part": "KNEE"}, "body part", "says body part KNEE; need CHEST or THORAX"),
        ({"view_position": "LATERAL"}, "view", "the header says view LATERAL; need PA or AP"),
        ({"view_position": "LL"}, "view", "the header says view LL; need PA or AP"),
    ],
)
def test_what_the_header_states_is_believed(stated: dict[str, str], gate: str, reason: str) -> None:
    """A lateral film scored as a frontal one gives a number that means nothing."""
    closed = header_gate(an_instance(**stated), a_card())
    assert closed is not None
    assert closed.gate == gate
    assert reason in closed.reason


@pytest.mark.parametrize(
    "stated",
    [
        {"modality": "OT", "body_part": None, "view_position": None},
        {"modality": "SC", "body_part": "", "view_position": ""},
        {"modality": None, "body_part": None, "view_position": None},
        {"modality": "cr", "body_part": " chest ", "view_position": "pa"},
    ],
)
def test_what_the_header_does_not_state_is_left_to_the_pixels(
    stated: dict[str, Any],
) -> None:
    """A film from a phone states nothing and may still be judged, if it looks right."""
    assert header_gate(an_instance(**stated), a_card()) is None


def test_a_package_that_accepts_no_header_says_so() -> None:
    """A card without modalities must refuse in a sentence, not break on the first film."""
    contract = a_card().input.model_copy(update={"modalities": ()})
    closed = header_gate(an_instance(), a_card(input=contract))
    assert closed is not None
    assert closed.reason == "the header says modality CR; need a picture that states none"


def test_a_clip_is_no_film() -> None:
    """The first frame of a fluoroscopy run is not what the run shows."""
    closed = shape_gate(a_picture(np.zeros((300, 300), dtype=np.float32)), 30, a_card())
    assert closed is not None
    assert closed.gate == "geometry"
    assert closed.reason == "the object holds 30 frames; a frontal chest film is one frame"


def test_a_thumbnail_is_no_film() -> None:
    """On a preview of 90 pixels nobody can see a nodule."""
    closed = shape_gate(a_picture(np.zeros((90, 300), dtype=np.float32)), 1, a_card())
    assert closed is not None
    assert closed.reason == "the picture is 90 x 300 pixels; need at least 112 a side"


def test_a_blank_film_is_called_blank() -> None:
    """'Nothing seen' on a film that was never exposed would be a false all-clear."""
    closed = frame_gate(facts(contrast=0.01), a_fingerprint(), a_card())
    assert closed is not None
    assert closed.gate == "quality"
    assert "blank" in closed.reason


def test_a_picture_that_is_no_chest_is_refused_as_another_body_part() -> None:
    """A knee has no lungs, and must not get a tuberculosis score."""
    closed = frame_gate(facts(right_lung_area=0.0), a_fingerprint(), a_card())
    assert closed is not None
    assert closed.gate == "body part"
    assert closed.reason == ("the picture does not look like a frontal chest film (likeness 0.00)")


def test_an_upside_down_film_is_told_how_to_be_mended() -> None:
    """Whoever sent it can turn it; 'refused' alone does not help the patient."""
    weights = np.zeros((3, FEATURES), dtype=np.float32)
    head = LinearHead(
        ("film", "other", "upside down"),
        weights,
        np.array([0.0, 1.0, 5.0], dtype=np.float32),
        np.zeros(FEATURES, dtype=np.float32),
        np.ones(FEATURES, dtype=np.float32),
    )
    closed = frame_gate(facts(), {**a_fingerprint(), **head.arrays("frame")}, a_card())
    assert closed is not None
    assert closed.gate == "quality"
    assert closed.reason == (
        "the film is upside down; turn it upright and send it again (likeness 0.01)"
    )  # 1 / (1 + e + e^5) = 0.0066


@pytest.mark.parametrize(("kind", "apart"), [("adult", 0.55), ("child", 0.30)])
def test_without_an_age_the_pixels_decide_the_population(kind: str, apart: float) -> None:
    """An infant's wide heart shadow is normal; an adult model would call it ill."""
    card = a_card(kind="child" if kind == "child" else "adult")
    assert population_gate(facts(lungs_apart=apart), a_fingerprint(), card, age_years=None) is None
    other = 0.30 if kind == "adult" else 0.55
    closed = population_gate(facts(lungs_apart=other), a_fingerprint(), card, age_years=None)
    assert closed is not None
    assert closed.gate == "population"
    whose = "an adult" if kind == "adult" else "a child"
    assert f"no age is stated, and the film does not look like that of {whose}" in closed.reason


@pytest.mark.parametrize(
    ("age", "passes"), [(0.9, False), (1.0, True), (5.99, True), (6.0, False), (40.0, False)]
)
def test_a_stated_age_outside_the_range_is_refused(age: float, *, passes: bool) -> None:
    """A five-year-old is five until the sixth birthday."""
    closed = population_gate(
        facts(lungs_apart=0.30), a_fingerprint(), a_card(kind="child"), age_years=age
    )
    assert (closed is None) == passes
    if closed is not None:
        assert f"the patient is {age:.0f} years old; the model is for 1 to 5 years" in closed.reason


def test_a_stated_age_carries_a_film_that_is_only_unusual() -> None:
    """A slight adult is still an adult: likeness expit(60 x (0.40 - 0.43)) = 0.14."""
    slight = facts(lungs_apart=0.40)
    assert population_gate(slight, a_fingerprint(), a_card(), age_years=None) is not None
    assert population_gate(slight, a_fingerprint(), a_card(), age_years=30.0) is None


def test_pixels_that_contradict_the_stated_age_stop_the_film() -> None:
    """A child's film under an adult's name is the wrong patient."""
    closed = population_gate(facts(lungs_apart=0.30), a_fingerprint(), a_card(), age_years=30.0)
    assert closed is not None
    assert closed.reason == (
        "the stated age is 30 years, but the film does not look like that of an adult "
        "(likeness 0.00); check the patient"
    )


def test_the_worst_measure_is_the_one_that_is_named() -> None:
    """Whoever repeats the film needs to know what was wrong with it."""
    low = np.full(len(QUALITY), -1.0, dtype=np.float32)
    low[QUALITY.index("lung balance")] = 0.6
    low[QUALITY.index("contrast")] = 0.2
    closed = quality_gate(facts(lung_balance=0.30, contrast=0.19), a_fingerprint(quality_low=low))
    assert closed is not None
    assert closed.gate == "quality"
    assert closed.reason == (
        "lung balance is 0.300; pictures that the model learnt from have 0.600 to 2.000"
    )


def test_a_film_far_from_all_others_is_refused() -> None:
    """Distance 1 / sqrt(19) x 30 is 6.9 of the 5 accepted: a score there is a guess."""
    far = facts()
    features = np.zeros(FEATURES, dtype=np.float32)
    features[0] = 30.0
    closed = distribution_gate(
        FilmFacts(far.square, far.parts, far.quality, features), a_fingerprint()
    )
    assert closed is not None
    assert closed.gate == "distribution"
    assert "(distance 6.9, accepted up to 5.0)" in closed.reason


def test_the_first_gate_that_says_no_is_the_one_named() -> None:
    """'Not a chest film' explains more than 'wrong age' for a knee."""
    knee = facts(right_lung_area=0.0, lungs_apart=0.0)
    closed = pixel_gates(knee, a_fingerprint(), a_card(), age_years=None)
    assert closed is not None
    assert closed.gate == "body part"


def test_a_closed_gate_names_model_and_instance() -> None:
    """The report lists who did not look at which film."""
    instance = an_instance("2.25.9", modality="CT")
    closed = header_gate(instance, a_card())
    assert closed is not None
    said = closed.not_assessed("tiny", instance)
    assert (said.model, said.gate, said.instance_uid) == ("tiny", "modality", "2.25.9")
