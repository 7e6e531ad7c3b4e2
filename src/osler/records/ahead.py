"""Work on a long row of things by several threads, in turn and in little memory."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

MOST_AHEAD = 32


def in_turn(pool: ThreadPoolExecutor, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """Yield the results of a work in the order of the items; at most 32 are under way.

    An error of the work is raised in its turn.
    """
    waiting: deque[Future[R]] = deque()
    for item in items:
        waiting.append(pool.submit(work, item))
        if len(waiting) >= MOST_AHEAD:
            yield waiting.popleft().result()
    for future in waiting:
        yield future.result()
