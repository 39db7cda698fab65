"""Run the rule files in their order (rules.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from string import Template
from typing import TYPE_CHECKING

import duckdb

from sync.rules.choices import NO_PLACES, Criteria, Expressions, Like, row_expressions
from sync.rules.constants import CONSTANTS
from sync.sql_files import read_sql, run_statements

if TYPE_CHECKING:
    import pyarrow as pa

PERSONS = ("rows", "presence", "persons")
PLACES = (
    "rooms",
    "groups",
    "template_groups",
    "present_places",
    "lifecycle",
    "members",
    "memberships",
    "endings",
    "hierarchy",
)


def make_wanted(
    workspace: duckdb.DuckDBPyConnection,
    *,
    organization: int,
    day: dt.date,
    users_only: bool = False,
    keep_rows: bool = False,
    criteria: Criteria,
    like: Like,
) -> None:
    """Fill problem, wanted_* and leaving_group of the workspace for one organization and day.

    ``criteria`` turns a T-SQL predicate into a DuckDB one over bare student columns, ``like`` a
    column and a T-SQL pattern into one. Raises what they raise. With ``users_only`` everything but
    persons stays as it is held (rules.md 24). ``keep_rows`` leaves what each row says, for a
    diagnosis. Works in temporary tables that ``explain`` reads
    later, so both must be given the same connection.
    """
    define_words(workspace)
    run(workspace, "clear")
    expressions = take_settings(
        workspace, organization=organization, day=day, criteria=criteria, like=like
    )
    make_of_rows(workspace, expressions, users_only=users_only, keep_rows=keep_rows)


def define_words(workspace: duckdb.DuckDBPyConnection) -> None:
    """The constants and the texts of the rules, the same for every organization and day, as
    macros of the connection."""
    values = {
        name: str(value) if isinstance(value, int) else _quoted(str(value))
        for name, value in CONSTANTS.items()
    }
    _make_macros(workspace, values)
    run(workspace, "texts")


def take_settings(
    workspace: duckdb.DuckDBPyConnection,
    *,
    organization: int,
    day: dt.date,
    criteria: Criteria,
    like: Like,
) -> Expressions:
    """The first half of ``make_wanted``, which needs the settings alone: what it gives is what they
    ask of every row. The connection has to know the words (``define_words``)."""
    _name_organization(workspace, organization, day)
    run(workspace, "settings")
    return row_expressions(workspace, organization, criteria, like)


def make_of_rows(
    workspace: duckdb.DuckDBPyConnection,
    expressions: Expressions,
    *,
    users_only: bool = False,
    keep_rows: bool = False,
) -> None:
    """The second half, for the rows of Students that the workspace has by now."""
    asked = {**expressions, **NO_PLACES} if users_only else expressions
    for name in PERSONS:
        run(workspace, name, asked)
    if users_only:
        run(workspace, "users_only")
        return
    run(workspace, "activities")
    if not keep_rows:  # all texts of all rows, the largest table of them all
        workspace.execute("DROP TABLE rule_text")
    for name in PLACES:
        run(workspace, name)
    row = workspace.execute("SELECT coalesce(max(depth), -1) FROM rule_branch").fetchone()
    for _ in range(row[0] + 1 if row else 0):
        run(workspace, "hierarchy_level")
    for name in ("nodes", "places", "events"):
        run(workspace, name)


def broken_rows(workspace: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """(problem rows, all rows) of Students after ``make_wanted`` (rules.md 2, readings.md 9)."""
    row = workspace.execute(
        "SELECT (SELECT count(*) FROM rule_broken), (SELECT count(*) FROM student)"
    ).fetchone()
    return (row[0], row[1]) if row else (0, 0)


def rows_of_leaving(
    workspace: duckdb.DuckDBPyConnection, organization: int, leaving: pa.Table
) -> pa.Table:
    """The rows of Students that may make another organization want what leaves here.

    ``leaving`` has a person's key or a place's node id in each row (columns person, node_id). Needs
    the connection that ``make_wanted`` worked in.
    """
    workspace.execute(f"CREATE OR REPLACE TEMP MACRO other_organization() AS {int(organization)}")
    workspace.register("leaving", leaving)
    try:
        run(workspace, "leaving_rows")
        return workspace.sql("FROM rule_leaving_row").to_arrow_table()
    finally:
        workspace.unregister("leaving")


def run(
    workspace: duckdb.DuckDBPyConnection, name: str, expressions: Expressions | None = None
) -> None:
    """Run the rule file ``name``.sql with its placeholders filled."""
    text = read_sql(__package__, name)
    run_statements(workspace, Template(text).substitute(expressions) if expressions else text)


def _name_organization(
    workspace: duckdb.DuckDBPyConnection, organization: int, day: dt.date
) -> None:
    """The day, the organization and its site root as macros without arguments."""
    row = workspace.execute(
        "SELECT SourceOrganization, OrganizationAPIClientID FROM organization_setting WHERE ID = ?",
        [organization],
    ).fetchone()
    root, client = row or ("", "")
    values = {
        "organization": str(organization),
        "planned_day": f"DATE '{day.isoformat()}'",
        "root_key": _quoted((root or "").strip()),
        "timetable_on": "true" if (client or "").strip() else "false",
    }
    _make_macros(workspace, values)


def _make_macros(workspace: duckdb.DuckDBPyConnection, values: Mapping[str, str]) -> None:
    run_statements(
        workspace,
        "".join(f"CREATE OR REPLACE TEMP MACRO {name}() AS {sql};" for name, sql in values.items()),
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
