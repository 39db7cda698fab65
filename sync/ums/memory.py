"""UMS's memory of what it created in itslearning, kept in step with what is held.

The seven memory tables and four flags say what UMS believes to be there; other programs of UMS
rely on them. Which held row stands in which table: readings.md 62 for persons; courses in
itslearning_Sites, hierarchy nodes by their key in one of the two SubAccount tables, template
groups by themselves, all other groups in itslearning_Groups; the four roots are the flags.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping as Values
from dataclasses import dataclass, field
from typing import Any

import duckdb
import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from sync.sql_files import read_sql, run_statements
from sync.ums import tables
from sync.ums.database import is_deadlock, reachable
from sync.ums.fetching import Part, ahead, batches, numbered
from sync.ums.loading import insert_rows
from sync.ums.mapping import Mapping, Schema, inspect
from sync.ums.tables import Table

_ATTEMPTS = 3
_ROWS_A_STATEMENT = 5_000

# Column of a memory table: what it is called in the workspace.
_NAMES = {
    "SyncKey": "key", "UserName": "user_name", "FirstName": "first_name", "LastName": "last_name",
    "Mail": "email", "Title": "title", "ParentSyncKey": "parent_key", "NodeID": "node_id",
    "SiteType": "site_type", "Templates_ID": "ums_template_id", "WhenArchived": "archived",
    "WhenEmpty": "empty_since",
}  # fmt: skip
_DATES = frozenset({"archived", "empty_since"})
_COLUMNS = tuple(_NAMES.values())
_TYPES = {"ums_template_id": "INTEGER", "archived": "TIMESTAMP", "empty_since": "TIMESTAMP"}

FLAG_OF_ROOT = {
    "UMSCourses": "UMSCoursesCreated",
    "UMSTemplateGroups": "UMSTemplateGroupsCreated",
    "UMSGroups": "UMSGroupsCreated",
    "UMSCoursesArchive": "UMSCoursesArchiveCreated",
}

_WANTED = """
CREATE OR REPLACE TEMP TABLE memory_wanted AS
SELECT CASE WHEN role = 'Student' THEN 'itslearning_Learners' ELSE 'itslearning_Teachers' END
    AS place,
  key, user_name, first_name, last_name, email, NULL AS title, NULL AS parent_key,
  NULL AS node_id, NULL AS site_type, CAST(NULL AS INTEGER) AS ums_template_id,
  CAST(NULL AS DATE) AS archived, CAST(NULL AS DATE) AS empty_since
FROM held_person
UNION ALL
SELECT CASE
    WHEN kind = 'course' THEN 'itslearning_Sites'
    WHEN kind = 'group' AND starts_with(key, 'UMSTemplate_') THEN 'itslearningTemplateGroups'
    WHEN kind = 'group' THEN 'itslearning_Groups'
    WHEN starts_with(key, 'UMSNode_C_') THEN 'itslearning_SubAccount_Courses'
    WHEN starts_with(key, 'UMSNode_G_') THEN 'itslearning_SubAccount' END AS place,
  key, NULL, NULL, NULL, NULL, coalesce(title, key), parent_key,
  coalesce(node_id, regexp_replace(key, '^UMS(Course|Groups)_', '')),
  coalesce(site_type, 'Activity'),
  coalesce(ums_template_id, TRY_CAST(replace(key, 'UMSTemplate_', '') AS INTEGER)),
  archived, empty_since
FROM held_group
WHERE place IS NOT NULL
"""

# One line for every row that is in memory, held, or both. A key may stand twice in a memory that
# was damaged: the oldest row is kept. Keys of persons compare without case (rules.md 4).
_STEPS = """
CREATE OR REPLACE TEMP TABLE memory_step AS
WITH remembered AS (
  SELECT *, {match} AS match, row_number() OVER (PARTITION BY place, {match} ORDER BY row_id) AS nth
  FROM memory_row),
wanted AS (
  SELECT *, {match} AS match, row_number() OVER (PARTITION BY place, {match} ORDER BY key) AS nth
  FROM memory_wanted)
