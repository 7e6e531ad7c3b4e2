"""Volumes on the way into a network, and masks back on their own voxels."""

import numpy as np
import numpy.typing as npt
import pytest

from osler.clinical import SeriesUid, Volume
from osler.errors import WrongGeometry
from osler.prepare.volume import (
    CanonicalVolume,
    VolumeContract,
    canonical,
    canonical_labels,
    normalised,
    on_original,
    oriented,
)

UID = SeriesUid("2.25.1")
FINE = VolumeContract((8, 8, 8), (1.0, 1.0, 1.0))
RADII_MM = np.array([9.0, 14.0, 11.0])


def _turned(degrees: tuple[float, float, float]) -> npt.NDArray[np.float64]:
    """Return a rotation about x, then y, then z."""
    out = np.eye(3)
    for (first, second), angle in zip(((1, 2), (2, 0), (0, 1)), np.radians(degrees), strict=True):
        plane = np.eye(3)
        plane[first, first] = plane[second, second] = np.cos(angle)
        plane[first, second], plane[second, first] = -np.sin(angle), np.sin(angle)
        out = plane @ out
    return out


def _rotated_anisotropic() -> tuple[Volume, npt.NDArray[np.float64]]:
    """Return an oblique series with 3 x 0.8 x 1.1 mm voxels, its slices to the left, and depth.

    The phantom is an ellipsoid; depth is how far, in about millimetres, a voxel lies inside it.
    """
    shape, spacing = (24, 60, 50), np.array([3.0, 0.8, 1.1])
    # Slices run to the patient's right, rows to the head, columns to the front: two axes are
    # turned over against the canonical ones, and all three are swapped.
    axes = np.array([[-1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
    affine = np.eye(4)
    affine[:3, :3] = _turned((12.0, -9.0, 17.0)) @ axes * spacing
    middle = (np.array(shape) - 1) / 2.0
    affine[:3, 3] = np.array([31.0, -12.0, 77.0]) - affine[:3, :3] @ middle
    index = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), axis=-1)
    there = index @ affine[:3, :3].T + affine[:3, 3] - np.array([31.0, -12.0, 77.0])
    ratio = np.linalg.norm(there / RADII_MM, axis=-1)
    depth = (1.0 - ratio) * float(RADII_MM.min())
    return Volume(UID, (100.0 * (ratio < 1.0)).astype(np.float32), affine), depth


def _layers(prepared: CanonicalVolume) -> npt.NDArray[np.float32]:
    """Return the probabilities of background and phantom on the canonical grid, from its place."""
    shape = prepared.voxels.shape
    index = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), axis=-1)
    there = index @ prepared.affine[:3, :3].T + prepared.affine[:3, 3] - (31.0, -12.0, 77.0)
    depth = (1.0 - np.linalg.norm(there / RADII_MM, axis=-1)) * RADII_MM.min()
    inside = np.clip(0.5 + 0.25 * depth, 0.0, 1.0)
    return np.stack([1.0 - inside, inside]).astype(np.float32)


def test_mask_of_a_rotated_anisotropic_phantom_lies_on_the_right_voxels() -> None:
    """A mask that is mirrored or shifted would outline the other side of the brain."""
    volume, depth = _rotated_anisotropic()
    prepared = canonical(volume, FINE)
    labels = on_original(_layers(prepared), prepared)
    assert labels.shape == volume.voxels.shape
    sure = np.abs(depth) > 0.15  # linear interpolation rounds the surface by less than this
    np.testing.assert_array_equal(labels[sure] == 1, depth[sure] > 0)
    wrong = (labels == 1) != (depth > 0)
    assert wrong.mean() < 0.001


def test_axes_that_are_only_swapped_and_turned_over_come_back_voxel_by_voxel() -> None:
    """Without a change of spacing nothing is interpolated, so nothing may change."""
    rng = np.random.default_rng(3)
    voxels = rng.random((5, 7, 6)).astype(np.float32)
    affine = np.array(
        [[0.0, 0.0, -1.0, 9.0], [-1.0, 0.0, 0.0, 4.0], [0.0, 1.0, 0.0, -2.0], [0.0, 0.0, 0.0, 1.0]]
    )
    volume = Volume(UID, voxels, affine)
    prepared = canonical(volume, FINE)
    assert prepared.voxels.shape == (7, 5, 6)
    wanted = rng.integers(0, 3, prepared.voxels.shape)
    layers = np.stack([wanted == k for k in range(3)]).astype(np.float32)
    back = on_original(layers, prepared)
    for index in np.ndindex(voxels.shape):
        there = affine @ np.array([*index, 1.0])
        at = np.rint(np.linalg.inv(prepared.affine) @ there)[:3].astype(int)
        assert back[index] == wanted[tuple(at)]


