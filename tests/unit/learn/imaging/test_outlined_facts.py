"""Looking at volumes, boxes and masks: what is bad is left out by name before training."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from make.outlined import (
    boxed_pictures,
    outlined_pictures,
    smallest,
    volumes,
    write_table,
    write_volume,
)
from osler.errors import InputRefused, NotFound
from osler.learn.datasets.table import read_listed
from osler.learn.imaging.box_facts import BoxFingerprint, examine_boxes, read_boxes
from osler.learn.imaging.fine_facts import FineFingerprint, examine_masks, width_of
from osler.learn.imaging.outlined_planning import outlined_plan
from osler.learn.imaging.outlined_rows import rows_of
from osler.learn.imaging.volume_facts import VolumeFingerprint, examine_volumes


def quiet(_done: int, _known: int) -> None:
    """Hear of progress."""


def of_volumes(folder: Path, **more: Any) -> VolumeFingerprint:  # noqa: ANN401
    """Return the fingerprint of a folder of volumes."""
    recipe = smallest("volume", "mr", folder.name, **more)
    return examine_volumes(read_listed(folder), recipe, processes=1, tell=quiet)


def of_boxes(folder: Path, **more: Any) -> BoxFingerprint:  # noqa: ANN401
    """Return the fingerprint of a folder of boxed pictures."""
    recipe = smallest("detection", "microscopy", folder.name, **more)
    return examine_boxes(read_listed(folder), recipe, processes=1, tell=quiet)


def of_masks(folder: Path, **more: Any) -> FineFingerprint:  # noqa: ANN401
    """Return the fingerprint of a folder of outlined pictures."""
    recipe = smallest("segmentation", "fundus", folder.name, **more)
    return examine_masks(read_listed(folder), recipe, processes=1, tell=quiet)


def changed_rows(folder: Path, number: int, **columns: str) -> None:
    """Change a line of the table."""
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    rows[number] |= columns
    write_table(folder / "labels.csv", rows)


def added_box(folder: Path, **columns: object) -> None:
    """Add a line to boxes.csv."""
    line = {"file": "b1.png", "label": "mask", "xmin": 1, "ymin": 1, "xmax": 9, "ymax": 9}
    with (folder / "boxes.csv").open("a", newline="", encoding="utf-8") as stream:
        csv.DictWriter(stream, fieldnames=list(line)).writerow(line | columns)


def test_volumes_are_measured_in_the_patients_axes(tmp_path: Path) -> None:
    """Sides in the order of the file would give a window that lies across the patient."""
    seen = of_volumes(volumes(tmp_path / "v"))
    assert seen.shape == (20.0, 22.0, 18.0)
    assert seen.median_mm == (20.0, 22.0, 18.0)
    assert seen.rows == {"train": 4, "val": 2, "test": 2}
    spot = seen.structures["spot"]
    assert (spot.rows, spot.patients, spot.voxels) == (6, 6, 343)
    assert spot.mm3 == (343.0, 343.0, 343.0)
    assert seen.left_out == {}


def test_a_damaged_volume_in_the_middle_costs_one_row(tmp_path: Path) -> None:
    """A run of a night must not end at the third file."""
    folder = volumes(tmp_path / "v")
    (folder / "v2.nii.gz").write_bytes(b"\x1f\x8bbroken")
    (folder / "v7.nii.gz").unlink()
    seen = of_volumes(folder)
    assert set(seen.left_out) == {"v2.nii.gz", "v7.nii.gz"}
    assert seen.rows == {"train": 3, "val": 2, "test": 1}


def test_a_label_map_on_another_grid_takes_its_volume_out(tmp_path: Path) -> None:
    """A map shifted by two voxels is learnt as it lies."""
    folder = volumes(tmp_path / "v")
    label = np.ones((18, 22, 20), dtype=np.uint8)
    write_volume(folder / "m0.nii.gz", label[:-1])
    moved = np.diag([-1.0, -1.0, 1.0, 1.0])
    moved[0, 3] = 2.0
    write_volume(folder / "m1.nii.gz", label, moved)
    seen = of_volumes(folder)
    assert set(seen.left_out) == {"v0.nii.gz", "v1.nii.gz"}
    assert all("are not on one grid" in why for why in seen.left_out.values())


def test_blank_volumes_and_maps_of_no_numbers_are_left_out(tmp_path: Path) -> None:
    """What shows nothing teaches that nothing is there; a NaN makes every weight a NaN."""
    folder = volumes(tmp_path / "v")
    shape = (18, 22, 20)
    write_volume(folder / "v0.nii.gz", np.full(shape, 7.0, dtype=np.float32))
    bad = np.zeros(shape, dtype=np.float32)
    bad[3, 3, 3] = np.nan
    write_volume(folder / "v1.nii.gz", bad + np.arange(20, dtype=np.float32))
    write_volume(folder / "m2.nii.gz", bad)
    write_volume(folder / "m3.nii.gz", np.full(shape, -1, dtype=np.int16))
    seen = of_volumes(folder)
    assert "every pixel is the same" in seen.left_out["v0.nii.gz"]
    assert "some voxels are no finite numbers" in seen.left_out["v1.nii.gz"]
    assert "some voxels are no finite numbers" in seen.left_out["v2.nii.gz"]
    assert "values that are no labels" in seen.left_out["v3.nii.gz"]


def test_a_label_without_a_structure_is_refused_before_training(tmp_path: Path) -> None:
    """Three labels for two structures: nobody knows which one was forgotten."""
    folder = volumes(tmp_path / "v")
    label = np.zeros((18, 22, 20), dtype=np.uint8)
    label[4:8, 4:8, 4:8] = 2
    write_volume(folder / "m0.nii.gz", label)
    with pytest.raises(InputRefused, match=r"v0\.nii\.gz holds the label 2, the recipe names 1"):
        of_volumes(folder)


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The usual column of masks is 'mask'; a set that names it otherwise must be told so."""
    folder = volumes(tmp_path / "v")
    structure = {"name": "spot", "display": "Spot", "code": "spot", "column": "outline"}
    with pytest.raises(InputRefused, match="need 'outline', which names what is drawn"):
        of_volumes(folder, structures=[structure])


