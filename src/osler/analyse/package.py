"""Load a model package, and refuse one that was altered."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.analyse.card import UNFITTED, Card, read_card
from osler.analyse.graph import Graph
from osler.clinical import ModelIdentity
from osler.errors import NotAllowed, NotFound, NotReadable

HASHES = "shipped.json"
NEEDED = ("model.onnx", "fingerprint.npz")


class ForResearchOnly(NotAllowed):
    """The package is sound, and for research only: nobody allowed it by name."""


@dataclass(frozen=True)
class Package:
    """A package whose files are those that its card and the shipped list name."""

    folder: Path
    card: Card

    @property
    def identity(self) -> ModelIdentity:
        """Return name, version and the hash of the graph."""
        return ModelIdentity(self.card.name, self.card.version, self.card.files["model.onnx"])

    @cached_property
    def graph(self) -> Graph:
        """Return the graph, ready to run."""
        return Graph((self.folder / "model.onnx").read_bytes(), feeds=self.card.input.name)

    @cached_property
    def fingerprint(self) -> Mapping[str, npt.NDArray[np.generic]]:
        """Return the reference statistics: gates, calibration resamples, similar cases."""
        with np.load(self.folder / "fingerprint.npz", allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}


def sha256(file: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def load_package(folder: Path, *, allowed: frozenset[str] = frozenset()) -> Package:
    """Load one package folder.

    Parameters
    ----------
    folder
        models/<name>/<version>.
    allowed
        Names that the operator allows although they are not shipped, or are for research only.

    Raises
    ------
    NotFound
        No card there.
    NotAllowed
        A file differs from its hash, its gates were never fitted, or the package is not shipped
        and the operator does not allow it by name.
    ForResearchOnly
        It is for research only, and the operator does not allow it by name.
    """
    if not (folder / "card.json").is_file():
        raise NotFound(f"no card.json in {folder}; a package is models/<name>/<version>")
    card = read_card(folder / "card.json")
    for name in NEEDED:
        if name not in card.files:
            raise NotAllowed(
                f"model {card.name} {card.version}: the card gives no SHA-256 for {name}; "
                "reinstall the package"
            )
    for name, expected in card.files.items():
        _check_file(folder, name, expected, card=card)
    listed = _shipped_hash(folder, card)
    if listed != sha256(folder / "card.json") and card.name not in allowed:
        found = "another card than the one shipped" if listed else "no entry in the shipped list"
        raise NotAllowed(
            f"model {card.name} {card.version}: found {found}, expected a shipped or signed "
            f"package; reinstall Osler, or allow this one by name (OSLER_ALLOW_MODELS={card.name})"
        )
    if card.gates.note == UNFITTED:
        raise NotAllowed(
            f"model {card.name} {card.version}: {UNFITTED}, so it would score whatever it is "
            "given; import it again with pictures of its kind (--like FOLDER)"
        )
    if card.terms.research_only and card.name not in allowed:
        raise ForResearchOnly(
            f"model {card.name} {card.version} is for research only ({card.terms.data}); "
            f"allow it by name to use it (OSLER_ALLOW_MODELS={card.name})"
        )
    return Package(folder, card)


def _check_file(folder: Path, name: str, expected: str, *, card: Card) -> None:
    """Refuse a file that is absent or whose bytes differ from the card's hash."""
    file = folder / name
    if Path(name).name != name or not file.is_file():
        raise NotAllowed(
            f"model {card.name} {card.version}: {name} is missing; reinstall the package"
        )
    found = sha256(file)
    if found != expected:
        raise NotAllowed(
            f"model {card.name} {card.version}: {name} was altered "
            f"(found SHA-256 {found[:12]}…, expected {expected[:12]}…); reinstall the package"
        )


def _shipped_hash(folder: Path, card: Card) -> str | None:
    """Return the hash that the shipped list gives for this package's card."""
    listing = folder.parent.parent / HASHES
    if not listing.is_file():
        return None
    try:
        entries = json.loads(listing.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise NotReadable(f"{listing} is not JSON ({error}); reinstall Osler") from error
    found = entries.get(f"{card.name}/{card.version}")
    return found if isinstance(found, str) else None