SELECT coalesce(w.place, r.place) AS place, r.row_id,
  w.place IS NULL AS extra, r.place IS NULL AS missing,
  w.place IS NOT NULL AND r.place IS NOT NULL AND ({different}) AS different,
  {values},
  CASE WHEN r.place IS NULL THEN (
    SELECT min(moved.created) FROM memory_row AS moved
    WHERE w.user_name IS NOT NULL AND lower(moved.key) = lower(w.key)) END AS created
FROM wanted AS w FULL JOIN remembered AS r
  ON w.place = r.place AND w.match = r.match AND w.nth = r.nth
"""
_MATCH = "CASE WHEN user_name IS NULL THEN key ELSE lower(coalesce(key, user_name)) END"


@dataclass(frozen=True, slots=True)
class MemoryDifferences:
    """How far UMS's memory is from what is held, in rows; ``tables`` says it for each table."""

    remembered: int
    held: int
    missing: int
    extra: int
    different: int
    flags: int
    tables: Values[str, tuple[int, int, int]] = field(default_factory=dict)

    @property
    def agree(self) -> bool:
        """True where memory says exactly what is held."""
        return not (self.missing or self.extra or self.different or self.flags)


def read_memory(
    engine: Engine, mapping: Mapping, workspace: duckdb.DuckDBPyConnection, organization: int
) -> None:
    """Loads the memory of one organization into the workspace tables memory_row and memory_flag.

    Raises SchemaMismatch and DatabaseUnreachable.
    """
    schema = _schema(engine, mapping)
    with reachable(engine), engine.connect() as connection:
        _load(connection, schema, workspace, organization)


def memory_differences(workspace: duckdb.DuckDBPyConnection) -> MemoryDifferences:
    """Compares what ``read_memory`` loaded with the held tables of the same workspace."""
    _work_out(workspace)
    rows = workspace.execute(
        "SELECT place, count(*) FILTER (missing), count(*) FILTER (extra), "
        "count(*) FILTER (different), count(row_id), count(*) FILTER (NOT extra) "
        "FROM memory_step GROUP BY place ORDER BY place"
    ).fetchall()
    sums = [sum(row[column] for row in rows) for column in range(1, 6)]
    flags = {name: bool(value) for name, value in workspace.execute("FROM memory_flag").fetchall()}
    wanted = _wanted_flags(workspace)
    return MemoryDifferences(
        remembered=sums[3],
        held=sums[4],
        missing=sums[0],
        extra=sums[1],
        different=sums[2],
        flags=sum(flags.get(name, False) != value for name, value in wanted.items()),
        tables={place: (missing, extra, other) for place, missing, extra, other, *_ in rows},
    )


def hold_memory(workspace: duckdb.DuckDBPyConnection, organization: int) -> None:
    """Adds to the held tables what only memory knows: from what ``read_memory`` loaded and the
    settings say. Whether it is there, itslearning has to tell."""
    workspace.execute("CREATE OR REPLACE TEMP TABLE memory_root (key VARCHAR, flag VARCHAR)")
    workspace.executemany("INSERT INTO memory_root VALUES (?, ?)", list(FLAG_OF_ROOT.items()))
    held = read_sql(__package__, "memory_held")
    run_statements(workspace, held, {"organization": organization})


def write_memory(
    engine: Engine,
    mapping: Mapping,
    organization: int,
    workspace: duckdb.DuckDBPyConnection,
    now: dt.datetime,
) -> None:
    """Brings memory tables and flags of one organization in step with the held tables.

    One transaction; rows that agree are not touched, rows that are changed keep their ID and
    WhenCreated. A transaction that gave way to another program is tried again. Raises
    SchemaMismatch and DatabaseUnreachable.
    """
    schema = _schema(engine, mapping)
    moment = now.replace(tzinfo=None, microsecond=0)
    with reachable(engine):
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with engine.begin() as connection:
                    _load(connection, schema, workspace, organization)
                    _work_out(workspace)
                    _Writer(connection, schema, workspace, organization, moment).write()
                return
            except DBAPIError as error:
                if attempt == _ATTEMPTS or not is_deadlock(error):
                    raise


