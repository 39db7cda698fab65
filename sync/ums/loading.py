"""Rows of any database into DuckDB, a batch of columns at a time."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb
import sqlalchemy as sa
from sqlalchemy import Connection

from sync.sql_files import run_statements
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


class JsonRows(list[bytes]):
    """Rows that the database itself wrote: each a JSON array of texts and nulls, in UTF-8."""


Rows = JsonRows | Sequence[Sequence[Any]]


def make_tables(workspace: duckdb.DuckDBPyConnection, wanted: Iterable[Table]) -> None:
    """Empty workspace tables for a reading that no plan is made of."""
    for table in wanted:
        columns = [f'"{column.name}" {_TYPES[column.content]}' for column in table.columns]
        if table is tables.STUDENTS:
            columns.insert(0, "row_number BIGINT")
        workspace.execute(f"CREATE TABLE {table.workspace} ({', '.join(columns)})")


def stream(connection: Connection, query: sa.Executable) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows of a query, ROWS_A_BATCH at a time, never all at once. Raises SQLAlchemyError."""
    if connection.dialect.name == "sqlite":
        yield from _plain_rows(connection, query)
        return
    with connection.execution_options(yield_per=ROWS_A_BATCH).execute(query) as result:
        yield from result.partitions()


def _plain_rows(connection: Connection, query: sa.Executable) -> Iterator[Sequence[Sequence[Any]]]:
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
        row = sa.func.json_array(*(sa.cast(column, sa.Text) for column in chosen))
        # As bytes, which go on as they are: no text is decoded only to be encoded again.
        texts = sa.cast(row, sa.LargeBinary)
        found = stream(connection, sa.select(texts).where(*where))
        yield _ahead(thread, (JsonRows(row[0] for row in rows) for rows in found))


def _ahead(thread: ThreadPoolExecutor, items: Iterator[_Item]) -> Iterator[_Item]:
    following = thread.submit(next, items, None)
    while (item := following.result()) is not None:
        following = thread.submit(next, items, None)
        yield item


def insert_rows(
    workspace: duckdb.DuckDBPyConnection,
    table: Table,
    columns: Sequence[Column],
    arriving: Iterable[Rows],
    *,
    into: str = "",
    numbered_from: int = 1,
) -> None:
    """All batches that arrive into the workspace table, all of them or none, each column cast to
    what it should hold.

    One statement takes them as they come, so that DuckDB works on some while the next are fetched;
    the batches may be asked for in a thread of its own. ``into`` names another target than the
    table's own. Columns that the batches lack get the value that stands for a missing one. Raises
    what the iterator raises, and DataError for texts that are none.
    """
    import pyarrow as pa  # noqa: PLC0415 (25 MB that a console seldom needs)

    batches = _Arrow(columns, arriving, numbered_from)
    given = {
        column.name: _of_text(column, f"texts[{place}]" if batches.json else f'"{column.name}"')
        for place, column in enumerate(columns, start=1)
    }
    source = "arriving_batch"
    if batches.json:
        source = """(SELECT from_json(texts, '["VARCHAR"]') AS texts, place FROM arriving_batch)"""
    names = [f'"{column.name}"' for column in table.columns]
    values = [given.get(column.name, column.instead) for column in table.columns]
    if table is tables.STUDENTS:
        names.append("row_number")
        values.append("place")
    reader = pa.RecordBatchReader.from_batches(batches.schema, iter(batches))
    workspace.register("arriving_batch", reader)
    try:
        workspace.execute(
            f"INSERT INTO {into or table.workspace} ({', '.join(names)}) "
            f"SELECT {', '.join(values)} FROM {source}"
        )
    except duckdb.Error:
        if batches.failure is not None:
            raise batches.failure from None
        raise
    finally:
        workspace.unregister("arriving_batch")


