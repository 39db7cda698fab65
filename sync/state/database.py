"""Opening the state database, whichever server holds it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import ConnectionPoolEntry

from sync.errors import StateUnusable
from sync.state.migrating import bring_up_to_date, refuse_another_version

SECONDS_TO_WAIT = 30  # for another session that writes at this moment


def state_url(url: str, folder: Path) -> sa.URL:
    """The URL of the state database with a relative SQLite path set against ``folder``."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise StateUnusable(
            "[state] url in umstui.toml is no database URL. Write for example "
            'url = "sqlite:///umstui-state.db".'
        ) from error
    if parsed.get_backend_name() == "sqlite" and parsed.database and parsed.database != ":memory:":
        parsed = parsed.set(database=str((folder / parsed.database).resolve()))
    return parsed


def open_state(url: str, folder: Path) -> sa.Engine:
    """An engine on the state database, its tables made or brought up to date.

    Raises StateUnusable where it cannot be reached, is half-written, or was written by a newer
    umstui.
    """
    parsed = state_url(url, folder)
    options: dict[str, Any] = {}
    if parsed.get_backend_name() == "sqlite":
        options["connect_args"] = {"timeout": SECONDS_TO_WAIT, "isolation_level": None}
    try:
        engine = sa.create_engine(parsed, **options)
    except (ImportError, sa.exc.NoSuchModuleError) as error:
        raise StateUnusable(
            f"[state] url in umstui.toml asks for {parsed.drivername}, which is not installed here "
            f"({error}). Install that driver beside umstui, or correct the url."
        ) from error
    if parsed.get_backend_name() == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_immediate)
    sa.event.listen(engine, "begin", refuse_another_version)
    with usable(engine):
        bring_up_to_date(engine)
    return engine


@contextmanager
def usable(engine: sa.Engine) -> Iterator[None]:
    """Turn the database's own errors into sentences."""
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.DatabaseError, sa.exc.InterfaceError) as error:
        place = engine.url.render_as_string(hide_password=True)
        cause = str(error.orig or error).splitlines()[0]
        raise StateUnusable(
            f"The state database {place} cannot be used: {cause}. Check [state] url in "
            "umstui.toml, that the place is there, writable and not full, and try again; "
            "a run that was cut off goes on with `umstui apply`."
        ) from error


def reading(engine: sa.Engine) -> sa.Connection:
    """A connection that does not wait for those who write, nor make them wait."""
    return engine.connect().execution_options(umstui_read_only=True)


def _prepare_sqlite(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    _turn_to_wal(cursor)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _turn_to_wal(cursor: sqlite3.Cursor) -> None:
    """SQLite does not wait where two sessions turn one new file to WAL: the second looks again."""
    last = time.monotonic() + SECONDS_TO_WAIT
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > last:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_immediate(connection: sa.Connection) -> None:
    # A reader that becomes a writer in mid-transaction cannot wait for its turn in SQLite.
    read_only = connection.get_execution_options().get("umstui_read_only", False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
