"""The workspace of one plan: a DuckDB database of its own, gone when the plan is sealed."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import psutil

from sync.errors import NoRoom
from sync.snapshots.run_file import all_whole
from sync.sql_files import read_sql, run_statements

_NO_ROOM = frozenset({errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.ENOMEM})


_ALWAYS_PLANNED = frozenset({"filter_pushdown", "join_filter_pushdown", "unused_columns"})
_SHARE_OF_FREE = 60
_LEAST_PERCENT = 5
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")


@contextmanager
def open_workspace(*, most: float | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A fresh workspace with the agreed tables, gone afterwards. What does not fit into six tenths
    of the memory that is free, or into ``most`` GiB, goes to a temporary folder. Raises NoRoom
    where disk or memory run out inside, RunFileDamaged where a run file that was attached turns
    out not to be whole."""
    try:
        with all_whole(), _opened(most) as connection:
            yield connection
    except (duckdb.Error, OSError) as error:
        words = _no_room(error)
        if words is None:
            raise
        raise NoRoom(
            f"There was no room to work it out in {tempfile.gettempdir()}: {words}. Free some "
            "there, or name another folder in the environment variable TMPDIR, and start it again; "
            "nothing was sent."
        ) from error


@contextmanager
def _opened(most: float | None) -> Iterator[duckdb.DuckDBPyConnection]:
    with tempfile.TemporaryDirectory(prefix="umstui-") as folder:
        connection = duckdb.connect(str(Path(folder) / "workspace.duckdb"))
        try:
            connection.execute("SET temp_directory = ?", [folder])
            connection.execute("SET preserve_insertion_order = false")
            connection.execute("SET enable_progress_bar = false")
            connection.execute(f"SET memory_limit = '{_share_of_memory()}%'")
            if most is not None and most < _gibibytes(connection):
                connection.execute(f"SET memory_limit = '{most}GiB'")
            create_tables(connection)
            yield connection
            # It is thrown away. Only here: run files that are attached before must be written out.
            connection.execute("PRAGMA disable_checkpoint_on_shutdown")
        finally:
            connection.close()


@contextmanager
def another_connection(
    workspace: duckdb.DuckDBPyConnection,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to a workspace for another thread; each sees its own temporary tables alone."""
    with workspace.cursor() as connection:
        connection.execute("SET enable_progress_bar = false")
        yield connection


def _share_of_memory() -> int:
    """How many percent of what DuckDB may use, which minds the limits of a container: the rest of
    what is free is for the program itself and for what DuckDB does not count."""
    memory = psutil.virtual_memory()
    return max(_LEAST_PERCENT, _SHARE_OF_FREE * memory.available // memory.total)


def _gibibytes(connection: duckdb.DuckDBPyConnection) -> float:
    """What DuckDB may use by now, which it says as ``12.4 GiB``."""
    (said,) = connection.execute("SELECT current_setting('memory_limit')").fetchall()[0]
    number, _, unit = said.partition(" ")
    return float(number) * 1024.0 ** (_UNITS.index(unit) - _UNITS.index("GiB"))


@contextmanager
def small_workspace() -> Iterator[duckdb.DuckDBPyConnection]:
    """A workspace in memory for the few rows of one question; it opens in a blink."""
    connection = open_small_workspace()
    try:
        create_small_tables(connection)
        yield connection
    finally:
        connection.close()


def open_small_workspace() -> duckdb.DuckDBPyConnection:
    """A small workspace that the caller makes the tables of, and closes."""
    connection = duckdb.connect()
    try:
        connection.execute("SET threads = 1")
        connection.execute("SET enable_progress_bar = false")
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def planned_as_written(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """While many statements go over few rows: to look for better ways takes longer than any way.

    Conditions still move to where they save rows, so that no two tables are multiplied. The cursors
    of the connection plan so too: of a run file they still read only what is asked for."""
    found = connection.execute("SELECT name FROM duckdb_optimizers()").fetchall()
    without = ",".join(name for (name,) in found if name not in _ALWAYS_PLANNED)
    connection.execute(f"SET disabled_optimizers = '{without}'")
    try:
        yield
    finally:
        connection.execute("RESET disabled_optimizers")


def create_small_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tables of workspace.sql, all of them seen by the connection's cursors too, each of
    which may be worked with in a thread of its own."""
    tables = read_sql(__package__, "workspace").replace("CREATE TEMP TABLE", "CREATE TABLE")
    run_statements(connection, tables)


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tables of workspace.sql."""
    run_statements(connection, read_sql(__package__, "workspace"))


def _no_room(error: BaseException | None) -> str | None:
    """What the system said where an error, or one that it came from, is about room; else None."""
    while error is not None:
        text = str(error).splitlines()[0] if str(error) else ""
        if isinstance(error, OSError):
            if error.errno in _NO_ROOM:
                return error.strerror or text
        elif isinstance(error, (duckdb.OutOfMemoryException, MemoryError)) or any(
            os.strerror(number) in text for number in _NO_ROOM
        ):
            return text
        error = error.__context__
    return None