def test_a_volume_that_is_learnt_and_tested_is_not_learnt(tmp_path: Path) -> None:
    """A figure of a volume that was learnt by heart promises what no patient gets."""
    folder = volumes(tmp_path / "v")
    (folder / "v6.nii.gz").write_bytes((folder / "v0.nii.gz").read_bytes())
    seen = of_volumes(folder)
    assert seen.repeats == 1
    assert "which is in test" in seen.left_out["v0.nii.gz"]
    assert "v6.nii.gz" not in seen.left_out


def test_a_patient_on_both_sides_of_a_split_is_not_learnt(tmp_path: Path) -> None:
    """Both eyes of one child are alike: one in train and one in test flatters."""
    folder = outlined_pictures(tmp_path / "f")
    changed_rows(folder, 1, patient_id="p6")
    changed_rows(folder, 2, patient_id="p4")
    seen = of_masks(folder)
    assert "'p6' is in test too" in seen.left_out["f1.png"]
    assert "'p4' is in val too" in seen.left_out["f2.png"]
    assert len(seen.left_out) == 2


def test_masks_are_measured_and_a_blank_name_draws_nothing(tmp_path: Path) -> None:
    """Five pixels wide, 108 long in 128 x 128: 3.3 % of a picture."""
    folder = outlined_pictures(tmp_path / "f")
    changed_rows(folder, 0, mask="")
    seen = of_masks(folder)
    vessel = seen.structures["spot"]
    assert vessel.rows == 3
    assert vessel.share == pytest.approx(5 * 108 / 128**2, abs=1e-4)
    assert (seen.longest, seen.colour, seen.left_out) == (128, True, {})


def test_the_width_of_a_line_and_of_a_disc() -> None:
    """A line of 6 pixels is 6 wide (edges of steps count 4/pi too long); a disc is its radius."""
    line = np.zeros((400, 400), dtype=bool)
    line[100:106, :] = True
    assert width_of(line) == pytest.approx(6.0 * 4.0 / np.pi)
    y, x = np.mgrid[-60:61, -60:61]
    assert width_of(x**2 + y**2 <= 40**2) == pytest.approx(40.0, rel=0.02)


def test_a_mask_of_another_size_takes_its_picture_out(tmp_path: Path) -> None:
    """Stretched to fit it would lie beside the vessel."""
    folder = outlined_pictures(tmp_path / "f")
    Image.fromarray(np.full((64, 128), 255, dtype=np.uint8)).save(folder / "m0.png")
    (folder / "m1.png").write_bytes(b"broken")
    (folder / "f2.png").write_bytes((folder / "f2.png").read_bytes()[:300])
    Image.fromarray(np.zeros((128, 128, 3), dtype=np.uint8)).save(folder / "f4.png")
    seen = of_masks(folder)
    assert "the mask has (64, 128) pixels, its picture (128, 128)" in seen.left_out["f0.png"]
    assert set(seen.left_out) == {"f0.png", "f1.png", "f2.png", "f4.png"}