def _schema(engine: Engine, mapping: Mapping) -> Schema:
    wanted = (*tables.MEMORY_TABLES, tables.ORGANIZATION_SETTINGS)
    schema = inspect(engine, mapping, wanted)
    schema.require(*wanted)
    return schema


def _load(
    connection: Connection,
    schema: Schema,
    workspace: duckdb.DuckDBPyConnection,
    organization: int,
) -> None:
    columns = ", ".join(f"{name} {_TYPES.get(name, 'VARCHAR')}" for name in _COLUMNS)
    workspace.execute(
        f"CREATE OR REPLACE TEMP TABLE memory_row (place VARCHAR, row_id BIGINT, {columns}, "
        "created TIMESTAMP)"
    )
    workspace.execute("CREATE OR REPLACE TEMP TABLE memory_column (place VARCHAR, name VARCHAR)")
    for table in tables.MEMORY_TABLES:
        _load_table(connection, schema, table, workspace, organization)
    identity = schema.column(tables.ORGANIZATION_SETTINGS, "ID")
    flags = [schema.column(tables.ORGANIZATION_SETTINGS, name) for name in tables.FLAGS]
    found = connection.execute(sa.select(*flags).where(identity == organization)).first()
    workspace.execute("CREATE OR REPLACE TEMP TABLE memory_flag (name VARCHAR, value BOOLEAN)")
    for name, value in zip(tables.FLAGS, found or (), strict=False):
        workspace.execute("INSERT INTO memory_flag VALUES (?, ?)", [name, bool(value)])


def _load_table(
    connection: Connection,
    schema: Schema,
    table: Table,
    workspace: duckdb.DuckDBPyConnection,
    organization: int,
) -> None:
    columns = schema.columns(table)
    kept = [column.name for column in columns if column.name in _NAMES]
    workspace.executemany(
        "INSERT INTO memory_column VALUES (?, ?)", [[table.name, _NAMES[name]] for name in kept]
    )
    types = {tables.Content.TEXT: "VARCHAR", tables.Content.MOMENT: "TIMESTAMP"}
    workspace.execute(
        "CREATE OR REPLACE TEMP TABLE memory_arriving ("
        + ", ".join(
            f'"{column.name}" {types.get(column.content, "BIGINT")}' for column in table.columns
        )
        + ")"
    )
    chosen = [schema.column(table, column.name) for column in columns]
    of_organization = schema.column(table, "OrganizationSettings_ID") == organization
    rows = batches(Part(connection), schema.table(table), chosen, of_organization)
    with ahead(numbered(rows)) as arriving:
        insert_rows(workspace, table, columns, arriving, into="memory_arriving")
    here = {column.name for column in table.columns}
    created = "WhenCreated" if "WhenCreated" in here else "NULL"
    workspace.execute(
        f"INSERT INTO memory_row (place, row_id, created, {', '.join(_NAMES[n] for n in kept)}) "
        f"SELECT '{table.name}', ID, {created}, {', '.join(kept)} FROM memory_arriving"
    )


def _work_out(workspace: duckdb.DuckDBPyConnection) -> None:
    """Fills memory_step: what is missing, extra and different."""
    compared: dict[str, list[str]] = {}
    for place, name in workspace.execute("FROM memory_column").fetchall():
        compared.setdefault(name, []).append(f"'{place}'")
    different = " OR ".join(
        f"(w.place IN ({', '.join(places)}) AND w.{name} IS DISTINCT FROM {_of_memory(name)})"
        for name, places in compared.items()
    )
    # A moment that falls on the held day stays the moment it was.
    values = ", ".join(
        f"CASE WHEN w.{name} = CAST(r.{name} AS DATE) THEN r.{name} "
        f"ELSE CAST(w.{name} AS TIMESTAMP) END AS {name}"
        if name in _DATES
        else f"w.{name}"
        for name in _COLUMNS
    )
    workspace.execute(_WANTED)
    workspace.execute(_STEPS.format(match=_MATCH, different=different or "false", values=values))


def _of_memory(name: str) -> str:
    return f"CAST(r.{name} AS DATE)" if name in _DATES else f"r.{name}"


