"""The ledger of postponed deletes, kept in step with plans and with what arrived."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

import duckdb

from sync import guard
from sync.runs.installation import Installation
from sync.state.calendar import CalendarReader, CalendarWriter
from sync.state.database import reading, usable
from sync.windows import PostponedDelete, PostponedState


@contextmanager
def calendar_reader(installation: Installation, org: int) -> Iterator[CalendarReader]:
    """What windows, exceptions and the ledger of an organization say at one moment."""
    with usable(installation.state), reading(installation.state) as connection:
        yield CalendarReader(connection, org)


@contextmanager
def calendar_writer(installation: Installation, org: int) -> Iterator[CalendarWriter]:
    """Changes windows, exceptions and the ledger of an organization, in one transaction."""
    installation.may_write(to="change the calendar")
    with usable(installation.state), installation.state.begin() as connection:
        yield CalendarWriter(connection, org)


def enter_postponed(
    installation: Installation,
    workspace: duckdb.DuckDBPyConnection,
    org: int,
    run: int,
    day: dt.date,
    kinds: Collection[str],
) -> None:
    """Enter what a graded plan postpones, and what has become of what waited before."""
    with calendar_writer(installation, org) as calendar:
        changes = guard.ledger_changes(
            workspace, calendar.open_postponed(), day=day, run=str(run), kinds=kinds
        )
        calendar.add_postponed(changes.added)
        calendar.change_postponed(changes.changed)


def enter_arrived(
    installation: Installation, workspace: duckdb.DuckDBPyConnection, org: int, *, takes_back: bool
) -> None:
    """Say of postponed deletes that they have been carried out, or taken back.

    Reads ``arrived`` and the held_* tables as they are after the run. A membership that went with
    its person or its room is gone as well.
    """
    with calendar_writer(installation, org) as calendar:
        gone = _gone(workspace, calendar.open_postponed())
        calendar.change_postponed([replace(row, state=PostponedState.DELETED) for row in gone])
        back: dict[str, list[str]] = {}
        for kind, key in workspace.execute(
            "SELECT kind, key FROM arrived WHERE op = 'restore' OR (? AND op = 'create')",
            [takes_back],
        ).fetchall():
            back.setdefault(kind, []).append(key)
        for kind, keys in back.items():
            calendar.mark_restored(kind, keys)


def _gone(
    workspace: duckdb.DuckDBPyConnection, waiting: list[PostponedDelete]
) -> list[PostponedDelete]:
    """The ledger rows of what is not held any more."""
    if not waiting:
        return []
    rows = workspace.execute(
        """SELECT w.number FROM (
             SELECT unnest(?::VARCHAR[]) AS kind, unnest(?::VARCHAR[]) AS key,
                    unnest(?::INTEGER[]) AS number) w
           ANTI JOIN (
             SELECT 'person' AS kind, key FROM held_person UNION ALL
             SELECT kind, key FROM held_group UNION ALL
             SELECT 'membership', person_key || '@' || group_key FROM held_membership UNION ALL
             SELECT 'event', key FROM held_event) h ON h.kind = w.kind AND h.key = w.key""",
        [
            [row.kind for row in waiting],
            [row.key for row in waiting],
            list(range(len(waiting))),
        ],
    ).fetchall()
    return [waiting[row[0]] for row in rows]