class _Arrow:
    """Batches of rows as record batches of texts, with the place of each row.

    ``failure`` is what stopped them: across DuckDB an exception loses its type.
    """

    def __init__(self, columns: Sequence[Column], arriving: Iterable[Rows], first: int) -> None:
        import pyarrow as pa  # noqa: PLC0415 (25 MB that a console seldom needs)

        self._columns, self._place = columns, first
        self._arriving = iter(arriving)
        self._first = next(self._arriving, None)
        self.json = isinstance(self._first, JsonRows)
        names = ["texts"] if self.json else [column.name for column in columns]
        fields = [pa.field(name, pa.string()) for name in names]
        self.schema = pa.schema([*fields, pa.field("place", pa.int64())])
        self.failure: BaseException | None = None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        try:
            if self._first is not None:
                yield self._batch(self._first)
                for rows in self._arriving:
                    yield self._batch(rows)
        except BaseException as error:
            self.failure = error
            raise

    def _batch(self, rows: Rows) -> pa.RecordBatch:
        import pyarrow as pa  # noqa: PLC0415 (25 MB that a console seldom needs)

        after = self._place + len(rows)
        place = pa.array(range(self._place, after), pa.int64())
        self._place = after
        if isinstance(rows, JsonRows):
            texts = [_utf8(rows)]
        else:
            columns = zip(self._columns, zip(*rows, strict=True), strict=True)
            texts = [_texts(column, values) for column, values in columns]
        return pa.record_batch([*texts, place], schema=self.schema)


def _utf8(rows: JsonRows) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415 (25 MB that a console seldom needs)

    try:
        return pa.array(rows, pa.string())
    except pa.ArrowInvalid as error:
        raise sa.exc.DataError(None, None, error) from None


def insert_few_rows(
    workspace: duckdb.DuckDBPyConnection,
    table: Table,
    columns: Sequence[Column],
    rows: Rows,
    *,
    numbered_from: int = 1,
) -> None:
    """As :func:`insert_rows`, without Arrow: a third of the time where the rows are a handful."""
    if not rows:
        return
    if isinstance(rows, JsonRows):
        try:
            texts = [json.loads(row) for row in rows]
        except UnicodeDecodeError as error:
            raise sa.exc.DataError(None, None, error) from None
    else:
        texts = [
            [_text(column, value) for column, value in zip(columns, row, strict=True)]
            for row in rows
        ]
    given = {
        column.name: _of_text(column, f"texts[{place}]")
        for place, column in enumerate(columns, start=1)
    }
    names = [f'"{column.name}"' for column in table.columns]
    values = [given.get(column.name, column.instead) for column in table.columns]
    if table is tables.STUDENTS:
        names.append("row_number")
        values.append(f"{numbered_from} + place - 1")
    run_statements(
        workspace,
        f"INSERT INTO {table.workspace} ({', '.join(names)}) SELECT {', '.join(values)} FROM ("
        "SELECT unnest(arriving) AS texts, generate_subscripts(arriving, 1) AS place "
        "FROM (SELECT $arriving::VARCHAR[][] AS arriving))",
        {"arriving": texts},
    )


def _texts(column: Column, values: Sequence[object]) -> pa.Array:
    """Whatever types a driver gives or mixes in one column, as texts."""
    import pyarrow as pa  # noqa: PLC0415 (25 MB that a console seldom needs)

    try:
        array = pa.array(values)
        if pa.types.is_string(array.type):
            return array
        if pa.types.is_integer(array.type) or pa.types.is_null(array.type):
            return array.cast(pa.string())
    except (pa.ArrowException, UnicodeEncodeError, OverflowError):
        pass  # types are mixed, or a text is no Unicode
    return pa.array([_text(column, value) for value in values], pa.string())


def _text(column: Column, value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dt.date) and column.content is Content.TEXT:
        # A site whose dates are real dates still means dd-mm-yyyy (ums-schema.sql).
        return value.strftime("%d-%m-%Y")
    # Halves of surrogate pairs, which a server may hold and UTF-8 cannot.
    return str(value).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _of_text(column: Column, value: str) -> str:
    if column.content is Content.TEXT:
        return value
    return f"TRY_CAST({value} AS {_TYPES[column.content]})"
