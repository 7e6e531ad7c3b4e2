"""A film as a drawing, with the outline and the name of what a model points to."""

from dataclasses import dataclass

from osler.clinical import FilmView, Outline, Region, Review
from osler.report.drawing import Drawing
from osler.report.ranking import Judged

Points = tuple[tuple[float, float], ...]
_LETTER_WIDTH = 0.62
_NAME_LENGTH = 30
_DASHES = ((2.2, 1.2), (0.9, 0.9), (3.4, 1.0, 0.8, 1.0))


@dataclass(frozen=True)
class Marks:
    """What is drawn on one film: what models point to, what people outlined, what models outlined.

    ``models`` point with their evidence; ``outlines`` are structures that a model drew itself.
    """

    models: tuple[Judged, ...] = ()
    people: tuple[Review, ...] = ()
    outlines: tuple[Outline, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.models or self.people or self.outlines)


class FilmDrawing:
    """A film drawn in the pixels that contours refer to, for a width on paper."""

    def __init__(self, film: FilmView, width_mm: float, picture: str) -> None:
        self._rows, self._columns = film.origin_shape
        self._mm = self._columns / width_mm
        self._drawing = Drawing(self._columns, self._rows)
        self._drawing.picture(picture, (self._columns, self._rows))
        self._taken: list[tuple[float, float, float, float]] = []

    def svg(self) -> str:
        """Return the SVG document."""
        return self._drawing.svg()

    def mark(self, marks: Marks) -> None:
        """Outline each finding, a model's dashed and a person's solid, and name the strongest.

        Names are written last, so that no outline runs through them.
        """
        self._draw(marks)
        self._label(marks)

    def _draw(self, marks: Marks) -> None:
        """Draw every outline."""
        for order, one in enumerate(marks.models):
            lengths = _DASHES[order % len(_DASHES)]
            dashes = " ".join(f"{length * self._mm:.1f}" for length in lengths)
            for region in _regions(one):
                self._outline(region.contour, dashes)
        for order, drawn in enumerate(marks.outlines, start=len(marks.models)):
            lengths = _DASHES[order % len(_DASHES)]
            dashes = " ".join(f"{length * self._mm:.1f}" for length in lengths)
            for contour in drawn.contours:
                self._outline(contour, dashes)
        for review in marks.people:
            self._outline(_drawn(review), "")

    def _label(self, marks: Marks) -> None:
        """Name what is outlined."""
        for one in marks.models:
            if regions := _regions(one):
                region = max(regions, key=lambda region: region.share)
                self._name(one.finding.display, region.contour or (region.peak,))
        for drawn in marks.outlines:
            if drawn.contours:
                self._name(_counted(drawn), max(drawn.contours, key=len))
        for review in marks.people:
            self._name(review.display, _drawn(review))

    def _outline(self, contour: Points, dashes: str) -> None:
        """Draw an outline light on a dark line, to be seen on bone and on air."""
        points = [(column, row) for row, column in contour]
        if len(points) < 3:
            return
        dark, light = f"{0.7 * self._mm:.2f}", f"{0.35 * self._mm:.2f}"
        self._drawing.outline(points, stroke="black", stroke_width=dark, opacity="0.5")
        look = {"stroke_dasharray": dashes} if dashes else {}
        self._drawing.outline(points, stroke="white", stroke_width=light, **look)

    def _name(self, words: str, points: Points) -> None:
        """Name a place just above it, or where no other name lies yet."""
        size = 2.3 * self._mm
        words = words if len(words) <= _NAME_LENGTH else f"{words[: _NAME_LENGTH - 1]}…"
        width = len(words) * _LETTER_WIDTH * size
        edge = 0.8 * self._mm
        left = min(column for _, column in points)
        left = max(min(left, self._columns - width - edge), edge)
        base = min(row for row, _ in points) - edge
        base = min(max(base, size + edge), self._rows - edge)
        base = self._free(left, left + width, base, size)
        self._taken.append((left, base - size, left + width, base))
        halo = {"stroke": "black", "stroke_width": f"{0.6 * self._mm:.2f}", "opacity": "0.8"}
        self._drawing.text((left, base), words, size, stroke_linejoin="round", **halo)
        self._drawing.text((left, base), words, size, fill="white")

    def _free(self, left: float, right: float, base: float, size: float) -> float:  # noqa: PLR0917
        """Return the nearest base line, upwards and then downwards, that no other name takes."""
        step = 1.25 * size
        up = [base - step * n for n in range(8) if base - step * n > size]
        down = [base + step * n for n in range(1, 8)]
        for line in (*up, *down):
            box = (left, line - size, right, line)
            if not any(_meet(box, other) for other in self._taken):
                return line
        return base


def _regions(one: Judged) -> tuple[Region, ...]:
    """Return the regions of a finding."""
    return one.finding.explanation.regions if one.finding.explanation else ()


def _counted(drawn: Outline) -> str:
    """Name a structure, with how many there are where there are several."""
    return f"{drawn.display} ({drawn.count})" if drawn.count > 1 else drawn.display


def _drawn(review: Review) -> Points:
    """Return the outline that a person drew."""
    return review.statement.contour if review.statement is not None else ()


def _meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Tell whether two boxes (left, top, right, bottom) overlap."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
