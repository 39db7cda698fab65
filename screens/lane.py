"""Threads for what takes time: a lane works off one call after the other, off the event loop.

The threads are daemons: leaving the console never waits for a query or a half-made plan.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar
from weakref import WeakSet

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


_ending: WeakSet[threading.Thread] = WeakSet()


def wait_for_lanes(seconds: float) -> None:
    """Let the lanes that were closed end their last call, files given back; at most so long."""
    deadline = time.monotonic() + seconds
    for thread in list(_ending):
        thread.join(max(0.0, deadline - time.monotonic()))


class Lane:
    """One thread and its queue. A call that was cancelled before its turn is never made."""

    def __init__(self, name: str) -> None:
        self._queue: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def run(
        self,
        function: Callable[Arguments, Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """Call ``function`` in the lane and wait for its answer or its error."""
        future: Future[Result] = Future()
        self._queue.put((future, lambda: function(*args, **kwargs)))
        return await asyncio.wrap_future(future)

    def close(self, last: Callable[[], object] | None = None) -> None:
        """Let the lane end after what is queued, and ``last`` after that."""
        if last is not None:
            self._queue.put((Future(), last))
        self._queue.put(None)
        _ending.add(self._thread)

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            future, call = item
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001 (raised again where it is awaited)
                future.set_exception(error)


async def in_thread(
    function: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """Call ``function`` once in a thread of its own."""
    lane = Lane(getattr(function, "__name__", "call"))
    try:
        return await lane.run(function, *args, **kwargs)
    finally:
        lane.close()
