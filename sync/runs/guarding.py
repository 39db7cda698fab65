"""Where plans meet the guard: readings, calendar and history are gathered for its judgement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb
import msgspec

from sync import guard, rules
from sync.guard.dependents import keep_dependents_back
from sync.guard.filter import SITE, hold, populations
from sync.guard.reading import RULE_COLUMNS
from sync.model import FilterCell, Kind, Verdict
from sync.runs.installation import Installation
from sync.runs.ledger import calendar_reader
from sync.state.runs import StateReader
from sync.ums.reading import SourceReading
from sync.windows import KeepException, Window

FOUR_EYES = "four-eyes"  # the operation of the filter line that asks for a second name


@dataclass(frozen=True, slots=True)
class Guarded:
    """What a plan keeps of the guard's judgement.

    ``reading`` is kept with the run: what the readings counted, as the measure of the next ones,
    how much was held of each kind, and what of the calendar stood when the changes were graded.
    ``trusted`` is false where a reading failed: then nothing may be concluded from who is missing.
    """

    verdict: Verdict
    cells: Sequence[FilterCell]
    unapprovable: bool
    reading: Mapping[str, Any]
    report: guard.GuardReport

    @property
    def trusted(self) -> bool:
        """Whether the plan says anything about who has left."""
        return not self.unapprovable


def guard_plan(
    installation: Installation,
    reader: StateReader,
    org: int,
    workspace: duckdb.DuckDBPyConnection,
    day: dt.date,
    reading: SourceReading | None,
    *,
    first: bool,
    live: guard.ReadingFacts | None = None,
) -> Guarded:
    """Grade the changes of the workspace: statuses are set, verdict and filter lines given.

    ``reading`` is None for a plan that reads no source, such as an undo; ``first`` is true where
    nothing is held; ``live`` is what a reading of itslearning counted, where there was one.
    """
    settings = installation.settings
    facts = None if reading is None else _source_facts(workspace, reading)
    verdicts = []
    if facts is not None:
        verdicts.append(guard.check_reading(facts, _measure(reader.last_good_reading(org))))
    if live is not None:
        verdicts.append(
            guard.check_reading(
                live,
                _measure(reader.last_good_live_reading(org)),
                what="itslearning's list of persons",
                may_be_empty=first,
            )
        )
    windows, exceptions = calendar(installation, org)
    since = day - dt.timedelta(days=settings.filter.cumulative_days - 1)
    broken = (0, 0) if reading is None else rules.broken_rows(workspace)
    report = guard.evaluate(
        workspace,
        settings=settings.filter,
        day=day,
        first_load=first,
        readings=verdicts,
        broken=guard.BrokenRows(*broken),
        windows=windows,
        exceptions=exceptions,
        history=[guard.PastDelete(*past) for past in reader.done_since(org, since)],
        school_year_starts=settings.calendar.school_year_starts,
        course_archiving=settings.itslearning.archives_courses(org),
    )
    report = _ask_for_second_name(installation, workspace, report)
    kept: dict[str, Any] = {} if facts is None else msgspec.to_builtins(facts)
    if live is not None:
        kept["live"] = msgspec.to_builtins(live)
    kept["doubtful"] = any(verdict.level is not guard.ReadLevel.GOOD for verdict in verdicts)
    kept["held"] = held_counts(workspace)
    kept["standing"] = standing(windows, exceptions, day)
    return Guarded(report.verdict, report.cells, report.unapprovable, kept, report)


def check_source(
    installation: Installation,
    org: int,
    workspace: duckdb.DuckDBPyConnection,
    reading: SourceReading,
) -> guard.ReadVerdict:
    """What is to be thought of a reading of Students."""
    measure = _measure(installation.reader().last_good_reading(org))
    return guard.check_reading(_source_facts(workspace, reading), measure)


def held_counts(workspace: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How much the held_* tables hold, by kind."""
    return {kind: count for (kind, school), count in populations(workspace).items() if not school}


def calendar(
    installation: Installation, org: int
) -> tuple[Sequence[Window], Sequence[KeepException]]:
    """The windows and exceptions of an organization."""
    with calendar_reader(installation, org) as found:
        return found.windows(), found.exceptions()


def standing(
    windows: Iterable[Window], exceptions: Iterable[KeepException], day: dt.date
) -> list[str]:
    """What the calendar keeps back on a day, each window and exception as a text.

    A plan that was graded with less than stands when it is carried out would send what somebody
    has asked to wait.
    """
    found = {
        "|".join((window.type, window.kind or "", window.school or "", window.role or "",
                  *sorted(window.spared)))
        for window in windows if window.covers(day)
    }  # fmt: skip
    found |= {f"keep|{keep.target}|{keep.key}" for keep in exceptions if day <= keep.until}
    return sorted(found)


def frozen_until(windows: Sequence[Window], days: Iterable[dt.date]) -> dt.date | None:
    """The last day of the freeze that covers one of the days; None where none does."""
    found = [guard.freeze_on(windows, day) for day in days]
    return max((freeze.ends for freeze in found if freeze is not None), default=None)


def done_sums(
    workspace: duckdb.DuckDBPyConnection, approved: Sequence[int]
) -> list[dict[str, Any]]:
    """What arrived, from the table ``arrived``, by kind, operation, school, and whether a person
    had approved it: the limits that look back over days are there for what nobody looked at."""
    rows = workspace.execute(
        "SELECT kind, op, school, seq IN (SELECT unnest(?::BIGINT[])) AS approved, count(*) "
        "FROM arrived WHERE op <> 'note' GROUP BY ALL ORDER BY ALL",
        [list(approved)],
    ).fetchall()
    names = ("kind", "op", "school", "approved", "count")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _source_facts(
    workspace: duckdb.DuckDBPyConnection, reading: SourceReading
) -> guard.ReadingFacts:
    missing = {name.partition(".")[2] for name in reading.missing_columns}
    columns = [name for name in RULE_COLUMNS if name not in missing]
    return guard.source_facts(workspace, counted=reading.counted, columns=columns)


def _measure(reading: Mapping[str, Any] | None) -> guard.ReadingFacts | None:
    return None if reading is None else msgspec.convert(reading, guard.ReadingFacts)


def _ask_for_second_name(
    installation: Installation, workspace: duckdb.DuckDBPyConnection, report: guard.GuardReport
) -> guard.GuardReport:
    """Hold a run with so many deletes that two persons must approve it ([operators])."""
    limit = installation.settings.operators.four_eyes_deletes
    if limit is None:
        return report
    row = workspace.execute(
        "SELECT count(*) FROM change WHERE op = 'delete' AND status IN ('planned', 'held')"
    ).fetchone()
    deletes = 0 if row is None else int(row[0])
    if deletes <= limit:
        return report
    reason = f"{deletes:,} deletes: above {limit:,} two persons have to approve them"
    cell = FilterCell(
        kind="run",
        op=FOUR_EYES,
        scope=SITE,
        count=deletes,
        of=sum(held_counts(workspace).get(kind.value, 0) for kind in Kind),
        limit=str(limit),
        level=Verdict.HOLD,
        reason=reason,
    )
    if installation.settings.filter.on_hold == "run":
        hold(workspace, [], because=reason)
    else:
        workspace.execute(
            "UPDATE change SET status = 'held', message = ? "
            "WHERE op = 'delete' AND status = 'planned'",
            [reason],
        )
        keep_dependents_back(workspace, "held")
    return replace(
        report,
        verdict=report.verdict if report.verdict is Verdict.FROZEN else Verdict.HOLD,
        level=Verdict.HOLD,
        cells=(*report.cells, cell),
        reasons=(*report.reasons, reason),
    )
