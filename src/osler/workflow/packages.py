"""The model packages as others see them: cards, the state of each at this site, calibration."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from osler.analyse.card import CalibrationCard, Card
from osler.analyse.record_card import RecordCard
from osler.analyse.record_package import RecordListed, list_record_packages
from osler.analyse.registry import Listed, default_folder, list_packages
from osler.errors import NotAllowed, NotFound
from osler.records import ModelState
from osler.settings import Settings
from osler.workflow.panels import Key, chosen_states

__all__ = ["CalibrationCard", "Card", "PackageSeen", "Packages", "RecordCard"]

Stamp = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class PackageSeen:
    """A package. ``state`` is the one at this site, 'refused' where it does not load.

    ``card`` is of a package that looks at images, ``record_card`` of one that scores a record.
    ``set_state`` is what the site said, None where it said nothing; ``reason`` says why a package
    is refused.
    """

    name: str
    version: str
    state: str
    set_state: ModelState | None
    reason: str
    card: Card | None = field(repr=False)
    record_card: RecordCard | None = field(default=None, repr=False)


class Packages:
    """All packages of a folder. Their files are checked again only when one has changed."""

    def __init__(self, settings: Settings) -> None:
        self._folder = settings.models_dir or default_folder()
        self._allowed = settings.allow_models
        self._lock = threading.Lock()
        self._stamp: Stamp | None = None
        self._listed: tuple[Listed, ...] = ()
        self._of_record: tuple[RecordListed, ...] = ()

    def all(self, states: Mapping[Key, ModelState]) -> tuple[PackageSeen, ...]:
        """Return every package with its state, by name, the newest version first."""
        listed = self._list()
        chosen = chosen_states(listed, states)
        seen = tuple(
            PackageSeen(
                name=one.name,
                version=one.version,
                state=str(chosen.get((one.name, one.version), one.state)),
                set_state=states.get((one.name, one.version)),
                reason=one.reason,
                card=one.card,
            )
            for one in listed
        )
        # Stable: versions of a name stay newest first.
        return tuple(sorted((*seen, *self._scorers(states)), key=lambda one: one.name))

    def _scorers(self, states: Mapping[Key, ModelState]) -> tuple[PackageSeen, ...]:
        """Return the packages that score a record."""
        found = []
        for one in self._of_record:
            said = states.get((one.name, one.version))
            found.append(
                PackageSeen(
                    name=one.name,
                    version=one.version,
                    state=str(said or one.state) if one.package is not None else "refused",
                    set_state=said,
                    reason=one.reason,
                    card=None,
                    record_card=one.package.card if one.package is not None else None,
                )
            )
        return tuple(found)

    def one(self, name: str, version: str, states: Mapping[Key, ModelState]) -> PackageSeen:
        """Return one package.

        Raises
        ------
        NotFound
            There is none of this name and version.
        """
        for seen in self.all(states):
            if (seen.name, seen.version) == (name, version):
                return seen
        raise NotFound(
            f"no model package {name}/{version} is there; expected one that GET /models lists"
        )

    def card(self, name: str, version: str) -> Card | RecordCard:
        """Return the card of a package: each kind of package has its own form.

        Raises
        ------
        NotFound
            There is none of this name and version.
        NotAllowed
            Its card cannot be read.
        """
        seen = self.one(name, version, {})
        card = seen.card or seen.record_card
        if card is None:
            raise NotAllowed(seen.reason)
        return card

    def calibration(self, name: str, version: str, output: str) -> CalibrationCard | None:
        """Return how an output was calibrated; None where its package is gone."""
        for one in self._list():
            if (one.name, one.version) == (name, version) and one.card is not None:
                return next((o.calibration for o in one.card.outputs if o.name == output), None)
        return None

    def _list(self) -> tuple[Listed, ...]:
        """Return the packages, read anew where a file has changed."""
        with self._lock:
            stamp = _stamp(self._folder)
            if stamp != self._stamp:
                self._listed = list_packages(self._folder, allowed=self._allowed)
                self._of_record = list_record_packages(self._folder, allowed=self._allowed)
                self._stamp = stamp
            return self._listed


def _stamp(folder: Path) -> Stamp:
    """Return what changes when a file of a package does."""
    found = []
    for path in sorted(folder.glob("*/*/*")):
        about = path.stat()
        found.append((str(path), about.st_mtime_ns, about.st_size))
    return tuple(found)
