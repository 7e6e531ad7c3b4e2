"""From the fingerprint of what is outlined or counted to its plan: each rule, and who wins."""

import dataclasses
from typing import Any

import pytest

from house.tree import REPOSITORY
from make.outlined import smallest
from osler.errors import InputRefused
from osler.learn.imaging.box_facts import BoxFingerprint
from osler.learn.imaging.box_rules import derive_boxes
from osler.learn.imaging.fine_facts import FineFingerprint
from osler.learn.imaging.fine_rules import derive_patches
from osler.learn.imaging.outlined_changes import BoxChanges, FineChanges, VolumeChanges
from osler.learn.imaging.recipe import ImageRecipe, read_image_recipe
from osler.learn.imaging.volume_facts import VolumeFingerprint
from osler.learn.imaging.volume_rules import derive_volumes

COUNTED: dict[str, Any] = {
    "sha256": "0",
    "patients": 170,
    "patients_known": True,
    "repeats": 0,
    "left_out": {},
    "groups": {},
}
SHAPE = {"rows": 212, "patients": 136, "voxels": 1706, "mm3": (1054.0, 1706.0, 2593.0)}
# As `osler train --plan` found the three data sets that packages are trained on.
HIPPOCAMPUS = COUNTED | {
    "data": "msd-hippocampus",
    "rows": {"train": 190, "val": 22, "test": 48},
    "shape": (35.0, 50.0, 35.0),
    "spacing_mm": (1.0, 1.0, 1.0),
    "fine_mm": (1.0, 1.0, 1.0),
    "median_mm": (35.0, 50.0, 35.0),
    "largest_mm": (47.0, 59.0, 43.0),
    "side_mm": (24.0, 59.0),
    "greys": (40.0, 891.0),
    "brightest": (89.0, 501100.0),
    "drawn_greys": (200.0, 700.0),
    "structures": {"anterior": SHAPE, "posterior": SHAPE},
}
PICTURES = COUNTED | {
    "colour": True,
    "grey_mean": 120.0,
    "grey_deviation": 40.0,
    "classes": {},
    "stated": 0,
    "drawn": 0,
}
CELLS = PICTURES | {
    "data": "bccd",
    "rows": {"train": 253, "val": 37, "test": 74},
    "longest": 640,
    "shortest": 480,
    "per_picture": (1, 13, 30),
    "structures": {
        "red-cell": {"rows": 242, "patients": 216, "boxes": 2815, "sides": (102, 105), "short": 72},
        "platelet": {"rows": 140, "patients": 130, "boxes": 247, "sides": (40, 41), "short": 28},
    },
}
VESSELS = PICTURES | {
    "data": "chase-db1",
    "rows": {"train": 16, "val": 4, "test": 8},
    "longest": 999,
    "shortest": 960,
    "structures": {"vessel": {"rows": 16, "patients": 8, "share": 0.076, "width": 6.0}},
}
DERIVE: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "hippocampus-mr": (derive_volumes, VolumeFingerprint, HIPPOCAMPUS),
    "blood-cells": (derive_boxes, BoxFingerprint, CELLS),
    "retinal-vessels": (derive_patches, FineFingerprint, VESSELS),
}
# What these trainings were run with where their recipes say nothing.
UNSAID: dict[str, dict[str, Any]] = {
    "hippocampus-mr": {
        "window_hu": None,
        "foreground": 0.0,
        "backbone_rate": 1.0,
        "weight_decay": 1e-2,
        "changes": VolumeChanges(mirror=(2,)),
    },
    "blood-cells": {"crop": "none", "window_hu": None, "changes": BoxChanges()},
    "retinal-vessels": {"window_hu": None, "backbone_rate": 1.0, "changes": FineChanges()},
}


def derived(name: str, recipe: ImageRecipe, **facts: Any) -> Any:  # noqa: ANN401 - a plan
    """Return the plan of a recipe for one of the three data sets with some facts changed."""
    rules, kind, seen = DERIVE[name]
    return rules(kind.model_validate(seen | facts), recipe)


def volume(seen: dict[str, Any] | None = None, **asked: Any) -> Any:  # noqa: ANN401
    """Return the plan of a smallest recipe of volumes."""
    recipe = smallest("volume", asked.pop("modality", "mr"), "v", **asked)
    return derived("hippocampus-mr", recipe, **(seen or {}))


def boxes(seen: dict[str, Any] | None = None, **asked: Any) -> Any:  # noqa: ANN401
    """Return the plan of a smallest recipe of boxes."""
    recipe = smallest("detection", asked.pop("modality", "microscopy"), "b", **asked)
    return derived("blood-cells", recipe, **(seen or {}))


