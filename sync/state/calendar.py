"""Windows, exceptions and the ledger of postponed deletes in the state database.

One object reads, another also writes, so that a session without the right to write has no way to.
Each works on one organization and inside the caller's transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sync.errors import NotFound
from sync.state.schema import METADATA
from sync.windows import (
    KeepException,
    KeepTarget,
    PostponedDelete,
    PostponedState,
    Window,
    WindowType,
)

CALENDAR_WINDOW = sa.Table(
    "calendar_window",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("org", sa.Integer, nullable=False, index=True),
    sa.Column("type", sa.String(16), nullable=False),
    sa.Column("begins", sa.Date, nullable=False),
    sa.Column("ends", sa.Date, nullable=False),
    sa.Column("kind", sa.String(16)),
    sa.Column("school", sa.String(255)),
    sa.Column("role", sa.String(64)),
    sa.Column("spared", sa.JSON, nullable=False),
)

CALENDAR_EXCEPTION = sa.Table(
    "calendar_exception",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("org", sa.Integer, nullable=False, index=True),
    sa.Column("target", sa.String(8), nullable=False),
    sa.Column("key", sa.String(255), nullable=False),
    sa.Column("until", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)

# One row a delete that was postponed; the newest row of a key is the one that counts.
POSTPONED = sa.Table(
    "postponed",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("org", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("key", sa.String(255), nullable=False),
    sa.Column("label", sa.String(255), nullable=False),
    sa.Column("school", sa.String(255), nullable=False),
    sa.Column("role", sa.String(64), nullable=False),
    sa.Column("first_missing", sa.Date, nullable=False),
    sa.Column("first_run", sa.String(64), nullable=False),
    sa.Column("due", sa.Date, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("window", sa.Integer),
    sa.Column("exception", sa.Integer),
    sa.Index("ix_postponed_org_state", "org", "state"),
    sa.Index("ix_postponed_org_kind_key", "org", "kind", "key"),
)

OPEN = (PostponedState.HELD, PostponedState.EXEMPT, PostponedState.DUE)


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many postponed deletes of one kind, school and role wait in one state."""

    kind: str
    school: str
    role: str
    state: PostponedState
    count: int


class CalendarReader:
    """What the calendar of one organization says."""

    def __init__(self, connection: sa.Connection, org: int) -> None:
        """Read through ``connection``, inside whatever transaction it is in."""
        self._connection = connection
        self._org = org

    def windows(self) -> list[Window]:
        """All windows, past ones too, by their first day."""
        table = CALENDAR_WINDOW
        rows = self._connection.execute(
            sa.select(table).where(table.c.org == self._org).order_by(table.c.begins, table.c.id)
        )
        return [_window(row) for row in rows.mappings()]

    def window(self, number: int) -> Window:
        """One window; NotFound where there is none with that number."""
        for window in self.windows():
            if window.id == number:
                return window
        raise NotFound(f"The calendar has no window {number}; `umstui calendar list` shows them.")

    def exceptions(self) -> list[KeepException]:
        """All exceptions, expired ones too, by their last day."""
        table = CALENDAR_EXCEPTION
        rows = self._connection.execute(
            sa.select(table).where(table.c.org == self._org).order_by(table.c.until, table.c.id)
        )
        return [
            KeepException(
                KeepTarget(row["target"]), row["key"], row["until"], row["reason"], row["id"]
            )
            for row in rows.mappings()
        ]

    def exception(self, number: int) -> KeepException:
        """One exception; NotFound where there is none with that number."""
        for exception in self.exceptions():
            if exception.id == number:
                return exception
        raise NotFound(f"There is no exception {number}; `umstui exceptions list` shows them.")

    def open_postponed(self) -> list[PostponedDelete]:
        """The ledger rows that still wait: held, exempt or due."""
        table = POSTPONED
        rows = self._connection.execute(
            sa.select(table).where(table.c.org == self._org, table.c.state.in_(OPEN))
        )
        return [_postponed(row) for row in rows.mappings()]

    def postponed(self, *, offset: int = 0, limit: int = 100) -> list[PostponedDelete]:
        """One page of the whole ledger, newest first."""
        table = POSTPONED
        rows = self._connection.execute(
            sa.select(table)
            .where(table.c.org == self._org)
            .order_by(table.c.id.desc())
            .offset(offset)
            .limit(limit)
        )
        return [_postponed(row) for row in rows.mappings()]

    def postponed_of(self, kind: str, key: str) -> PostponedDelete | None:
        """The waiting delete of one thing; its newest row counts."""
        table = POSTPONED
        row = (
            self._connection.execute(
                sa.select(table)
                .where(
                    table.c.org == self._org,
                    table.c.kind == kind,
                    table.c.key == key,
                    table.c.state.in_(OPEN),
                )
                .order_by(table.c.id.desc())
                .limit(1)
            )
            .mappings()
            .first()
        )
        return None if row is None else _postponed(row)

    def backlog(self) -> list[Backlog]:
        """The waiting deletes, counted by kind, school, role and state."""
        table = POSTPONED
        group = (table.c.kind, table.c.school, table.c.role, table.c.state)
        rows = self._connection.execute(
            sa.select(*group, sa.func.count())
            .where(table.c.org == self._org, table.c.state.in_(OPEN))
            .group_by(*group)
            .order_by(*group)
        )
        return [Backlog(r[0], r[1], r[2], PostponedState(r[3]), r[4]) for r in rows]

    def due_days(self) -> list[tuple[dt.date, str, int]]:
        """How many deletes of a kind wait until a day, those that are due already left out."""
        table = POSTPONED
        rows = self._connection.execute(
            sa.select(table.c.due, table.c.kind, sa.func.count())
            .where(
                table.c.org == self._org,
                table.c.state.in_((PostponedState.HELD, PostponedState.EXEMPT)),
            )
            .group_by(table.c.due, table.c.kind)
            .order_by(table.c.due, table.c.kind)
        )
        return [(row[0], row[1], row[2]) for row in rows]

    def held_by_window(self) -> dict[int, int]:
        """How many deletes each window holds now, by the window's number."""
        table = POSTPONED
        rows = self._connection.execute(
            sa.select(table.c.window, sa.func.count())
            .where(
                table.c.org == self._org,
                table.c.state == PostponedState.HELD,
                table.c.window.is_not(None),
            )
            .group_by(table.c.window)
        )
        return {row[0]: row[1] for row in rows}


