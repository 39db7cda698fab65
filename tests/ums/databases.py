"""UMS databases for the tests, all with the tables of schema.sql and reachable by an URL."""

from __future__ import annotations

import ctypes
import importlib.util
import re
import sqlite3
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import duckdb
from sqlalchemy import URL

from tests.tds.process import Server

SCHEMA = (Path(__file__).parent / "schema.sql").read_text(encoding="utf-8")
WORKSPACE = Path("sync/snapshots/workspace.sql")
ORGANIZATION = {
    "ID": 1, "Description": "Sønderby", "URL": "https://site.example/soap", "Username": "ums",
    "Password": "row-secret", "SourceOrganization": "sonderby",
}  # fmt: skip


class UmsDatabase(Protocol):
    """What a test needs of a database, whatever serves it."""

    url: str

    def execute(self, sql: str) -> None:
        """Runs a statement behind the program's back."""

    def insert(self, table: str, *rows: Mapping[str, object]) -> None:
        """Adds rows behind the program's back."""

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        """Asks behind the program's back."""


class SqliteDatabase:
    """A file as readings.md 59 describes it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"sqlite:///{path.as_posix()}"
        with sqlite3.connect(path) as connection:
            connection.executescript(sqlite_schema())
        connection.close()

    def execute(self, sql: str) -> None:
        with sqlite3.connect(self.path) as connection:
            connection.execute(sql)
        connection.close()

    def insert(self, table: str, *rows: Mapping[str, object]) -> None:
        with sqlite3.connect(self.path) as connection:
            for row in rows:
                marks = ", ".join("?" * len(row))
                names = ", ".join(f'"{name}"' for name in row)
                connection.execute(
                    f'INSERT INTO "{table}" ({names}) VALUES ({marks})', list(row.values())
                )
        connection.close()

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with sqlite3.connect(self.path) as connection:
            found = connection.execute(sql).fetchall()
        connection.close()
        return found


class ServedDatabase:
    """The SQL Server double, reached over a real ODBC driver."""

    def __init__(self, server: Server, driver: str, **options: str) -> None:
        self.server = server
        self.url = URL.create(
            "mssql+pyodbc", Server.user, Server.password, "127.0.0.1", server.port(), Server.name,
            query={"driver": driver, **options},
        ).render_as_string(hide_password=False)  # fmt: skip

    def execute(self, sql: str) -> None:
        self.server.rows(sql)

    def insert(self, table: str, *rows: Mapping[str, object]) -> None:
        for row in rows:
            marks = ", ".join("?" * len(row))
            names = ", ".join(f'"{name}"' for name in row)
            self.server.rows(
                f'INSERT INTO "{table}" ({names}) VALUES ({marks})', [list(row.values())]
            )

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        return self.server.rows(sql)


def freetds_driver() -> str:
    """FreeTDS's ODBC driver by its path; Debian's package tdsodbc brings it."""
    found = [
        *Path("/usr/lib").glob("*/odbc/libtdsodbc.so"),
        *Path("/usr/lib").glob("libtdsodbc.so"),
    ]
    return str(found[0]) if found else "FreeTDS"


def microsoft_driver() -> str | None:
    """Microsoft's ODBC driver by its path, where the wheel mssql-python (extra msodbc) is there
    and finds the libraries it needs."""
    wheel = importlib.util.find_spec("mssql_python_odbc")
    if wheel is None or wheel.origin is None or not sys.platform.startswith("linux"):
        return None
    libraries = Path(wheel.origin).parent / "libs" / "linux" / "debian_ubuntu"
    for found in sorted(libraries.glob("*/lib/libmsodbcsql-*")):
        with suppress(OSError):  # of another kind of processor, or without its libraries
            ctypes.CDLL(str(found))
            return str(found)
    return None


def sqlite_schema() -> str:
    """schema.sql in SQLite's types (readings.md 59)."""
    return SCHEMA.replace("INT IDENTITY PRIMARY KEY", "INTEGER PRIMARY KEY AUTOINCREMENT").replace(
        "NVARCHAR(MAX)", "NVARCHAR"
    )


def new_workspace() -> duckdb.DuckDBPyConnection:
    """An empty workspace of one plan."""
    workspace = duckdb.connect()
    root = Path(__file__).parents[2]
    workspace.execute((root / WORKSPACE).read_text(encoding="utf-8"))
    return workspace


def student(number: int, **values: object) -> dict[str, object]:
    """A row of Students that breaks no rule."""
    return {
        "UserTypes_ID": 1, "StudieNr": f"s{number:04d}", "Fornavne": f"Åse {number}",
        "Efternavn": "Ærø", "CPR": "0101011234", "BirthDay": "010101", "SecretAddress": 0,
        "WorkMail": f"s{number}@skole.example", "StartDato": "01-08-2026",
        "SlutDato": "30-06-2027", "AktivitetsID": "A1", "Aktivitet": "1a 2026",
        "Skolefag_LMS": 1, "Skolekode": "280051",
    } | values  # fmt: skip


def columns_in(sql: Sequence[str]) -> str:
    """All statements as one text, for looking for a word in them."""
    return re.sub(r"\s+", " ", " ".join(sql))
