"""How much one collection may be."""

from dataclasses import dataclass

MIB = 1024**2
GIB = 1024**3


@dataclass(frozen=True)
class Limits:
    """Limits on files and archives; what is beyond one is refused with a sentence.

    ``archive_ratio`` is unpacked over packed size of one member; it is looked at only above
    ``ratio_from_bytes``, since a small blank film packs as well as a bomb does.
    ``archive_depth`` counts archives within archives: 1 allows one inside another.
    """

    file_bytes: int = 4 * GIB
    member_bytes: int = 2 * GIB
    archive_bytes: int = 16 * GIB
    archive_members: int = 100_000
    archive_ratio: float = 200.0
    ratio_from_bytes: int = MIB
    archive_depth: int = 1

    def __post_init__(self) -> None:
        sizes = (self.file_bytes, self.member_bytes, self.archive_bytes, self.archive_members)
        if min(sizes) < 1 or self.archive_ratio < 1 or self.archive_depth < 0:
            raise ValueError("limits must be above zero")
