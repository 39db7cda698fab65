"""Opening the UMS database, whatever server holds it, and saying plainly why it did not open."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool, StaticPool

from sync.errors import DatabaseUnreachable, SettingsError
from sync.settings import Ums

LOGIN_TIMEOUT_SECONDS = 15
STATEMENT_TIMEOUT_SECONDS = 600  # until a server begins to answer; a plan must not hang for ever
_LOCK_TIMEOUT_SECONDS = 30


def open_database(ums: Ums, *, folder: Path = Path(), read_only: bool = True) -> Engine:
    """The engine of [ums] url, proved by one connection.

    ``folder`` is where a relative SQLite path starts (readings.md 46). SQLite is opened read-only
    by the file system's own means; a server has no such thing, there the login's rights decide
    and nothing but ``write_memory`` and ``sync.cleanup`` writes. Raises SettingsError for an URL
    that names no database, DatabaseUnreachable where it does not answer; neither ever quotes the
    password.
    """
    try:
        url = make_url(ums.url)
    except ArgumentError:
        message = "[ums] url is not a database URL; it looks like mssql+pyodbc://user@host/database"
        raise SettingsError(message) from None
    try:
        engine = _engine(url, folder, read_only=read_only)
    except (NoSuchModuleError, ImportError) as error:
        missing = f"; {error}" if isinstance(error, ImportError) else ""
        message = f"[ums] url: there is no driver for '{url.drivername}' here{missing}"
        raise SettingsError(message) from None
    proof = "PRAGMA schema_version" if engine.dialect.name == "sqlite" else "SELECT 1"
    with reachable(engine), engine.connect() as connection:
        connection.exec_driver_sql(proof)
    return engine


def database_name(engine: Engine) -> str:
    """The database's name; for SQLite the file name without ending (readings.md 42)."""
    name = engine.url.database or ""
    return Path(name).stem if engine.dialect.name == "sqlite" else name


@contextmanager
def reachable(engine: Engine) -> Iterator[None]:
    """Turns what a driver raises into DatabaseUnreachable with a sentence to act on."""
    try:
        yield
    except SQLAlchemyError as error:
        raise DatabaseUnreachable(explain(engine.url, error)) from None


def explain(url: URL, error: SQLAlchemyError) -> str:
    """Why a database did not do as it was asked, without statement, values or password."""
    place = _place(url)
    reason = _reason(error, url)
    for pattern, sentence in _CAUSES:
        if re.search(pattern, reason, re.IGNORECASE):
            return f"{place}: {sentence} ({reason})"
    return f"{place}: {reason}"


_CAUSES: tuple[tuple[str, str], ...] = (
    (
        r"unable to open database file",
        "the file is not there or may not be opened; check [ums] url",
    ),
    (r"file is not a database", "the file is no SQLite database"),
    (r"database is locked", "another program holds the file; try again"),
    (
        r"certificate verify failed|certificate.*(trust|valid)|SSL Provider|TLS",
        "no trusted TLS connection; check Encrypt, TrustServerCertificate and the certificate",
    ),
    (
        r"\b18456\b|login failed|28000",
        "the server refused the login; check user name and password",
    ),
    (
        r"\b4060\b|cannot open database",
        "the login may not open that database, or it is not there",
    ),
    (
        r"can't open lib|IM002|data source name not found",
        "the ODBC driver was not found; name it, or its path, as ?driver=… in [ums] url",
    ),
    (r"permission was denied|\b229\b", "the login lacks a right that is needed"),
    (
        r"\b547\b|FOREIGN KEY|REFERENCE constraint",
        "rows of another table refer to these (a foreign key); look there first",
    ),
    (
        r"\b(2628|8152)\b|would be truncated|right truncation",
        "a value is longer than its column there",
    ),
    (r"\b1205\b|deadlock", "the server gave way to another program; try again"),
    (r"HYT0[01]|timeout expired|timed out", "the server did not answer in time"),
    (r"08001|08S01|unable to connect|connection|20009", "the server cannot be reached, or hung up"),
)


