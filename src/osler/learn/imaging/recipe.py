"""A recipe of the general bench: what is trained on which pictures, and what it overrides."""

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from osler.errors import InputRefused, NotFound
from osler.learn.imaging.parts import PatchPart, VolumePart
from osler.learn.recipe import CrossCheck, OutputPlan, Part

Task = Literal[
    "binary", "multi-class", "ordinal", "multi-label", "segmentation", "detection", "volume"
]
Modality = Literal["x-ray", "ct", "mr", "ultrasound", "fundus", "microscopy"]
CUT_ON_VAL: frozenset[Task] = frozenset({"segmentation", "detection"})
SCORED: frozenset[Task] = frozenset({"binary", "multi-class", "ordinal", "multi-label"})


class StructurePlan(Part):
    """One structure that is outlined or counted.

    ``column`` is the column of the table that names the mask file of an image; blank there means
    that nothing of it was drawn. ``weak`` says why it is not assessed: it is learnt, measured and
    kept on the card, and never shown of a patient.
    """

    name: str
    display: str
    system: str = "https://osler.example/codes"
    code: str
    column: str = "mask"
    measure: Literal["area", "vessels"] = "area"
    weak: str | None = None


class InputPlan(Part):
    """What the recipe decides of the input; what is None is derived (names as on a card)."""

    size: int | None = None
    channels: Literal[1, 3] | None = None
    fit: Literal["squash", "pad"] | None = None
    scaling: Literal["stretch", "range"] | None = None
    crop: Literal["none", "field"] | None = None
    window_hu: tuple[float, float] | None = None


class AugmentPlan(Part):
    """What the recipe decides of the random changes; what is None comes with the modality."""

    rotate_degrees: float | None = None
    scale: float | None = None
    stretch: float | None = None
    shift: float | None = None
    flip: bool | None = None
    flip_vertical: bool | None = None
    gamma: float | None = None
    contrast: float | None = None
    brightness: float | None = None
    noise: float | None = None
    blur: float | None = None
    erase: float | None = None
    mixup: float | None = None
    colour: float | None = None
    marks: float | None = None


class FitPlan(Part):
    """What the recipe decides of the training; what is None is derived.

    ``shown`` is the number of pictures of an epoch, ``freeze`` how many of the encoder's 16
    blocks stay as they were on ImageNet, ``ships`` whether the fold networks are averaged or one
    network is trained on all of train and val, ``both_ways`` whether the network that is measured
    and ships also looks at the mirror image.
    """

    splits: tuple[str, ...] = ("train", "val")
    exclude: dict[str, str] = Field(default_factory=dict)
    folds: int | None = None
    ships: Literal["soup", "one"] | None = None
    epochs: int | None = None
    shown: int | None = None
    batch: int | None = None
    learning_rate: float | None = None
    backbone_rate: float | None = None
    weight_decay: float | None = None
    drop_connect: float | None = None
    dropout: float | None = None
    label_smoothing: float | None = None
    ema: float | None = None
    freeze: int | None = None
    sampling: Literal["even", "balanced"] | None = None
    masks: Literal["joint", "after"] | None = None
    mask_epochs: int | None = None
    patience: int | None = None
    both_ways: bool | None = None
    augment: AugmentPlan = AugmentPlan()


class GatePlan(Part):
    """What the gates tell apart from the data set that is trained on.

    ``others`` are data sets of other kinds of picture, ``same`` further ones of the same kind;
    ``chest`` adds the chest films to the others.
    """

    others: tuple[str, ...] = ()
    same: tuple[str, ...] = ()
    chest: bool = True


class ImageRecipe(Part):
    """Everything that decides a run of the general bench.

    ``start`` is ``imagenet`` or a recipe whose trained encoder is taken.
    ``combine`` is the rule by which the slices of a series become one statement about the patient
    (`osler.analyse.series`).
    """

    kind: Literal["image"]
    name: str
    version: str
    task: Task
    modality: Modality
    data: str
    seed: int
    start: str = "imagenet"
    weights: Literal["float32", "float16", "int8"] = "float16"
    outputs: tuple[OutputPlan, ...] = ()
    levels: tuple[str, ...] = ()
    structures: tuple[StructurePlan, ...] = ()
    mask_table: str | None = None
    input: InputPlan = InputPlan()
    fit: FitPlan = FitPlan()
    cross_check: CrossCheck | None = None
    combine: Literal["three highest"] | None = None
    gates: GatePlan = GatePlan()
    volume: VolumePart = VolumePart()
    patches: PatchPart = PatchPart()
    card: str

    @model_validator(mode="before")
    @classmethod
    def _keep_val(cls, raw: Any) -> Any:  # noqa: ANN401 - whatever the file holds
        """Train on 'train' alone where cut-offs are chosen on 'val', unless the recipe says."""
        if not isinstance(raw, dict) or raw.get("task") not in CUT_ON_VAL:
            return raw
        asked = raw.get("fit", {})
        return {**raw, "fit": {"splits": ("train",), **asked}} if isinstance(asked, dict) else raw

    @model_validator(mode="after")
    def _hangs_together(self) -> "ImageRecipe":
        """Refuse a recipe whose task and outputs do not fit."""
        if self.task in SCORED and not self.outputs:
            raise ValueError(f"task {self.task!r} needs at least one of [[outputs]]")
        if self.task not in SCORED and not self.structures:
            raise ValueError(f"task {self.task!r} needs at least one of [[structures]]")
        if self.task != "volume" and self.volume != VolumePart():
            raise ValueError(f"[volume] decides nothing in task {self.task!r}; drop it")
        if self.task != "segmentation" and self.patches != PatchPart():
            raise ValueError(f"[patches] decides nothing in task {self.task!r}; drop it")
        if self.task == "multi-class" and len(self.outputs) < 2:
            raise ValueError("task 'multi-class' needs one of [[outputs]] a class, found one")
        if self.task == "ordinal" and len(self.levels) != len(self.outputs) + 1:
            raise ValueError(
                f"task 'ordinal' needs one level more than outputs, found {len(self.levels)} "
                f"levels and {len(self.outputs)} outputs"
            )
        return self


def read_image_recipe(path: Path) -> ImageRecipe:
    """Read a recipe from TOML.

    Raises
    ------
    NotFound
        No file of that name.
    InputRefused
        Not TOML, a key is unknown, missing or of the wrong type, or the parts do not hang
        together; the sentence names it.
    """
    if not path.is_file():
        raise NotFound(f"no recipe at {path}; the shipped ones are in recipes/")
    try:
        raw: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        return ImageRecipe.model_validate(raw)
    except tomllib.TOMLDecodeError as error:
        raise InputRefused(f"recipe {path.name} is not TOML: {error}; mend that line") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        named = f", key {where}" if where else ""
        raise InputRefused(f"recipe {path.name}{named}: {first['msg']}") from error
