"""Calls side by side, their results in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Given = TypeVar("Given")
Found = TypeVar("Found")


def side_by_side(
    function: Callable[[Given], Found], inputs: Iterable[Given], width: int
) -> Iterator[Found]:
    """``function`` of each input in order, up to ``width`` of them under way and as many waiting to
    be taken. The first error ends it; calls that have not begun are dropped."""
    waiting = iter(inputs)
    if width == 1:
        yield from map(function, waiting)
        return
    pool = ThreadPoolExecutor(width, thread_name_prefix="itslearning")
    under_way: deque[Future[Found]] = deque()
    try:
        under_way.extend(pool.submit(function, one) for one in islice(waiting, 2 * width))
        while under_way:
            result = under_way.popleft().result()
            under_way.extend(pool.submit(function, one) for one in islice(waiting, 1))
            yield result
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
