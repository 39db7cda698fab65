"""Rows of any database into DuckDB, a batch of columns at a time."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import duckdb
import sqlalchemy as sa

from sync.sql_files import run_statements
from sync.ums import tables
from sync.ums.fetching import JsonRows, Rows
from sync.ums.tables import Column, Content, Table

if TYPE_CHECKING:
    import pyarrow as pa

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


def insert_rows(
    workspace: duckdb.DuckDBPyConnection,
    table: Table,
    columns: Sequence[Column],
    arriving: Iterable[tuple[int, Rows]],
    *,
    into: str = "",
) -> None:
    """All batches that arrive, each with the number of its first row, into the workspace table, all
    of them or none, each column cast to what it should hold.

    One statement takes them as they come, so that DuckDB works on some while the next are fetched;
    the batches may be asked for in a thread of its own. ``into`` names another target than the
    table's own. Columns that the batches lack get the value that stands for a missing one. Raises
    what the iterator raises, and DataError for texts that are none.
    """
    import pyarrow as pa  # noqa: PLC0415 (25 MB that a console seldom needs)

    batches = _Arrow(columns, arriving)
    given = {
        column.name: _of_text(column, f"texts[{place}]" if batches.json else f'"{column.name}"')
        for place, column in enumerate(columns, start=1)
    }
    source = "arriving_batch"
    if batches.json:
        source = """(
          SELECT unnest(lines) AS texts, place + generate_subscripts(lines, 1) - 1 AS place
          FROM (SELECT from_json(texts, '[["VARCHAR"]]') AS lines, place FROM arriving_batch))"""
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
    """Batches of rows as record batches of texts, with the place of each row; where the database
    wrote the rows, the text of all of them with the place of the first.

    ``failure`` is what stopped them: across DuckDB an exception loses its type.
    """

    def __init__(self, columns: Sequence[Column], arriving: Iterable[tuple[int, Rows]]) -> None:
        import pyarrow as pa  # noqa: PLC0415 (25 MB that a console seldom needs)

        self._columns = columns
        self._arriving = iter(arriving)
        self._first = next(self._arriving, None)
        self.json = self._first is not None and isinstance(self._first[1], JsonRows)
        names = ["texts"] if self.json else [column.name for column in columns]
        fields = [pa.field(name, pa.string()) for name in names]
        self.schema = pa.schema([*fields, pa.field("place", pa.int64())])
        self.failure: BaseException | None = None

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        try:
            if self._first is not None:
                yield self._batch(*self._first)
                for place, rows in self._arriving:
                    yield self._batch(place, rows)
        except BaseException as error:
            self.failure = error
            raise

    def _batch(self, place: int, rows: Rows) -> pa.RecordBatch:
        import pyarrow as pa  # noqa: PLC0415 (25 MB that a console seldom needs)

        if isinstance(rows, JsonRows):
            texts, places = [_utf8(rows)], range(place, place + 1)
        else:
            columns = zip(self._columns, zip(*rows, strict=True), strict=True)
            texts = [_texts(column, values) for column, values in columns]
            places = range(place, place + len(rows))
        return pa.record_batch([*texts, pa.array(places, pa.int64())], schema=self.schema)


def _utf8(rows: JsonRows) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415 (25 MB that a console seldom needs)

    try:
        return pa.array([rows.text], pa.string())
    except pa.ArrowInvalid:
        raise _not_utf8() from None


def _not_utf8() -> sa.exc.DataError:
    """Without the text: what found it quotes the whole row, names and addresses."""
    return sa.exc.DataError(None, None, ValueError("a text is not UTF-8"))


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
            texts = json.loads(rows.text)
        except UnicodeDecodeError:
            raise _not_utf8() from None
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
