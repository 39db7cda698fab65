"""Rows of any database into DuckDB, a batch of columns at a time."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import duckdb
import sqlalchemy as sa
from sqlalchemy import Connection

from sync.ums import tables
from sync.ums.tables import Column, Content, Table

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_A_BATCH = 20_000

_Item = TypeVar("_Item")

_TYPES = {
    Content.TEXT: "VARCHAR",
    Content.INTEGER: "INTEGER",
    Content.BIT: "TINYINT",
    Content.MOMENT: "TIMESTAMP",
}


class JsonRows(list[str]):
    """Rows that the database itself wrote: each a JSON array of texts and nulls."""


Rows = JsonRows | Sequence[Sequence[object]]


def make_tables(workspace: duckdb.DuckDBPyConnection, wanted: Iterable[Table]) -> None:
    """Empty workspace tables for a reading that no plan is made of."""
    for table in wanted:
        columns = [f'"{column.name}" {_TYPES[column.content]}' for column in table.columns]
        if table is tables.STUDENTS:
            columns.insert(0, "row_number BIGINT")
        workspace.execute(f"CREATE TABLE {table.workspace} ({', '.join(columns)})")


def stream(connection: Connection, query: sa.Executable) -> Iterator[Sequence[Sequence[object]]]:
    """The rows of a query, ROWS_A_BATCH at a time, never all at once. Raises SQLAlchemyError."""
    if connection.dialect.name == "sqlite":
        yield from _plain_rows(connection, query)
        return
    with connection.execution_options(yield_per=ROWS_A_BATCH).execute(query) as result:
        yield from result.partitions()


def _plain_rows(
    connection: Connection, query: sa.Executable
) -> Iterator[Sequence[Sequence[object]]]:
    """The driver's own tuples: a million rows are not wrapped into a million objects more."""
    with connection.execute(query) as result:
        try:
            while rows := result.cursor.fetchmany(ROWS_A_BATCH):
                yield rows
        except sqlite3.Error as error:
            raise sa.exc.DBAPIError.instance(
                None, None, error, sqlite3.Error, hide_parameters=True, dialect=connection.dialect
            ) from error


