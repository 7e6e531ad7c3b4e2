"""The worst failures of a package as thumbnails with their maps, in HTML."""

import base64
import io
from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt
from PIL import Image

from osler.errors import InputRefused
from osler.learn.evaluation import Judged
from osler.learn.failures import Failure, gallery
from osler.prepare.film import reduced
from osler.standards.pictures import decode_first, read_content

SIDE = 180
TINT = np.array([255.0, 90.0, 30.0])


def gallery_page(judged: Judged) -> str:
    """Return the pictures that were judged most wrongly, an output a row."""
    parts = ["<h2>The worst failures</h2>"]
    for name, both in gallery(judged).items():
        for kind, failures in (
            ("negative, but scored highest", both.false_positives),
            ("positive, but scored lowest", both.false_negatives),
        ):
            if failures:
                parts.append(f"<h3>{escape(name.replace('_', ' '))}: {kind}</h3>")
                parts.append(_strip(failures))
    return "".join(parts) if len(parts) > 1 else ""


def _strip(failures: Sequence[Failure]) -> str:
    """Return failures beside each other, each with its map laid over it."""
    figures = []
    for one in failures:
        words = f"{one.row.columns['file']}, {one.probability:.2f}"
        words += ", refused by a gate" if one.refused else ""
        data = thumbnail(one)
        if data is not None:
            figures.append(
                f'<figure style="display:inline-block;margin:.3rem"><img alt="{escape(words)}" '
                f'src="data:image/jpeg;base64,{base64.b64encode(data).decode()}">'
                f'<figcaption style="font-size:.75rem">{escape(words)}</figcaption></figure>'
            )
    return "".join(figures)


def thumbnail(failure: Failure) -> bytes | None:
    """Return a picture in grey with what speaks for the output in colour; None if unreadable."""
    try:
        content = failure.row.path.read_bytes()
        picture = decode_first(read_content(content, origin=failure.row.path.name))
    except InputRefused:
        return None
    grey = reduced(picture, longest=SIDE)
    shown = _tinted(grey, np.maximum(failure.evidence.astype(np.float32), 0.0))
    stream = io.BytesIO()
    Image.fromarray(shown).save(stream, format="JPEG", quality=80)
    return stream.getvalue()


def _tinted(
    grey: npt.NDArray[np.uint8], evidence: npt.NDArray[np.float32]
) -> npt.NDArray[np.uint8]:
    """Lay a map over a picture, in colour; the map fills the picture."""
    rows, columns = grey.shape
    share = Image.fromarray(evidence / max(float(evidence.max()), 1e-6), mode="F")
    alpha = np.asarray(share.resize((columns, rows), Image.Resampling.BILINEAR))[..., None] * 0.45
    colour = np.repeat(grey[..., None].astype(np.float32), 3, axis=2)
    return np.rint(colour * (1.0 - alpha) + TINT * alpha).astype(np.uint8)
