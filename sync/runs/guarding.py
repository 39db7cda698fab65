"""Where plans meet the guard: readings, calendar and history are gathered for its judgement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import msgspec

from sync import guard
from sync.guard.reading import RULE_COLUMNS
from sync.model import FilterCell, Verdict
from sync.runs.installation import Installation
from sync.state.calendar import CalendarReader
from sync.state.database import usable
from sync.state.runs import StateReader
from sync.ums.reading import SourceReading
from sync.windows import KeepException, Window


@dataclass(frozen=True, slots=True)
class Guarded:
    """What a plan keeps of the guard's judgement. ``reading`` is the measure of the next reading,
    None where this one was no good."""

    verdict: Verdict
    cells: Sequence[FilterCell]
    unapprovable: bool
    reading: Mapping[str, Any]
    report: guard.GuardReport


def guard_plan(
    installation: Installation,
    reader: StateReader,
    org: int,
    workspace: duckdb.DuckDBPyConnection,
    day: dt.date,
    reading: SourceReading | None,
    *,
    first: bool,
) -> Guarded:
    """Grade the changes of the workspace: statuses are set, verdict and filter lines given.

    ``reading`` is None for a plan that reads no source, such as an undo; ``first`` is true where
    nothing is held.
    """
    settings = installation.settings
    readings = []
    facts = None
    if reading is not None:
        missing = {name.partition(".")[2] for name in reading.missing_columns}
        columns = [name for name in RULE_COLUMNS if name not in missing]
        facts = guard.source_facts(workspace, counted=reading.counted, columns=columns)
        last = reader.last_good_reading(org)
        readings.append(
            guard.check_reading(facts, msgspec.convert(last, guard.ReadingFacts) if last else None)
        )
    windows, exceptions = calendar(installation, org)
    since = day - dt.timedelta(days=settings.filter.cumulative_days - 1)
    report = guard.evaluate(
        workspace,
        settings=settings.filter,
        day=day,
        first_load=first,
        readings=readings,
        windows=windows,
        exceptions=exceptions,
        history=[guard.PastDelete(*past) for past in reader.done_since(org, since)],
        school_year_starts=settings.calendar.school_year_starts,
        course_archiving=settings.itslearning.course_archiving,
    )
    kept = {} if facts is None else msgspec.to_builtins(facts)
    return Guarded(report.verdict, report.cells, report.unapprovable, kept, report)


def calendar(
    installation: Installation, org: int
) -> tuple[Sequence[Window], Sequence[KeepException]]:
    """The windows and exceptions of an organization."""
    engine = installation.state
    with (
        usable(engine),
        engine.connect().execution_options(umstui_read_only=True) as connection,
    ):
        reader = CalendarReader(connection, org)
        return reader.windows(), reader.exceptions()


def frozen_until(installation: Installation, org: int, day: dt.date) -> dt.date | None:
    """The last day of the freeze that covers a day; None where none does."""
    windows, _ = calendar(installation, org)
    freeze = guard.freeze_on(windows, day)
    return None if freeze is None else freeze.ends
