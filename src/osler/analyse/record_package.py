"""Load the packages that score a record, and refuse one that was altered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.analyse.package import HASHES, NEEDED, sha256
from osler.analyse.record_card import RECORD_TASK, RecordCard, read_record_card
from osler.analyse.record_graph import RecordGraph
from osler.clinical import ModelIdentity
from osler.errors import NotAllowed, NotFound, OslerError


@dataclass(frozen=True)
class RecordPackage:
    """A package whose files are those that its card and the shipped list name."""

    folder: Path
    card: RecordCard

    @property
    def identity(self) -> ModelIdentity:
        """Return name, version and the hash of the graph."""
        return ModelIdentity(self.card.name, self.card.version, self.card.files["model.onnx"])

    @cached_property
    def graph(self) -> RecordGraph:
        """Return the graph, ready to run."""
        return RecordGraph((self.folder / "model.onnx").read_bytes())

    @cached_property
    def fingerprint(self) -> Mapping[str, npt.NDArray[np.generic]]:
        """Return calibration resamples, and each feature's middle and spread."""
        with np.load(self.folder / "fingerprint.npz", allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}


@dataclass(frozen=True)
class RecordListed:
    """One folder of a model of the record: 'active', 'retired', or 'refused' with the reason."""

    name: str
    version: str
    folder: Path
    state: str
    reason: str
    package: RecordPackage | None


def is_record_package(folder: Path) -> bool:
    """Tell whether a folder's card is of a model of the record; an unreadable card is not."""
    try:
        found = json.loads((folder / "card.json").read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("task") == RECORD_TASK


def load_record_package(folder: Path, *, allowed: frozenset[str] = frozenset()) -> RecordPackage:
    """Load one package folder.

    Raises
    ------
    NotFound
        No card there.
    NotAllowed
        A file differs from its hash, or the package is not shipped and not allowed by name, or it
        is for research only.
    """
    if not (folder / "card.json").is_file():
        raise NotFound(f"no card.json in {folder}; a package is models/<name>/<version>")
    card = read_record_card(folder / "card.json")
    named = f"model {card.name} {card.version}"
    for name in {*NEEDED, *card.files}:
        file = folder / name
        if Path(name).name != name or not file.is_file():
            raise NotAllowed(f"{named}: {name} is missing; reinstall the package")
        if sha256(file) != card.files.get(name):
            raise NotAllowed(
                f"{named}: {name} was altered: its SHA-256 is not the card's; reinstall the package"
            )
    if card.name not in allowed:
        _require_shipped(folder, card, named)
    return RecordPackage(folder, card)


def _require_shipped(folder: Path, card: RecordCard, named: str) -> None:
    """Refuse a package that is not on the shipped list, or for research only."""
    listing = folder.parent.parent / HASHES
    entries = json.loads(listing.read_text(encoding="utf-8")) if listing.is_file() else {}
    if entries.get(f"{card.name}/{card.version}") != sha256(folder / "card.json"):
        raise NotAllowed(
            f"{named}: found another card than the one shipped, expected a shipped package; "
            f"reinstall Osler, or allow this one by name (OSLER_ALLOW_MODELS={card.name})"
        )
    if card.terms.research_only:
        raise NotAllowed(
            f"{named} is for research only ({card.terms.data}); "
            f"allow it by name to use it (OSLER_ALLOW_MODELS={card.name})"
        )


def list_record_packages(
    folder: Path, *, allowed: frozenset[str] = frozenset()
) -> tuple[RecordListed, ...]:
    """Return every model of the record, by name, the newest version first."""
    found: list[RecordListed] = []
    places = {path.parent for path in folder.glob("*/*/card.json")}
    for place in sorted(places, key=_order):
        if not is_record_package(place):
            continue
        name, version = place.parent.name, place.name
        try:
            package = load_record_package(place, allowed=allowed)
        except OslerError as error:
            found.append(RecordListed(name, version, place, "refused", str(error), None))
            continue
        seen = {one.name for one in found if one.state == "active"}
        state = "retired" if name in seen else "active"
        found.append(RecordListed(name, version, place, state, "", package))
    return tuple(found)


def active_scorers(
    folder: Path, *, allowed: frozenset[str] = frozenset()
) -> tuple[tuple[RecordPackage, ...], tuple[RecordListed, ...]]:
    """Return the packages in use, and those that were refused: said, never silent."""
    listed = list_record_packages(folder, allowed=allowed)
    active = tuple(one.package for one in listed if one.package and one.state == "active")
    return active, tuple(one for one in listed if one.state == "refused")


def _order(place: Path) -> tuple[str, tuple[int, ...]]:
    """Sort by name, then from the newest version to the oldest."""
    numbers = tuple(-int(part) for part in place.name.split(".") if part.isdecimal())
    return place.parent.name, numbers
