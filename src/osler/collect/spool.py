"""Resources that wait for their patient: in memory while few, then in a file without a name.

What lies there is sealed with a key that is nowhere else, and gone with the process: a disk that is
taken away or a machine that loses its power leaves nothing to be read.
"""

import secrets
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
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
        self._cipher = AESGCM(secrets.token_bytes(32))

    def add(self, place: str, content: bytes) -> Spot:
        """Put bytes at the end."""
        # Each place in the file is written once, so it is as good as a number used once.
        sealed = self._cipher.encrypt(_nonce(self._end), content, None)
        self._file.seek(self._end)
        self._file.write(sealed)
        spot = Spot(place, self._end, len(sealed))
        self._end += len(sealed)
        return spot

    def read(self, spot: Spot) -> bytes:
        """Return the bytes at a spot."""
        self._file.seek(spot.start)
        return self._cipher.decrypt(_nonce(spot.start), self._file.read(spot.size), None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def _nonce(start: int) -> bytes:
    """Return the number for what begins at a place of the file."""
    return start.to_bytes(NONCE_BYTES, "big")
