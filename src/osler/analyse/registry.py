"""Which packages there are, which may run, and why the others may not."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from osler.analyse.card import Card, read_card
from osler.analyse.package import ForResearchOnly, Package, load_package
from osler.analyse.record_package import is_record_package
from osler.analyse.study import Panel
from osler.errors import NotFound, OslerError

ANATOMY = "chest-anatomy"
NOT_LOADED = ("refused", "research only")
JUDGING = ("classification", "picture", "detection")


@dataclass(frozen=True)
class Listed:
    """One package folder: what it says it is, and whether it loads.

    ``state`` is 'active' for the newest version of a name that loads, 'retired' for older ones,
    'research only' where nobody allowed it by name, 'refused' where it does not load otherwise;
    ``reason`` then is the sentence.
    """

    name: str
    version: str
    folder: Path
    state: str
    reason: str
    card: Card | None

    @property
    def loads(self) -> bool:
        """Tell whether it may run here."""
        return self.state not in NOT_LOADED


def default_folder() -> Path:
    """Return where the shipped packages lie: inside the wheel, or in a source checkout."""
    installed = Path(str(resources.files("osler"))) / "_shipped" / "models"
    if installed.is_dir():
        return installed
    return Path(__file__).resolve().parents[3] / "models"


def list_packages(folder: Path, *, allowed: frozenset[str] = frozenset()) -> tuple[Listed, ...]:
    """Return every package that looks at images, by name, the newest version first.

    Those that score a record have another card: see `osler.analyse.record_package`.
    """
    found: list[Listed] = []
    for place in sorted({path.parent for path in folder.glob("*/*/card.json")}, key=_order):
        if is_record_package(place):
            continue
        active = {one.name for one in found if one.state == "active"}
        try:
            package = load_package(place, allowed=allowed)
        except OslerError as error:
            found.append(_refused(place, error))
            continue
        state = "retired" if package.card.name in active else "active"
        card = package.card
        found.append(Listed(card.name, card.version, place, state, "", card))
    return tuple(found)


def _order(place: Path) -> tuple[str, tuple[int, ...]]:
    """Sort by name, then from the newest version to the oldest."""
    numbers = tuple(-int(part) for part in place.name.split(".") if part.isdecimal())
    return place.parent.name, numbers


def _refused(place: Path, error: OslerError) -> Listed:
    """Return a package that does not load, with what can still be read of its card."""
    try:
        card = read_card(place / "card.json")
    except OslerError:
        card = None
    state = "research only" if isinstance(error, ForResearchOnly) else "refused"
    return Listed(place.parent.name, place.name, place, state, str(error), card)


def find_package(folder: Path, name: str, *, allowed: frozenset[str] = frozenset()) -> Package:
    """Load the newest package of a name, or the version that 'name/version' asks for.

    Raises
    ------
    NotFound
        There is none of that name; the sentence lists those there are.
    NotAllowed
        It is altered, unlisted or for research only.
    """
    wanted, _, version = name.partition("/")
    places = sorted((p.parent for p in (folder / wanted).glob("*/card.json")), key=_order)
    for place in places:
        if not version or place.name == version:
            return load_package(place, allowed=allowed)
    known = sorted({path.parent.parent.name for path in folder.glob("*/*/card.json")})
    raise NotFound(f"no model {name!r} in {folder.name}/; there is {', '.join(known) or 'none'}")


def panel_of(
    anatomy: Package, packages: Iterable[Package], *, small_changes: bool = False
) -> Panel:
    """Put packages together by what they read: single pictures, or whole series."""
    every = tuple(packages)
    return Panel(
        anatomy,
        tuple(one for one in every if one.card.task in JUDGING),
        tuple(one for one in every if one.card.task == "volume"),
        small_changes=small_changes,
    )


def load_panel(
    folder: Path, *, allowed: frozenset[str] = frozenset(), small_changes: bool = False
) -> tuple[Panel, tuple[Listed, ...]]:
    """Load all active packages.

    Returns
    -------
    The panel, and the packages that were refused: a refused package is said, never silent. One
    for research only that nobody allowed is not in use here, and no report speaks of it.

    Raises
    ------
    NotFound
        There is no ``chest-anatomy``: without it no film can be gated.
    NotAllowed
        ``chest-anatomy`` itself is altered or unlisted.
    """
    listed = list_packages(folder, allowed=allowed)
    anatomy = find_package(folder, ANATOMY, allowed=allowed)
    active = [
        Package(one.folder, one.card)
        for one in listed
        if one.state == "active" and one.card is not None
    ]
    panel = panel_of(anatomy, active, small_changes=small_changes)
    return panel, tuple(one for one in listed if one.state == "refused")
