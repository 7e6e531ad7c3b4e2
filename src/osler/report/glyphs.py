"""Which fonts can print a text, and what no font at hand can print."""

import functools
import importlib.util
from dataclasses import dataclass
from pathlib import Path

import typst
from matplotlib.ft2font import FT2Font

from osler.errors import OurFault

LAST_RESORT = "Last Resort High-Efficiency"
_UNSEEN = frozenset("\n\t\N{SOFT HYPHEN}\N{ZERO WIDTH SPACE}\N{ZERO WIDTH JOINER}")


@dataclass(frozen=True)
class Glyphs:
    """The fonts for one text: families to try behind the house's own, and a notice on gaps."""

    fonts: typst.Fonts
    families: tuple[str, ...]
    notice: str


def glyphs_for(text: str) -> Glyphs:
    """Choose fonts for a text: the house's own, then this machine's, then boxes that say so.

    Fonts of the machine are used only for letters that the house's fonts lack, so that a report
    looks the same everywhere unless it must not.
    """
    lacking = set(text) - _covered_by(_house_folder() / "DejaVuSans.ttf") - _UNSEEN
    if not lacking:
        return Glyphs(_house_fonts(), (), "")
    families = []
    for family, path in _machine_fonts():
        found = lacking & _covered_by(path)
        if found:
            families.append(family)
            lacking -= found
    fonts = _all_fonts() if families else _house_fonts()
    return Glyphs(fonts, (*families, LAST_RESORT), _notice(len(lacking)))


def _notice(lacking: int) -> str:
    """Say that some letters are shown as boxes."""
    if not lacking:
        return ""
    what = "1 letter is" if lacking == 1 else f"{lacking} letters are"
    return (
        f"{what} in no font on this machine and printed as boxes. The text is complete in the "
        "HTML and JSON reports."
    )


@functools.cache
def _house_folder() -> Path:
    """Return the folder of the fonts that Matplotlib ships."""
    found = importlib.util.find_spec("matplotlib")
    if found is None or found.origin is None:
        raise OurFault("Matplotlib is not installed; its fonts are needed: reinstall osler")
    return Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"


@functools.cache
def _house_fonts() -> typst.Fonts:
    """Return the fonts that are the same on every machine."""
    return typst.Fonts(include_system_fonts=False, font_paths=[str(_house_folder())])


@functools.cache
def _all_fonts() -> typst.Fonts:
    """Return the house's fonts and this machine's."""
    return typst.Fonts(include_system_fonts=True, font_paths=[str(_house_folder())])


@functools.cache
def _machine_fonts() -> tuple[tuple[str, Path], ...]:
    """Return one upright file of each family that only this machine has, by name."""
    known = set(_house_fonts().families())
    found: dict[str, Path] = {}
    for font in _all_fonts().fonts():
        if font.path and font.index == 0 and font.family not in known and font.style == "normal":
            found.setdefault(font.family, Path(font.path))
    return tuple(sorted(found.items()))


@functools.cache
def _covered_by(path: Path) -> frozenset[str]:
    """Return the letters that a font file has."""
    return frozenset(map(chr, FT2Font(path).get_charmap()))
