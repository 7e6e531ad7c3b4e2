"""A training recipe: one TOML file that says what is trained on what, and how."""

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from osler.errors import InputRefused, NotFound


class Part(BaseModel):
    """A frozen part of a recipe in which an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class OutputPlan(Part):
    """One output: its name in the data, and which labels count as positive.

    Without ``positive`` the data set holds a 0/1 column of this name. ``needs_pretest`` marks a set
    in which the shares of classes were made by design: its probabilities are shown as findings
    only when weighed with a pre-test probability that somebody states.
    """

    name: str
    display: str
    system: str = "https://osler.example/codes"
    code: str
    positive: tuple[str, ...] = ()
    needs_pretest: bool = False


class Augmentation(Part):
    """Random changes during training; ranges are symmetric about no change."""

    rotate_degrees: float = 10.0
    scale: float = 0.12
    stretch: float = 0.08
    shift: float = 0.06
    flip: bool = False
    gamma: float = 0.3
    contrast: float = 0.25
    brightness: float = 0.1
    noise: float = 0.03
    blur: float = 0.3
    erase: float = 0.25
    outside_lungs: float = 0.0
    mixup: float = 0.0


class Stage(Part):
    """One pass of training: which data set, how long, how fast."""

    data: str
    splits: tuple[str, ...] = ("train", "val")
    without_patients_of: str | None = None
    exclude: dict[str, str] = Field(default_factory=dict)
    folds: int = 3
    epochs: int
    size: int = 224
    batch: int = 32
    learning_rate: float = 4e-4
    backbone_rate: float = 0.5
    weight_decay: float = 1e-2
    drop_connect: float = 0.2
    dropout: float = 0.3
    label_smoothing: float = 0.0
    ema: float = 0.99
    augment: Augmentation = Augmentation()


class Variant(Part):
    """A second training to compare with: the same stage without some rows."""

    name: str
    why: str
    exclude: dict[str, str]


class CrossCheck(Part):
    """A k-fold run of the fixed recipe over every row of some splits, reported, never shipped."""

    folds: int
    splits: tuple[str, ...] = ("train", "val", "test")


class GatePlan(Part):
    """What the gates are tuned on. ``films`` begins with the data set that is trained on.

    ``foreign`` names another hospital's films of the same population: never tuned on, only
    measured.
    """

    population: Literal["adult", "child"]
    films: tuple[str, ...]
    other_population: tuple[str, ...]
    not_films: tuple[str, ...]
    foreign: str | None = None


class Recipe(Part):
    """Everything that decides a training run.

    ``pretrain`` stages run once and are shared by all folds, so they must not hold a patient of
    any fold. ``warm`` is a first cycle that each fold trains on its own films before ``fit``.
    """

    name: str
    version: str
    task: Literal["classification", "anatomy"]
    network: Literal["efficientnet-lite0"] = "efficientnet-lite0"
    start: str = "imagenet"
    seed: int
    weights: Literal["float32", "float16", "int8"] = "float16"
    outputs: tuple[OutputPlan, ...]
    pretrain: tuple[Stage, ...] = ()
    warm: Stage | None = None
    fit: Stage
    union_data: str | None = None
    variants: tuple[Variant, ...] = ()
    cross_check: CrossCheck | None = None
    gates: GatePlan
    card: str


def read_recipe(path: Path) -> Recipe:
    """Read a recipe from TOML.

    Raises
    ------
    NotFound
        No file of that name.
    InputRefused
        Not TOML, or a key is unknown, missing or of the wrong type; the sentence names it.
    """
    if not path.is_file():
        raise NotFound(f"no recipe at {path}; the shipped ones are in recipes/")
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return Recipe.model_validate(raw)
    except tomllib.TOMLDecodeError as error:
        raise InputRefused(f"recipe {path.name} is not TOML: {error}; mend that line") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputRefused(f"recipe {path.name}, key {where}: {first['msg']}") from error