def test_oriented_axes_run_to_the_head_the_back_and_the_left() -> None:
    """The network knows one orientation only."""
    volume, _ = _rotated_anisotropic()
    turned, affine = oriented(volume)
    directions = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    assert directions[2, 0] > 0.9
    assert directions[1, 1] > 0.9
    assert directions[0, 2] > 0.9
    value_there = volume.voxels[3, 40, 11]
    there = volume.affine @ np.array([3, 40, 11, 1.0])
    at = np.rint(np.linalg.inv(affine) @ there)[:3].astype(int)
    assert turned[tuple(at)] == value_there


def test_a_new_spacing_keeps_a_point_where_it_is_in_the_patient() -> None:
    """A field that grows linearly with the place must have the same value at the same place."""
    affine = np.diag([2.5, 0.5, 0.5, 1.0])
    affine[:3, :3] = affine[:3, :3][:, [2, 1, 0]]
    affine[:3, 3] = (-40.0, 5.0, 100.0)
    shape = (12, 40, 30)
    index = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij"), axis=-1)
    there = index @ affine[:3, :3].T + affine[:3, 3]
    volume = Volume(UID, (there @ (0.3, -0.2, 0.5)).astype(np.float32), affine)
    wide = VolumeContract((8, 8, 8), (1.0, 1.0, 1.0), window_hu=(-1000.0, 1000.0))
    prepared = canonical(volume, wide)
    values = (prepared.voxels + 1.0) * 1000.0 - 1000.0
    inner = np.argwhere(np.ones_like(values[2:-2, 2:-2, 2:-2])) + 2
    places = inner @ prepared.affine[:3, :3].T + prepared.affine[:3, 3]
    np.testing.assert_allclose(values[tuple(inner.T)], places @ (0.3, -0.2, 0.5), atol=1e-2)


def test_labels_take_the_same_road_as_their_image() -> None:
    """A label map that lay half a voxel off would teach the network a shift."""
    volume, depth = _rotated_anisotropic()
    labels = Volume(UID, (depth > 0).astype(np.float32), volume.affine)
    kept = canonical_labels(labels, FINE)
    prepared = canonical(volume, FINE)
    assert kept.shape == prepared.voxels.shape
    places = np.argwhere(kept == 1) @ prepared.affine[:3, :3].T + prepared.affine[:3, 3]
    np.testing.assert_allclose(places.mean(axis=0), (31.0, -12.0, 77.0), atol=0.1)


def test_intensities_have_mean_zero_and_deviation_one_whatever_the_scanner() -> None:
    """MR has no unit: the same scan times a thousand must give the same input."""
    rng = np.random.default_rng(5)
    voxels = rng.gamma(2.0, 50.0, (6, 8, 9)).astype(np.float32)
    once, again = normalised(voxels, FINE), normalised(voxels * 1000.0, FINE)
    assert abs(float(once.mean())) < 1e-3
    assert float(once.std()) == pytest.approx(1.0, abs=1e-3)
    np.testing.assert_allclose(once, again, atol=1e-3)


def test_a_constant_volume_becomes_all_zero() -> None:
    """A blank series must not become noise blown up."""
    blank = np.full((4, 4, 4), 7.0, dtype=np.float32)
    np.testing.assert_array_equal(normalised(blank, FINE), np.zeros((4, 4, 4)))


def test_a_window_in_hounsfield_units_maps_to_minus_one_and_one() -> None:
    """CT has a unit: it is not normalised by what else is in the scan."""
    contract = VolumeContract((8, 8, 8), (1.0, 1.0, 1.0), window_hu=(-50.0, 150.0))
    voxels = np.array([-1000.0, -50.0, 50.0, 150.0, 3000.0], dtype=np.float32).reshape(5, 1, 1)
    found = normalised(voxels, contract).ravel()
    np.testing.assert_allclose(found, [-1.0, -1.0, 0.0, 1.0, 1.0], atol=1e-6)


def test_an_affine_without_inverse_is_refused() -> None:
    """Two axes along one direction place nothing."""
    affine = np.eye(4)
    affine[:3, 1] = affine[:3, 0]
    with pytest.raises(WrongGeometry, match="no inverse"):
        canonical(Volume(UID, np.zeros((3, 3, 3), dtype=np.float32), affine), FINE)
