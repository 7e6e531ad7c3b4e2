"""What pydicom and its codecs raise on damaged input."""

import struct
import zlib

from pydicom.errors import InvalidDicomError

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
    InvalidDicomError,
)


def in_short(error: BaseException) -> str:
    """Return the first line of an error's text, for the end of a sentence."""
    text = str(error).strip()
    return text.splitlines()[0].rstrip(". ") if text else type(error).__name__
