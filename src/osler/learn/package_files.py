"""Files written whole, and the list of shipped packages, without torch."""

import json
from pathlib import Path

from osler.analyse.package import HASHES, sha256


def write_atomically(file: Path, content: bytes) -> None:
    """Write a file beside its place, then move it there."""
    part = file.with_name(file.name + ".part")
    part.write_bytes(content)
    part.replace(file)


def list_shipped(models: Path) -> None:
    """Write the list of card hashes that a packaged Osler trusts."""
    cards = sorted(models.glob("*/[0-9]*[0-9]/card.json"))
    entries = {f"{c.parent.parent.name}/{c.parent.name}": sha256(c) for c in cards}
    content = json.dumps(entries, indent=1, sort_keys=True) + "\n"
    write_atomically(models / HASHES, content.encode())
