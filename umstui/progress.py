"""How far a long step has come, on one line of standard error that rewrites itself."""

from __future__ import annotations

import re
import shutil
import sys
import time
from types import TracebackType

from sync.model import Progress
from sync.stages import STAGES, Stage

BAR = 24
SECONDS_BETWEEN = 0.1

_STAGE = re.compile(r"stage ([0-9]+)")


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
        self.clear()

    def clear(self) -> None:
        """Take the line away; the next progress draws it again."""
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


def stage_of(step: str) -> Stage | None:
    """The stage of carrying out that a step of progress stands for; it is reported by number."""
    match = _STAGE.fullmatch(step)
    return next((s for s in STAGES if match and s.number == int(match[1])), None)


def line_of(progress: Progress) -> str:
    """ "[######------]  50 %  12/24  create persons"."""
    stage = stage_of(progress.step)
    step = progress.step if stage is None else stage.title
    if progress.total <= 0:
        return f"{step} {progress.done}" if progress.done else step
    share = min(1.0, progress.done / progress.total)
    bar = "#" * int(BAR * share)
    return f"[{bar:-<{BAR}}] {share:4.0%}  {progress.done}/{progress.total}  {step}"
