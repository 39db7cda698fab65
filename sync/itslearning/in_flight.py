"""How many requests may be under way at once: shared by all threads, less when the site slows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class InFlight:
    """A limit that is halved when the site throttles or slows and grows back answer by answer.

    Additive increase, multiplicative decrease, as TCP does it: a site under load is relieved at
    once and tried again carefully (imses-protocol.md 3.5).
    """

    def __init__(self, maximum: int, clock: Callable[[], float] = time.monotonic) -> None:
        """``maximum`` is the setting max_in_flight; ``clock`` counts seconds."""
        self._maximum = maximum
        self._limit = float(maximum)
        self._running = 0
        self._paused_until = 0.0
        self._last_cut = float("-inf")
        self._clock = clock
        self._changed = threading.Condition()

    @property
    def limit(self) -> int:
        """How many requests may be under way now."""
        return int(self._limit)

    @property
    def running(self) -> int:
        """How many are."""
        return self._running

    @contextmanager
    def slot(self) -> Iterator[float]:
        """Waits for its turn; gives the moment it began."""
        with self._changed:
            while True:
                rest = self._paused_until - self._clock()
                if rest <= 0 and self._running < int(self._limit):
                    break
                self._changed.wait(rest if rest > 0 else None)
            self._running += 1
            began = self._clock()
        try:
            yield began
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def answered(self) -> None:
        """A request was answered in good time."""
        with self._changed:
            self._limit = min(float(self._maximum), self._limit + 1 / self._limit)
            self._changed.notify_all()

    def struggling(self, began: float, pause: float = 0.0) -> None:
        """The request that began then was refused, timed out or slow; ``pause`` in seconds is what
        the site asked for. Requests sent before the last cut say nothing new and cut nothing."""
        with self._changed:
            now = self._clock()
            if began >= self._last_cut:
                self._limit = max(1.0, self._limit / 2)
                self._last_cut = now
            self._paused_until = max(self._paused_until, now + pause)
