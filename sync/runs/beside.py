"""Work on a workspace beside other work, each with a connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

import duckdb

_SECONDS_BETWEEN = 0.02

_Result = TypeVar("_Result")


@contextmanager
def beside(
    workspace: duckdb.DuckDBPyConnection, work: Callable[[], _Result]
) -> Iterator[Future[_Result]]:
    """Carry out work with a connection, in a thread of its own, while inside.

    Whoever is inside works with another connection. Where that breaks off, so does the work.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="beside") as thread:
        future = thread.submit(work)
        try:
            yield future
        except BaseException:
            while not future.done():
                workspace.interrupt()
                wait([future], _SECONDS_BETWEEN)
            raise
