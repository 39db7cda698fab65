"""Rows out of any database, a batch at a time, fetched while the caller works on others."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

ROWS_A_BATCH = 20_000
_BATCHES_AHEAD = 2

_Item = TypeVar("_Item")

# The number that SQLite gives each row of a table; views and some tables have none.
_PLACE = sa.literal_column("_rowid_", sa.Integer)
_BEFORE_ALL = -(2**63)


@dataclass(frozen=True, slots=True)
class JsonRows:
    """Rows that the database itself wrote: in UTF-8, a JSON array of arrays of texts and nulls."""

    text: bytes
    count: int

    def __len__(self) -> int:
        return self.count


Rows = JsonRows | Sequence[Sequence[Any]]


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


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the rows of a table, and the connection to read them with: those with numbers after
    one and up to another; all where it is not said otherwise."""

    connection: Connection
    after: int = _BEFORE_ALL
    last: int | None = None

    @property
    def rows(self) -> sa.ColumnElement[bool]:
        """The condition that chooses them."""
        begin = sa.true() if self.after == _BEFORE_ALL else self.after < _PLACE
        return sa.and_(begin, self.end)

    @property
    def end(self) -> sa.ColumnElement[bool]:
        """The condition on where they end, for who knows where they begin."""
        return sa.true() if self.last is None else self.last >= _PLACE


def batches(
    part: Part,
    table: sa.TableClause,
    chosen: Sequence[sa.ColumnElement[object]],
    *where: sa.ColumnElement[bool],
) -> Iterator[Rows]:
    """The rows of chosen columns of a part, ROWS_A_BATCH at a time. Raises SQLAlchemyError.

    SQLite writes a batch as one text: then there are a few values for Python instead of thirty
    million, and as many moments in which other threads have to wait for this one.
    """
    connection = part.connection
    if connection.dialect.name != "sqlite":
        yield from stream(connection, sa.select(*chosen).where(part.rows, *where))
        return
    row = sa.func.json_array(*(sa.cast(column, sa.Text) for column in chosen))
    if _places(connection, table) is None:
        # As bytes, which go on as they are: no text is decoded only to be encoded again.
        texts = sa.select(sa.cast(row, sa.LargeBinary)).select_from(table).where(part.rows, *where)
        for rows in stream(connection, texts):
            yield JsonRows(b"[" + b",".join(row[0] for row in rows) + b"]", len(rows))
        return
    # One condition on where a page begins: of two SQLite may look up the one before the part.
    page = (
        sa.select(_PLACE.label("place"), row.label("line"))
        .select_from(table)
        .where(sa.bindparam("after", type_=sa.Integer) < _PLACE, part.end, *where)
        .order_by(_PLACE)
        .limit(ROWS_A_BATCH)
        .subquery()
    )
    text = sa.literal("[").concat(sa.func.group_concat(page.c.line)).concat("]")
    query = sa.select(sa.func.count(), sa.func.max(page.c.place), sa.cast(text, sa.LargeBinary))
    after, count = part.after, ROWS_A_BATCH
    while count == ROWS_A_BATCH:
        count, last, lines = connection.execute(query, {"after": after}).one()
        if count:
            yield JsonRows(lines, count)
            after = last


def _places(connection: Connection, table: sa.TableClause) -> tuple[int, int] | None:
    """The first and the last number of the rows of an SQLite table; None where they have none."""
    lowest, highest = sa.func.min(_PLACE), sa.func.max(_PLACE)
    try:  # two questions: SQLite answers each at once, but both in one from all rows
        first, last = (
            connection.scalar(sa.select(end).select_from(table)) for end in (lowest, highest)
        )
    except sa.exc.OperationalError:  # made without them
        return None
    return (first, last) if isinstance(first, int) and isinstance(last, int) else None  # a view


@contextmanager
def parts(engine: Engine, table: sa.TableClause) -> Iterator[Sequence[Part]]:
    """A table in parts that may be read side by side, all as they are at one moment.

    SQLite works with one core a connection, other servers divide the work themselves. The table
    stays whole where its rows have no numbers, or where another program writes just now. Raises
    SQLAlchemyError.
    """
    with ExitStack() as opened:
        first = opened.enter_context(engine.connect())
        if engine.dialect.name != "sqlite" or engine.url.database in {None, "", ":memory:"}:
            yield [Part(first)]
            return
        second = opened.enter_context(engine.connect())
        before = _version(second)
        second.rollback()
        places = _places(first, table)  # from here on it sees the file as it is
        # Nobody has written since before: the second sees what the first does.
        if places is None or before is None or _version(second) != before:
            yield [Part(first)]
            return
        middle = sum(places) // 2
        yield [Part(first, last=middle), Part(second, after=middle)]


def _version(connection: Connection) -> int | None:
    """A number that another one's writing changes, and from now on the connection sees the file as
    it is; None where it would have to wait for a writer."""
    try:
        connection.exec_driver_sql("PRAGMA busy_timeout = 0")
        return int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())
    except sa.exc.OperationalError:
        return None


def numbered(batches: Iterator[Rows], place: int = 1) -> Iterator[tuple[int, Rows]]:
    """Batches, each with the number of its first row, counted from ``place``."""
    for rows in batches:
        yield place, rows
        place += len(rows)


@contextmanager
def ahead(*sources: Iterator[_Item]) -> Iterator[Iterator[_Item]]:
    """The items of some iterators, one of each in turn. A thread for each fetches the next while
    the caller works on one; they have ended when the context has."""
    with ExitStack() as opened:
        fetching = []
        for source in sources:
            thread = ThreadPoolExecutor(1, thread_name_prefix="reading")
            opened.callback(thread.shutdown, cancel_futures=True)
            fetching.append(_Fetching(thread, source))
        yield _in_turn(fetching)


class _Fetching(Iterator[_Item]):
    def __init__(self, thread: ThreadPoolExecutor, source: Iterator[_Item]) -> None:
        self._thread, self._source = thread, source
        self._coming: deque[Future[_Item | None]] = deque()
        for _ in range(_BATCHES_AHEAD):
            self._fetch()

    def _fetch(self) -> None:
        self._coming.append(self._thread.submit(next, self._source, None))

    def __next__(self) -> _Item:
        item = self._coming.popleft().result()
        if item is None:
            raise StopIteration
        self._fetch()
        return item


def _in_turn(sources: Sequence[Iterator[_Item]]) -> Iterator[_Item]:
    going = list(sources)
    while going:
        for source in list(going):
            try:
                yield next(source)
            except StopIteration:
                going.remove(source)
