"""Image recipes: what hangs together is read, what does not is refused by name."""

from pathlib import Path

import pytest

from house.tree import REPOSITORY
from osler.cli.train import is_of_images
from osler.errors import InputRefused, NotFound
from osler.learn.cardtext import read_card_text
from osler.learn.imaging.recipe import read_image_recipe

SHIPPED = sorted(file for file in (REPOSITORY / "recipes").glob("*.toml") if is_of_images(file))
HEAD = """
kind = "image"
name = "spot"
version = "1.0.0"
modality = "microscopy"
data = "spots"
seed = 1
card = "cards/spot.toml"
"""
OUTPUT = '[[outputs]]\nname = "{0}"\ndisplay = "{0}"\ncode = "{0}"\npositive = ["{0}"]\n'


def written(folder: Path, text: str) -> Path:
    """Write a recipe and return its file."""
    file = folder / "spot.toml"
    file.write_text(HEAD + text, encoding="utf-8")
    return file


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_shipped_recipes_and_their_cards_are_read(file: Path) -> None:
    """A recipe that is not read trains nothing, and a card text that is not read ships nothing."""
    recipe = read_image_recipe(file)
    text = read_card_text(file.parent / recipe.card)
    assert recipe.name == file.stem
    assert text.limits
    assert recipe.data in text.sources


@pytest.mark.parametrize("name", ["ct-ich", "brain-mri-tumour", "breast-us", "hippocampus-mr"])
def test_data_of_unsettled_terms_make_packages_for_research_only(name: str) -> None:
    """A hospital that pays for care must not be served what may only be studied."""
    recipe = read_image_recipe(REPOSITORY / "recipes" / f"{name}.toml")
    assert read_card_text(REPOSITORY / "recipes" / recipe.card).terms.research_only


def test_rows_that_are_tested_are_not_learnt() -> None:
    """Only where every figure is of held-out folds is there no split to keep apart."""
    for file in SHIPPED:
        recipe = read_image_recipe(file)
        assert "test" not in recipe.fit.splits or recipe.name == "ct-ich", file.name


def test_a_class_alone_is_refused(tmp_path: Path) -> None:
    """One class has nothing to be told from: every picture would be of it."""
    file = written(tmp_path, 'task = "multi-class"\n' + OUTPUT.format("melanoma"))
    with pytest.raises(InputRefused, match="one of \\[\\[outputs\\]\\] a class, found one"):
        read_image_recipe(file)


def test_levels_that_do_not_fit_the_outputs_are_refused(tmp_path: Path) -> None:
    """A grade would be named one too low or too high."""
    text = 'task = "ordinal"\nlevels = ["0", "1", "2"]\n' + OUTPUT.format("1")
    with pytest.raises(InputRefused, match="one level more than outputs, found 3 levels and 1"):
        read_image_recipe(written(tmp_path, text))


def test_outlines_without_a_structure_are_refused(tmp_path: Path) -> None:
    """A training for hours that outlines nothing is found before it begins."""
    with pytest.raises(InputRefused, match="needs at least one of \\[\\[structures\\]\\]"):
        read_image_recipe(written(tmp_path, 'task = "segmentation"\n'))


def test_a_mistyped_key_is_named(tmp_path: Path) -> None:
    """A mistyped rate that is passed over trains another network than was meant."""
    text = 'task = "binary"\n' + OUTPUT.format("melanoma") + "[fit]\nlearning_rat = 0.1\n"
    with pytest.raises(InputRefused, match=r"key fit\.learning_rat"):
        read_image_recipe(written(tmp_path, text))


def test_no_recipe_is_told(tmp_path: Path) -> None:
    """The sentence says where the shipped ones are."""
    with pytest.raises(NotFound, match="the shipped ones are in recipes/"):
        read_image_recipe(tmp_path / "none.toml")
