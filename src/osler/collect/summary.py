"""What one collection came to."""

from dataclasses import dataclass

from osler.clinical import Refusal


@dataclass(frozen=True)
class CollectSummary:
    """Counts of instances; each member of an archive is one.

    ``read`` were sound, ``stored`` of them were taken by the store, ``refused`` could not be
    used: one for each of ``refusals``.
    """

    read: int
    stored: int
    refusals: tuple[Refusal, ...] = ()

    @property
    def refused(self) -> int:
        """How many inputs could not be used."""
        return len(self.refusals)
