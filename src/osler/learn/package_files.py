"""Files written whole, and the list of shipped packages, without torch."""

import json
from pathlib import Path

from osler.analyse.package import HASHES, sha256


def write_atomically(file: Path, content: bytes) -> None:
    """Write a file beside its place, then move it there."""
    part = file.with_name(file.name + ".part")
    part.write_bytes(content)
    part.replace(file)


IMPORTED = "imported: "  # how the recipe of somebody else's model begins on its card


def list_shipped(models: Path) -> None:
    """Write the list of card hashes that a packaged Osler trusts; imported packages are not."""
    found = sorted(models.glob("*/[0-9]*[0-9]/card.json"))
    cards = [card for card in found if not _is_imported(card)]
    entries = {f"{c.parent.parent.name}/{c.parent.name}": sha256(c) for c in cards}
    content = json.dumps(entries, indent=1, sort_keys=True) + "\n"
    write_atomically(models / HASHES, content.encode())


def _is_imported(card: Path) -> bool:
    """Tell whether a card is that of somebody else's model."""
    training = json.loads(card.read_text(encoding="utf-8")).get("training")
    return isinstance(training, dict) and str(training.get("recipe", "")).startswith(IMPORTED)
