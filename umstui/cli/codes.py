"""Exit codes of cli.md for what a run has come to; errors carry their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.model import ChangeFilter, RunReport, RunState, Verdict

if TYPE_CHECKING:
    from sync.runs import Installation

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


def of_applying(installation: Installation, report: RunReport) -> int:
    """What `apply` and `sync` leave with: failures are said before what is still held.

    A run can have been carried out in part, by `[filter] on_hold = "cells"` or by an approval of
    a part; what nobody has decided on is then still held (reading 40).
    """
    from sync import runs

    summary = report.summary
    if summary.state is RunState.FAILED:
        return ERROR
    if summary.state is RunState.APPLIED_WITH_FAILURES:
        return WITH_FAILURES
    if summary.state is RunState.HELD:
        return HELD
    if summary.verdict is not Verdict.HOLD:
        return DONE
    with runs.open_plan(installation, summary.run) as plan:
        return HELD if plan.count(ChangeFilter(statuses=frozenset({"held"}))) else DONE
