"""Read the folder of guideline files into one frozen value."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter, ValidationError

from osler.errors import NotFound, NotReadable
from osler.standards.guideline.cleaning import Cleaning
from osler.standards.guideline.concepts import Concept
from osler.standards.guideline.guidelines import Guidelines
from osler.standards.guideline.lines import line_of
from osler.standards.guideline.rules import RulePack
from osler.standards.guideline.scores import ScoreDefinition
from osler.standards.guideline.values import (
    CardiothoracicRatio,
    Certainty,
    Freshness,
    News2,
    PlausibleRange,
)
from osler.standards.guideline.weighing import LikelihoodRatios, ReferenceRange, UrgencyRules

SHAPES: Mapping[str, TypeAdapter[Any]] = {
    "news2": TypeAdapter(News2),
    "freshness": TypeAdapter(Freshness),
    "cardiothoracic_ratio": TypeAdapter(CardiothoracicRatio),
    "certainty": TypeAdapter(Certainty),
    "plausible_ranges": TypeAdapter(dict[str, PlausibleRange]),
    "concepts": TypeAdapter(dict[str, Concept]),
    "likelihood_ratios": TypeAdapter(LikelihoodRatios),
    "urgency": TypeAdapter(UrgencyRules),
    "reference_ranges": TypeAdapter(dict[str, ReferenceRange]),
    "cleaning": TypeAdapter(Cleaning),
}
MAPPINGS = ("plausible_ranges", "concepts", "reference_ranges")
# Folders that hold a file for each of many; a site may have none of a kind.
FOLDERS: Mapping[str, TypeAdapter[Any]] = {
    "scores": TypeAdapter(ScoreDefinition),
    "rules": TypeAdapter(RulePack),
}


def load(folder: Path) -> Guidelines:
    """Read every guideline file of a folder.

    Raises
    ------
    NotFound
        The folder, or a file that has to be in it, is missing.
    NotReadable
        A file is not TOML, holds an unknown key, or a value of the wrong kind; the message names
        the file and the line.
    """
    if not folder.is_dir():
        raise NotFound(f"there is no guidelines folder at {folder}; give the path of one")
    entries = {name: _entry(folder / f"{name}.toml", shape) for name, shape in SHAPES.items()}
    entries |= {name: _folder(folder / name, shape) for name, shape in FOLDERS.items()}
    entries |= {name: MappingProxyType(entries[name]) for name in MAPPINGS}
    found = Guidelines.model_construct(**entries)
    _require_concepts(folder, found)
    return found


def default_folder() -> Path:
    """Return the folder of shipped guidelines: the wheel's copy, else the repository's own.

    Raises
    ------
    NotFound
        Neither is there.
    """
    package = Path(str(files("osler")))
    shipped = package / "_shipped" / "guidelines"
    repository = package.parent.parent / "guidelines"
    for folder in (shipped, repository):
        if (folder / "news2.toml").is_file():
            return folder
    raise NotFound(
        f"no guidelines at {shipped} or {repository}; install Osler again, or give the path of a "
        "guidelines folder"
    )


def load_rules(path: Path) -> RulePack:
    """Read one file of rules.

    Raises
    ------
    NotFound
        There is no such file.
    NotReadable
        It is no rule pack; the message names each fault with its line.
    """
    pack: RulePack = _entry(path, FOLDERS["rules"])
    return pack


@cache
def shipped() -> Guidelines:
    """Return the shipped guidelines, read once."""
    return load(default_folder())


def _folder(folder: Path, shape: TypeAdapter[Any]) -> Mapping[str, Any]:
    """Read every file of a folder, by the name in it.

    Raises
    ------
    NotReadable
        A file is faulty, or the name in it is not the file's own.
    """
    found: dict[str, Any] = {}
    for path in sorted(folder.glob("*.toml")):
        entry = _entry(path, shape)
        if entry.name != path.stem:
            raise NotReadable(
                f"{path}, line 1: name is {entry.name!r}, expected {path.stem!r} as the file is "
                "called; rename one of them"
            )
        found[entry.name] = entry
    return MappingProxyType(found)


def _require_concepts(folder: Path, found: Guidelines) -> None:
    """Refuse a score that looks for a concept which nobody defined."""
    for score in found.scores.values():
        lacking = sorted(score.concepts() - set(found.concepts))
        if lacking:
            path = folder / "scores" / f"{score.name}.toml"
            text = path.read_text(encoding="utf-8").splitlines()
            line = next((n for n, one in enumerate(text, 1) if f'"{lacking[0]}"' in one), 1)
            raise NotReadable(
                f"{path}, line {line}: {lacking[0]!r} is no concept of concepts.toml; define it "
                "there, or correct the name"
            )


def _entry(path: Path, shape: TypeAdapter[Any]) -> Any:  # noqa: ANN401 - one of SHAPES
    """Read one file and hold it against its shape."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as fault:
        raise NotFound(f"{path} is missing; a guidelines folder needs it") from fault
    except UnicodeDecodeError as fault:
        raise NotReadable(f"{path}: not UTF-8 text ({fault.reason}); save it as UTF-8") from fault
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise NotReadable(f"{path}: not TOML: {fault}; correct that line") from fault
    try:
        return shape.validate_python(_frozen(table))
    except ValidationError as fault:
        raise NotReadable(_sentence(path, text, fault)) from fault


def _frozen(value: Any) -> Any:  # noqa: ANN401 - any TOML value
    """Turn lists into tuples all the way down: values read here do not change."""
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(_frozen(item) for item in value)
    return value


def _sentence(path: Path, text: str, fault: ValidationError) -> str:
    """Return one sentence a fault, each with its line."""
    found = []
    for error in fault.errors(include_url=False):
        place = ".".join(str(part) for part in error["loc"]) or "the file"
        line = line_of(text, error["loc"])
        what = "unknown key" if error["type"] == "extra_forbidden" else error["msg"]
        found.append(f"{path}, line {line}: {place}: {what}; correct or remove it")
    return "\n".join(found)
