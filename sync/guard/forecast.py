"""What falls due when: from today's data and the calendar, against the limits of that day."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb

from sync.guard.calendar import ONE_DAY, last_window, spoken_day
from sync.guard.filter import populations
from sync.guard.limits import judge, limits_on
from sync.guard.postponing import DELETES
from sync.model import Kind, Verdict
from sync.settings import Filter
from sync.state.calendar import Backlog
from sync.windows import KeepException, PostponedState, Window


@dataclass(frozen=True, slots=True)
class Due:
    """How many deletes of a kind fall due on a day; ``school`` is empty for the whole site."""

    date: dt.date
    kind: str
    school: str
    count: int
    of: int
    limit: str
    level: Verdict


@dataclass(frozen=True, slots=True)
class Release:
    """Postponed deletes that another calendar would make due on another day."""

    kind: str
    school: str
    count: int
    due_before: dt.date
    due_after: dt.date

    def words(self, today: dt.date) -> str:
        """The release as a sentence of the console."""
        when = "now" if self.due_after <= today else f"on {spoken_day(self.due_after, today)}"
        school = f" at {self.school}" if self.school else ""
        return (
            f"{self.count:,} {self.kind} deletes{school} fall due {when} "
            f"instead of on {spoken_day(self.due_before, today)}"
        )


def due_dates(
    windows: Iterable[Window],
    exceptions: Iterable[KeepException],
    *,
    today: dt.date,
    until: dt.date | None = None,
) -> list[dt.date]:
    """The days on which something falls due: the first day after each window and exception."""
    ends = {window.ends for window in windows} | {keep.until for keep in exceptions}
    days = {end + ONE_DAY for end in ends if end >= today}
    return sorted(day for day in days if until is None or day <= until)


def leaving_keys(workspace: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Kind and key of the deletes that a graded plan would carry out, for `forecast`."""
    return workspace.execute(
        f"SELECT kind, key FROM change WHERE op IN {DELETES} AND status <> 'postponed'"
    ).fetchall()


def forecast(
    workspace: duckdb.DuckDBPyConnection,
    *,
    settings: Filter,
    date: dt.date | None = None,
    already: Sequence[tuple[str, str]] = (),
) -> list[Due]:
    """What the postponed deletes of a graded plan come to, by due day, kind and school.

    Ask a plan for today what is postponed now. For what will be postponed by the end of a window,
    ask a plan for its last day with ``date``, the day after; ``already`` then holds the deletes
    that will have gone before the window begins (`leaving_keys` of a plan for the day before it).
    The line of the site comes before those of its schools.
    """
    rows = workspace.execute(
        "SELECT due, kind, school, count(*) FROM ("
        "SELECT c.kind, c.key, c.school, max(p.due) AS due FROM change c "
        f"JOIN postponement p USING (seq) WHERE c.op IN {DELETES} GROUP BY ALL) c "
        "ANTI JOIN (SELECT unnest(?::VARCHAR[]) AS kind, unnest(?::VARCHAR[]) AS key) a "
        "ON a.kind = c.kind AND a.key = c.key WHERE ?::DATE IS NULL OR due = ?::DATE GROUP BY ALL",
        [[kind for kind, _ in already], [key for _, key in already], date, date],
    ).fetchall()
    held = populations(workspace)
    counts: defaultdict[tuple[dt.date, str, str], int] = defaultdict(int)
    for due, kind, school, count in rows:
        for scope in {"", school}:
            counts[due, kind, scope] += count
    order = {kind.value: number for number, kind in enumerate(Kind)}
    found = []
    for due, kind, school in sorted(counts, key=lambda k: (k[0], order[k[1]], k[2])):
        _, limits = limits_on(settings, due)
        count, of = counts[due, kind, school], held.get((kind, school or None), 0)
        judgement = judge(count, of, limits[kind, "delete"], settings)
        found.append(Due(due, kind, school, count, of, judgement.limit, judgement.level))
    return found


def releases(
    backlog: Iterable[Backlog],
    before: Sequence[Window],
    after: Sequence[Window],
    *,
    day: dt.date,
) -> list[Release]:
    """What another calendar would release or hold on to, said before it is changed.

    ``backlog`` counts what waits now, ``before`` and ``after`` are the two calendars. What an
    exception keeps does not depend on windows and is left out.
    """
    moved: defaultdict[tuple[str, str, dt.date, dt.date], int] = defaultdict(int)
    for row in backlog:
        if row.state is PostponedState.EXEMPT:
            continue
        dues = []
        for windows in (before, after):
            window = last_window(windows, day, row.kind, row.school, row.role.split("|"))
            dues.append(day if window is None else window.ends + ONE_DAY)
        if dues[0] != dues[1]:
            moved[row.kind, row.school, dues[0], dues[1]] += row.count
    return [Release(kind, school, n, *dues) for (kind, school, *dues), n in sorted(moved.items())]
