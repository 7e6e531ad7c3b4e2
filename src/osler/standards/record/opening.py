"""From bytes to text: unpacked, decoded, and within a limit."""

import codecs
import gzip
import io
import zlib

from osler.errors import NotReadable, TooLarge

GZIP = b"\x1f\x8b"
MAX_BYTES = 1 << 30


def open_text(content: bytes, *, origin: str, max_bytes: int = MAX_BYTES) -> str:
    """Return the text of a document, unpacked where it is gzip.

    Raises
    ------
    NotReadable
        It is empty, damaged, or not text.
    TooLarge
        It holds more bytes than the limit.
    """
    plain = _unpacked(content, origin, max_bytes) if content.startswith(GZIP) else content
    if len(plain) > max_bytes:
        raise TooLarge(_too_large(origin, max_bytes))
    encoding = "utf-16" if plain[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    try:
        text = plain.decode(encoding)
    except UnicodeDecodeError as fault:
        raise NotReadable(
            f"{origin}: not text in UTF-8 (byte {fault.start}); expected FHIR or simple JSON, "
            "NDJSON or CSV: export it again as UTF-8"
        ) from fault
    if not text.strip():
        raise NotReadable(
            f"{origin}: the document is empty; expected FHIR or simple JSON, NDJSON or CSV"
        )
    return text


def _unpacked(content: bytes, origin: str, max_bytes: int) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            plain = packed.read(max_bytes + 1)
    except (OSError, EOFError, zlib.error) as fault:
        raise NotReadable(f"{origin}: a damaged gzip file ({fault}); send it again") from fault
    return plain


def _too_large(origin: str, max_bytes: int) -> str:
    return f"{origin}: more than {max_bytes} bytes, the limit for one document; split it by patient"
