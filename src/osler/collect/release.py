"""A file of somebody's release, fetched because an operator asked, and held to its checksum."""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import httpx

from osler.errors import InputRefused, Misuse, NotFound, TooLarge, TryLater

MOST_BYTES = 4 * 1024**3
TIMEOUT_SECONDS = 60.0
HERE = frozenset({"localhost", "127.0.0.1", "::1"})
CHECKSUM = re.compile(r"[0-9a-f]{64}")
Tell = Callable[[int, int], None]


def is_address(text: str) -> bool:
    """Tell an address from a path."""
    return text.startswith(("https://", "http://"))


def fetch(
    address: str,
    checksum: str | None,
    folder: Path,
    *,
    on_progress: Tell = lambda _come, _of: None,
) -> Path:
    """Fetch a file into a folder; it is there whole and with that checksum, or not at all.

    Parameters
    ----------
    checksum
        SHA-256 in hexadecimal, from the authors or from somebody who has checked the file.
    on_progress
        Told the bytes that have come, and how many there are, 0 where the server does not say.

    Raises
    ------
    Misuse
        No checksum, one that is none, or an address (also one that it leads to) that is not
        encrypted on its way.
    NotFound, TryLater
        The server has no such file, or cannot be reached.
    InputRefused, TooLarge
        What came has another checksum, or is over 4 GiB; nothing of it is kept.
    """
    wanted = _checksum(address, checksum)
    file = folder / (PurePosixPath(urlsplit(address).path).name or "model")
    part = file.with_name(file.name + ".part")
    try:
        found = _stream(address, part, on_progress)
        if found != wanted:
            raise InputRefused(
                f"{address} has the SHA-256 {found}; expected {wanted}; nothing of it is kept: "
                "it is another release, or somebody has altered it"
            )
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return file


def _checksum(address: str, given: str | None) -> str:
    """Return a checksum in small letters."""
    found = (given or "").strip().lower()
    if not CHECKSUM.fullmatch(found):
        what = f"{given!r} is none" if given else "none was given"
        raise Misuse(
            f"{address} is fetched only by its checksum, and {what}; expected --sha256 with 64 "
            "hexadecimal digits, from its authors or from somebody who has checked the file"
        )
    return found


def _stream(address: str, part: Path, tell: Tell) -> str:
    """Write what comes to a file, and return its SHA-256."""
    digest, come = hashlib.sha256(), 0
    try:
        with (
            httpx.Client(
                follow_redirects=True,
                timeout=TIMEOUT_SECONDS,
                event_hooks={"request": [_require_encrypted]},
            ) as client,
            client.stream("GET", address) as answer,
            part.open("wb") as out,
        ):
            _require(answer, address)
            known = int(answer.headers.get("Content-Length") or 0)
            for block in answer.iter_bytes():
                come += len(block)
                if come > MOST_BYTES:
                    raise TooLarge(f"{address} is over {MOST_BYTES} bytes; expected one model")
                digest.update(block)
                out.write(block)
                tell(come, known)
    except httpx.HTTPError as error:
        raise TryLater(
            f"{address} cannot be fetched ({type(error).__name__}); check address and network, "
            "and try again, or fetch it by other means and name the file"
        ) from error
    return digest.hexdigest()


def _require_encrypted(request: httpx.Request) -> None:
    """Ask nothing, of the address itself or of one that it leads to, where others could read it."""
    if request.url.scheme != "https" and request.url.host not in HERE:
        raise Misuse(f"{request.url} is not encrypted on its way; expected https://")


def _require(answer: httpx.Response, address: str) -> None:
    """Refuse an answer that holds no file."""
    if answer.status_code in (404, 410):
        raise NotFound(f"{address}: there is no such file ({answer.status_code})")
    if answer.status_code >= 500 or answer.status_code == 429:
        raise TryLater(f"{address} answers {answer.status_code}; try again later")
    if not answer.is_success:
        raise InputRefused(f"{address} answers {answer.status_code}; expected 200")
