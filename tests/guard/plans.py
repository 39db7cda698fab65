"""A plan in miniature: what is held, what is wanted, compared and put before the guard."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any

import duckdb

from sync.comparison import compare, put_in_order
from sync.guard import BrokenRows, GuardReport, ReadLevel, ReadVerdict, evaluate
from sync.settings import Filter
from sync.snapshots.workspace import create_tables
from sync.windows import PostponedDelete, PostponedState, Window, WindowType

DAY = dt.date(2026, 8, 10)
GOOD = ReadVerdict(ReadLevel.GOOD, "complete", "all rows were read")


class Plan:
    """The workspace of one plan with words for filling it."""

    def __init__(self) -> None:
        """Open an empty workspace in memory."""
        self.workspace = duckdb.connect()
        create_tables(self.workspace)

    def persons(
        self,
        numbers: Iterable[int],
        *,
        held: bool = True,
        wanted: bool = True,
        school: str = "S1",
        role: str = "Student",
        name: str = "Pupil",
        prefix: str = "p",
    ) -> None:
        """Persons p1, p2, ... as they are held and as they are wanted."""
        rows = [(f"{prefix}{n}", f"{name} {n}", "Test", role, school) for n in numbers]
        for table, filled in (("held_person", held), ("wanted_person", wanted)):
            if filled and rows:
                self._insert(table, ("key", "first_name", "last_name", "role", "school"), rows)

    def groups(
        self,
        rows: Iterable[tuple[str, str]],
        *,
        kind: str = "group",
        parent: str = "UMSGroups",
        held: bool = True,
        wanted: bool = True,
        school: str = "S1",
    ) -> None:
        """Places given as (key, title)."""
        kind_of = "Course" if kind == "course" else "Unspecified"
        values = [(kind, key, title, parent, kind_of, 1, school) for key, title in rows]
        columns = ("kind", "key", "title", "parent_key", "type", "depth", "school")
        for table, filled in (("held_group", held), ("wanted_group", wanted)):
            if filled and values:
                self._insert(table, columns, values)

    def members(
        self,
        pairs: Iterable[tuple[str, str]],
        *,
        held: bool = True,
        wanted: bool = True,
        school: str = "S1",
        role: str = "Learner",
    ) -> None:
        """Memberships given as (person, group)."""
        values = [(person, group, role, school) for person, group in pairs]
        for table, filled in (("held_membership", held), ("wanted_membership", wanted)):
            if filled and values:
                self._insert(table, ("person_key", "group_key", "role", "school"), values)

    def evaluate(self, **options: Any) -> GuardReport:
        """Compare, put in order and ask the guard; options as of `evaluate`."""
        compare(self.workspace)
        put_in_order(self.workspace)
        given: dict[str, Any] = {
            "settings": Filter(),
            "day": DAY,
            "first_load": False,
            "readings": [GOOD],
            "broken": BrokenRows(0, 1000),
        }
        return evaluate(self.workspace, **given | options)

    def statuses(self, where: str = "true") -> Counter[tuple[str, str, str]]:
        """How many changes there are by kind, op and status."""
        rows = self.workspace.execute(
            f"SELECT kind, op, status FROM change WHERE {where}"
        ).fetchall()
        return Counter(rows)

    def messages(self, where: str = "true") -> set[str]:
        """The messages that changes carry."""
        rows = self.workspace.execute(f"SELECT message FROM change WHERE {where}").fetchall()
        return {row[0] for row in rows}

    def _insert(self, table: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
        lists = [list(column) for column in zip(*rows, strict=True)]
        marks = ", ".join("unnest(?)" for _ in columns)
        self.workspace.execute(f"INSERT INTO {table} ({', '.join(columns)}) SELECT {marks}", lists)


def delay(begins: str, ends: str, **scope: Any) -> Window:
    """A window of delayed deletes."""
    return Window(
        WindowType.DELAY_DELETE, dt.date.fromisoformat(begins), dt.date.fromisoformat(ends), **scope
    )


def freeze(begins: str, ends: str, **scope: Any) -> Window:
    """A freeze."""
    return Window(
        WindowType.FREEZE, dt.date.fromisoformat(begins), dt.date.fromisoformat(ends), **scope
    )


def waiting(key: str) -> PostponedDelete:
    """A ledger row of a person that the window until 13 August holds."""
    return PostponedDelete(
        kind="person",
        key=key,
        label=key,
        school="S1",
        role="student",
        first_missing=dt.date(2026, 8, 1),
        first_run="1",
        due=dt.date(2026, 8, 14),
        state=PostponedState.HELD,
        window=1,
    )