def patches(seen: dict[str, Any] | None = None, **asked: Any) -> Any:  # noqa: ANN401
    """Return the plan of a smallest recipe of thin structures."""
    recipe = smallest("segmentation", asked.pop("modality", "fundus"), "f", **asked)
    return derived("retinal-vessels", recipe, **(seen or {}))


@pytest.mark.parametrize("name", DERIVE)
def test_the_plan_of_a_shipped_recipe_is_what_was_trained(name: str) -> None:
    """A run that goes on from its checkpoint by other values ends at another network."""
    recipe = read_image_recipe(REPOSITORY / "recipes" / f"{name}.toml")
    plan = derived(name, recipe)
    said: dict[str, Any] = {"patch": recipe.patches.size, "each": recipe.patches.each}
    parts = (recipe.fit, recipe.input, recipe.volume)
    for part in parts:
        said |= {key: getattr(part, key) for key in type(part).model_fields if hasattr(plan, key)}
    stated = {key: value for key, value in said.items() if value is not None and key != "augment"}
    assert {key: getattr(plan, key) for key in stated} == stated
    for key, value in UNSAID[name].items():
        if key not in stated:
            assert getattr(plan, key) == value, key


@pytest.mark.parametrize("plan", [volume(), boxes(), patches()], ids=["volume", "boxes", "fine"])
def test_every_line_has_its_reason(plan: Any) -> None:  # noqa: ANN401
    """A plan that nobody can question is not one."""
    decided = set(type(plan).model_fields) - {"name", "task", "fingerprint", "why"}
    assert set(plan.why) == decided
    assert all(plan.why.values())
    assert not any(why.startswith("the recipe says so") for why in plan.why.values())
    assert sum(" = " in line for line in plan.lines()) >= len(decided)
    again = type(plan).model_validate_json(plan.model_dump_json())
    assert again == plan


def test_patches_hold_the_median_volume_and_windows_the_largest() -> None:
    """35 x 50 x 35 and 47 x 59 x 43 voxels, in steps of eight."""
    plan = volume()
    assert (plan.patch, plan.window, plan.batch) == ((40, 56, 40), (48, 64, 48), 4)
    assert (plan.epochs, plan.extent_mm) == (45, (19.0, 71.0))


def test_large_volumes_are_read_in_parts_that_hold_what_is_drawn() -> None:
    """A patch of a whole abdomen that misses the pancreas nine times in ten teaches air."""
    plan = volume({"median_mm": (300.0, 350.0, 350.0), "largest_mm": (500.0, 400.0, 400.0)})
    assert (plan.patch, plan.window) == ((64, 64, 64), (96, 96, 96))
    assert (plan.foreground, plan.changes.foreground, plan.batch) == (0.33, 0.33, 2)
    # 36,750,000 voxels at 1 mm; at 2.64 mm they are two millions.
    assert plan.spacing_mm == (2.64, 2.64, 2.64)


def test_thick_slices_take_the_finer_of_their_spacings() -> None:
    """nnU-Net's rule: slices of 5 mm beside pixels of 1 mm throw away what finer series show."""
    seen = {"spacing_mm": (5.0, 1.0, 1.0), "fine_mm": (3.0, 0.7, 0.7)}
    assert volume(seen).spacing_mm == (3.0, 1.0, 1.0)
    assert volume({"spacing_mm": (2.0, 1.0, 1.0)}).spacing_mm == (2.0, 1.0, 1.0)


def test_hounsfield_units_are_cut_by_what_is_drawn() -> None:
    """A liver between 0 and 200 HU: bone and air tell nothing about it."""
    seen = {"drawn_greys": (0.0, 200.0)}
    assert volume(seen, modality="ct").window_hu == (-50.0, 250.0)
    assert volume(seen).window_hu is None


def test_what_has_a_side_is_not_mirrored() -> None:
    """A left kidney that is mirrored is a right one."""
    left = {"name": "left-kidney", "display": "Left kidney", "code": "kidney"}
    assert volume().mirror == (2,)
    assert volume(structures=[left]).mirror == ()
    assert volume(modality="x-ray").mirror == ()
    assert not patches(structures=[left]).changes.flip
    assert not boxes(structures=[left]).changes.turn


def test_small_things_decide_how_finely_pictures_are_read() -> None:
    """A platelet of 28 of 640 pixels is to be 16: 366, in steps of 32."""
    plan = boxes()
    assert (plan.size, plan.channels, plan.changes.turn) == (384, 3, True)
    one = {"rows": 9, "patients": 9, "boxes": 9, "sides": (300, 300), "short": 300.0}
    assert boxes({"structures": {"spot": one}}).size == 224
    one["short"] = 2.0
    assert boxes({"structures": {"spot": one}}).size == 640
    assert boxes({"structures": {"spot": one}, "longest": 300}).size == 320
    assert not boxes(modality="x-ray").changes.flip


