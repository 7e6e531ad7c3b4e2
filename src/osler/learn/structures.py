"""How well a package outlines or counts, on any data set that was drawn on. No torch.

By the road of a served picture: outlines are compared on the picture's own pixels or voxels.
"""

import csv
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from osler.analyse.card import Estimate
from osler.analyse.package import Package
from osler.analyse.volumes import contract_of, outline_volume
from osler.errors import InputRefused
from osler.evaluate.bootstrap import REPEATS, interval, patient_weights
from osler.evaluate.calibration import expit
from osler.evaluate.detecting import Found, average_precision, count_errors, match
from osler.evaluate.distances import surface_distances
from osler.evaluate.free_response import froc_score
from osler.evaluate.overlap import dice, jaccard
from osler.learn.datasets.table import DataSet, Row
from osler.learn.masks import read_mask
from osler.learn.scoring import Progress
from osler.prepare.picture import canvas_of, mask_on_picture
from osler.standards.images import read_image, to_volume
from osler.standards.pictures import decode_first, read_content

Floats = npt.NDArray[np.float64]
BOXES = "boxes.csv"
TOLERANCE = 2.0


@dataclass
class Values:
    """Values of one figure by row, with whose they are; a row may have none."""

    found: dict[str, list[tuple[float, str]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, figure: str, value: float, patient: str) -> None:
        """Keep one value."""
        if np.isfinite(value):
            self.found[figure].append((value, patient))

    def means(self, *, seed: int) -> dict[str, Estimate]:
        """Return the mean of each figure with its interval by patient."""
        out: dict[str, Estimate] = {}
        for name, pairs in self.found.items():
            values = np.array([value for value, _ in pairs])

            def mean(w: Floats | None, values: Floats = values) -> float:
                return float(np.average(values, weights=w)) if w is None or w.sum() else np.nan

            estimate = _estimate(mean, [who for _, who in pairs], seed=seed)
            if estimate is not None:
                out[f"{name} (mean of {len(values)})"] = estimate
        return out


def structure_figures(
    package: Package,
    rows: DataSet,
    *,
    words: Mapping[str, str],
    seed: int,
    on_progress: Progress | None = None,
) -> dict[str, Estimate]:
    """Measure everything that a package outlines or counts on rows that were drawn on.

    Parameters
    ----------
    words
        What the data set calls each structure: the column of its mask files, its label in
        boxes.csv, or its number in label maps. Left out: see docs/reference/evaluate.md.

    Returns
    -------
    Figures by name; none where the data set draws none of the structures.
    """
    measure = {"detection": _boxes, "volume": _volumes}.get(package.card.task, _masks)
    return measure(package, rows, words, seed=seed, tell=on_progress or (lambda _done, _of: None))


def _masks(
    package: Package, rows: DataSet, words: Mapping[str, str], *, seed: int, tell: Progress
) -> dict[str, Estimate]:
    """Compare outlines of pictures."""
    there = set(rows.rows[0].columns)
    names = [one.name for one in package.card.structures]
    columns = {name: _column(name, words, there, alone=len(names) == 1) for name in names}
    values = Values()
    if not any(columns.values()):
        return {}
    for number, row in enumerate(rows.rows):
        drawn = {name: row.columns.get(c or "") or "" for name, c in columns.items()}
        if any(drawn.values()):
            _compare_masks(package, rows, row, drawn=drawn, values=values)
        tell(number + 1, len(rows.rows))
    return values.means(seed=seed)


def _column(name: str, words: Mapping[str, str], there: set[str], *, alone: bool) -> str | None:
    """Return the column that holds the mask files of a structure; None where there is none."""
    told = words.get(name)
    if told is not None and told not in there:
        raise InputRefused(f"structure {name!r}: no column {told!r}; there is {sorted(there)}")
    guesses = [told, f"mask_{name}", f"mask_{name.replace(' ', '_')}", *(["mask"] if alone else [])]
    return next((one for one in guesses if one in there), None)


def _compare_masks(
    package: Package, rows: DataSet, row: Row, *, drawn: Mapping[str, str], values: Values
) -> None:
    """Compare the outlines of one picture with those drawn; a picture without is left out."""
    picture = decode_first(read_content(row.path.read_bytes(), origin=row.path.name))
    canvas = canvas_of(picture, package.card.input.picture())
    logits = package.graph.run(canvas.image[None])["masks"][0]
    apart = (picture.spacing_mm, "mm") if picture.spacing_mm else ((1.0, 1.0), "pixels")
    for number, structure in enumerate(package.card.structures):
        if not drawn[structure.name]:
            continue
        true = read_mask(rows.folder, drawn[structure.name], picture=picture)
        probability = mask_on_picture(expit(logits[number]).astype(np.float32), canvas)
        said = probability >= structure.threshold
        _add_overlap(values, structure.name, (said, true), apart=apart, whose=row.patient_id)


def _add_overlap(
    values: Values,
    name: str,
    masks: tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]],
    *,
    apart: tuple[tuple[float, ...], str],
    whose: str,
) -> None:
    """Add overlap and distances of one pair; where nothing was drawn, whether nothing was said."""
    said, true = masks
    if not true.any():
        values.add(f"nothing said where nothing is drawn, {name}", float(not said.any()), whose)
        return
    values.add(f"Dice, {name}", dice(said, true), whose)
    values.add(f"IoU, {name}", jaccard(said, true), whose)
    spacing, unit = apart
    found = surface_distances(said, true, spacing_mm=spacing)
    if found is not None:
        values.add(f"surface distance, {name}, {unit}", found.mean(), whose)
        values.add(f"Hausdorff distance, 95 %, {name}, {unit}", found.hausdorff(), whose)
        within = found.surface_dice(TOLERANCE)
        values.add(f"surface Dice within {TOLERANCE:g} {unit}, {name}", within, whose)