@contextmanager
def batches(
    connection: Connection,
    chosen: Sequence[sa.ColumnElement[object]],
    *where: sa.ColumnElement[bool],
) -> Iterator[Iterator[Rows]]:
    """The rows of chosen columns of one table, ROWS_A_BATCH at a time, for :func:`insert_rows`.

    The next batch is fetched while the caller works on one. SQLite writes each row as one text:
    a million rows of thirty columns are then a million values for Python, not thirty million.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="reading") as thread:
        if connection.dialect.name != "sqlite":
            yield _ahead(thread, stream(connection, sa.select(*chosen).where(*where)))
            return
        texts = sa.func.json_array(*(sa.cast(column, sa.Text) for column in chosen))
        found = stream(connection, sa.select(texts).where(*where))
        yield _ahead(thread, (JsonRows(str(text) for (text,) in rows) for rows in found))


def _ahead(thread: ThreadPoolExecutor, items: Iterator[_Item]) -> Iterator[_Item]:
    following = thread.submit(next, items, None)
    while (item := following.result()) is not None:
        following = thread.submit(next, items, None)
        yield item


def insert_rows(
    workspace: duckdb.DuckDBPyConnection,
    table: Table,
    columns: Sequence[Column],
    rows: Rows,
    *,
    into: str = "",
    numbered_from: int = 0,
) -> None:
    """A batch into the workspace table, column by column, each cast to what it should hold.

    ``into`` names another target than the table's own. Columns the batch lacks get the value
    that stands for a missing one.
    """
    import pyarrow as pa  # noqa: PLC0415 (25 MB that a console seldom needs)

    if isinstance(rows, JsonRows):
        arrived = {"texts": pa.array(rows, pa.string())}
        given = {
            column.name: _of_text(column, f"texts[{place}]")
            for place, column in enumerate(columns, start=1)
        }
        source = """(SELECT from_json(texts, '["VARCHAR"]') AS texts, place FROM arriving_batch)"""
    else:
        arrived = {
            column.name: _array(values)
            for column, values in zip(columns, zip(*rows, strict=True), strict=True)
        }
        given = {column.name: _cast(column, arrived[column.name].type) for column in columns}
        source = "arriving_batch"
    arrived["place"] = pa.array(range(len(rows)), pa.int64())
    names = [f'"{column.name}"' for column in table.columns]
    values = [given.get(column.name, column.instead) for column in table.columns]
    if table is tables.STUDENTS:
        names.append("row_number")
        values.append(f"{numbered_from} + place")
    workspace.register("arriving_batch", pa.table(arrived))
    try:
        workspace.execute(
            f"INSERT INTO {into or table.workspace} ({', '.join(names)}) "
            f"SELECT {', '.join(values)} FROM {source}"
        )
    finally:
        workspace.unregister("arriving_batch")


def insert_few_rows(
    workspace: duckdb.DuckDBPyConnection,
    table: Table,
    columns: Sequence[Column],
    rows: Rows,
    *,
    numbered_from: int = 0,
) -> None:
    """As :func:`insert_rows`, without Arrow: a third of the time where the rows are a handful."""
    if not rows:
        return
    if isinstance(rows, JsonRows):
        texts = [json.loads(row) for row in rows]
    else:
        texts = [[_few_text(value) for value in row] for row in rows]
    given = {
        column.name: _of_text(column, f"texts[{place}]")
        for place, column in enumerate(columns, start=1)
    }
    names = [f'"{column.name}"' for column in table.columns]
    values = [given.get(column.name, column.instead) for column in table.columns]
    if table is tables.STUDENTS:
        names.append("row_number")
        values.append(f"{numbered_from} + place - 1")
    workspace.execute(
        f"INSERT INTO {table.workspace} ({', '.join(names)}) SELECT {', '.join(values)} FROM ("
        "SELECT unnest(arriving) AS texts, generate_subscripts(arriving, 1) AS place "
        "FROM (SELECT ?::VARCHAR[][] AS arriving))",
        [texts],
    )


def _few_text(value: object) -> str | None:
    if value is None:
        return None
    # A site whose dates are real dates still means dd-mm-yyyy (ums-schema.sql).
    return value.strftime("%d-%m-%Y") if isinstance(value, dt.date) else _text(value)


@contextmanager
def at_once(workspace: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """One commit for many batches: what is full goes to disk before it, so memory stays bounded.
    Joins a transaction that is open already."""
    try:
        workspace.begin()
    except duckdb.TransactionException:
        yield
        return
    try:
        yield
    except BaseException:
        workspace.rollback()
        raise
    workspace.commit()


def _array(values: Sequence[object]) -> pa.Array:
    """Whatever types a driver mixes in one column; odd mixtures become texts."""
    import pyarrow as pa  # noqa: PLC0415 (25 MB that a console seldom needs)

    try:
        return pa.array(values)
    except (pa.ArrowException, UnicodeEncodeError, OverflowError):
        texts = [None if value is None else _text(value) for value in values]
        return pa.array(texts, pa.string())


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    # Halves of surrogate pairs, which a server may hold and UTF-8 cannot.
    return str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _cast(column: Column, arrived: pa.DataType) -> str:
    import pyarrow as pa  # noqa: PLC0415 (25 MB that a console seldom needs)

    name = f'"{column.name}"'
    if column.content is Content.TEXT:
        # A site whose dates are real dates still means dd-mm-yyyy (ums-schema.sql).
        if pa.types.is_date(arrived) or pa.types.is_timestamp(arrived):
            return f"strftime({name}, '%d-%m-%Y')"
        if pa.types.is_binary(arrived):
            return f"decode({name})"
        return f"CAST({name} AS VARCHAR)"
    return _of_text(column, name)


def _of_text(column: Column, value: str) -> str:
    if column.content is Content.TEXT:
        return value
    return f"TRY_CAST({value} AS {_TYPES[column.content]})"