def test_thin_structures_are_read_at_full_resolution() -> None:
    """A vessel of six pixels in a photograph of 999 would vanish at 256."""
    plan = patches()
    assert (plan.size, plan.patch, plan.each, plan.epochs) == (992, 288, 16, 21)
    wide = {"vessel": {"rows": 16, "patients": 8, "share": 0.2, "width": 80.0}}
    plan = patches({"structures": wide})
    assert (plan.size, plan.patch) == (256, 64)


def test_cut_offs_are_chosen_on_rows_that_were_not_learnt() -> None:
    """Chosen on what was learnt by heart, a cut-off is too high for anybody else."""
    assert boxes().splits == ("train",)
    assert boxes().cut_offs == ("val",)
    plan = boxes({"rows": {"train": 253, "test": 74}})
    assert plan.cut_offs == ("train",)
    assert "too sure" in plan.why["cut_offs"]
    plan = patches(fit={"splits": ["train", "val"]})
    assert "trained on too" in plan.why["cut_offs"]
    assert plan.why["splits"].startswith("the recipe says so")


def test_the_recipe_wins_line_by_line() -> None:
    """What a person decided is kept beside what the rule would have said."""
    plan = volume(
        volume={"patch": [32, 32, 32], "mirror": [], "foreground": 0.5, "spacing_mm": [2, 1, 1]},
        fit={"epochs": 3, "augment": {"noise": 0.0}},
        input={"window_hu": [-100, 300]},
    )
    assert (plan.patch, plan.mirror, plan.epochs) == ((32, 32, 32), (), 3)
    assert (plan.spacing_mm, plan.window_hu) == ((2.0, 1.0, 1.0), (-100.0, 300.0))
    assert plan.changes == VolumeChanges(mirror=(), foreground=0.5, noise=0.0)
    assert plan.why["patch"].startswith("the recipe says so (by rule: (24, 56, 40)")
    assert "the recipe sets noise" in plan.why["changes"]
    # Patches along a side follow from the patch that the recipe sets: 992 / 128 is 7.75.
    assert patches(patches={"size": 128}).each == 64


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"fit": {"freeze": 3}}, r"key fit\.freeze: it decides nothing in task 'volume'"),
        ({"input": {"size": 64}}, r"key input\.size: it decides nothing"),
        ({"fit": {"augment": {"colour": 0.1}}}, r"key fit\.augment\.colour: .* makes no such"),
        ({"volume": {"patch": [40, 50, 40]}}, r"volume\.patch: found 40 x 50 x 40, need multiples"),
    ],
)
def test_keys_that_decide_nothing_or_cannot_be_done_are_refused(
    asked: dict[str, Any], sentence: str
) -> None:
    """Somebody meant something by them, and would wait for hours to see nothing of it."""
    with pytest.raises(InputRefused, match=sentence):
        volume(**asked)


def test_a_data_set_without_a_test_split_is_refused() -> None:
    """A package whose figures were never measured is not one."""
    with pytest.raises(InputRefused, match="no row of split 'test' is left"):
        boxes({"rows": {"train": 253, "val": 37}})


def test_few_patients_are_told() -> None:
    """A class of two patients can be learnt or tested, not both."""
    one = CELLS["structures"]["platelet"] | {"patients": 2}
    lines = boxes({"structures": {"spot": one}}).lines()
    assert any("too few patients for any figure about it to be sure" in line for line in lines)


def test_what_was_left_out_is_named_and_counted() -> None:
    """Five are named on the screen, all of them in plan.json."""
    lines = volume({"left_out": {f"v{n}": f"v{n}: broken" for n in range(9)}}).lines()
    assert "9 left out" in lines[0]
    assert lines[1:7] == [
        *(f"left out: v{n}: broken" for n in range(5)),
        "left out: 4 more, all in plan.json",
    ]


def test_changes_have_one_name_each() -> None:
    """A key of [fit.augment] that means two things would turn volumes by pixels."""
    fields = {
        field.name for kind in (BoxChanges, FineChanges) for field in dataclasses.fields(kind)
    }
    assert "flip" in fields
    assert "mirror" not in fields


def test_the_mirror_image_is_outlined_where_training_mirrors() -> None:
    """A structure with a side would be outlined on the other one too."""
    assert volume().both_ways is False
    assert volume(fit={"both_ways": True}).both_ways is True
    assert patches(fit={"both_ways": True}).both_ways is True
    with pytest.raises(InputRefused, match="both_ways looks at mirror images"):
        volume(fit={"both_ways": True}, volume={"mirror": []})
    with pytest.raises(InputRefused, match=r"key fit\.both_ways: it decides nothing"):
        boxes(fit={"both_ways": True})
