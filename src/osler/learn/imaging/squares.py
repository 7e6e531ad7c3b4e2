"""How pictures are read where the recipe states it and nothing is derived. No torch."""

from osler.errors import InputRefused
from osler.learn.imaging.recipe import ImageRecipe
from osler.prepare.picture import PictureContract


def contract_of_squares(recipe: ImageRecipe) -> PictureContract:
    """Return the contract of a recipe's pictures: ``[input]`` with the bench's own defaults.

    Raises
    ------
    InputRefused
        The size is not stated.
    """
    part = recipe.input
    if part.size is None:
        raise InputRefused(
            f"recipe {recipe.name}: task {recipe.task!r} derives no size; state input.size"
        )
    return PictureContract(
        size=part.size,
        channels=part.channels or 3,
        fit=part.fit or "pad",
        scaling=part.scaling or "range",
        crop=part.crop or "none",
        window_hu=part.window_hu,
    )
