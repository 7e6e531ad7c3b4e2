"""A recipe says everything, or is refused by the key that is wrong."""

from pathlib import Path

import pytest

from osler.cli.train import is_of_images
from osler.errors import InputRefused, NotFound
from osler.learn.cardtext import read_card_text
from osler.learn.recipe import read_recipe

SHIPPED = sorted(
    file
    for file in (Path(__file__).parents[3] / "recipes").glob("*.toml")
    if not is_of_images(file)  # those are in imaging/test_image_recipe.py
)
A_RECIPE = """
name = "tiny"
version = "1.0.0"
task = "classification"
seed = 1
card = "cards/tiny.toml"

[[outputs]]
name = "Mass"
display = "Mass"
code = "mass"

[fit]
data = "films"
epochs = 2

[gates]
population = "adult"
films = ["films"]
other_population = []
not_films = []
"""


def written(folder: Path, text: str) -> Path:
    """Write a recipe."""
    file = folder / "tiny.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_recipe_is_read_with_its_defaults(tmp_path: Path) -> None:
    """What a recipe does not say is the same for everybody who trains by it."""
    recipe = read_recipe(written(tmp_path, A_RECIPE))
    assert recipe.outputs[0].positive == ()
    assert recipe.fit.splits == ("train", "val")
    assert recipe.fit.folds == 3
    assert recipe.weights == "float16"


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_shipped_recipe_and_its_card_text_are_sound(file: Path) -> None:
    """A training that stops after an hour for a misspelt key is not begun again by anybody."""
    recipe = read_recipe(file)
    assert recipe.name == file.stem
    text = read_card_text(file.parent / recipe.card)
    assert text.limits
    for stage in (*recipe.pretrain, recipe.fit):
        assert "test" not in stage.splits, "a test film was never trained on"


@pytest.mark.parametrize(
    ("wrong", "right", "sentence"),
    [
        ("epoch = 2", "epochs = 2", r"recipe tiny\.toml, key fit\.epochs: Field required"),
        ("epochs = 2\nepoch = 3", "epochs = 2", r"key fit\.epoch: Extra inputs"),
        ('epochs = "two"', "epochs = 2", r"key fit\.epochs: Input should be a valid integer"),
        ('task = "guess"', 'task = "classification"', r"key task: Input should be 'classific"),
        ('population = "cat"', 'population = "adult"', r"key gates\.population: Input should"),
        ("seed = ", "seed = 1", r"recipe tiny\.toml is not TOML: .*mend that line"),
    ],
)
def test_a_fault_is_named_by_its_key(
    tmp_path: Path, *, wrong: str, right: str, sentence: str
) -> None:
    """A setting that is silently ignored trains another model than the one described."""
    with pytest.raises(InputRefused, match=sentence):
        read_recipe(written(tmp_path, A_RECIPE.replace(right, wrong)))


def test_a_recipe_that_is_not_there_is_said(tmp_path: Path) -> None:
    """A wrong path is told from a broken recipe."""
    with pytest.raises(NotFound, match=r"no recipe at .*the shipped ones are in recipes/"):
        read_recipe(tmp_path / "none.toml")


def test_a_card_text_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    """A limit under a misspelt key would never reach the card."""
    shipped = SHIPPED[0]
    text = (shipped.parent / read_recipe(shipped).card).read_text("utf-8")
    file = tmp_path / "card.toml"
    file.write_text(f'limit = ["not for children"]\n{text}', encoding="utf-8")
    with pytest.raises(InputRefused, match=r"card text card\.toml, key limit: Extra inputs"):
        read_card_text(file)
    file.write_text("limits = [", encoding="utf-8")
    with pytest.raises(InputRefused, match=r"card text card\.toml is not TOML: .*mend that line"):
        read_card_text(file)
    with pytest.raises(NotFound, match="no card text at"):
        read_card_text(tmp_path / "none.toml")
