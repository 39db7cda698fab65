"""Threads for what takes time: a lane works off one call after the other, off the event loop.

The threads are daemons: leaving the console never waits for a query or a half-made plan.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar
from weakref import WeakSet

from sync.errors import UmstuiError

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


_ending: WeakSet[threading.Thread] = WeakSet()


def wait_for_lanes(seconds: float, exit_code: int = 0) -> None:
    """Let the lanes that were closed end their last call, files given back; at most so long.

    One that is still in a query after that would be torn out of it when Python ends, which aborts
    the program: it ends at once then, with this exit code.
    """
    deadline = time.monotonic() + seconds
    for thread in list(_ending):
        thread.join(max(0.0, deadline - time.monotonic()))
    if any(thread.is_alive() for thread in _ending):
        atexit.register(_end_at_once, exit_code)


def _end_at_once(exit_code: int) -> None:
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)


class Unexpected(UmstuiError):
    """Something that nobody thought of; told by its kind only, its text may hold a secret."""


def _tellable(error: BaseException) -> BaseException:
    """The error as the pages tell it: one that nobody expected must not take the console down,
    nor print what the failing code held in its hands."""
    if isinstance(error, UmstuiError | OSError) or not isinstance(error, Exception):
        return error
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    told = Unexpected(
        f"unexpected error ({type(error).__name__}{where}). "
        "The same by command, with --debug, shows more."
    )
    told.__cause__ = error
    return told


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
                future.set_exception(_tellable(error))


async def in_thread(
    function: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """Call ``function`` once in a thread of its own."""
    lane = Lane(getattr(function, "__name__", "call"))
    try:
        return await lane.run(function, *args, **kwargs)
    finally:
        lane.close()
