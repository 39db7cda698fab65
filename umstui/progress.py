"""How far a long step has come, on one line of standard error that rewrites itself."""

from __future__ import annotations

import shutil
import sys
import time
from types import TracebackType

from sync.model import Progress

BAR = 24
SECONDS_BETWEEN = 0.1


class ProgressLine:
    """A progress listener for the verbs; silent where standard error is no terminal.

    Use it as a context manager, so that the line is gone before anything else is written.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._shows = not quiet and sys.stderr.isatty()
        self._step = ""
        self._drawn_at = 0.0
        self._drawn = False

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._drawn:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self._drawn = False

    def __call__(self, progress: Progress) -> None:
        if not self._shows:
            return
        now = time.monotonic()
        last = progress.total > 0 and progress.done >= progress.total
        if progress.step == self._step and not last and now - self._drawn_at < SECONDS_BETWEEN:
            return
        self._step, self._drawn_at, self._drawn = progress.step, now, True
        columns = shutil.get_terminal_size().columns
        sys.stderr.write(f"\r{line_of(progress)[: columns - 1]}\x1b[K")
        sys.stderr.flush()


def line_of(progress: Progress) -> str:
    """ "[######------]  50 %  12/24  create persons"."""
    if progress.total <= 0:
        return f"{progress.step} {progress.done}" if progress.done else progress.step
    share = min(1.0, progress.done / progress.total)
    bar = "#" * int(BAR * share)
    return f"[{bar:-<{BAR}}] {share:4.0%}  {progress.done}/{progress.total}  {progress.step}"
