"""The filter: how many changes of each kind and operation a run may make by itself.

Counted over the site and over each school, against what was held before the run. Postponed
changes do not count; memberships that go with a deleted person are no changes of their own
(readings.md 55).
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import duckdb

from sync.guard.limits import COUNTS_AS, OPERATIONS, judge, limits_on
from sync.model import FilterCell, Kind, Verdict
from sync.settings import Filter, Limit

SITE = "site"
_PLURALS = {
    Kind.PERSON: "persons",
    Kind.NODE: "nodes",
    Kind.GROUP: "groups",
    Kind.COURSE: "courses",
    Kind.MEMBERSHIP: "memberships",
    Kind.EVENT: "events",
}

# (kind, operation as limits know it, school) -> how many; the school is None for the whole site.
Counts = Mapping[tuple[str, str, str | None], int]


@dataclass(frozen=True, slots=True)
class PastDelete:
    """Deletes that a run carried out, by day, kind and school.

    For the cumulative limit; deletes that a person approved are left out by the caller, since the
    limit is there for what nobody has looked at.
    """

    day: dt.date
    kind: str
    op: str
    school: str
    count: int


def change_counts(workspace: duckdb.DuckDBPyConnection) -> Counts:
    """How many planned changes there are, by kind, operation and school."""
    counts: defaultdict[tuple[str, str, str | None], int] = defaultdict(int)
    for kind, op, school, number in workspace.execute(
        "SELECT kind, op, school, count(*) FROM change "
        "WHERE status = 'planned' AND op <> 'note' GROUP BY ALL"
    ).fetchall():
        for scope in (None, school):
            counts[kind, COUNTS_AS[op], scope] += number
    return counts


def populations(workspace: duckdb.DuckDBPyConnection) -> Mapping[tuple[str, str | None], int]:
    """How much is held before the run, by kind and school."""
    held: defaultdict[tuple[str, str | None], int] = defaultdict(int)
    for kind, school, number in workspace.execute(
        "SELECT 'person', school, count(*) FROM held_person GROUP BY ALL UNION ALL "
        "SELECT kind, school, count(*) FROM held_group GROUP BY ALL UNION ALL "
        "SELECT 'membership', school, count(*) FROM held_membership GROUP BY ALL UNION ALL "
        "SELECT 'event', school, count(*) FROM held_event GROUP BY ALL UNION ALL "
        # Key changes are about everybody at the site, held or not.
        "SELECT 'person', '', count(*) FROM live_person WHERE coalesce(key, '') <> '' "
        "AND lower(key) NOT IN (SELECT lower(key) FROM held_person) "
        "AND EXISTS (FROM change WHERE kind = 'person' AND op = 'rekey') HAVING count(*) > 0"
    ).fetchall():
        held[kind, None] += number
        if school:
            held[kind, school] += number
    return held


def filter_cells(
    counts: Counts,
    held: Mapping[tuple[str, str | None], int],
    *,
    settings: Filter,
    day: dt.date,
    first_load: bool,
    history: Iterable[PastDelete] = (),
) -> tuple[str, list[FilterCell]]:
    """The profile of the day and every limit with its verdict.

    A limit of the whole site always has a line, one of a school only where it warns or holds.
    Changes without a school count for the site alone.
    """
    profile, limits = limits_on(settings, day)
    past = _past(history, day, settings.cumulative_days)
    schools = sorted({scope for _, _, scope in (*counts, *past) if scope})
    cells = []
    for kind in Kind:
        for operation in OPERATIONS:
            limit = limits[kind, operation]
            if limit == Limit():
                continue
            for school in (None, *schools):
                key = (kind, operation, school)
                of = held.get((kind, school), 0)
                cell = _cell(key, counts.get(key, 0), of, limit, settings, first_load)
                before = past.get(key, 0)
                found = [cell]
                if before:
                    found.append(_cumulative(key, cell.count, before, of, limit, settings))
                cells += [c for c in found if school is None or c.level is not Verdict.PASS]
    return profile, cells


def _cell(
    key: tuple[Kind, str, str | None],
    count: int,
    of: int,
    limit: Limit,
    settings: Filter,
    first_load: bool,
) -> FilterCell:
    kind, operation, school = key
    judgement = judge(count, of, limit, settings)
    level, words = judgement.level, _words(key, count, of)
    if operation == "create" and (first_load or of == 0):
        level = Verdict.PASS
        words += "; nothing was held before, so creating is not limited"
    elif judgement.allowed is not None:
        words += f"; the limit is {_named(judgement.limit, judgement.allowed)}"
        if limit.percent is not None and of < settings.minimum_population:
            words += f", as for every number held under {settings.minimum_population}"
    return FilterCell(
        kind=kind.value,
        op=operation,
        scope=school or SITE,
        count=count,
        of=of,
        limit=judgement.limit,
        level=level,
        reason=words,
    )


def _cumulative(
    key: tuple[Kind, str, str | None],
    count: int,
    before: int,
    of: int,
    limit: Limit,
    settings: Filter,
) -> FilterCell:
    kind, operation, school = key
    factor = settings.cumulative_factor
    judgement = judge(count + before, of, limit, settings, factor=factor)
    assert judgement.allowed is not None
    span = f"{factor:g} x {judgement.limit} in {settings.cumulative_days} days"
    # Yesterday's deletes alone hold nothing back today.
    level = judgement.level if count else Verdict.PASS
    return FilterCell(
        kind=kind.value,
        op=operation,
        scope=school or SITE,
        count=count + before,
        of=of,
        limit=span,
        level=level,
        reason=f"{_words(key, count, of)}, {before:,} more in the last "
        f"{settings.cumulative_days} days; the limit over those days is "
        f"{_named(span, judgement.allowed)}",
    )


def _past(
    history: Iterable[PastDelete], day: dt.date, days: int
) -> dict[tuple[str, str, str | None], int]:
    past: defaultdict[tuple[str, str, str | None], int] = defaultdict(int)
    first = day - dt.timedelta(days=days - 1)
    for row in history:
        if first <= row.day <= day and COUNTS_AS.get(row.op) == "delete":
            for scope in (None, row.school):
                past[row.kind, "delete", scope] += row.count
    return past


def _words(key: tuple[Kind, str, str | None], count: int, of: int) -> str:
    kind, operation, school = key
    where = f" at {school}" if school else ""
    return f"{operation} {count:,} of {of:,} {_PLURALS[kind]}{where}"


def _named(limit: str, allowed: Fraction) -> str:
    number = f"{float(allowed):,.10g}"
    return limit if limit == number else f"{limit} = {number}"


def hold(
    workspace: duckdb.DuckDBPyConnection, cells: Sequence[FilterCell], *, because: str | None
) -> None:
    """Give status ``held`` to what the tripped cells hold, with the cell's reason.

    ``because`` holds the rest of the run as well and is the message there. What is only remembered
    here is never held: no approval names it, and it goes or stays with the run as a whole.
    """
    rows = [
        (cell.kind, op, cell.scope, cell.reason)
        for cell in cells
        if cell.level is Verdict.HOLD
        for op, counts_as in COUNTS_AS.items()
        if counts_as == cell.op
    ]
    if rows:
        workspace.execute(
            "CREATE OR REPLACE TEMP TABLE guard_tripped AS SELECT kind, op, scope, "
            "min(reason) AS reason FROM (SELECT unnest(?::VARCHAR[]) AS kind, "
            "unnest(?::VARCHAR[]) AS op, unnest(?::VARCHAR[]) AS scope, "
            "unnest(?::VARCHAR[]) AS reason) GROUP BY ALL",
            [list(column) for column in zip(*rows, strict=True)],
        )
    # A school's own reason says more than the site's, so it comes first.
    for scope in ("change.school", f"'{SITE}'") if rows else ():
        workspace.execute(
            "UPDATE change SET status = 'held', message = t.reason FROM guard_tripped t "
            "WHERE change.kind = t.kind AND change.op = t.op "
            f"AND t.scope = {scope} AND change.status = 'planned'"
        )
    if because is not None:
        workspace.execute(
            "UPDATE change SET status = 'held', message = ? "
            "WHERE status = 'planned' AND op <> 'note'",
            [f"the whole run is held: {because}"],
        )
