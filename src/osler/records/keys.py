"""The master key, and the keys that it derives and wraps. It itself is never kept by records."""

import os
import secrets
from pathlib import Path
from typing import Self, final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from osler.errors import Damaged, Misuse, NotAllowed, NotFound
from osler.records import durable
from osler.records.faults import disk_faults
from osler.records.sealing import seal, unseal

KEY_BYTES = 32


@final
class MasterKey:
    """The one secret from which all others follow. It shows itself to nobody."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise Misuse(f"a master key has {KEY_BYTES} bytes, this one has {len(secret)}")
        self._secret = secret

    def __repr__(self) -> str:  # type: ignore[explicit-override]  # typing has it from 3.12 on
        return "MasterKey(…)"

    @classmethod
    def of(cls, hexadecimal: str) -> Self:
        """Read a key of 64 hexadecimal digits; white space around it does not count.

        Raises
        ------
        Misuse
            Anything else.
        """
        digits = hexadecimal.strip()
        try:
            secret = bytes.fromhex(digits)
        except ValueError:
            secret = b""
        if len(digits) != 2 * KEY_BYTES or len(secret) != KEY_BYTES:
            raise Misuse(
                f"the master key has {len(digits)} characters, need {2 * KEY_BYTES} hexadecimal "
                "digits; make a key with: openssl rand -hex 32"
            )
        return cls(secret)

    def derive(self, use: str) -> bytes:
        """Return the key for one use: 32 bytes, by HKDF-SHA256."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"osler/" + use.encode()).derive(
            self._secret
        )

    def fingerprint(self) -> str:
        """Return 16 digits that tell two master keys apart and give nothing away."""
        return self.derive("fingerprint")[:8].hex()

    def new_data_key(self, holder: str) -> bytes:
        """Return a new random data key, wrapped: as it is kept beside its holder."""
        return self.wrap(secrets.token_bytes(KEY_BYTES), holder)

    def wrap(self, data_key: bytes, holder: str) -> bytes:
        """Wrap a data key (32 bytes) for one holder; the result has 64 bytes."""
        return seal(data_key, self.derive("wrap"), bound_to=f"data key of {holder}")

    def unwrap(self, wrapped: bytes, holder: str) -> bytes:
        """Return the data key (32 bytes) of a holder.

        Raises
        ------
        NotAllowed
            Wrapped by another master key or for another holder, or altered.
        """
        try:
            return unseal(wrapped, self.derive("wrap"), bound_to=f"data key of {holder}")
        except Damaged as error:
            raise NotAllowed(
                f"the data key of {holder} does not open with this master key; give the master "
                "key under which these records were made"
            ) from error


def master_key(*, given: str | None, file: Path, create: bool) -> MasterKey:
    """Return the master key: the given digits, else those of the file, else a new one.

    Parameters
    ----------
    file
        64 hexadecimal digits; nobody but its owner may read or write it.
    create
        Make the file with a new random key where there is none. It is whole and on the disk
        before this returns, and of two processes that make one at once, both get the same.

    Raises
    ------
    NotAllowed
        Others may read or change the file, or it belongs to somebody else.
    NotFound
        No file, and none was to be made.
    Misuse
        Not 64 hexadecimal digits.
    """
    if given is not None:
        return MasterKey.of(given)
    if not file.exists():
        if not create:
            raise NotFound(
                f"no master key: {file} is not there; give the key under which the records were "
                "made (OSLER_MASTER_KEY), or put its file back"
            )
        digits = secrets.token_hex(KEY_BYTES)
        with disk_faults(f"making the master key file {file}"):
            durable.make_folder(file.parent)
            durable.create(file, (digits.encode() + b"\n",))
    return _read(file)


def _read(file: Path) -> MasterKey:
    """Read a key file that nobody else could have read."""
    with disk_faults(f"reading the master key file {file}"), file.open("rb") as stream:
        status = os.fstat(stream.fileno())
        digits = stream.read(4096)
    if status.st_mode & 0o077:
        raise NotAllowed(
            f"the master key file {file} has mode {status.st_mode & 0o777:04o}, need 0600; if "
            f"nobody else can have read it: chmod 600 {file}"
        )
    if status.st_uid not in {os.geteuid(), 0}:
        raise NotAllowed(
            f"the master key file {file} belongs to user number {status.st_uid}, and this is "
            f"number {os.geteuid()}; run as its owner, or: chown {os.geteuid()} {file}"
        )
    return MasterKey.of(digits.decode("ascii", errors="replace"))
