"""The demo without a terminal: plan, approve, apply, plan again, and say how long each took."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sync import runs
from sync.model import Kind, Operation, Progress, RunReport, RunState
from sync.runs import Installation
from umstui.output import PLURAL, counted, report_object, say, write_report
from umstui.progress import ProgressLine, stage_of

REASON = "A demo without a terminal, looked at by nobody."
_SENT = (Operation.CREATE, Operation.RESTORE, Operation.UPDATE, Operation.ADOPT)

_Value = TypeVar("_Value")


@dataclass
class Story:
    """What happened, for a person line by line as it happens, for a program at the end."""

    quiet: bool
    told: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def timed(self, name: str, step: Callable[[], _Value]) -> _Value:
        """The value of a step, whose seconds are kept."""
        started = time.perf_counter()
        value = step()
        self.seconds[name] = round(time.perf_counter() - started, 3)
        return value

    def say(self, text: str) -> None:
        """A line for a person."""
        if not self.quiet:
            say(text)

    def report(self, name: str, report: RunReport, *, brief: bool = True) -> None:
        """A run, as it stands now."""
        self.told[name] = report_object(report)
        if not self.quiet:
            write_report(report, brief=brief)


class StageClock:
    """Listens to the progress of an apply, passes it on, and keeps how long each kind took.

    Progress is reported when a batch has arrived, so the time before it belongs to its stage.
    """

    def __init__(self, line: ProgressLine) -> None:
        self._line = line
        self._since = time.perf_counter()
        self.seconds: dict[Kind, float] = {}

    def __call__(self, progress: Progress) -> None:
        now = time.perf_counter()
        stage = stage_of(progress.step)
        if stage is not None and len(stage.kinds) == 1:
            (kind,) = stage.kinds
            self.seconds[kind] = self.seconds.get(kind, 0.0) + now - self._since
        self._since = now
        self._line(progress)


def run_through(installation: Installation, story: Story, *, quiet: bool) -> bool:
    """Bring the demo's site in step with its school; True when the last plan is empty."""
    with ProgressLine(quiet=quiet) as line:
        first = story.timed("plan", lambda: runs.plan(installation, progress=line))
    story.report("plan", first, brief=False)
    story.say(f"Planned in {story.seconds['plan']:.1f} s.")
    if first.summary.state is RunState.HELD:
        first = runs.approve(installation, first.summary.run, reason=REASON)
        story.say(f"Approved: {REASON}")
    if first.summary.changes:
        _apply(installation, story, first, quiet=quiet)
    with ProgressLine(quiet=quiet) as line:
        last = story.timed("plan again", lambda: runs.plan(installation, progress=line))
    story.report("plan again", last)
    story.say(f"Planned again in {story.seconds['plan again']:.1f} s.")
    return not last.summary.changes


def _apply(installation: Installation, story: Story, first: RunReport, *, quiet: bool) -> None:
    confirm = runs.confirmation(first)
    with ProgressLine(quiet=quiet) as line:
        clock = StageClock(line)
        applied = story.timed(
            "apply",
            lambda: runs.apply(installation, first.summary.run, confirm=confirm, progress=clock),
        )
    story.report("apply", applied)
    story.say(f"Applied in {story.seconds['apply']:.1f} s.")
    for kind in (Kind.PERSON, Kind.MEMBERSHIP):
        sent = sum(applied.summary.counts.get(kind, {}).get(op, 0) for op in _SENT)
        seconds = clock.seconds.get(kind, 0.0)
        if sent and seconds:
            story.seconds[f"apply {PLURAL[kind]}"] = round(seconds, 3)
            story.say(f"  {counted(kind, sent)} in {seconds:.1f} s, {sent / seconds:.0f} a second.")