def _volumes(
    package: Package, rows: DataSet, words: Mapping[str, str], *, seed: int, tell: Progress
) -> dict[str, Estimate]:
    """Compare outlines of volumes with label maps (column ``label``) on the same grid."""
    card = package.card
    names = tuple(one.name for one in card.structures)
    numbers = {name: int(words.get(name, str(n))) for n, name in enumerate(names, start=1)}
    contract, values = contract_of(card.input), Values()
    for number, row in enumerate(rows.rows):
        volume = to_volume(read_image(row.path.read_bytes(), origin=row.path.name))
        file = (rows.folder / row.columns.get("label", "")).resolve()
        if not file.is_relative_to(rows.folder.resolve()) or not file.is_file():
            raise InputRefused(f"{row.path.name}: the column 'label' names no label map")
        labels = to_volume(read_image(file.read_bytes(), origin=file.name))
        if labels.voxels.shape != volume.voxels.shape:
            raise InputRefused(
                f"{row.path.name}: {volume.voxels.shape} voxels, its label map has "
                f"{labels.voxels.shape}; expected one grid"
            )
        found = outline_volume(package.graph, volume, contract=contract, structures=names)
        true = np.rint(labels.voxels).astype(np.int64)
        spacing = tuple(float(s) for s in np.linalg.norm(volume.affine[:3, :3], axis=0))
        for shape in found.structures:
            pair = (found.labels == shape.label, true == numbers[shape.name])
            _add_overlap(values, shape.name, pair, apart=(spacing, "mm"), whose=row.patient_id)
            wanted = float(pair[1].sum()) * float(np.prod(spacing))
            gap = abs(shape.volume_mm3 - wanted) / max(wanted, 1e-9)
            values.add(f"volume error, {shape.name}, share of drawn", gap, row.patient_id)
        tell(number + 1, len(rows.rows))
    return values.means(seed=seed)


