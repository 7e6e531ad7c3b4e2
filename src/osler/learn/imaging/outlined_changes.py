"""How far random changes go where things are outlined or counted (no torch)."""

import dataclasses
from typing import TypeVar

from osler.errors import InputRefused
from osler.learn.imaging.recipe import ImageRecipe


@dataclasses.dataclass(frozen=True)
class VolumeChanges:
    """Random changes of a volume; ranges are symmetric about no change.

    ``mirror`` are axes of (slices, rows, columns) along which half of the volumes are mirrored:
    only axes along which a mirrored structure is one that occurs. ``foreground`` is the share of
    windows that are laid around a drawn voxel, which volumes need that are larger than a window.
    """

    rotate_degrees: float = 15.0
    scale: float = 0.18
    shift_voxels: float = 5.0
    mirror: tuple[int, ...] = ()
    gamma: float = 0.3
    contrast: float = 0.25
    brightness: float = 0.25
    noise: float = 0.15
    blur: float = 0.2
    foreground: float = 0.0


@dataclasses.dataclass(frozen=True)
class BoxChanges:
    """Random changes: quarter turns and mirrors, zoom, shift, and grey values by channel."""

    turn: bool = True
    flip: bool = True
    scale: float = 0.25
    shift: float = 0.1
    gamma: float = 0.25
    contrast: float = 0.2
    brightness: float = 0.08
    colour: float = 0.06
    noise: float = 0.02


@dataclasses.dataclass(frozen=True)
class FineChanges:
    """Random changes of a patch: any turn, mirrors, zoom, and grey values by channel."""

    rotate_degrees: float = 180.0
    scale: float = 0.2
    gamma: float = 0.25
    contrast: float = 0.25
    brightness: float = 0.08
    colour: float = 0.1
    noise: float = 0.02
    flip: bool = True


Changed = TypeVar("Changed", VolumeChanges, BoxChanges, FineChanges)


def as_asked(usual: Changed, recipe: ImageRecipe) -> tuple[Changed, str]:
    """Return the changes with what ``[fit.augment]`` sets in their place, and what it set.

    Raises
    ------
    InputRefused
        It sets a change that is not made of what is outlined or counted here.
    """
    asked = recipe.fit.augment.model_dump(exclude_none=True)
    known = {field.name for field in dataclasses.fields(usual)}
    if unknown := [name for name in asked if name not in known]:
        raise InputRefused(
            f"recipe {recipe.name}, key fit.augment.{unknown[0]}: task {recipe.task!r} makes no "
            f"such change; it makes {', '.join(sorted(known))}; drop the key"
        )
    said = f"; the recipe sets {', '.join(asked)}" if asked else ""
    return dataclasses.replace(usual, **asked), said
