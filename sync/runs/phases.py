"""What a long verb is at work on, and how long each part took."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

_log = logging.getLogger(__name__)


@contextmanager
def phase(name: str) -> Iterator[None]:
    """Leave a debug record of how long a part of a verb took, in seconds of the clock and of this
    process's processors: on a machine that others use as well only the latter compare. Parts that
    go on side by side each have the processor time of both."""
    before, busy_before = time.perf_counter(), time.process_time()
    yield
    seconds, busy = time.perf_counter() - before, time.process_time() - busy_before
    _log.debug("%s: %.2f s of processor time", name, busy, extra={"seconds": round(seconds, 3)})
