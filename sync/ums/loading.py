"""Rows of any database into DuckDB, a batch of columns at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb
import sqlalchemy as sa
from sqlalchemy import Connection

from sync.ums import tables
from sync.ums.tables import Column, Content, Table

if TYPE_CHECKING:
    import pyarrow as pa

ROWS_A_BATCH = 20_000
_ROWS_A_COMMIT = 5 * ROWS_A_BATCH

_TYPES = {
    Content.TEXT: "VARCHAR",
    Content.INTEGER: "INTEGER",
    Content.BIT: "TINYINT",
    Content.MOMENT: "TIMESTAMP",
}


def make_tables(workspace: duckdb.DuckDBPyConnection, wanted: Iterable[Table]) -> None:
    """Empty workspace tables for a reading that no plan is made of."""
    for table in wanted:
        columns = [f'"{column.name}" {_TYPES[column.content]}' for column in table.columns]
        if table is tables.STUDENTS:
            columns.insert(0, "row_number BIGINT")
        workspace.execute(f"CREATE TABLE {table.workspace} ({', '.join(columns)})")


def stream(connection: Connection, query: sa.Executable) -> Iterator[Sequence[Sequence[object]]]:
    """The rows of a query, ROWS_A_BATCH at a time, never all at once."""
    with connection.execution_options(yield_per=ROWS_A_BATCH).execute(query) as result:
        yield from result.partitions()


def insert_rows(
    workspace: duckdb.DuckDBPyConnection,
    table: Table,
    columns: Sequence[Column],
    rows: Sequence[Sequence[object]],
    *,
    into: str = "",
    numbered_from: int = 0,
) -> None:
    """A batch into the workspace table, column by column, each cast to what it should hold.

    ``into`` names another target than the table's own. Columns the batch lacks get the value
    that stands for a missing one.
    """
    import pyarrow as pa  # noqa: PLC0415 (25 MB that a console seldom needs)

    batch = pa.table(
        {
            column.name: _array(values)
            for column, values in zip(columns, zip(*rows, strict=True), strict=True)
        }
    )
    given = {column.name for column in columns}
    names, values = [], []
    if table is tables.STUDENTS:
        names.append("row_number")
        values.append(f"{numbered_from} + rowid_in_batch")
        batch = batch.append_column("rowid_in_batch", pa.array(range(len(rows)), pa.int64()))
    for column in table.columns:
        names.append(f'"{column.name}"')
        values.append(
            _cast(column, batch.schema.field(column.name).type)
            if column.name in given
            else column.instead
        )
    workspace.register("arriving_batch", batch)
    try:
        workspace.execute(
            f"INSERT INTO {into or table.workspace} ({', '.join(names)}) "
            f"SELECT {', '.join(values)} FROM arriving_batch"
        )
    finally:
        workspace.unregister("arriving_batch")


@contextmanager
def at_once(workspace: duckdb.DuckDBPyConnection) -> Iterator[Callable[[int], None]]:
    """Few commits for many batches, which is three times as fast as one each.

    Gives a function to call with the rows so far: it commits now and then, so that memory stays
    bounded. Joins a transaction that is open already.
    """
    try:
        workspace.begin()
    except duckdb.TransactionException:
        yield lambda _: None
        return

    def breathe(rows: int) -> None:
        if rows % _ROWS_A_COMMIT < ROWS_A_BATCH:
            workspace.commit()
            workspace.begin()

    try:
        yield breathe
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
    return f"TRY_CAST({name} AS {_TYPES[column.content]})"
