"""How a worker is told to stop from outside."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def told_by_signals(stopping: threading.Event) -> Iterator[None]:
    """Set an event on SIGTERM and SIGINT; the second one ends the process as it always did."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT)}

    def told(number: int, frame: FrameType | None) -> None:
        del frame
        stopping.set()
        signal.signal(number, before[signal.Signals(number)])

    for one in before:
        signal.signal(one, told)
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
