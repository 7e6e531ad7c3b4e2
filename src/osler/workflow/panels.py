"""Which packages speak at this site, which only listen, and which rest."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from osler.analyse.package import Package
from osler.analyse.registry import ANATOMY, Listed, find_package, list_packages, panel_of
from osler.analyse.study import Panel
from osler.records import ModelState

Key = tuple[str, str]


@dataclass(frozen=True)
class Panels:
    """The packages whose findings are shown, and those that run unseen.

    ``shadow`` is None where no package is in that state. ``refused`` did not load.
    """

    active: Panel
    shadow: Panel | None
    refused: tuple[Listed, ...]


def load_panels(
    folder: Path,
    *,
    allowed: frozenset[str],
    states: Mapping[Key, ModelState],
    small_changes: bool = False,
) -> Panels:
    """Load the packages, each in the state that the site gave it.

    Parameters
    ----------
    states
        What the site set, by name and version. Of a name without an active version among these,
        the newest version without a state is active.

    Raises
    ------
    NotFound
        There is no ``chest-anatomy``.
    NotAllowed
        ``chest-anatomy`` itself is altered or unlisted.
    """
    listed = list_packages(folder, allowed=allowed)
    anatomy = find_package(folder, ANATOMY, allowed=allowed)
    chosen = chosen_states(listed, states)
    active = _of_state(listed, chosen, ModelState.ACTIVE)
    unseen = _of_state(listed, chosen, ModelState.SHADOW)
    refused = tuple(
        one
        for one in listed
        if one.state == "refused"
        and states.get(_key(one)) not in {ModelState.SHADOW, ModelState.RETIRED}
    )
    return Panels(
        active=panel_of(anatomy, active, small_changes=small_changes),
        shadow=panel_of(anatomy, unseen) if unseen else None,
        refused=refused,
    )


def _key(one: Listed) -> Key:
    """Return how a site's states name a package."""
    return one.name, one.version


def chosen_states(
    listed: tuple[Listed, ...], states: Mapping[Key, ModelState]
) -> dict[Key, ModelState]:
    """Return the state of each package that loads; the list has the newest of a name first."""
    loads = [one for one in listed if one.loads]
    chosen = {_key(one): states[_key(one)] for one in loads if _key(one) in states}
    spoken_for = {one.name for one in loads if chosen.get(_key(one)) == ModelState.ACTIVE}
    for one in loads:
        if _key(one) not in chosen:
            chosen[_key(one)] = ModelState.RETIRED if one.name in spoken_for else ModelState.ACTIVE
            spoken_for.add(one.name)
    return chosen


def _of_state(
    listed: tuple[Listed, ...], chosen: Mapping[Key, ModelState], state: ModelState
) -> tuple[Package, ...]:
    """Return the packages of a state."""
    return tuple(
        Package(one.folder, one.card)
        for one in listed
        if one.card is not None and chosen.get(_key(one)) == state
    )
