"""The same work on many files, as many at once as there are processes (no torch)."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Given = TypeVar("Given")
Done = TypeVar("Done")
Tell = Callable[[int, int], None]
FEW = 32


def at_once(
    work: Callable[[Given], Done], given: Sequence[Given], *, processes: int, tell: Tell
) -> list[Done]:
    """Return the work's answer for each of ``given``, in order; ``tell`` hears how many are done.

    Parameters
    ----------
    work
        A function of a module, so that another process can call it.
    """
    found: list[Done] = []
    for one in _done(work, given, processes):
        found.append(one)
        tell(len(found), len(given))
    return found


def _done(work: Callable[[Given], Done], given: Sequence[Given], processes: int) -> Iterator[Done]:
    """Yield the answers in order; a few files are not worth a process."""
    if processes < 2 or len(given) <= FEW:
        yield from map(work, given)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from pool.map(work, given, chunksize=8)
