"""What each file of a data set is: its size, its greys, and two marks to know it again by."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from osler.clinical import Picture
from osler.errors import OslerError
from osler.standards.pictures import decode_first, read_content

MARK = 32
SLOW = 3.0
AT_ONCE = 32
Mark = npt.NDArray[np.float32]


@dataclass(frozen=True)
class ImageFacts:
    """One file as it was found.

    ``shape`` is (rows, columns), ``channels`` 1 or 3. ``low``, ``high``, ``mean`` and
    ``deviation`` are of its values, in the file's own unit; ``low`` and ``high`` are the first and
    last percentile. ``sha256`` is of the file, ``pixels`` of what it shows. ``mark`` is (32, 32)
    of length 1 (`mark_of`), all 0 where the image is of one grey. ``fault`` is the sentence why
    it could not be read; then nothing else is known but ``sha256``.
    """

    path: Path
    sha256: str = ""
    shape: tuple[int, int] = (0, 0)
    channels: int = 0
    low: float = 0.0
    high: float = 0.0
    mean: float = 0.0
    deviation: float = 0.0
    pixels: str = ""
    mark: Mark | None = None
    fault: str | None = None

    @property
    def is_of_one_grey(self) -> bool:
        """Tell whether the image shows nothing."""
        return self.fault is None and self.deviation == 0.0


def look(
    paths: Sequence[Path],
    *,
    processes: int,
    on_progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> tuple[ImageFacts, ...]:
    """Look at every file, each by the road that a served image takes.

    Parameters
    ----------
    processes
        How many files are decoded at once.
    on_progress
        Told how many files are done, of how many.
    """
    found: list[ImageFacts] = []
    for one in _looked(paths, processes):
        found.append(one)
        on_progress(len(found), len(paths))
    return tuple(found)


def _looked(paths: Sequence[Path], processes: int) -> Iterator[ImageFacts]:
    """Yield the facts of each file, in order."""
    if processes < 2 or len(paths) <= AT_ONCE:
        yield from map(look_at, paths)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(look_at, paths, chunksize=AT_ONCE)


def look_at(path: Path) -> ImageFacts:
    """Return what one file is; one that cannot be read says why."""
    try:
        content = path.read_bytes()
    except OSError as error:
        return ImageFacts(
            path, fault=f"{path.name}: {error.strerror}; add the file or its row goes"
        )
    sha256 = hashlib.sha256(content).hexdigest()
    try:
        picture = decode_first(read_content(content, origin=path.name))
    except OslerError as error:
        return ImageFacts(path, sha256=sha256, fault=str(error))
    pixels = np.asarray(picture.pixels, dtype=np.float32)
    if not np.isfinite(pixels).all():
        sentence = f"{path.name}: holds values that are no numbers; expected finite pixels"
        return ImageFacts(path, sha256=sha256, fault=sentence)
    low, high = np.percentile(pixels, (1.0, 99.0))
    return ImageFacts(
        path,
        sha256=sha256,
        shape=(pixels.shape[0], pixels.shape[1]),
        channels=pixels.shape[2] if pixels.ndim == 3 else 1,
        low=float(low),
        high=float(high),
        mean=float(pixels.mean()),
        deviation=float(pixels.std()),
        pixels=hashlib.sha256(pixels.tobytes() + str(pixels.shape).encode()).hexdigest(),
        mark=mark_of(picture),
    )


def mark_of(picture: Picture) -> Mark:
    """Return a picture's mark: (32, 32) means over equal parts, without what changes slowly.

    Two marks multiplied and summed give their correlation. Slow changes (the dark border, the
    ribcage) are the same in all images of a kind, so waves longer than a third of the image are
    taken out; and edges stronger than the median are made as weak as that, so that the round of a
    fundus counts no more than its vessels. What is left is of this image alone.
    """
    grey = np.asarray(picture.pixels, dtype=np.float64)
    if grey.ndim == 3:
        grey = grey.mean(axis=2)
    rows, columns = (_parts(length) for length in grey.shape)
    small = rows @ grey @ columns.T
    waves = np.fft.fft2(small)
    counts = np.fft.fftfreq(MARK, 1.0 / MARK)
    waves[np.hypot(counts[:, None], counts[None, :]) < SLOW] = 0.0
    sharp = np.fft.ifft2(waves).real
    usual = float(np.median(np.abs(sharp)))
    # Of one grey, but for rounding: there is nothing to compare.
    if usual <= 1e-9 * max(1.0, float(np.abs(grey).max())):
        return np.zeros((MARK, MARK), dtype=np.float32)
    even = np.clip(sharp, -usual, usual)
    return (even / np.linalg.norm(even)).astype(np.float32)


def _parts(length: int) -> npt.NDArray[np.float64]:
    """Return the (32, length) matrix that averages a side over 32 equal parts."""
    edges = np.linspace(0.0, length, MARK + 1)
    first, last = edges[:-1, None], edges[1:, None]
    place = np.arange(length)[None, :]
    covered = np.clip(np.minimum(last, place + 1) - np.maximum(first, place), 0.0, None)
    shares: npt.NDArray[np.float64] = covered / covered.sum(axis=1, keepdims=True)
    return shares
