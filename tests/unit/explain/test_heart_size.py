"""The cardiothoracic ratio on shapes whose widths are known."""

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from scipy import ndimage

from osler.explain.heart_size import cardiothoracic_ratio, measure_heart

Floats = npt.NDArray[np.float32]


def drawn(rows: int = 224, columns: int = 224) -> Floats:
    """Return right lung, left lung and heart as shares of a picture.

    The chest is 0.8 of the width, the heart 0.35: a ratio of 0.4375.
    """
    parts = np.zeros((3, rows, columns), dtype=np.float32)

    def fill(part: int, *, rows_at: tuple[float, float], columns_at: tuple[float, float]) -> None:
        r = [round(at * rows) for at in rows_at]
        c = [round(at * columns) for at in columns_at]
        parts[part, r[0] : r[1], c[0] : c[1]] = 1.0

    fill(0, rows_at=(0.2, 0.8), columns_at=(0.1, 0.4))
    fill(1, rows_at=(0.2, 0.8), columns_at=(0.6, 0.9))
    fill(2, rows_at=(0.5, 0.8), columns_at=(0.35, 0.7))
    return parts


def test_the_ratio_of_known_widths() -> None:
    """70 columns of heart in 160 of chest."""
    assert cardiothoracic_ratio(drawn(200, 200)) == pytest.approx(70 / 160)


@pytest.mark.parametrize(("rows", "columns"), [(1000, 600), (600, 1000), (448, 448)])
def test_squashing_the_film_does_not_change_the_ratio(rows: int, columns: int) -> None:
    """Films are squashed to a square; a ratio of two widths must survive that."""
    squashed = np.stack(
        [
            np.asarray(
                Image.fromarray(part).resize((224, 224), Image.Resampling.BILINEAR),
                dtype=np.float32,
            )
            for part in drawn(rows, columns)
        ]
    )
    assert cardiothoracic_ratio(squashed) == pytest.approx(0.4375, abs=0.004)


def test_edges_are_found_to_a_fraction_of_a_pixel() -> None:
    """A soft edge of 0.75 to 0.25 crosses one half in the middle between two pixels."""
    parts = drawn(200, 200)
    parts[2, :, 70:140] = 0.0
    parts[2, 100:160, 71:139] = 1.0
    parts[2, 100:160, 70] = parts[2, 100:160, 139] = 0.75
    parts[2, 100:160, 69] = parts[2, 100:160, 140] = 0.25
    assert cardiothoracic_ratio(parts) == pytest.approx(70 / 160)


def test_a_stray_pixel_does_not_widen_the_heart() -> None:
    """One bright pixel of noise must not enlarge a heart by a third."""
    parts = drawn(200, 200)
    parts[2, 10, 5] = 1.0
    assert cardiothoracic_ratio(parts) == pytest.approx(70 / 160)


def test_without_heart_or_lungs_there_is_no_ratio() -> None:
    """Zero would be a very small heart."""
    for part in (slice(0, 2), slice(2, 3)):
        parts = drawn()
        parts[part] = 0.0
        assert cardiothoracic_ratio(parts) is None


def test_a_pa_film_is_measured() -> None:
    """The one view in which a heart's size means what the guideline means."""
    found = measure_heart(drawn(200, 200), view="PA", view_source="stated in the header")
    assert found.ratio == pytest.approx(0.4375)
    assert found.reason == ""


@pytest.mark.parametrize(
    ("view", "source", "reason"),
    [
        ("AP", "stated in the header", "the film is AP (stated in the header); heart size"),
        (None, "not stated", "the view is not known; heart size is measured on PA films"),
    ],
)
def test_a_film_that_enlarges_the_heart_is_not_measured(
    view: str | None, source: str, reason: str
) -> None:
    """A bedside film makes a normal heart look failing."""
    found = measure_heart(drawn(), view=view, view_source=source)
    assert found.ratio is None
    assert found.reason.startswith(reason)


def test_a_tilted_film_is_not_measured() -> None:
    """Across a turned chest no width is horizontal."""
    turned = ndimage.rotate(drawn(), 12, axes=(1, 2), reshape=False, order=1)
    found = measure_heart(turned, view="PA", view_source="stated in the header")
    assert found.ratio is None
    assert found.reason == "the film is turned by about 12 degrees"


def test_a_slightly_tilted_film_is_measured() -> None:
    """Nobody stands perfectly straight."""
    turned = ndimage.rotate(drawn(), 3, axes=(1, 2), reshape=False, order=1)
    assert measure_heart(turned, view="PA", view_source="").ratio is not None


def test_a_lung_of_less_than_half_the_other_is_the_reason() -> None:
    """A collapsed lung moves the heart, and a ratio would not mean its size."""
    parts = drawn()
    parts[0, :, :66] = 0.0  # 24 of 67 columns remain
    found = measure_heart(parts, view="PA", view_source="")
    assert found.ratio is None
    assert found.reason.startswith("one lung is less than half the other")


def test_a_missing_lung_is_the_reason() -> None:
    """A white lung is not outlined, and half a chest is no chest."""
    parts = drawn()
    parts[1] = 0.0
    found = measure_heart(parts, view="PA", view_source="")
    assert found.reason == "both lungs could not be outlined"
