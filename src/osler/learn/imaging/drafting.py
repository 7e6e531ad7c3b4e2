"""How a plan comes about: each line with its reason, and what the recipe sets wins (no torch)."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, Literal

from osler.errors import InputRefused
from osler.learn.imaging.changes import Changes
from osler.learn.imaging.fingerprint import Fingerprint
from osler.learn.imaging.recipe import ImageRecipe, Modality
from osler.learn.recipe import Part
from osler.prepare.picture import PictureContract

Rule = Callable[..., None]
COLOURED: frozenset[Modality] = frozenset({"fundus", "microscopy"})
FIXED_WINDOW: frozenset[Modality] = frozenset({"ct", "fundus", "microscopy"})


class ReadsSquares(Part):
    """The lines of plans whose pictures become squares."""

    size: int
    channels: Literal[1, 3]
    fit: Literal["squash", "pad"]
    scaling: Literal["stretch", "range"]
    crop: Literal["none", "field"]
    window_hu: tuple[float, float] | None

    def contract(self) -> PictureContract:
        """Return how a picture becomes this network's input."""
        return PictureContract(
            size=self.size,
            channels=self.channels,
            fit=self.fit,
            scaling=self.scaling,
            crop=self.crop,
            window_hu=self.window_hu,
        )


class Drafting:
    """Collects values with their reasons; what the recipe sets wins."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.why: dict[str, str] = {}

    def rule(self, name: str, asked: Any, value: Any, *, why: str) -> None:  # noqa: ANN401
        """Take one decision."""
        self.values[name] = value if asked is None else asked
        self.why[name] = (
            why if asked is None else f"the recipe says so (by rule: {shown(value)}, {why})"
        )


def reading(rule: Rule, seen: Fingerprint, recipe: ImageRecipe) -> None:
    """Decide how a picture is read, but for its size."""
    asked = recipe.input
    colour = seen.colour and recipe.modality in COLOURED
    rule("channels", asked.channels, 3 if colour else 1, why="colour where it tells something")
    rule("fit", asked.fit, "pad", why="the shape of what is seen is kept")
    fixed = recipe.modality in FIXED_WINDOW
    scaling = "range" if fixed else "stretch"
    reason = f"greys of {recipe.modality} {'mean something' if fixed else 'have no unit'}"
    rule("scaling", asked.scaling, scaling, why=reason)
    field = recipe.modality == "fundus"
    reason = "black around a round field tells the camera" if field else "no round field"
    rule("crop", asked.crop, "field" if field else "none", why=reason)
    rule(
        "window_hu", asked.window_hu, None, why="taken from the header, unless the recipe knows it"
    )


def mirror_image(rule: Rule, recipe: ImageRecipe, *, mirrored: bool) -> None:
    """Decide whether the mirror image is looked at too.

    Raises
    ------
    InputRefused
        The recipe asks for it where training mirrors nothing, since side matters.
    """
    asked, usual = recipe.fit.both_ways, False
    if asked and not mirrored:
        raise InputRefused(
            f"recipe {recipe.name}: both_ways looks at mirror images, and {recipe.modality} is not "
            "mirrored in training, since side matters; drop it, or set augment.flip"
        )
    rule("both_ways", asked, usual, why="the mirror image as well takes twice the time")


def decided(plan: Part, why: Mapping[str, str]) -> list[str]:
    """Return a line for each decision of a plan: its name, its value and the reason."""
    return [f"{name} = {shown(getattr(plan, name))}: {reason}" for name, reason in why.items()]


def shown(value: Any) -> str:  # noqa: ANN401 - any field of a plan
    """Return a value as it is printed."""
    if isinstance(value, Changes):
        usual = Changes().model_dump()
        own = {k: v for k, v in value.model_dump().items() if v != usual[k]}
        return ", ".join(f"{k} {v}" for k, v in own.items()) or "as usual"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        each = dataclasses.asdict(value).items()
        return ", ".join(f"{name} {shown(one)}" for name, one in each)
    if isinstance(value, tuple):
        return "(" + ", ".join(str(one) for one in value) + ")"
    return str(value)
