"""Exit codes of cli.md for what a run has come to; errors carry their own."""

from __future__ import annotations

from sync.model import RunReport, RunState

DONE = 0
ERROR = 1
HELD = 3
WITH_FAILURES = 4
PENDING = 5


def of_plan(report: RunReport, *, detailed: bool) -> int:
    """What `plan` leaves with. A frozen plan is a plan like any other (reading 54)."""
    if report.summary.state is RunState.HELD:
        return HELD
    return PENDING if detailed and report.summary.changes else DONE


def of_applying(report: RunReport) -> int:
    """What `apply` and `sync` leave with: failures are said before what is still held."""
    state = report.summary.state
    if state is RunState.FAILED:
        return ERROR
    if state is RunState.APPLIED_WITH_FAILURES:
        return WITH_FAILURES
    return HELD if state is RunState.HELD else DONE