def is_deadlock(error: DBAPIError) -> bool:
    """True where the server chose this transaction to give way; it may be tried again."""
    return bool(re.search(r"\b1205\b|40001|deadlock", str(error.orig), re.IGNORECASE))


def is_microsoft_driver(url: URL) -> bool:
    """True where the ODBC driver is Microsoft's own, by name or by path."""
    query = {name.lower(): str(value) for name, value in url.query.items()}
    driver = query.get("driver", "") + query.get("odbc_connect", "")
    return bool(re.search(r"msodbcsql|odbc driver \d+ for sql server", driver, re.IGNORECASE))


def _engine(url: URL, folder: Path, *, read_only: bool) -> Engine:
    # Statements may hold names of persons as parameters: they are kept out of every error.
    options: dict[str, Any] = {"hide_parameters": True}
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, folder, read_only=read_only, options=options)
    if url.drivername in ("mssql", "mssql+pyodbc"):
        options["connect_args"] = {"timeout": LOGIN_TIMEOUT_SECONDS}
        # FreeTDS crashes the whole process with it (pyodbc issues 381 and 459).
        options["fast_executemany"] = is_microsoft_driver(url)
        engine = create_engine(url, poolclass=NullPool, **options)
        event.listen(engine, "connect", _limit_statements)
        return engine
    return create_engine(url, poolclass=NullPool, **options)


def _limit_statements(connection: Any, _record: object) -> None:
    connection.timeout = STATEMENT_TIMEOUT_SECONDS


def _sqlite(url: URL, folder: Path, *, read_only: bool, options: dict[str, Any]) -> Engine:
    if not url.database or url.database == ":memory:":
        shared = {"check_same_thread": False}
        engine = create_engine(url, poolclass=StaticPool, connect_args=shared, **options)
    else:
        path = (folder / url.database).resolve()
        # Never "create": a mistyped path must not become an empty database.
        uri = f"file:{quote(path.as_posix())}?mode={'ro' if read_only else 'rw'}"

        def connect() -> sqlite3.Connection:
            return sqlite3.connect(
                uri, uri=True, timeout=_LOCK_TIMEOUT_SECONDS, check_same_thread=False
            )

        placed = url.set(database=str(path), query={})
        engine = create_engine(placed, creator=connect, poolclass=NullPool, **options)
    _begin_explicitly(engine, writes=not read_only)
    return engine


def _begin_explicitly(engine: Engine, *, writes: bool) -> None:
    """One transaction from the first SELECT on: counting and reading see the same rows, and a
    writer waits for its turn before it reads what it is going to change."""

    def leave_transactions_to_us(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        if writes:  # a server keeps foreign keys whole without being asked
            connection.execute("PRAGMA foreign_keys = ON")

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", leave_transactions_to_us)
    event.listen(engine, "begin", begin)


# A server quotes values of rows where they do not fit: names, addresses, numbers of persons.
_QUOTED_VALUE = re.compile(r"(\bvalue(?: is)?:? )(?:'(?:[^']|'')*'?|\([^)]*\)?)", re.IGNORECASE)


def _place(url: URL) -> str:
    if url.get_backend_name() == "sqlite":
        return f"UMS database {url.database}"
    host = f"{url.host or 'server'}{f':{url.port}' if url.port else ''}"
    return f"UMS database {url.database or '(default)'} on {host}"


def _reason(error: SQLAlchemyError, url: URL) -> str:
    original = error.orig if isinstance(error, DBAPIError) else error
    text = " ".join(str(part) for part in original.args) if original is not None else str(error)
    text = re.sub(r"\s+", " ", text).strip() or type(original).__name__
    text = _QUOTED_VALUE.sub(r"\1…", text)
    if url.password:
        text = text.replace(str(url.password), "***")
    return text if len(text) <= 300 else text[:299] + "…"
