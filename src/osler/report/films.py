"""The films of a study as the report shows them: plain, and with what the models point to."""

import base64
import io
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
from PIL import Image

from osler.clinical import Draft, FilmView, Outline, Review
from osler.report.drawing import Drawing
from osler.report.evidence import STRONGEST, colours, mixed, stretched
from osler.report.outlines import FilmDrawing, Marks
from osler.report.ranking import Judged, shown_on_films
from osler.report.words import NOT_STATED, listed

BYTES_FOR_ALL = 900_000
_LONG_SIDES = {1: 1024, 2: 768, 3: 640, 4: 640}
_SMALLEST = 420
RADIOGRAPHS = frozenset({"CR", "DX", "RG", "XR"})
_QUALITIES = (85, 75, 60, 45, 30)

Grey = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class FilmFigure:
    """One film: plain, and outlined where a finding is shown on it. Both are SVG documents."""

    caption: str
    width_mm: float
    plain: str
    plain_alt: str
    outlined: str
    outlined_alt: str


def film_figures(draft: Draft, room_mm: tuple[float, float]) -> tuple[FilmFigure, ...]:
    """Draw every film into a room (width, height); together they stay below ``BYTES_FOR_ALL``."""
    shown, by_people = shown_on_films(draft), drawn_by_people(draft)
    long_side = _LONG_SIDES.get(len(draft.films), _SMALLEST)
    figures: tuple[FilmFigure, ...] = ()
    for quality in _QUALITIES:
        form = _Print(room_mm, long_side, quality)
        figures = tuple(
            _figure(
                film,
                Marks(_on(film, shown), _by_people_on(film, by_people), _drawn_on(film, draft)),
                form,
            )
            for film in draft.films
        )
        if sum(len(f.plain) + len(f.outlined) for f in figures) * 3 / 4 <= BYTES_FOR_ALL:
            break
    return figures


@dataclass(frozen=True)
class _Print:
    """How films are printed: the room of each on paper, its pixels and its JPEG quality."""

    room_mm: tuple[float, float]
    long_side: int
    quality: int

    def width_mm(self, film: FilmView) -> float:
        """Return the width at which a film fits its room."""
        rows, columns = film.origin_shape
        return min(self.room_mm[0], self.room_mm[1] * columns / rows)


def evidence_key() -> str:
    """Draw the key of the colours as they look on mid-grey, from no evidence to the strongest."""
    steps, width = 40, 16.0
    drawing = Drawing(38, 3)
    drawing.text((0, 2.2), "weak", 2)
    for step in range(steps):
        evidence = np.full(1, step / (steps - 1), dtype=np.float32)
        share = STRONGEST * float(evidence[0])
        red, green, blue = (110 * (1 - share) + colours(evidence)[0] * share).astype(int)
        place = (6.5 + width * step / steps, 0.3)
        drawing.area(place, (width / steps + 0.1, 2.4), fill=f"rgb({red},{green},{blue})")
    drawing.text((23.5, 2.2), "strong", 2)
    return drawing.svg()


def _on(film: FilmView, shown: tuple[Judged, ...]) -> tuple[Judged, ...]:
    """Return the findings whose evidence lies on one film."""
    return tuple(
        j
        for j in shown
        if j.finding.explanation and j.finding.explanation.instance_uid == film.instance_uid
    )


def _drawn_on(film: FilmView, draft: Draft) -> tuple[Outline, ...]:
    """Return the structures that models outlined or counted on one film."""
    return tuple(one for one in draft.outlines if one.instance_uid == film.instance_uid)


def drawn_by_people(draft: Draft) -> tuple[Review, ...]:
    """Return the acts in force with an outline that a person drew on a film of the draft."""
    films = {film.instance_uid for film in draft.films}
    return tuple(
        one
        for one in draft.reviews
        if one.present
        and one.statement is not None
        and one.statement.contour
        and one.statement.instance_uid in films
    )


def _by_people_on(film: FilmView, drawn: tuple[Review, ...]) -> tuple[Review, ...]:
    """Return those whose outline lies on one film."""
    return tuple(
        one for one in drawn if one.statement and one.statement.instance_uid == film.instance_uid
    )


def _figure(film: FilmView, marks: Marks, form: _Print) -> FilmFigure:
    """Draw one film."""
    grey = _reduced(film.grey, form.long_side)
    width_mm = form.width_mm(film)
    view = f"{film.view} view ({film.view_source})" if film.view else f"view {NOT_STATED}"
    if not is_film(film):
        view = ""
    caption = ", ".join(part for part in (film.origin, film.modality, view) if part)
    return FilmFigure(
        caption=caption,
        width_mm=round(width_mm, 2),
        plain=FilmDrawing(film, width_mm, _jpeg(grey, form.quality)).svg(),
        plain_alt=f"Film {caption}, as taken.",
        outlined=_outlined(film, grey, marks=marks, form=form) if marks else "",
        outlined_alt=f"The same film with {_in_words(marks)}.",
    )


def is_film(film: FilmView) -> bool:
    """Tell whether an image is an X-ray film, which has a view: PA, AP, lateral."""
    return film.view is not None or film.modality in RADIOGRAPHS


def _in_words(marks: Marks) -> str:
    """Say what is drawn on a film."""
    models = listed([_name(j) for j in marks.models])
    people = listed([one.display for one in marks.people])
    drawn = listed([one.display for one in marks.outlines])
    said = [f"the evidence of the models for {models}"] if models else []
    said += [f"outlines by models of {drawn}"] if drawn else []
    return listed([*said, *([f"what people outlined as {people}"] if people else [])])


def _outlined(film: FilmView, grey: Grey, *, marks: Marks, form: _Print) -> str:
    """Draw a film with colour where the evidence is, and each finding outlined and named."""
    picture = _jpeg(_coloured(grey, marks.models), form.quality)
    drawing = FilmDrawing(film, form.width_mm(film), picture)
    drawing.mark(marks)
    return drawing.svg()


def _name(one: Judged) -> str:
    """Name a finding with its places."""
    places = f" ({listed(one.places)})" if one.places else ""
    return f"{one.finding.display}{places}"


def _reduced(grey: Grey, long_side: int) -> Grey:
    """Reduce a picture to a long side; a smaller one is left as it is."""
    share = long_side / max(grey.shape[:2])
    if share >= 1:
        return grey
    size = tuple(max(1, round(side * share)) for side in (grey.shape[1], grey.shape[0]))
    image = Image.fromarray(grey).resize(cast(tuple[int, int], size), Image.Resampling.LANCZOS)
    return np.asarray(image, dtype=np.uint8)


def _coloured(grey: Grey, shown: tuple[Judged, ...]) -> Grey:
    """Lay the strongest evidence of all shown findings over a film, as colour."""
    strongest = np.zeros(grey.shape[:2], dtype=np.float32)
    for one in shown:
        if one.finding.explanation is not None:
            evidence = stretched(one.finding.explanation.evidence, grey.shape)
            strongest = np.maximum(strongest, evidence)
    return mixed(grey, strongest)


def _jpeg(pixels: Grey, quality: int) -> str:
    """Write pixels as JPEG, as a data URI."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality, optimize=True)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
