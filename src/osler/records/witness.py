"""The head of each chain outside the database, where whoever alters the database does not reach.

One small sealed object a chain, written with each seal and when a process ends.
"""

import json
from dataclasses import dataclass, field

from osler.errors import NotFound
from osler.records.objects import Objects

HOLDER = "audit"


@dataclass(frozen=True)
class Witness:
    """Writes and reads the heads of chains in the object store."""

    objects: Objects
    key: bytes = field(repr=False)

    def write(self, chain: str, seq: int, mac: str) -> None:
        """Note the last entry of a chain, in place of what was noted before."""
        told = json.dumps({"seq": seq, "mac": mac}).encode()
        self.objects.put_named(_name(chain), told, holder=HOLDER, key=self.key)

    def read(self, chain: str) -> tuple[int, str] | None:
        """Return what was noted of a chain; None where nothing was.

        Raises
        ------
        Damaged
            The note was altered.
        """
        try:
            told = json.loads(self.objects.get(self.address(chain), holder=HOLDER, key=self.key))
        except NotFound:
            return None
        return int(told["seq"]), str(told["mac"])

    def address(self, chain: str) -> str:
        """Return where a chain's head is noted."""
        return self.objects.address_of_name(_name(chain), holder=HOLDER)


def _name(chain: str) -> str:
    """Return the name of a chain's note."""
    return f"head/{chain}"
