"""Evidence maps as colour over a picture."""

import numpy as np
import numpy.typing as npt
from PIL import Image

STRONGEST = 0.62

Pixels = npt.NDArray[np.uint8]
Evidence = npt.NDArray[np.float32]


def stretched(evidence: Evidence, shape: tuple[int, ...]) -> Evidence:
    """Stretch a map over a picture; the corners of both are the same corners."""
    clean = np.nan_to_num(evidence.astype(np.float32), nan=0.0)
    size = (shape[1], shape[0])
    image = Image.fromarray(clean).resize(size, Image.Resampling.BILINEAR)
    return np.clip(np.asarray(image, dtype=np.float32), 0.0, 1.0)


def mixed(pixels: Pixels, evidence: Evidence) -> Pixels:
    """Lay evidence of the picture's own size over it, as colour: (rows, columns, 3)."""
    share = (STRONGEST * evidence)[..., None]
    colour = colours(evidence)
    below = pixels if pixels.ndim == 3 else pixels[..., None]
    shown = below.astype(np.float32) * (1 - share) + colour * share
    return np.asarray(np.clip(np.rint(shown), 0, 255), dtype=np.uint8)


def colours(evidence: Evidence) -> npt.NDArray[np.float32]:
    """Return the colour of evidence from 0 to 1, perceptually even, as (…, 3) of 0 to 255."""
    from matplotlib import colormaps  # noqa: PLC0415  # 0.2 s that a record alone need not wait

    rgba = colormaps["inferno"](0.2 + 0.75 * np.clip(evidence, 0.0, 1.0))
    return np.asarray(rgba, dtype=np.float32)[..., :3] * 255
