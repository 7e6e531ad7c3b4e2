"""Identifiers for what came without one: stable, so that the same bytes get the same UID."""

import hashlib
import re

_UID = re.compile(r"[0-9]+(\.[0-9]+)+")
LONGEST_UID = 64


def derived_uid(content: bytes, *, level: str) -> str:
    """Return a UID under 2.25 made from SHA-256 of the content and the level it names.

    Parameters
    ----------
    content
        What the UID stands for.
    level
        'study', 'series' or 'instance', so that one file does not carry one UID three times.

    References
    ----------
    DICOM PS3.5 B.2 (UUID derived UID: 2.25 and an integer of 128 bits).
    """
    digest = hashlib.sha256(level.encode("ascii") + b":" + hashlib.sha256(content).digest())
    return f"2.25.{int.from_bytes(digest.digest()[:16])}"


def is_uid(text: str) -> bool:
    """Tell whether a text can serve as a UID: digits and dots, at most 64.

    Leading zeros break PS3.5 9.1 but are met in archives, where the UID must stay what it is.
    """
    return len(text) <= LONGEST_UID and _UID.fullmatch(text) is not None
