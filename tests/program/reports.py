"""Reports of runs, as the verbs give them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from sync.model import (
    Applied,
    FilterCell,
    Problem,
    RunReport,
    RunState,
    RunSummary,
    Verdict,
)

COUNTS = {"person": {"create": 3, "delete": 2, "postpone": 1}, "course": {"archive": 1}}

SUMMARY = RunSummary(
    run="7",
    org=1,
    as_of=dt.date(2026, 8, 10),
    state=RunState.PLANNED,
    verdict=Verdict.PASS,
    fingerprint="f00d",
    counts=COUNTS,
    applied=Applied(),
    made_at=dt.datetime(2026, 8, 10, 6, 30, tzinfo=dt.UTC),
    made_by="anna",
)


def a_report(**differences: Any) -> RunReport:
    """A planned run with a filter cell and a problem, but for what is named."""
    return RunReport(
        summary=dataclasses.replace(SUMMARY, **differences),
        filter=[FilterCell("person", "delete", "site", 51, 1000, "5%", Verdict.HOLD, "too many")],
        problems=[Problem("date", "anna01", 2)],
    )
