"""Streaming Students and the settings into the workspace, without a loop over rows in Python."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import duckdb
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from sync.errors import SourceIncomplete
from sync.model import Progress, ProgressListener
from sync.ums import tables
from sync.ums.database import explain
from sync.ums.fetching import Part, Rows, ahead, batches, numbered, parts
from sync.ums.loading import insert_rows
from sync.ums.mapping import Mapping, Schema, inspect
from sync.ums.tables import Table


@dataclass(frozen=True, slots=True)
class SourceReading:
    """What was read. ``rows`` of Students against those ``counted`` when the reading began;
    ``digest`` of its rows and ``settings_digest`` of the organization's settings do not depend on
    the order of rows; what may be compared says ``one_way_of_hashing``."""

    rows: int
    counted: int
    digest: str
    settings_digest: str
    missing_columns: tuple[str, ...]


def read_workspace(
    engine: Engine,
    mapping: Mapping,
    workspace: duckdb.DuckDBPyConnection,
    organization: int,
    progress: ProgressListener,
    *,
    timetable: bool = False,
) -> SourceReading:
    """Fills the tables of workspace.sql that come from UMS: all rows, of every organization.

    Timetable blocks only where asked for. CPR, BirthDay and secrets are never selected. Raises
    SchemaMismatch, DatabaseUnreachable, and SourceIncomplete where the rows that arrived are not
    as many as were counted when the reading began.
    """
    wanted = [tables.STUDENTS, *tables.SETTINGS_TABLES]
    if timetable:
        wanted.append(tables.TIMETABLE_BLOCKS)
    schema = inspect(engine, mapping, wanted)
    schema.require(*wanted)
    here = [table for table in wanted if table.name in schema.present]
    rows = counted = 0
    for table in here:
        read, expected = _read(engine, schema, table, workspace, progress)
        if table is tables.STUDENTS:
            rows, counted = read, expected
    missing = tuple(
        f"{item.table}.{item.column}" if item.column else item.table for item in schema.missing
    )
    digests = [_digest(workspace, tables.STUDENTS, "true")]
    if timetable:
        digests.append(_digest(workspace, tables.TIMETABLE_BLOCKS, "true"))
    digest = f"{duckdb.__version__}:{_joined(*digests)[:40]}"
    return SourceReading(rows, counted, digest, _settings_digest(workspace, organization), missing)


def one_way_of_hashing(one: str, other: str) -> bool:
    """Whether two digests may be compared: DuckDB promises its hashes for one version only."""
    return one.partition(":")[0] == other.partition(":")[0]


def _read(
    engine: Engine,
    schema: Schema,
    table: Table,
    workspace: duckdb.DuckDBPyConnection,
    progress: ProgressListener,
) -> tuple[int, int]:
    """One table; how many rows came and how many had been counted at the same moment."""
    read = counted = 0
    step = f"read {table.name}"
    columns = schema.columns(table)
    chosen = [schema.column(table, column.name) for column in columns]

    def fetched(part: Part, place: int) -> Iterator[tuple[int, Rows]]:
        rows = batches(part, schema.table(table), chosen)
        return numbered(rows, place)

    def told(found: Iterator[tuple[int, Rows]]) -> Iterator[tuple[int, Rows]]:
        nonlocal read
        for place, rows in found:
            yield place, rows
            read += len(rows)
            progress(Progress(step, read, counted))

    try:
        with parts(engine, schema.table(table)) as found:
            counts = [_count(part, schema, table) for part in found]
            counted = sum(counts)
            progress(Progress(step, 0, counted))
            places = accumulate(counts[:-1], initial=1)
            with ahead(*map(fetched, found, places)) as arriving:
                insert_rows(workspace, table, columns, told(arriving))
    except SQLAlchemyError as error:
        cause = explain(engine.url, error)
        message = f"{table.name}: the reading broke off after {read} of {counted} rows; {cause}"
        raise SourceIncomplete(message) from None
    if read != counted:
        message = (
            f"{table.name}: {read} rows were read where {counted} were counted; the table changed "
            "meanwhile or the connection was cut; plan again"
        )
        raise SourceIncomplete(message)
    return read, counted


def _count(part: Part, schema: Schema, table: Table) -> int:
    counting = sa.select(sa.func.count()).select_from(schema.table(table)).where(part.rows)
    return int(part.connection.execute(counting).scalar_one())


def _digest(workspace: duckdb.DuckDBPyConnection, table: Table, condition: str) -> str:
    """The sum of the rows' hashes: the same for any order, different for a changed row."""
    excluded = set(tables.FLAGS)  # our own writing moves them
    columns = ", ".join(
        f'"{column.name}"' for column in table.columns if column.name not in excluded
    )
    row = workspace.execute(
        f"SELECT count(*), sum(hash({columns})) FROM {table.workspace} WHERE {condition}"
    ).fetchone()
    return hashlib.sha256(repr(row).encode()).hexdigest()


def _settings_digest(workspace: duckdb.DuckDBPyConnection, organization: int) -> str:
    """Only what this organization's plan depends on: another one's change leaves it fresh."""
    own = f"OrganizationSettings_ID = {int(organization)}"
    settings = f"itslearningSettings_ID IN (SELECT ID FROM itslearning_setting WHERE {own})"
    conditions = {
        tables.ORGANIZATION_SETTINGS: f"ID = {int(organization)}",
        tables.ITSLEARNING_SETTINGS: own,
        tables.SITE_SETTINGS: (
            f"ID IN (SELECT itslearningSiteSettings_ID FROM template WHERE {settings})"
        ),
        tables.COHORT_SETTINGS: (
            f"ID IN (SELECT itslearningCohortSettings_ID FROM template WHERE {settings})"
        ),
        tables.TEMPLATES: settings,
        tables.SUB_ACCOUNT_SETTINGS: own,
        tables.SUB_ACCOUNT_COURSES_SETTINGS: own,
    }
    return _joined(
        *(_digest(workspace, table, condition) for table, condition in conditions.items())
    )


def _joined(*digests: str) -> str:
    return hashlib.sha256("".join(digests).encode()).hexdigest()