def test_boxes_are_counted_from_zero_and_unknown_kinds_are_refused(tmp_path: Path) -> None:
    """One pixel off moves every box; a kind that the recipe lacks would be learnt as nothing."""
    folder = boxed_pictures(tmp_path / "b")
    write_table(
        folder / "boxes.csv",
        [{"file": "b1.png", "label": "WBC", "xmin": 1, "ymin": 11, "xmax": 20, "ymax": 40}],
    )
    found = read_boxes(read_listed(folder), ("RBC", "WBC"))
    np.testing.assert_array_equal(found.boxes["b1.png"], [[1, 10, 0, 40, 20]])
    assert found.boxes["b2.png"].shape == (0, 5)
    with pytest.raises(InputRefused, match="kind 'WBC'"):
        read_boxes(read_listed(folder), ("RBC",))


def test_boxes_of_absent_pictures_are_passed_over_by_name(tmp_path: Path) -> None:
    """A table of another version of the set must not end the run, nor be silent."""
    folder = boxed_pictures(tmp_path / "b")
    added_box(folder, file="gone.png")
    seen = of_boxes(folder)
    assert seen.left_out == {"gone.png": "boxes.csv names gone.png, labels.csv does not"}
    assert seen.rows == {"train": 4, "val": 2, "test": 2}


def test_boxes_of_a_row_that_the_recipe_excludes_are_no_fault(tmp_path: Path) -> None:
    """Who leaves a picture out need not strike its boxes."""
    folder = boxed_pictures(tmp_path / "b")
    recipe = smallest("detection", "microscopy", "b")
    part = read_listed(folder).where(exclude={"file": "b3.png"})
    assert examine_boxes(part, recipe, processes=1, tell=quiet).left_out == {}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ({"xmax": 400, "ymax": 300}, "the picture has 96 x 128 pixels"),
        ({"xmin": "left"}, "is no box: ymin 1, xmin left"),
        ({"xmin": 60, "xmax": 20}, "is no box: ymin 1, xmin 60, ymax 9, xmax 20"),
        ({"ymax": "nan"}, "is no box"),
    ],
)
def test_boxes_of_another_geometry_take_their_picture_out(
    line: dict[str, Any], why: str, tmp_path: Path
) -> None:
    """A cell whose box is lost would be learnt as no cell."""
    folder = boxed_pictures(tmp_path / "b")
    added_box(folder, **line)
    seen = of_boxes(folder)
    assert list(seen.left_out) == ["b1.png"]
    assert why in seen.left_out["b1.png"]


def test_boxes_are_measured(tmp_path: Path) -> None:
    """Four pictures with three squares of twenty pixels are trained on; val keeps the cut-offs."""
    seen = of_boxes(boxed_pictures(tmp_path / "b"))
    spot = seen.structures["spot"]
    assert (spot.boxes, spot.rows, spot.sides, spot.short) == (12, 4, (20.0, 20.0), 20.0)
    assert seen.per_picture == (3, 3, 3)


def test_a_table_without_a_column_and_a_kind_without_a_box_are_refused(tmp_path: Path) -> None:
    """Both are found before an hour of training, not after."""
    folder = boxed_pictures(tmp_path / "b")
    cell = {"name": "cell", "display": "Cell", "code": "cell", "column": "cell"}
    spot = {"name": "spot", "display": "Spot", "code": "spot"}
    with pytest.raises(InputRefused, match="structure 'cell' is drawn in no row"):
        of_boxes(folder, structures=[spot, cell])
    write_table(folder / "boxes.csv", [{"file": "b1.png", "label": "mask", "xmin": 1}])
    with pytest.raises(InputRefused, match="need also ymin, ymax, xmax"):
        of_boxes(folder)
    (folder / "boxes.csv").unlink()
    with pytest.raises(NotFound, match=r"no boxes\.csv"):
        of_boxes(folder)


def test_the_plan_is_kept_and_files_are_not_looked_at_twice(tmp_path: Path) -> None:
    """The plan beside a run says what was left out; a second look at a large set takes minutes."""
    folder = boxed_pictures(tmp_path / "b")
    (folder / "b2.png").write_bytes(b"broken")
    recipe, file = smallest("detection", "microscopy", "b"), tmp_path / "runs" / "plan.json"
    looks: list[int] = []

    def planned() -> Any:  # noqa: ANN401 - a plan
        return outlined_plan(
            read_listed(folder),
            recipe,
            file=file,
            processes=1,
            tell=lambda done, _known: looks.append(done),
        )

    plan = planned()
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert list(kept["fingerprint"]["left_out"]) == ["b2.png"]
    assert any(line.startswith("left out: b2.png") for line in plan.lines())
    assert [row.path.name for row in rows_of(read_listed(folder), plan, plan.splits).rows] == [
        "b0.png",
        "b1.png",
        "b3.png",
    ]
    before = len(looks)
    assert planned() == plan
    assert len(looks) == before
    added_box(folder)
    planned()
    assert len(looks) == 2 * before
    file.write_text('{"fingerprint": {"data": "b"', encoding="utf-8")
    assert planned().fingerprint.structures["spot"].boxes == 10
