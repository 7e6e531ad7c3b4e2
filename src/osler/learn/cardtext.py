"""What people wrote for a card: intended use, contract, sources, limits, terms."""

import tomllib
from dataclasses import asdict
from pathlib import Path

from pydantic import ValidationError

from osler.analyse.card import InputContract, IntendedUse, Part, Terms
from osler.errors import InputRefused, NotFound
from osler.prepare.picture import PictureContract


class Source(Part):
    """Where one data set is from, and under what licence."""

    use: str
    source: str
    licence: str


class WrittenContract(Part):
    """The input contract but for the size, which the recipe decides."""

    subject: str = "frontal chest film"
    modalities: tuple[str, ...]
    body_parts: tuple[str, ...]
    views: tuple[str, ...]
    intensity: str
    geometry: str
    min_pixels: int

    def sized(self, size: int) -> InputContract:
        """Return the contract for a network that reads squares of a size."""
        return InputContract(size=size, **self.model_dump())

    def of(self, contract: PictureContract) -> InputContract:
        """Return the contract for a network whose pictures take the road of ``contract``."""
        return InputContract(
            **self.model_dump(),
            **asdict(contract),
            colour="rgb" if contract.channels == 3 else "grey",
        )


class CardText(Part):
    """The written part of a card, kept beside the recipe."""

    title: str
    intended_use: IntendedUse
    input: WrittenContract
    sources: dict[str, Source]
    method: str
    trained_on: str
    tried: tuple[str, ...] = ()
    limits: tuple[str, ...]
    change_plan: str
    terms: Terms


def read_card_text(file: Path) -> CardText:
    """Read the written part of a card from TOML; an unknown or missing key is refused."""
    if not file.is_file():
        raise NotFound(f"no card text at {file}; the recipe's 'card' names it")
    try:
        return CardText.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise InputRefused(f"card text {file.name} is not TOML: {error}; mend that line") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputRefused(f"card text {file.name}, key {where}: {first['msg']}") from error
