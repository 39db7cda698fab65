"""Carries a school into a workspace, lets the rules work, and reads their answer back."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from sync.rules import make_wanted
from sync.ums.criteria import like, translate
from tests.rules.oracle import Held, School, Wanted

WORKSPACE = Path(__file__).parents[2] / "sync" / "snapshots" / "workspace.sql"
ROW_PROBLEMS = {"date", "ends-before-start", "user-name", "name", "activity", "name-conflict"}
_TYPES = {
    "VARCHAR": pa.string(),
    "INTEGER": pa.int32(),
    "TINYINT": pa.int8(),
    "BIGINT": pa.int64(),
    "DATE": pa.date32(),
    "BOOLEAN": pa.bool_(),
}


def new_workspace() -> duckdb.DuckDBPyConnection:
    """An empty workspace in memory."""
    workspace = duckdb.connect()
    workspace.execute("SET threads = 1")
    workspace.execute(WORKSPACE.read_text(encoding="utf-8"))
    return workspace


def fill(
    workspace: duckdb.DuckDBPyConnection, table: str, rows: Iterable[Mapping[str, Any]]
) -> None:
    """Replace a table's rows; a column that a row does not have is nothing."""
    described = workspace.execute(f"DESCRIBE {table}").fetchall()
    columns = [(name, _TYPES[kind]) for name, kind, *_ in described]
    rows = list(rows)
    arrow = pa.table(
        {name: pa.array([row.get(name) for row in rows], kind) for name, kind in columns}
    )
    workspace.execute(f"DELETE FROM {table}")
    workspace.register("incoming", arrow)
    workspace.execute(f"INSERT INTO {table} SELECT * FROM incoming")
    workspace.unregister("incoming")


def wanted_by_rules(
    workspace: duckdb.DuckDBPyConnection, school: School, held: Held, day: dt.date
) -> Wanted:
    """What sync.rules makes of the school."""
    numbered = [
        {"row_number": number, **row} for number, row in enumerate(school.students, start=1)
    ]
    fill(workspace, "student", numbered)
    for table, rows in school.settings.items():
        fill(workspace, table, rows)
    fill(workspace, "held_person", held.persons.values())
    fill(workspace, "live_person", held.live)
    fill(workspace, "held_group", held.groups.values())
    fill(
        workspace,
        "held_membership",
        [
            {"person_key": person, "group_key": group, **item}
            for (person, group), item in held.memberships.items()
        ],
    )
    columns = [row[0] for row in workspace.execute("DESCRIBE student").fetchall()]
    make_wanted(
        workspace,
        organization=school.organization,
        day=day,
        users_only=False,
        criteria=lambda text: translate(text, columns[1:]),
        like=like,
    )
    problems = rows_of(workspace, "SELECT * FROM problem")
    counted: Counter[tuple[str, str]] = Counter()
    for row in problems:
        if row["reason"] in ROW_PROBLEMS:
            counted[row["reason"], row["key"].casefold()] += row["count"]
    return Wanted(
        problems={
            (row["reason"], row["key"].casefold() if row["reason"] == "name-cut" else row["key"])
            for row in problems
            if row["reason"] not in ROW_PROBLEMS
        },
        problem_rows=counted,
        persons={row["key"]: row for row in rows_of(workspace, "SELECT * FROM wanted_person")},
        groups={row["key"]: row for row in rows_of(workspace, "SELECT * FROM wanted_group")},
        memberships={
            (row["person_key"], row["group_key"]): row
            for row in rows_of(workspace, "SELECT * FROM wanted_membership")
        },
        leaving={
            row["key"]: row["op"] for row in rows_of(workspace, "SELECT * FROM leaving_group")
        },
    )


def rows_of(workspace: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    """The rows of a query by column name."""
    found = workspace.execute(query)
    assert found.description is not None
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def carried_out(held: Held, wanted: Wanted) -> Held:
    """What itslearning holds once everything wanted has arrived."""
    persons = {}
    for key, item in wanted.persons.items():
        before = held.persons.get(key, {})
        # What is not sent stays as it is (readings.md 16).
        persons[key] = {
            column: before.get(column) if value is None else value for column, value in item.items()
        }
    groups = {}
    for key, item in wanted.groups.items():
        before = held.groups.get(key, {})
        creation = ("template_key", "creator_key", "language", "category")
        groups[key] = {
            column: before.get(column) or value if column in creation else value
            for column, value in item.items()
        }
    memberships = {
        pair: item
        for pair, item in wanted.memberships.items()
        if pair[0] in persons and pair[1] in groups
    }
    return Held(persons, groups, memberships)
