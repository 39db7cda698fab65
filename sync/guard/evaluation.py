"""The guard's whole judgement of one plan, in the order in which it has to be made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb

from sync.guard.archiving import announce_endings
from sync.guard.calendar import freeze_on
from sync.guard.churn import find_churn
from sync.guard.dependents import keep_dependents_back
from sync.guard.filter import (
    SITE,
    PastDelete,
    change_counts,
    filter_cells,
    hold,
    populations,
)
from sync.guard.limits import judge
from sync.guard.parts import parts_of
from sync.guard.postponing import postpone
from sync.guard.reading import ReadLevel, ReadVerdict, read_cells
from sync.guard.verdicts import GuardReport, worst
from sync.model import FilterCell, Verdict
from sync.settings import Filter, Limit
from sync.windows import KeepException, Window

# Reasons of problems that make a row of Students unusable (readings.md 9 and 50).
BROKEN = ("date", "ends-before-start", "user-name", "name", "activity", "name-conflict")


@dataclass(frozen=True, slots=True)
class BrokenRows:
    """How many rows of Students are problems, of how many in all (readings.md 9)."""

    count: int
    of: int


def broken_rows(workspace: duckdb.DuckDBPyConnection) -> BrokenRows:
    """Count the problem rows from the tables ``problem`` and ``student``."""
    row = workspace.execute(
        "SELECT (SELECT coalesce(sum(count), 0) FROM problem WHERE reason IN "
        f"{BROKEN}), (SELECT count(*) FROM student)"
    ).fetchone()
    assert row is not None
    return BrokenRows(int(row[0]), int(row[1]))


def evaluate(
    workspace: duckdb.DuckDBPyConnection,
    *,
    settings: Filter,
    day: dt.date,
    first_load: bool,
    readings: Sequence[ReadVerdict],
    broken: BrokenRows | None = None,
    windows: Sequence[Window] = (),
    exceptions: Iterable[KeepException] = (),
    history: Iterable[PastDelete] = (),
    school_year_starts: dt.date | None = None,
    course_archiving: bool = False,
) -> GuardReport:
    """Grade the ``change`` table of a plan for ``day`` and say what the guard thinks of it.

    Rows of status ``planned`` stay planned, become ``postponed`` (calendar, exceptions, school
    year) or ``held`` (filter); rows that came with another status keep it. ``first_load`` is a plan
    with nothing held. ``readings`` are the verdicts of `check_reading` on the source and, where one
    was made, on the live reading; none for a plan that reads no source, such as an undo.
    ``broken`` is counted from the workspace where it is not given.
    """
    announce_endings(workspace, course_archiving)
    keep_dependents_back(workspace, "held")
    postpone(
        workspace,
        day=day,
        windows=windows,
        exceptions=exceptions,
        school_year_starts=school_year_starts,
    )
    counts = change_counts(workspace)
    held = populations(workspace)
    deletes = sum(n for (_, op, school), n in counts.items() if op == "delete" and school is None)
    profile, cells = filter_cells(
        counts, held, settings=settings, day=day, first_load=first_load, history=history
    )
    churn, churn_cells = find_churn(workspace, held, settings)
    if readings and all(reading.level is not ReadLevel.FAILED for reading in readings):
        nobody = _nobody_wanted(workspace, held.get(("person", None), 0), settings)
        readings = [*readings, *nobody]
    grave = [
        *read_cells(readings, deletes=deletes),
        *_broken_cell(broken or broken_rows(workspace), deletes, settings),
        *churn_cells,
    ]
    held_for = [cell.reason for cell in (*grave, *cells) if cell.level is Verdict.HOLD]
    if held_for:
        whole = settings.on_hold == "run" or any(c.level is Verdict.HOLD for c in grave)
        hold(workspace, cells, because=held_for[0] if whole else None)
        if not whole:
            keep_dependents_back(workspace, "held")
    level = worst(cell.level for cell in (*grave, *cells))
    freeze = freeze_on(windows, day)
    return GuardReport(
        verdict=Verdict.FROZEN if freeze else level,
        level=level,
        cells=(*grave, *cells),
        profile=profile,
        unapprovable=any(reading.level is ReadLevel.FAILED for reading in readings),
        frozen_until=freeze.ends if freeze else None,
        reasons=tuple(held_for),
        churn=tuple(churn),
        parts=parts_of(workspace, cells) if held_for else (),
    )


def _nobody_wanted(
    workspace: duckdb.DuckDBPyConnection, held: int, settings: Filter
) -> list[ReadVerdict]:
    """A source whose rows make nobody wanted is as good as empty (scenario: header-only)."""
    if held <= settings.minimum_cap:
        return []
    if workspace.execute("SELECT 1 FROM wanted_person WHERE NOT kept LIMIT 1").fetchone():
        return []
    return [
        ReadVerdict(
            ReadLevel.FAILED,
            "empty",
            f"Not one row of Students makes a person wanted where {held:,} are held: the source "
            "is empty for this organization. Look at its templates, their criteria and the dates "
            "in the source, then plan again.",
            0,
            held,
        )
    ]


def _broken_cell(broken: BrokenRows, deletes: int, settings: Filter) -> list[FilterCell]:
    """The line for unusable rows: they hold every delete, so without deletes they only warn."""
    # A share of rows means the same however few they are.
    always = Filter(minimum_population=0, warn_percent=settings.warn_percent)
    judgement = judge(broken.count, broken.of, Limit(percent=settings.broken_rows_percent), always)
    if judgement.level is Verdict.PASS:
        return []
    harmless = judgement.level is Verdict.HOLD and deletes == 0
    return [
        FilterCell(
            kind="row",
            op="broken",
            scope=SITE,
            count=broken.count,
            of=broken.of,
            limit=judgement.limit,
            level=Verdict.WARN if harmless else judgement.level,
            reason=f"{broken.count:,} of {broken.of:,} rows of Students cannot be used; "
            f"above {judgement.limit} every delete is held",
        )
    ]
