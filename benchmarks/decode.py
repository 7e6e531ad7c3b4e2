"""How long does decoding take, by codec, on the packaged real film RG1 (1,955 x 1,841 pixels).

Measured beside pydicom's own ``pixel_array`` on the same bytes, in turns: Osler also checks the
frame before a codec sees it, applies the modality and VOI transformations, and turns
MONOCHROME1 over. RLE is made here from the uncompressed film.
"""

import io
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.uid import RLELossless

from osler.standards.pictures import decode_first, read_content

FILMS = {
    "RG1_UNCI.dcm": "uncompressed, implicit VR",
    "RG1_UNCR.dcm": "uncompressed, explicit VR",
    "RG1_J2KR.dcm": "JPEG 2000 lossless",
    "RG1_J2KI.dcm": "JPEG 2000 lossy",
}
ROUNDS = 7


def films() -> dict[str, bytes]:
    """Return the film's bytes by codec."""
    found = {}
    for name, codec in FILMS.items():
        path = get_testdata_file(name, download=False)
        if path is not None:
            found[codec] = Path(str(path)).read_bytes()
    if "uncompressed, explicit VR" in found:
        dataset = dcmread(io.BytesIO(found["uncompressed, explicit VR"]))
        dataset.compress(RLELossless, encoding_plugin="pydicom")
        stream = io.BytesIO()
        dataset.save_as(stream)
        found["RLE lossless"] = stream.getvalue()
    return found


def by_osler(content: bytes) -> object:
    """Read and decode as a patient's film is."""
    return decode_first(read_content(content, origin="film.dcm")).pixels


def by_pydicom(content: bytes) -> object:
    """Read and decode with pydicom alone."""
    return dcmread(io.BytesIO(content)).pixel_array


def medians_ms(content: bytes, ways: tuple[Callable[[bytes], object], ...]) -> list[float]:
    """Return the median milliseconds of each way, measured in turns."""
    times: list[list[float]] = [[] for _ in ways]
    for _ in range(ROUNDS):
        for number, way in enumerate(ways):
            start = time.perf_counter()
            way(content)
            times[number].append(1e3 * (time.perf_counter() - start))
    return [statistics.median(row) for row in times]


def main() -> int:
    """Measure and print a line a codec."""
    contents = films()
    if not contents:
        print("skipped: pydicom-data is not installed; it holds the film (pip extra 'demo')")
        return 0
    print(f"{'codec':28}{'MB':>7}{'Osler ms':>11}{'pydicom ms':>12}{'ratio':>8}")
    for codec, content in contents.items():
        ours, theirs = medians_ms(content, (by_osler, by_pydicom))
        size = len(content) / 1e6
        print(f"{codec:28}{size:7.1f}{ours:11.1f}{theirs:12.1f}{ours / theirs:8.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
