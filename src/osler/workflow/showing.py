"""Images as a viewer asks for them: the values of a frame, or what a window shows of it."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from osler.clinical import Finding, Instance, Picture
from osler.errors import Misuse, NotFound
from osler.prepare.film import grey_of
from osler.records import Desk, FindingId, FindingRow
from osler.report import Marks, ValuesImage, image, values_image
from osler.report.image import Pixels
from osler.standards.pictures import decode

Part = Literal["all", "evidence", "outlines"]


@dataclass(frozen=True)
class View:
    """How an image is looked at; None is the header's own window, and all of its pixels.

    ``center`` and ``width`` are taken as DICOM's LINEAR function takes them (PS3.3 C.11.2.1.2);
    ``longest`` is in pixels.
    """

    frame: int = 1
    center: float | None = None
    width: float | None = None
    longest: int | None = None

    def window(self, own: tuple[float, float]) -> tuple[float, float]:
        """Return the values shown as darkest and brightest; ``own`` are those of the header."""
        if self.center is None and self.width is None:
            return own
        width = self.width if self.width is not None else own[1] - own[0] + 1
        center = self.center if self.center is not None else (own[0] + own[1]) / 2 + 0.5
        half, middle = (width - 1) / 2, center - 0.5
        return middle - half, middle + half


@dataclass(frozen=True)
class Frame:
    """One frame as PNG, with what its stored numbers mean.

    A grey one holds its values: value = slope x stored + intercept, in ``unit`` ('HU', or None
    where the header names none). A coloured one is 8-bit RGB as it is to be seen.
    """

    content: bytes
    window: tuple[float, float]
    slope: float | None = None
    intercept: float | None = None
    unit: str | None = None


def frame(instance: Instance, number: int) -> Frame:
    """Return one frame, the first being 1.

    Raises
    ------
    NotFound
        There is no such frame.
    NotSupported, NotReadable, TooLarge
        It cannot be decoded; the sentence says why.
    """
    picture = _picture(instance, number)
    if picture.is_colour():
        return Frame(image(_shown(picture)), picture.window)
    found: ValuesImage = values_image(picture.pixels)
    return Frame(found.content, picture.window, found.slope, found.intercept, picture.measured)


def rendered(instance: Instance, view: View, marks: Marks | None = None) -> bytes:
    """Return what a view shows of an instance, with marks over it, as PNG; raises as `frame`."""
    picture = _picture(instance, view.frame)
    picture = replace(picture, window=view.window(picture.window))
    return image(_shown(picture), marks, longest=view.longest)


def marks_of(desk: Desk, finding_id: FindingId, instance: Instance, *, only: Part = "all") -> Marks:
    """Return what a finding points to on an instance: a model's evidence, a person's outline.

    Parameters
    ----------
    only
        The colours of the evidence, or the outlines, or all.

    Raises
    ------
    NotFound
        There is no such finding, or it points to nothing on this instance.
    """
    row = desk.reviews.finding(finding_id)
    said = row.review.statement if row.review is not None else None
    solid = (said.contour,) if said and said.contour and said.instance_uid == instance.uid else ()
    explanation = None
    if row.claim is not None:
        drafted = _finding(desk, row)
        explanation = drafted.explanation if drafted is not None else None
    if explanation is not None and explanation.instance_uid == instance.uid:
        dashed = tuple(one.contour for one in explanation.regions)
        marks = Marks(explanation.evidence, dashed, solid)
    elif solid:
        marks = Marks(solid=solid)
    else:
        raise NotFound(
            f"finding {finding_id} points to nothing on this instance; expected one whose evidence "
            "lies on it; look at the study's result"
        )
    if only == "all":
        return marks
    return Marks(marks.evidence) if only == "evidence" else replace(marks, evidence=None)


def _finding(desk: Desk, row: FindingRow) -> Finding | None:
    """Return a model's finding as it stands in its draft."""
    draft = desk.results.draft(row.draft_id)
    return next((one for one in draft.findings if row.claim and row.claim.is_of(one)), None)


def _picture(instance: Instance, number: int) -> Picture:
    """Return one decoded frame."""
    try:
        return decode(instance, frames=(number - 1,))[0]
    except Misuse as error:
        raise NotFound(
            f"{instance.frames} frames are in this instance, found a request for frame {number}; "
            f"expected 1 to {instance.frames}"
        ) from error


def _shown(picture: Picture) -> Pixels:
    """Return what the window of a picture shows, 0 to 255; colours stay colours."""
    if not picture.is_colour():
        return np.rint(grey_of(picture)).astype(np.uint8)
    low, high = picture.window
    scaled = (picture.pixels - low) * (255.0 / max(high - low, 1e-6))
    return np.asarray(np.clip(np.rint(scaled), 0, 255), dtype=np.uint8)
