"""Small drawings as SVG trees: what is drawn once is printed in the PDF and in the page alike.

A tree cannot be broken by the text put into it, as a string could.
"""

from collections.abc import Iterable
from xml.etree import ElementTree as ET

from osler.report.words import printable

ACCENT = "#1f4e79"
INK = "#1a1a1a"
FAINT = "#c9ced4"
SANS = "DejaVu Sans"
_SVG = "http://www.w3.org/2000/svg"


class Drawing:
    """An SVG of a given size in its own units, drawn from back to front."""

    def __init__(self, width: float, height: float) -> None:
        self._root = ET.Element("svg", xmlns=_SVG, viewBox=f"0 0 {_n(width)} {_n(height)}")

    def line(self, start: tuple[float, float], end: tuple[float, float], **look: str) -> None:
        """Draw a straight line."""
        (x1, y1), (x2, y2) = start, end
        look = {"stroke": INK, "stroke-width": "0.25"} | _dashed_names(look)
        ET.SubElement(self._root, "line", look, x1=_n(x1), y1=_n(y1), x2=_n(x2), y2=_n(y2))

    def circle(self, centre: tuple[float, float], radius: float, **look: str) -> None:
        """Draw a circle."""
        x, y = centre
        ET.SubElement(self._root, "circle", _dashed_names(look), cx=_n(x), cy=_n(y), r=_n(radius))

    def area(self, corner: tuple[float, float], size: tuple[float, float], **look: str) -> None:
        """Draw a rectangle."""
        (x, y), (width, height) = corner, size
        look = _dashed_names(look) | {"x": _n(x), "y": _n(y)}
        ET.SubElement(self._root, "rect", look, width=_n(width), height=_n(height))

    def outline(self, points: Iterable[tuple[float, float]], **look: str) -> None:
        """Draw a closed outline through points given as (x, y)."""
        path = " L".join(f"{_n(x)} {_n(y)}" for x, y in points)
        ET.SubElement(self._root, "path", _dashed_names(look), d=f"M{path} Z", fill="none")

    def text(self, at: tuple[float, float], words: str, size: float, **look: str) -> None:
        """Write words; ``at`` is the left end of the base line."""
        look = {"font-family": SANS, "font-size": _n(size), "fill": INK} | _dashed_names(look)
        ET.SubElement(self._root, "text", look, x=_n(at[0]), y=_n(at[1])).text = printable(words)

    def picture(self, data_uri: str, size: tuple[float, float]) -> None:
        """Fill a size from the corner with a picture, whatever its own number of pixels."""
        ET.SubElement(
            self._root,
            "image",
            width=_n(size[0]),
            height=_n(size[1]),
            href=data_uri,
            preserveAspectRatio="none",
        )

    def svg(self) -> str:
        """Return the SVG document."""
        return ET.tostring(self._root, encoding="unicode")


def _dashed_names(look: dict[str, str]) -> dict[str, str]:
    """Turn Python's names of attributes into SVG's."""
    return {name.replace("_", "-"): value for name, value in look.items()}


def _n(value: float) -> str:
    """Write a coordinate shortly."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
