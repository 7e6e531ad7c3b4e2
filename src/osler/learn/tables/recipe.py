"""A recipe of a model of the record: which columns mean what, and what the card says."""

import tomllib
from pathlib import Path

from pydantic import Field, ValidationError

from osler.analyse.record_card import Feature, Part, RecordTerms, RecordUse
from osler.errors import InputRefused, NotFound


class Column(Part):
    """Where a feature stands in the table, and how its numbers become Osler's unit.

    A value outside ``low`` to ``high`` of the feature counts as missing. ``zero_is_missing`` says
    that the table writes 0 for "not measured".
    """

    column: str
    factor: float = 1.0
    zero_is_missing: bool = False
    words: dict[str, float] = Field(default_factory=dict)
    feature: Feature


class Target(Part):
    """The outcome's column, and which of its values are positive."""

    column: str
    positive: tuple[str, ...]


class Search(Part):
    """How hard hyper-parameters are looked for."""

    outer_folds: int = 10
    inner_folds: int = 3
    seconds_a_fold: float = 8.0
    most_trials: int = 12


class Output(Part):
    """The condition that is estimated; ``pretest`` says whether it may stand before an image."""

    name: str
    display: str
    system: str
    code: str
    is_diagnosis: bool = True
    pretest: bool = False
    pretest_reason: str


class TableRecipe(Part):
    """Everything that decides how one model of the record is trained.

    ``left_out`` names columns that are never a predictor, each with the reason. ``masked_copies``
    adds so many copies of each row with a quarter of its cells missing, so that the model learns
    what to do without them.
    """

    name: str
    version: str
    title: str
    task: str
    seed: int
    file: str
    group: str | None = None
    target: Target
    output: Output
    columns: tuple[Column, ...]
    left_out: dict[str, str] = Field(default_factory=dict)
    masked_copies: int = 1
    search: Search = Search()
    use: RecordUse
    terms: RecordTerms
    source: str
    licence: str
    limits: tuple[str, ...]
    change_plan: str
    fewest_features: int

    @property
    def features(self) -> tuple[Feature, ...]:
        """Return the features in the order of the columns."""
        return tuple(one.feature for one in self.columns)


def read_table_recipe(path: Path) -> TableRecipe:
    """Read a recipe from TOML.

    Raises
    ------
    NotFound
        No file of that name.
    InputRefused
        Not TOML, or a key is unknown, missing or of the wrong type; or the outcome or a column
        that is left out stands among the predictors.
    """
    if not path.is_file():
        raise NotFound(f"no recipe at {path}; the shipped ones are in recipes/tables/")
    try:
        recipe = TableRecipe.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise InputRefused(
            f"recipe {path.name} is not TOML: {error}; mend that line and run again"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputRefused(
            f"recipe {path.name}, key {where}: {first['msg']}; mend it and run again"
        ) from error
    used = [one.column for one in recipe.columns]
    if recipe.target.column in used:
        raise InputRefused(
            f"recipe {path.name}: the outcome {recipe.target.column!r} is also a predictor; "
            "expected columns known before the outcome; take it out of columns"
        )
    for column, reason in recipe.left_out.items():
        if column in used:
            raise InputRefused(
                f"recipe {path.name}: {column!r} is a predictor and left out ({reason}); "
                "keep it in one of the two"
            )
    return recipe
