"""Judge one picture by a package that is not of chest films: score, outline, count, measure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from contourpy import contour_generator
from scipy import ndimage

from osler.analyse.card import StructureCard
from osler.analyse.package import Package
from osler.analyse.scoring import predict
from osler.analyse.similar import similar_cases
from osler.analyse.vessels import field_mask, vessel_measures
from osler.clinical import (
    OSLER,
    Code,
    Instance,
    Measurement,
    NotAssessed,
    Outline,
    Picture,
    Prediction,
    Quantity,
)
from osler.evaluate.calibration import expit
from osler.prepare.picture import Canvas, canvas_of, evidence_grid, mask_on_picture

Floats = npt.NDArray[np.float32]
MOST_CONTOURS = 40
SMALLEST_SHARE = 2e-5  # of the picture: a smaller place is a grain of the mask, not a structure


@dataclass(frozen=True)
class Judged:
    """What one package, named ``model``, made of one picture."""

    model: str
    predictions: tuple[Prediction, ...]
    outlines: tuple[Outline, ...]
    measurements: tuple[Measurement, ...]
    not_assessed: tuple[NotAssessed, ...]


def judge_picture(package: Package, picture: Picture, instance: Instance) -> Judged:
    """Run a package of task 'picture' or 'detection' on a picture that passed its gates."""
    canvas = canvas_of(picture, package.card.input.picture())
    answer = package.graph.run(canvas.image[None])
    seen = _Seen(package, picture, instance, canvas)
    predictions = seen.predictions(answer) if package.card.outputs else ()
    drawn, sizes = seen.outlines(answer)
    return Judged(package.card.name, predictions, drawn, sizes, seen.left_out())


@dataclass(frozen=True)
class _Seen:
    """One picture on its way through one package."""

    package: Package
    picture: Picture
    instance: Instance
    canvas: Canvas

    def predictions(self, answer: dict[str, Floats]) -> tuple[Prediction, ...]:
        """Calibrate every output; its evidence is laid over the whole picture."""
        counts = similar_cases(self.package.fingerprint, answer["embedding"][0])
        scored = []
        for column, output in enumerate(self.package.card.outputs):
            one = predict(
                self.package,
                output,
                column=column,
                logit_value=float(answer["logits"][0, column]),
                evidence=evidence_grid(answer["evidence"][0, column], self.canvas),
                instance_uid=self.instance.uid,
            )
            scored.append(replace(one, similar=counts[column]))
        return tuple(scored)

    def outlines(
        self, answer: dict[str, Floats]
    ) -> tuple[tuple[Outline, ...], tuple[Measurement, ...]]:
        """Return what is outlined or counted, and how large or how many it is."""
        drawn, sizes = [], []
        for number, structure in enumerate(self.package.card.structures):
            if not structure.shipped:
                continue
            if self.package.card.task == "detection":
                boxes = self._boxes(answer, number, structure)
                drawn.append(self._outline(structure, boxes, len(boxes)))
                sizes.append(self._count(structure, len(boxes)))
            else:
                mask = self._mask(answer["masks"][0, number], structure)
                contours, count = contours_of(mask, structure.threshold)
                drawn.append(self._outline(structure, contours, count))
                sizes += self._sizes(structure, mask >= structure.threshold)
        return tuple(one for one in drawn if one.count), tuple(sizes)

    def left_out(self) -> tuple[NotAssessed, ...]:
        """Name the structures that the card shows to be outlined too badly."""
        return tuple(
            NotAssessed(
                self.package.card.name,
                "performance",
                one.not_assessed_reason or "",
                one.name,
            )
            for one in self.package.card.structures
            if not one.shipped
        )

    def _mask(self, logits: Floats, structure: StructureCard) -> Floats:
        """Return the probability of a structure on the picture's pixels; grains removed."""
        whole = mask_on_picture(expit(logits).astype(np.float32), self.canvas)
        labels, count = ndimage.label(whole >= structure.threshold)
        sizes = np.bincount(labels.ravel(), minlength=count + 1)
        grains = np.flatnonzero(sizes < SMALLEST_SHARE * whole.size)
        whole[np.isin(labels, grains[grains > 0])] = 0.0
        return whole

    def _boxes(
        self, answer: dict[str, Floats], number: int, structure: StructureCard
    ) -> tuple[tuple[tuple[float, float], ...], ...]:
        """Return the boxes of one kind as closed lines in pixels of the picture."""
        scores, labels = answer["scores"][0], answer["labels"][0]
        kept = np.flatnonzero((labels == number) & (scores >= structure.threshold))
        found = []
        for top, left, bottom, right in answer["boxes"][0][kept]:
            r0, c0 = self.canvas.placement.to_picture(float(top), float(left))
            r1, c1 = self.canvas.placement.to_picture(float(bottom), float(right))
            rows = np.clip([r0, r1], 0, self.canvas.picture_shape[0])
            columns = np.clip([c0, c1], 0, self.canvas.picture_shape[1])
            (r0, r1), (c0, c1) = rows.tolist(), columns.tolist()
            found.append(((r0, c0), (r0, c1), (r1, c1), (r1, c0), (r0, c0)))
        return tuple(found)

    def _outline(
        self,
        structure: StructureCard,
        contours: Sequence[tuple[tuple[float, float], ...]],
        count: int,
    ) -> Outline:
        """Return what is drawn of one structure."""
        return Outline(
            model=self.package.identity,
            structure=structure.name,
            code=structure.code_value(),
            display=structure.display,
            instance_uid=self.instance.uid,
            contours=tuple(contours),
            count=count,
        )

    def _count(self, structure: StructureCard, count: int) -> Measurement:
        """Return how many things of one kind there are, with the error that the card measured."""
        error = relative_error(self.package, f"count error p95, {structure.name}")
        quantity = Quantity(float(count), "{count}")
        return self._measured(structure, quantity, "count", error=error, words="")

    def _sizes(
        self, structure: StructureCard, mask: npt.NDArray[np.bool_]
    ) -> tuple[Measurement, ...]:
        """Return what is measured of an outline."""
        if structure.measure == "area":
            return (self._area(structure, mask),)
        low, high = self.picture.window
        shown = (self.picture.pixels - low) * (255.0 / max(high - low, 1e-6))
        found = vessel_measures(mask, field_mask(shown))
        return tuple(
            self._measured(
                structure,
                Quantity(value, unit),
                kind,
                error=relative_error(self.package, f"{kind} error p95, {structure.name}"),
                words=words,
            )
            for kind, value, unit, words in (
                ("area", 100.0 * found.area_share, "%", "of the field of view"),
                (
                    "length",
                    found.length_per_diameter,
                    "1",
                    "of the centre lines, in diameters of the field of view",
                ),
                (
                    "mean width",
                    100.0 * found.width_per_diameter,
                    "%",
                    "of the diameter of the field of view",
                ),
            )
        )

    def _area(self, structure: StructureCard, mask: npt.NDArray[np.bool_]) -> Measurement:
        """Return the area of a structure in mm2, or as a share where no spacing is stated."""
        spacing = self.picture.spacing_mm
        error = relative_error(self.package, f"area error p95, {structure.name}")
        if spacing is None:
            size, unit = 100.0 * float(mask.mean()), "%"
        else:
            size, unit = float(mask.sum()) * spacing[0] * spacing[1], "mm2"
        words = "of the picture; the spacing is not stated" if spacing is None else ""
        return self._measured(structure, Quantity(size, unit), "area", error=error, words=words)

    def _measured(
        self,
        structure: StructureCard,
        quantity: Quantity,
        kind: str,
        *,
        error: float | None,
        words: str,
    ) -> Measurement:
        """Return a measurement with the interval that the card's error gives, open without one."""
        value = quantity.value
        reach = float("inf") if error is None else error * max(value, 1.0)
        return Measurement(
            model=self.package.identity,
            code=Code(
                OSLER,
                f"{structure.name}-{kind}".replace(" ", "-"),
                f"{structure.display}, {kind}",
            ),
            display=f"{structure.display}, {kind}",
            instance_uid=self.instance.uid,
            quantity=quantity,
            low=max(0.0, value - reach),
            high=value + reach,
            comment=words,
            source=f"error of 95 % of the test pictures of {self.package.card.name}"
            if error is not None
            else "its error was not measured",
        )


def relative_error(package: Package, name: str) -> float | None:
    """Return the relative error that held 95 % of the card's test cases; None where unmeasured."""
    for evaluation in package.card.evaluation:
        if name in evaluation.figures:
            return evaluation.figures[name].value
    return None


def contours_of(
    mask: Floats, threshold: float
) -> tuple[tuple[tuple[tuple[float, float], ...], ...], int]:
    """Return the outer lines of the places above a threshold, the longest first, and their number.

    ``mask`` is (rows, columns); points are (row, column) in its pixels. At most forty are drawn.
    """
    count = int(ndimage.label(mask >= threshold)[1])
    lines = contour_generator(z=np.pad(mask, 1)).lines(threshold)
    longest = sorted((np.asarray(line) for line in lines), key=len, reverse=True)[:MOST_CONTOURS]
    return tuple(
        tuple((float(y - 0.5), float(x - 0.5)) for x, y in _thinned(line)) for line in longest
    ), count


def _thinned(line: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Keep at most 200 points of a line: more cannot be seen on the report."""
    step = max(1, len(line) // 200)
    return line[::step]
