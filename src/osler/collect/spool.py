"""Resources that wait for their patient: in memory while few, then in a file without a name."""

from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

IN_MEMORY_BYTES = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Spot:
    """Where one resource lies in the spool, and where it came from.

    A copy stands in a document of its own already, and is not counted again.
    """

    place: str
    start: int
    size: int
    is_copy: bool = False


class Spool:
    """Bytes by their spot. The file has no name and is gone when the block ends."""

    def __init__(self) -> None:
        # Closed by __exit__; it has no name in any folder.
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115
        self._end = 0

    def add(self, place: str, content: bytes) -> Spot:
        """Put bytes at the end."""
        self._file.seek(self._end)
        self._file.write(content)
        spot = Spot(place, self._end, len(content))
        self._end += len(content)
        return spot

    def read(self, spot: Spot) -> bytes:
        """Return the bytes at a spot."""
        self._file.seek(spot.start)
        return self._file.read(spot.size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()