def _boxes(
    package: Package, rows: DataSet, words: Mapping[str, str], *, seed: int, tell: Progress
) -> dict[str, Estimate]:
    """Match boxes with those of boxes.csv: average precision, free-response score, counts."""
    structures = package.card.structures
    called = {one.name: words.get(one.name, one.name) for one in structures}
    drawn = read_drawn_boxes(rows, tuple(called.values()))
    found: dict[str, list[Found]] = {one.name: [] for one in structures}
    for number, row in enumerate(rows.rows):
        for name, boxes in found_on(package, row).items():
            found[name].append(boxes)
        tell(number + 1, len(rows.rows))
    files = [row.columns["file"] for row in rows.rows]
    patients = [row.patient_id for row in rows.rows]
    matched = {
        name: match(boxes, [drawn[called[name]][file] for file in files])
        for name, boxes in found.items()
    }
    known = [one for one in matched.values() if one.wanted.sum()]
    figures: dict[str, Estimate | None] = {
        f"mAP50, mean of {len(known)} kinds": _estimate(
            lambda w: float(np.mean([average_precision(one, w) for one in known])),
            patients,
            seed=seed,
        )
    }
    for structure in structures:
        one = matched[structure.name]
        errors = np.abs(count_errors(one, structure.threshold))
        for title, of in (
            ("AP50", lambda w, one=one: average_precision(one, w)),
            ("FROC score, 1/8 to 8 false marks a picture", lambda w, one=one: froc_score(one, w)),
            ("count error, mean absolute", lambda w, e=errors: float(np.average(e, weights=w))),
        ):
            figures[f"{title}, {structure.name}"] = _estimate(of, patients, seed=seed)
    return {name: one for name, one in figures.items() if one is not None}


def found_on(package: Package, row: Row) -> dict[str, Found]:
    """Return what a detector finds on one picture, in its pixels."""
    picture = decode_first(read_content(row.path.read_bytes(), origin=row.path.name))
    canvas = canvas_of(picture, package.card.input.picture())
    answer = package.graph.run(canvas.image[None])
    origin, scale = np.tile(canvas.placement.origin, 2), np.tile(canvas.placement.scale, 2)
    boxes = answer["boxes"][0].astype(np.float64) * scale + origin
    boxes = np.clip(boxes, 0.0, np.tile(picture.pixels.shape[:2], 2))
    kinds, scores = answer["labels"][0], answer["scores"][0].astype(np.float64)
    return {
        one.name: Found(boxes[kinds == number], scores[kinds == number])
        for number, one in enumerate(package.card.structures)
    }


def read_drawn_boxes(rows: DataSet, labels: Sequence[str]) -> dict[str, dict[str, Floats]]:
    """Return the boxes of ``boxes.csv`` by label and file: (n,4) as row0, column0, row1, column1.

    Raises
    ------
    InputRefused
        There is no such table, it lacks a column, or it draws none of the labels.
    """
    file = rows.folder / BOXES
    if not file.is_file():
        raise InputRefused(f"{rows.name} has no {BOXES}; need file,label,xmin,ymin,xmax,ymax")
    found: dict[str, dict[str, list[list[float]]]] = {label: defaultdict(list) for label in labels}
    with file.open(newline="", encoding="utf-8-sig") as stream:
        lines = list(csv.DictReader(stream))
    try:
        for line in lines:
            if line["label"] in found:
                sides = [float(line[name]) for name in ("ymin", "xmin", "ymax", "xmax")]
                found[line["label"]][line["file"]].append(sides)
    except (KeyError, ValueError) as error:
        raise InputRefused(
            f"{BOXES}: {error}; need file,label,xmin,ymin,xmax,ymax with numbers"
        ) from error
    if not any(found.values()):
        seen = sorted({line["label"] for line in lines})
        raise InputRefused(
            f"{BOXES} draws {seen}, expected some of {list(labels)}; say in a map (--map), "
            "[structures], what each structure is called there"
        )
    return {
        label: {
            row.columns["file"]: np.array(
                boxes.get(row.columns["file"], []), dtype=np.float64
            ).reshape(-1, 4)
            for row in rows.rows
        }
        for label, boxes in found.items()
    }


def _estimate(
    statistic: Callable[[Floats | None], float], patients: Sequence[str], *, seed: int
) -> Estimate | None:
    """Return a figure with its interval by patient."""
    rng = np.random.default_rng(seed)
    weights = patient_weights(patients, rng=rng, repeats=REPEATS)
    return Estimate.of(interval(statistic, weights))
