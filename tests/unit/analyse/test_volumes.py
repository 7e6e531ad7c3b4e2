"""Structures of a volume, on its own voxels and in millimetres."""

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from osler.analyse.graph import Graph
from osler.analyse.volumes import measured, outline_volume, window_for
from osler.clinical import SeriesUid, Volume
from osler.prepare.volume import VolumeContract

UID = SeriesUid("2.25.7")


def _bright_is_it() -> Graph:
    """Return a graph whose class 1 is what is brighter than the volume's mean."""
    weights = numpy_helper.from_array(
        np.array([-5.0, 5.0], dtype=np.float32).reshape(2, 1, 1, 1, 1), "w"
    )
    node = helper.make_node("Conv", ["volume", "w"], ["masks"])
    free: list[str | int | None] = ["N", 1, "D", "H", "W"]
    graph = helper.make_graph(
        [node],
        "bright",
        [helper.make_tensor_value_info("volume", TensorProto.FLOAT, free)],
        [helper.make_tensor_value_info("masks", TensorProto.FLOAT, ["N", 2, "D", "H", "W"])],
        [weights],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    return Graph(model.SerializeToString(), feeds="volume")


def _slab() -> tuple[Volume, npt.NDArray[np.bool_]]:
    """Return a series of 5 x 2 x 2 mm voxels, its slices to the left, with a bright box in it."""
    affine = np.zeros((4, 4))
    affine[0, 0], affine[2, 1], affine[1, 2], affine[3, 3] = 5.0, -2.0, 2.0, 1.0
    affine[:3, 3] = (-60.0, -80.0, 40.0)
    inside = np.zeros((12, 30, 40), dtype=bool)
    inside[4:8, 10:20, 12:30] = True
    return Volume(UID, 50.0 + 900.0 * inside.astype(np.float32), affine), inside


def test_a_structure_is_labelled_on_the_voxels_of_the_series_itself() -> None:
    """Whoever opens mask and series together must see one on the other."""
    volume, inside = _slab()
    contract = VolumeContract((16, 16, 16), (2.0, 2.0, 5.0))
    found = outline_volume(_bright_is_it(), volume, contract=contract, structures=("box",))
    np.testing.assert_array_equal(found.labels == 1, inside)
    assert found.labels.dtype == np.uint8
    np.testing.assert_array_equal(found.affine, volume.affine)


def test_volume_and_longest_distance_are_in_millimetres_of_the_patient() -> None:
    """A hand-computed box: 4 x 10 x 18 voxels of 5 x 2 x 2 mm."""
    volume, inside = _slab()
    box = measured(inside.astype(np.uint8), 1, "box", affine=volume.affine)
    assert box.voxels == 720
    assert box.volume_mm3 == pytest.approx(720 * 20.0)
    # Between the centres of opposite corners: 3 x 5, 9 x 2 and 17 x 2 mm.
    assert box.longest_mm == pytest.approx(np.sqrt(15.0**2 + 18.0**2 + 34.0**2))
    # All but the inner 2 x 8 x 16.
    assert box.surface_voxels == 720 - 2 * 8 * 16


def test_a_structure_that_is_not_there_has_no_size() -> None:
    """Nothing found is a volume of zero, not an error."""
    none = measured(np.zeros((3, 3, 3), dtype=np.uint8), 1, "box", affine=np.eye(4))
    assert (none.voxels, none.volume_mm3, none.longest_mm) == (0, 0.0, 0.0)


def test_a_change_of_spacing_changes_a_volume_by_little() -> None:
    """The mask is made on 2 mm voxels and laid back on 5 mm slices."""
    volume, inside = _slab()
    contract = VolumeContract((32, 32, 32), (2.0, 2.0, 2.0))
    found = outline_volume(_bright_is_it(), volume, contract=contract, structures=("box",))
    box = found.structures[0]
    assert box.volume_mm3 == pytest.approx(inside.sum() * 20.0, rel=0.1)


def test_a_small_volume_is_read_by_a_window_of_its_own_size() -> None:
    """Padding costs time, and says nothing."""
    assert window_for((35, 51, 35), (48, 64, 48)) == (40, 56, 40)
    assert window_for((300, 512, 512), (48, 64, 48)) == (48, 64, 48)
