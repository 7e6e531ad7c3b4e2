"""Sealed bytes open as they were, or not at all."""

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from osler.errors import Damaged, TooLarge
from osler.records.sealing import MOST_BYTES, OVERHEAD_BYTES, seal, seal_parts, unseal

KEY = bytes(range(32))
CONTENT = b"a film of the chest" * 9


@given(content=st.binary(max_size=2000), place=st.text(max_size=40))
def test_what_is_sealed_opens_as_it_was(content: bytes, place: str) -> None:
    """Bit for bit, whatever the bytes."""
    sealed = seal(content, KEY, bound_to=place)
    assert len(sealed) == len(content) + OVERHEAD_BYTES
    assert unseal(memoryview(sealed), KEY, bound_to=place) == content


def test_the_form_is_aes_gcm_as_published() -> None:
    """Whoever has the key must be able to open the records without Osler."""
    sealed = seal(CONTENT, KEY, bound_to="here")
    assert sealed[:4] == b"OSL1"
    nonce, text, tag = sealed[4:16], sealed[16:-16], sealed[-16:]
    opener = Cipher(algorithms.AES256(KEY), modes.GCM(nonce, tag)).decryptor()
    opener.authenticate_additional_data(b"here")
    assert opener.update(text) + opener.finalize() == CONTENT


def test_a_change_of_any_one_bit_is_noticed() -> None:
    """A flipped bit in a film may be a nodule, and in a document a dose."""
    sealed = seal(b"dose 5 mg", KEY, bound_to="here")
    for place in range(8 * len(sealed)):
        altered = bytearray(sealed)
        altered[place // 8] ^= 1 << place % 8
        with pytest.raises(Damaged):
            unseal(bytes(altered), KEY, bound_to="here")


@pytest.mark.parametrize("length", [0, 3, 4, OVERHEAD_BYTES - 1, OVERHEAD_BYTES, 100])
def test_a_file_that_was_cut_is_noticed(length: int) -> None:
    """After a power loss a file may have its name and not its content."""
    with pytest.raises(Damaged, match="restore"):
        unseal(seal(CONTENT, KEY, bound_to="here")[:length], KEY, bound_to="here")


def test_a_file_of_zeros_is_noticed() -> None:
    """Some file systems give back zeros for what was never written."""
    with pytest.raises(Damaged, match="not a sealed object"):
        unseal(bytes(200), KEY, bound_to="here")


def test_sealed_bytes_moved_elsewhere_do_not_open() -> None:
    """Who can write the disk must not be able to swap two films."""
    with pytest.raises(Damaged, match="belong to another key or place"):
        unseal(seal(CONTENT, KEY, bound_to="here"), KEY, bound_to="there")


def test_equal_content_is_never_sealed_equal() -> None:
    """Equal ciphertexts would say that two visits had the same film."""
    assert len({seal(CONTENT, KEY, bound_to="here") for _ in range(100)}) == 100


def test_more_than_the_cipher_takes_is_refused() -> None:
    """It must be a sentence at the door, not a fault in the library."""
    with pytest.raises(TooLarge, match="split the file"):
        seal_parts(bytes(MOST_BYTES + 1), KEY, bound_to="here")
