"""Collect what an outside library says of faults that it read past.

pydicom and Pillow report a recovered fault as a Python warning. Left alone it would go to
standard error, or end a run that treats warnings as errors; here it becomes a value.
"""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_ONE_AT_A_TIME = threading.RLock()


@contextmanager
def recovered_faults() -> Iterator[list[str]]:
    """Give a list that holds, once the block ends, what libraries warned of, each text once.

    Python keeps its warning filters for the whole process, so blocks of several threads take
    turns.
    """
    texts: list[str] = []
    with _ONE_AT_A_TIME, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield texts
        finally:
            texts.extend(dict.fromkeys(str(item.message) for item in caught))
