"""How often a structure is drawn in what is trained on (no torch)."""

from collections.abc import Sequence

from osler.errors import InputRefused
from osler.learn.datasets.checking import FEWEST_PATIENTS
from osler.learn.datasets.table import Row
from osler.learn.recipe import Part


class Seen(Part):
    """In how many rows a structure is drawn, and of how many patients or groups they are."""

    rows: int
    patients: int

    def told(self, what: str) -> str:
        """Return both in words, and a warning where patients are few."""
        few = self.patients < FEWEST_PATIENTS
        doubt = ", too few patients for any figure about it to be sure" if few else ""
        return f"{self.rows} {what} of {self.patients} patients or groups{doubt}"


def counted_in(name: str, rows: Sequence[Row]) -> Seen:
    """Return how often a structure is drawn, from the rows in which it is.

    Raises
    ------
    InputRefused
        It is drawn in none.
    """
    if not rows:
        raise InputRefused(
            f"structure {name!r} is drawn in no row that is trained on; look at its name, its "
            "'column' and the order of labels, or leave it out of the recipe"
        )
    return Seen(rows=len(rows), patients=len({row.patient_id for row in rows}))
