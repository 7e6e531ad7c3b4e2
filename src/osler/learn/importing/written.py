"""The card of somebody else's model, as a person writes it: TOML or JSON."""

import json
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from osler.analyse.card import InputContract, IntendedUse, Part, Terms
from osler.errors import InputRefused, NotFound


class WrittenOutput(Part):
    """One output of the model.

    ``column`` is its place in the model's answer; left out, outputs stand in the order of the
    answer. ``positive`` are the labels of a data set that mean it. ``trained`` is false for a
    place that the model has and never learnt.
    """

    name: str
    display: str
    system: str
    code: str
    positive: tuple[str, ...] = ()
    column: int | None = None
    trained: bool = True
    needs_pretest: bool = False
    published_threshold: float | None = None


class WrittenGraph(Part):
    """How the model is fed and what it answers.

    Osler's picture is 0 to 1. ``range`` says where 0 and 1 go, then ``mean`` is taken off and the
    rest divided by ``std``, a number a channel. ``answers`` says what comes out, where the graph
    does not end in a sigmoid or softmax of its own.
    """

    input: str | None = None
    output: str | None = None
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    range: tuple[float, float] = (0.0, 1.0)
    mean: tuple[float, ...] = (0.0,)
    std: tuple[float, ...] = (1.0,)
    answers: Literal["logits", "probabilities", "softmax"] = "logits"


class WrittenSource(Part):
    """Where the model is from."""

    origin: str
    method: str
    trained_on: str


class WrittenCard(Part):
    """All that a file of weights does not say of itself."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,60}$")
    version: str = Field(default="1.0.0", pattern=r"^\d+\.\d+\.\d+$")
    title: str
    answers: Literal["findings", "one of", "grade"] = "findings"
    intended_use: IntendedUse
    input: InputContract
    graph: WrittenGraph = WrittenGraph()
    outputs: tuple[WrittenOutput, ...] = Field(min_length=1)
    source: WrittenSource
    limits: tuple[str, ...]
    change_plan: str = "A new version when the model is imported again."
    terms: Terms

    def columns(self) -> tuple[int, ...]:
        """Return the place of each output in the model's answer."""
        return tuple(
            number if output.column is None else output.column
            for number, output in enumerate(self.outputs)
        )


def read_written_card(file: Path) -> WrittenCard:
    """Read a card; an unknown or missing key is refused by name.

    Raises
    ------
    NotFound
        No such file.
    InputRefused
        It is neither TOML nor JSON, or no card.
    """
    if not file.is_file():
        raise NotFound(f"no card at {file}; write one as docs/how-to/import-a-model.md says")
    text = file.read_text(encoding="utf-8")
    try:
        raw = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
        return WrittenCard.model_validate(raw)
    except (tomllib.TOMLDecodeError, json.JSONDecodeError) as error:
        raise InputRefused(f"card {file.name} does not parse: {error}; mend that line") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputRefused(f"card {file.name}, key {where}: {first['msg']}") from error
