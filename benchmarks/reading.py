"""Rows of Students read into a workspace: `python -m benchmarks.reading [--rows 100000]`.

From a SQLite file, and over pyodbc from the test double of a SQL Server, which is a process of its
own and shares the cores: rows by the clock are a lower bound of what a server gives, processor
seconds are those of the reading side alone. The best of several.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import time
from pathlib import Path

from sync.model import ignore_progress
from sync.settings import Ums
from sync.snapshots.workspace import open_workspace
from sync.ums.database import open_database
from sync.ums.mapping import Mapping
from sync.ums.reading import read_workspace
from tests.tds.process import serving
from tests.ums.databases import (
    ORGANIZATION,
    SCHEMA,
    ServedDatabase,
    SqliteDatabase,
    freetds_driver,
    microsoft_driver,
    student,
)


def read(url: str, what: str, *, times: int = 3) -> None:
    """Says how many rows a second arrived, by the clock and by this process's processor time."""
    seconds, busy, rows = [], [], 0
    for _ in range(times):
        engine = open_database(Ums(url=url))
        with open_workspace() as workspace:
            before, busy_before = time.perf_counter(), time.process_time()
            rows = read_workspace(engine, Mapping(), workspace, 1, ignore_progress).rows
            seconds.append(time.perf_counter() - before)
            busy.append(time.process_time() - busy_before)
        engine.dispose()
    print(
        f"{what:<22} {rows:>9} rows  {min(seconds):6.2f} s {rows / min(seconds):>9,.0f} rows/s   "
        f"{min(busy):6.2f} s of processor {rows / min(busy):>9,.0f} rows/s"
    )


def main() -> None:
    """Fill both, read both."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rows", type=int, default=100_000)
    rows = arguments.parse_args().rows
    pattern = student(0)
    names = ", ".join(pattern)
    others = ", ".join(name for name in pattern if name != "StudieNr")
    with tempfile.TemporaryDirectory() as folder:
        file = SqliteDatabase(Path(folder) / "ums.db")
        file.insert("itslearningOrganizationSettings", ORGANIZATION)
        marks = ", ".join("?" * len(pattern))
        with sqlite3.connect(file.path) as connection:
            connection.executemany(
                f"INSERT INTO Students ({names}) VALUES ({marks})",
                (tuple((pattern | {"StudieNr": f"s{n}"}).values()) for n in range(rows)),
            )
        connection.close()
        read(file.url, "SQLite")
    with serving(SCHEMA) as server:
        served = ServedDatabase(server, freetds_driver())
        served.insert("itslearningOrganizationSettings", ORGANIZATION)
        served.insert("Students", pattern)
        served.execute(
            f"INSERT INTO Students (StudieNr, {others}) "
            f"SELECT 's' || i, {others} FROM Students, range({rows - 1}) t(i)"
        )
        read(served.url, "pyodbc, FreeTDS")
        if (microsoft := microsoft_driver()) is not None:
            read(ServedDatabase(server, microsoft, Encrypt="no").url, "pyodbc, Microsoft's")


if __name__ == "__main__":
    main()