class CalendarWriter(CalendarReader):
    """Changes the calendar of one organization. What it is given was checked by sync.guard."""

    def add_window(self, window: Window) -> int:
        """Store a window and return its number."""
        return self._insert(
            CALENDAR_WINDOW,
            type=window.type,
            begins=window.begins,
            ends=window.ends,
            kind=window.kind,
            school=window.school,
            role=window.role,
            spared=list(window.spared),
        )

    def change_window(self, number: int, *, begins: dt.date, ends: dt.date) -> None:
        """Shorten or lengthen a window; NotFound where there is none with that number."""
        self.window(number)
        table = CALENDAR_WINDOW
        self._connection.execute(
            sa.update(table)
            .where(table.c.org == self._org, table.c.id == number)
            .values(begins=begins, ends=ends)
        )

    def remove_window(self, number: int) -> None:
        """Remove a window; NotFound where there is none with that number."""
        self.window(number)
        self._delete(CALENDAR_WINDOW, number)

    def add_exception(self, exception: KeepException) -> int:
        """Store an exception and return its number."""
        return self._insert(
            CALENDAR_EXCEPTION,
            target=exception.target,
            key=exception.key,
            until=exception.until,
            reason=exception.reason,
        )

    def renew_exception(self, number: int, *, until: dt.date, reason: str) -> None:
        """Give an exception another last day; NotFound where there is none with that number."""
        self.exception(number)
        table = CALENDAR_EXCEPTION
        self._connection.execute(
            sa.update(table)
            .where(table.c.org == self._org, table.c.id == number)
            .values(until=until, reason=reason)
        )

    def remove_exception(self, number: int) -> None:
        """Remove an exception; NotFound where there is none with that number."""
        self.exception(number)
        self._delete(CALENDAR_EXCEPTION, number)

    def add_postponed(self, rows: Sequence[PostponedDelete]) -> None:
        """Enter deletes that were postponed for the first time."""
        if rows:
            self._connection.execute(
                sa.insert(POSTPONED), [{"org": self._org, **_values(row)} for row in rows]
            )

    def change_postponed(self, rows: Sequence[PostponedDelete]) -> None:
        """Bring waiting ledger rows, found by kind and key, to the given due day and state."""
        if not rows:
            return
        table = POSTPONED
        names = ("due", "state", "window", "exception")
        statement = (
            sa.update(table)
            .where(
                table.c.org == self._org,
                table.c.kind == sa.bindparam("of_kind"),
                table.c.key == sa.bindparam("of_key"),
                table.c.state.in_(OPEN),
            )
            .values({name: sa.bindparam(f"new_{name}") for name in names})
        )
        self._connection.execute(
            statement,
            [
                {
                    "of_kind": row.kind,
                    "of_key": row.key,
                    **{f"new_{name}": getattr(row, name) for name in names},
                }
                for row in rows
            ],
        )

    def mark_restored(self, kind: str, keys: Sequence[str]) -> None:
        """Say of deletes that were carried out that they have been taken back."""
        table = POSTPONED
        statement = (
            sa.update(table)
            .where(
                table.c.org == self._org,
                table.c.kind == kind,
                table.c.key == sa.bindparam("of_key"),
                table.c.state == PostponedState.DELETED,
            )
            .values(state=PostponedState.RESTORED)
        )
        if keys:
            self._connection.execute(statement, [{"of_key": key} for key in keys])

    def _insert(self, table: sa.Table, **values: Any) -> int:
        result = self._connection.execute(sa.insert(table).values(org=self._org, **values))
        key = result.inserted_primary_key
        assert key is not None
        return int(key[0])

    def _delete(self, table: sa.Table, number: int) -> None:
        self._connection.execute(
            sa.delete(table).where(table.c.org == self._org, table.c.id == number)
        )


def _window(row: sa.RowMapping) -> Window:
    return Window(
        type=WindowType(row["type"]),
        begins=row["begins"],
        ends=row["ends"],
        kind=row["kind"],
        school=row["school"],
        role=row["role"],
        spared=tuple(row["spared"]),
        id=row["id"],
    )


_LEDGER = (
    "kind",
    "key",
    "label",
    "school",
    "role",
    "first_missing",
    "first_run",
    "due",
    "state",
    "window",
    "exception",
)


def _values(row: PostponedDelete) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _LEDGER}


def _postponed(row: sa.RowMapping) -> PostponedDelete:
    values = {name: row[name] for name in _LEDGER}
    return PostponedDelete(**values | {"state": PostponedState(row["state"])})
