"""What pydicom and its codecs raise on damaged input."""

import logging
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from pydicom.errors import BytesLengthException, InvalidDicomError

from osler.errors import NotReadable, OslerError

# pydicom logs the values it stumbles over, names and UIDs among them. What it warns of is
# recorded with the instance instead, so its own log is shut.
logging.getLogger("pydicom").setLevel(logging.CRITICAL + 1)

# pydicom has no root for its errors: on damaged bytes each of these was seen. The list is named
# rather than `Exception`, so that an error of another kind (a fault of ours, an interrupt) still
# ends the run. RuntimeError includes NotImplementedError and RecursionError.
DAMAGE = (
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    ArithmeticError,
    EOFError,
    OSError,
    AssertionError,
    RuntimeError,
    struct.error,
    zlib.error,
    BytesLengthException,
    InvalidDicomError,
)


def in_short(error: BaseException) -> str:
    """Return the first line of an error's text, for the end of a sentence."""
    text = str(error).strip()
    return text.splitlines()[0].rstrip(". ") if text else type(error).__name__


@contextmanager
def about(origin: str) -> Iterator[None]:
    """Name the origin in every error of the block, and turn pydicom's errors into ours."""
    try:
        yield
    except OslerError as error:
        if str(error).startswith(origin):
            raise
        raise type(error)(f"{origin}: {error}") from error
    except MemoryError as error:
        raise NotReadable(
            f"{origin}: the pixels do not fit into memory; lower the limit"
        ) from error
    except DAMAGE as error:
        raise NotReadable(
            f"{origin}: the object cannot be read ({in_short(error)}); the file is damaged, "
            "send it again from its source"
        ) from error
