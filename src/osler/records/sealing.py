"""AES-256-GCM around bytes: unreadable without the key, and a change of one bit is noticed."""

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from osler.errors import Damaged, TooLarge

MARK = b"OSL1"
_NONCE_BYTES = 12
_HEAD_BYTES = len(MARK) + _NONCE_BYTES
OVERHEAD_BYTES = _HEAD_BYTES + 16
# What one call of the cipher takes.
MOST_BYTES = 2**31 - 1 - 16


def seal(content: bytes, key: bytes, *, bound_to: str) -> bytes:
    """Seal bytes under a key of 32 bytes.

    The result is the mark ``OSL1``, a random nonce (12 bytes), the ciphertext and the tag (16
    bytes). It opens only with the same ``bound_to``: sealed bytes moved to another place are
    noticed.

    Raises
    ------
    TooLarge
        More than 2 GiB.
    """
    return b"".join(seal_parts(content, key, bound_to=bound_to))


def seal_parts(content: bytes, key: bytes, *, bound_to: str) -> tuple[bytes, bytes]:
    """Seal as ``seal`` does, and return head and ciphertext apart, which saves a copy."""
    if len(content) > MOST_BYTES:
        raise TooLarge(
            f"{len(content)} bytes are to be kept as one object, at most {MOST_BYTES} can be; "
            "split the file first"
        )
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return MARK + nonce, AESGCM(key).encrypt(nonce, content, bound_to.encode())


def unseal(sealed: bytes | memoryview, key: bytes, *, bound_to: str) -> bytes:
    """Open what ``seal`` made.

    Raises
    ------
    Damaged
        Altered, cut, sealed under another key, or bound to something else.
    """
    view = memoryview(sealed)
    if len(view) < OVERHEAD_BYTES or view[: len(MARK)] != MARK:
        raise Damaged(
            f"{bound_to}: {len(view)} bytes are there that are not a sealed object; "
            "restore it from a backup (osler records restore)"
        )
    nonce = view[len(MARK) : _HEAD_BYTES]
    try:
        return AESGCM(key).decrypt(nonce, view[_HEAD_BYTES:], bound_to.encode())
    except InvalidTag as error:
        raise Damaged(
            f"{bound_to}: the sealed bytes do not open; they were altered, or belong to another "
            "key or place; restore the object from a backup (osler records restore)"
        ) from error