def _wanted_flags(workspace: duckdb.DuckDBPyConnection) -> dict[str, bool]:
    roots = ", ".join(f"'{root}'" for root in FLAG_OF_ROOT)
    rows = workspace.execute(f"SELECT key FROM held_group WHERE key IN ({roots})").fetchall()
    return {flag: (root,) in rows for root, flag in FLAG_OF_ROOT.items()}


@dataclass(frozen=True, slots=True)
class _Writer:
    """Sends the steps that ``_work_out`` found, only those."""

    connection: Connection
    schema: Schema
    workspace: duckdb.DuckDBPyConnection
    organization: int
    now: dt.datetime

    def write(self) -> None:
        """Deletes as the clean-up does, the other way round for what is new: should one table
        refer to another, its parents come first."""
        for table in tables.MEMORY_TABLES:
            self._delete(table)
        for table in reversed(tables.MEMORY_TABLES):
            self._update(table)
            self._insert(table)
        self._flags()

    def _delete(self, table: Table) -> None:
        statement = sa.delete(self.schema.table(table)).where(
            self.schema.column(table, "ID") == sa.bindparam("row_id", type_=sa.Integer())
        )
        self._send(statement, f"SELECT row_id FROM memory_step WHERE extra AND {_at(table)}")

    def _update(self, table: Table) -> None:
        names = self._written(table)
        values = self._bound(table, names)
        chosen = ["row_id", *(f"{_NAMES[name]} AS new_{name}" for name in names)]
        if self.schema.has(table, "WhenUpdated"):
            values |= self._bound(table, ["WhenUpdated"])
            chosen.append(f"TIMESTAMP '{self.now}' AS new_WhenUpdated")
        statement = (
            sa.update(self.schema.table(table))
            .where(self.schema.column(table, "ID") == sa.bindparam("row_id", type_=sa.Integer()))
            .values(values)
        )
        query = f"SELECT {', '.join(chosen)} FROM memory_step WHERE different AND {_at(table)}"
        self._send(statement, query)

    def _insert(self, table: Table) -> None:
        names = self._written(table)
        values = self._bound(table, names)
        chosen = [f"{_NAMES[name]} AS new_{name}" for name in names]
        if self.schema.has(table, "WhenCreated"):
            values |= self._bound(table, ["WhenCreated"])
            chosen.append(f"coalesce(created, TIMESTAMP '{self.now}') AS new_WhenCreated")
        owner = self.schema.column(table, "OrganizationSettings_ID").name
        values[owner] = sa.bindparam("new_owner", type_=sa.Integer())
        chosen.append(f"{int(self.organization)} AS new_owner")
        statement = sa.insert(self.schema.table(table)).values(values)
        query = f"SELECT {', '.join(chosen)} FROM memory_step WHERE missing AND {_at(table)}"
        self._send(statement, f"{query} ORDER BY key")

    def _flags(self) -> None:
        table = tables.ORGANIZATION_SETTINGS
        here = dict(self.workspace.execute("FROM memory_flag").fetchall())
        wanted = _wanted_flags(self.workspace)
        changed = {name: value for name, value in wanted.items() if here.get(name) != value}
        if changed:
            self.connection.execute(
                sa.update(self.schema.table(table))
                .where(self.schema.column(table, "ID") == self.organization)
                .values({self.schema.column(table, n).name: int(v) for n, v in changed.items()})
            )

    def _written(self, table: Table) -> list[str]:
        return [column.name for column in self.schema.columns(table) if column.name in _NAMES]

    def _bound(self, table: Table, names: list[str]) -> dict[str, sa.BindParameter[object]]:
        types: dict[tables.Content, Any] = {
            tables.Content.MOMENT: sa.DateTime(),
            tables.Content.INTEGER: sa.Integer(),
            tables.Content.TEXT: sa.Unicode(),
        }
        return {
            self.schema.column(table, name).name: sa.bindparam(
                f"new_{name}", type_=types[table.column(name).content]
            )
            for name in names
        }

    def _send(self, statement: sa.Executable, query: str) -> None:
        found = self.workspace.execute(query)
        names = [str(column[0]) for column in found.description or ()]
        while rows := found.fetchmany(_ROWS_A_STATEMENT):
            self.connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])


def _at(table: Table) -> str:
    return f"place = '{table.name}'"
