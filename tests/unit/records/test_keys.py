"""The master key and the keys that it wraps."""

import pytest

from osler.errors import Misuse, NotAllowed
from osler.records.keys import MasterKey

DIGITS = "0b" * 32


def test_derived_keys_follow_the_published_function() -> None:
    """Records of ten years ago must open with another implementation of the same standard."""
    # From: openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt hexkey:(32 times 0b)
    #       -kdfopt info:osler/address HKDF
    found = MasterKey.of(DIGITS).derive("address").hex()
    assert found == "55be7beae66b0257ae613f05af032c399d5dc885c310a3d52cd16e3195b8bd11"


def test_each_use_has_its_own_key() -> None:
    """A key that leaks from one use must not open another."""
    key = MasterKey.of(DIGITS)
    assert key.derive("address") != key.derive("wrap")


def test_a_key_shows_itself_to_nobody() -> None:
    """What is printed ends up in a log, and a log ends up in a ticket."""
    key = MasterKey.of(DIGITS)
    assert DIGITS not in repr(key)
    assert not hasattr(key, "__dict__")


@pytest.mark.parametrize("digits", ["", "0b" * 31, "0b" * 33, "zz" * 32, "0 b " * 16])
def test_what_is_no_key_is_refused_without_repeating_it(digits: str) -> None:
    """A key that is one digit short is still a secret."""
    with pytest.raises(Misuse, match="need 64 hexadecimal digits") as refused:
        MasterKey.of(digits)
    assert not digits or digits not in str(refused.value)


def test_white_space_around_a_key_does_not_count() -> None:
    """An editor ends a file with a new line."""
    assert MasterKey.of(f" {DIGITS}\n").derive("x") == MasterKey.of(DIGITS).derive("x")


def test_a_wrapped_key_opens_for_its_holder_only() -> None:
    """A row whose key was swapped with another patient's must not open that one's films."""
    master = MasterKey.of(DIGITS)
    wrapped = master.new_data_key("patient-1")
    assert len(master.unwrap(wrapped, "patient-1")) == 32
    with pytest.raises(NotAllowed, match="patient-2 does not open with this master key"):
        master.unwrap(wrapped, "patient-2")


def test_another_master_key_opens_nothing() -> None:
    """A wrong key in the settings must be named as such, not as damaged records."""
    wrapped = MasterKey.of(DIGITS).new_data_key("patient-1")
    with pytest.raises(NotAllowed, match="give the master key under which"):
        MasterKey.of("0c" * 32).unwrap(wrapped, "patient-1")


def test_two_patients_never_share_a_key() -> None:
    """Forgetting one patient destroys one key."""
    master = MasterKey.of(DIGITS)
    keys = {master.unwrap(master.new_data_key(f"p{i}"), f"p{i}") for i in range(50)}
    assert len(keys) == 50


def test_a_fingerprint_tells_keys_apart_and_is_no_key() -> None:
    """A person with three backups has to find the key of each."""
    one, other = MasterKey.of(DIGITS), MasterKey.of("0c" * 32)
    assert one.fingerprint() != other.fingerprint()
    assert len(one.fingerprint()) == 16
