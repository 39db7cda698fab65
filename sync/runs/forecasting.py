"""The forecast: what falls due when, from today's data and the calendar (readings.md 49 and 52)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb

from sync import comparison, guard
from sync.errors import SourceIncomplete
from sync.guard.calendar import ONE_DAY
from sync.model import Progress, ProgressListener, ignore_progress
from sync.runs.guarding import calendar, check_source
from sync.runs.installation import Installation, choose_organization
from sync.runs.planning import criteria_columns, make_wanted
from sync.runs.storing import load_held_now
from sync.snapshots.workspace import open_workspace
from sync.ums.organizations import Organization, organizations
from sync.ums.reading import read_workspace
from sync.windows import KeepException, Window, WindowType


@dataclass(frozen=True, slots=True)
class Forecast:
    """What falls due by day, kind and school; the lines of the site have an empty school.

    ``note`` says so where the last plan looked at another day.
    """

    due: Sequence[guard.Due]
    note: str = ""


def forecast(
    installation: Installation,
    org: int | None = None,
    *,
    until: dt.date | None = None,
    progress: ProgressListener = ignore_progress,
) -> Forecast:
    """Work out for the first day after each window and exception what will then be due.

    Students is read once; nothing is asked of itslearning and no run is stored, so a person who is
    an administrator there counts until a plan has looked. Raises SourceIncomplete where the
    reading cannot be trusted.
    """
    source = installation.source()
    try:
        organization = choose_organization(organizations(source, installation.mapping), org)
        with open_workspace() as workspace:
            reading = read_workspace(
                source,
                installation.mapping,
                workspace,
                organization.id,
                progress,
                timetable=bool(organization.api_client_id),
            )
            verdict = check_source(installation, organization.id, workspace, reading)
            if verdict.level is guard.ReadLevel.FAILED:
                raise SourceIncomplete(verdict.words)
            load_held_now(installation, installation.reader(), organization.id, workspace)
            windows, exceptions = calendar(installation, organization.id)
            # What a freeze stops is due after it, just as what a window postpones.
            windows = [replace(window, type=WindowType.DELAY_DELETE) for window in windows]
            seer = _Seer(
                installation, organization, workspace, criteria_columns(workspace, reading),
                windows, exceptions,
            )  # fmt: skip
            days = guard.due_dates(windows, exceptions, today=installation.today, until=until)
            due: list[guard.Due] = []
            for number, day in enumerate(days):
                progress(Progress("looking ahead", number, len(days)))
                due += seer.due_on(day)
    finally:
        source.dispose()
    return Forecast(due, _note(installation, organization.id))


@dataclass(frozen=True, slots=True)
class _Seer:
    installation: Installation
    organization: Organization
    workspace: duckdb.DuckDBPyConnection
    columns: Sequence[str]
    windows: Sequence[Window]
    exceptions: Sequence[KeepException]

    def due_on(self, day: dt.date) -> list[guard.Due]:
        """What the last day before ``day`` still postpones until then."""
        last = day - ONE_DAY
        begins = self._begins(last)
        already: list[tuple[str, str]] = []
        if begins is not None and begins > self.installation.today:
            # Who leaves before a window begins is gone by then.
            self._plan(begins - ONE_DAY)
            already = guard.leaving_keys(self.workspace)
        self._plan(last)
        return guard.forecast(
            self.workspace, settings=self.installation.settings.filter, date=day, already=already
        )

    def _begins(self, last: dt.date) -> dt.date | None:
        """When the windows that hold until ``last`` without a gap begin; None: no window ends
        then."""
        begins = min((w.begins for w in self.windows if w.ends == last), default=None)
        while begins is not None:
            earlier = [w.begins for w in self.windows if w.begins < begins <= w.ends + ONE_DAY]
            if not earlier:
                break
            begins = min(earlier)
        return begins

    def _plan(self, day: dt.date) -> None:
        self.workspace.execute("DELETE FROM change")
        make_wanted(self.workspace, self.organization.id, day, self.columns)
        comparison.compare(self.workspace)
        comparison.put_in_order(self.workspace)
        guard.postpone(
            self.workspace,
            day=day,
            windows=self.windows,
            exceptions=self.exceptions,
            school_year_starts=self.installation.settings.calendar.school_year_starts,
        )


def _note(installation: Installation, org: int) -> str:
    reader = installation.reader()
    newest = reader.newest_plan(org)
    if newest is None:
        return ""
    summary = reader.run(newest).summary
    if summary.as_of == installation.today:
        return ""
    return (
        f"The forecast looks at today, {installation.today}; the last plan, run {summary.run}, is "
        f"for {summary.as_of}."
    )
