"""How far random changes go in each modality, and why (no torch)."""

from osler.learn.imaging.recipe import AugmentPlan, Modality
from osler.learn.recipe import Augmentation


class Changes(Augmentation):
    """Random changes of a picture; ranges are symmetric about no change.

    ``flip`` mirrors left to right, ``flip_vertical`` top to bottom, ``colour`` weighs the three
    colours anew, ``marks`` is the share of pictures on which caliper-like marks are drawn.
    """

    flip_vertical: bool = False
    colour: float = 0.0
    marks: float = 0.0


BY_MODALITY: dict[Modality, tuple[Changes, str]] = {
    "x-ray": (Changes(), "x-ray: side matters, so nothing is mirrored; greys differ by device"),
    "ct": (
        Changes(flip=True, rotate_degrees=15.0, gamma=0.25, noise=0.04, blur=0.3, erase=0.15),
        "ct: either side may show it, so slices are mirrored; greys are a fixed window",
    ),
    "mr": (
        Changes(flip=True, rotate_degrees=15.0, gamma=0.4, contrast=0.3, noise=0.05, blur=0.3),
        "mr: greys have no unit, so they change much; slices are mirrored left to right",
    ),
    "ultrasound": (
        Changes(flip=True, rotate_degrees=8.0, gamma=0.4, noise=0.05, erase=0.3, marks=0.4),
        "ultrasound: depth is down; marks like calipers, which give lesions away, on every class",
    ),
    "fundus": (
        Changes(
            flip=True,
            flip_vertical=True,
            rotate_degrees=25.0,
            scale=0.1,
            gamma=0.25,
            colour=0.12,
            noise=0.02,
            blur=0.15,
            erase=0.1,
        ),
        "fundus: a grade has no side, so both flips and turns are made; cameras differ in colour",
    ),
    "microscopy": (
        Changes(
            flip=True,
            flip_vertical=True,
            rotate_degrees=45.0,
            colour=0.15,
            noise=0.02,
            blur=0.2,
            erase=0.1,
        ),
        "microscopy: a slide has no up and no side; stains differ in colour",
    ),
}


def changes_of(modality: Modality, asked: AugmentPlan) -> tuple[Changes, str]:
    """Return the changes of a modality with what a recipe asks for in their place, and why."""
    usual, why = BY_MODALITY[modality]
    own = {key: value for key, value in asked.model_dump().items() if value is not None}
    if own:
        why = f"{why}; the recipe sets {', '.join(own)}"
    return usual.model_copy(update=own), why
