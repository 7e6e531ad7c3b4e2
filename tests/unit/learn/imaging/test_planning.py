"""From fingerprint to plan: each rule, and that a recipe wins over it."""

from typing import Any

import pytest

from osler.errors import InputRefused
from osler.learn.imaging.fingerprint import Fingerprint
from osler.learn.imaging.planning import derive
from osler.learn.imaging.recipe import ImageRecipe

SEEN: dict[str, Any] = {
    "data": "spots",
    "sha256": "0",
    "rows": {"train": 1500, "val": 200, "test": 300},
    "patients": 400,
    "patients_known": True,
    "longest": 512,
    "shortest": 400,
    "colour": False,
    "grey_mean": 80.0,
    "grey_deviation": 40.0,
    "classes": {"ill": 800},
    "stated": 1700,
    "drawn": 0,
    "repeats": 0,
    "left_out": {},
    "groups": {},
}
RECIPE: dict[str, Any] = {
    "kind": "image",
    "name": "spot",
    "version": "1.0.0",
    "task": "binary",
    "modality": "ct",
    "data": "spots",
    "seed": 1,
    "card": "none",
    "outputs": [{"name": "ill", "display": "Ill", "code": "ill", "positive": ["ill"]}],
}


def planned(seen: dict[str, Any] | None = None, **asked: Any) -> Any:  # noqa: ANN401 - a plan
    """Return the plan for a usual data set with some facts and wishes changed."""
    recipe = ImageRecipe.model_validate({**RECIPE, **asked})
    return derive(Fingerprint.model_validate({**SEEN, **(seen or {})}), recipe)


def test_every_line_has_its_reason() -> None:
    """A plan that nobody can question is not one."""
    plan = planned()
    decided = set(type(plan).model_fields) - {"name", "task", "fingerprint", "why"}
    assert set(plan.why) == decided
    assert all(plan.why.values())
    assert len(plan.lines()) == len(decided) + 1


def test_size_follows_the_pictures() -> None:
    """Small pictures are not blown up, large ones are reduced to what a processor can learn."""
    assert planned({"longest": 100}).size == 96
    assert planned({"longest": 512}).size == 224
    structure = {"name": "spot", "display": "Spot", "code": "spot"}
    assert planned({"longest": 512}, structures=[structure]).size == 256


def test_colour_counts_where_it_tells_something() -> None:
    """A grey CT that was saved as colour has three equal channels."""
    assert planned({"colour": True}, modality="ct").channels == 1
    assert planned({"colour": True}, modality="fundus").channels == 3


def test_rare_classes_are_drawn_more_often() -> None:
    """One haemorrhage in twenty slices is otherwise learnt last."""
    assert planned({"classes": {"ill": 85}}).sampling == "balanced"
    assert planned({"classes": {"ill": 800}}).sampling == "even"


def test_negatives_count_as_a_class() -> None:
    """Where nearly all are ill, the healthy are the rare ones."""
    assert planned({"classes": {"ill": 1600}}).sampling == "balanced"


def test_few_patients_make_more_folds() -> None:
    """Each fold's network needs most of them."""
    assert planned({"patients": 82}).folds == 5
    assert planned({"patients": 400}).folds == 3


def test_epochs_show_a_fixed_number_of_pictures() -> None:
    """24,000 pictures: 14 times 1,700, and never more than 40 times the same."""
    assert planned().epochs == 14
    assert planned({"rows": {"train": 100}}).epochs == 40


def test_outlines_of_few_pictures_are_learnt_afterwards() -> None:
    """Fifty outlined pictures of two thousand would be seen too rarely beside the labels."""
    structure = {"name": "spot", "display": "Spot", "code": "spot"}
    assert planned({"drawn": 51}, structures=[structure]).masks == "after"
    assert planned({"drawn": 1700}, structures=[structure]).masks == "joint"
    assert planned().masks == "none"


def test_the_recipe_wins_and_the_plan_says_so() -> None:
    """What a person decided is kept beside what the rule would have said."""
    plan = planned(input={"size": 320}, fit={"epochs": 3, "augment": {"flip": False}})
    assert (plan.size, plan.epochs, plan.changes.flip) == (320, 3, False)
    assert plan.why["size"].startswith("the recipe says so (by rule: 224")
    assert "the recipe sets flip" in plan.why["changes"]


def test_nothing_is_mirrored_where_side_matters() -> None:
    """A heart on the right is a finding."""
    changes = planned(modality="x-ray").changes
    assert not changes.flip
    assert not changes.flip_vertical
    assert not planned(modality="ultrasound").changes.flip_vertical


def test_the_mirror_image_is_looked_at_where_side_does_not_matter() -> None:
    """A heart on the right is not the mean of two films."""
    assert planned().both_ways is False
    assert planned(fit={"both_ways": True}).both_ways is True
    with pytest.raises(InputRefused, match="x-ray is not mirrored in training"):
        planned(modality="x-ray", fit={"both_ways": True})
