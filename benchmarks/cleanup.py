"""How fast UMS's memory is counted, backed up, emptied and restored.

    python -m benchmarks.cleanup [--rows 1000000] [--server sqlite|tds]

``tds`` talks through FreeTDS to the double of the tests, so it measures protocol, driver and this
program, not a SQL Server.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sync.cleanup import Maker, back_up_memory, count_memory, empty_memory, restore_memory
from sync.settings import Ums
from sync.ums.database import open_database
from sync.ums.mapping import Mapping
from tests.tds.process import serving
from tests.ums.databases import (
    ORGANIZATION,
    SCHEMA,
    ServedDatabase,
    SqliteDatabase,
    UmsDatabase,
    freetds_driver,
)

MAKER = Maker("ums", "benchmark", "mk", "here", dt.datetime(2026, 11, 24, 7, tzinfo=dt.UTC))
# What share of the rows stands in each table: nearly all of them are persons.
SHARES = {
    "itslearning_Learners": 0.90, "itslearning_Teachers": 0.08, "itslearning_Sites": 0.01,
    "itslearning_Groups": 0.01,
}  # fmt: skip

Value = TypeVar("Value")


@contextmanager
def served(server: str, folder: Path) -> Iterator[UmsDatabase]:
    """An empty database of either kind."""
    if server == "sqlite":
        yield SqliteDatabase(folder / "ums.db")
        return
    with serving(SCHEMA) as double:
        yield ServedDatabase(double, freetds_driver())


def fill(database: UmsDatabase, rows: int) -> None:
    """Memory of one organization."""
    database.insert("itslearningOrganizationSettings", ORGANIZATION)
    for table, share in SHARES.items():
        count = int(rows * share)
        person = table in {"itslearning_Learners", "itslearning_Teachers"}
        columns = (
            "OrganizationSettings_ID, UserName, SyncKey, FirstName, LastName, Mail, WhenCreated"
            if person
            else "OrganizationSettings_ID, NodeID, SyncKey, Title, WhenCreated"
            + (", SiteType" if table == "itslearning_Sites" else "")
        )
        values = (
            "1, 'user' || i, 'user' || i, 'Åse', 'Sørensen ' || i, 'u' || i || '@skole.example', "
            "'2026-08-10 06:30:15'"
            if person
            else "1, 'class ' || i, 'UMSCourse_class ' || i, 'class ' || i, '2026-08-10 06:30:15'"
            + (", 'Activity'" if table == "itslearning_Sites" else "")
        )
        source = (
            f"(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) "
            "SELECT i FROM n)"
            if isinstance(database, SqliteDatabase)
            else f"range(1, {count + 1}) AS n (i)"
        )
        database.execute(f"INSERT INTO {table} ({columns}) SELECT {values} FROM {source}")


def timed(what: str, rows: int, work: Callable[[], Value]) -> Value:
    """Carry out and say how fast."""
    started, used = time.perf_counter(), time.process_time()
    value = work()
    seconds, processor = time.perf_counter() - started, time.process_time() - used
    print(
        f"{what:<22} {seconds:8.2f} s {rows / seconds:>12,.0f} rows/s   "
        f"{processor:8.2f} s of processor {rows / processor:>12,.0f} rows/s",
        flush=True,
    )
    return value


def main() -> None:
    """Measure one server."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--server", choices=("sqlite", "tds"), default="sqlite")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, served(asked.server, Path(name)) as database:
        fill(database, asked.rows)
        engine = open_database(Ums(url=database.url), read_only=False)
        folder, mapping = Path(name) / "backups", Mapping()
        counts = timed("count", asked.rows, lambda: count_memory(engine, mapping))
        rows = sum(counts.of(1).values())
        backup = timed(
            "backup, verified", rows, lambda: back_up_memory(engine, mapping, 1, folder, MAKER)
        )
        print(f"{'':<22} {backup.path.stat().st_size / 1e6:8.1f} MB on disk")
        done = timed(
            "clean-up with backup", rows, lambda: empty_memory(engine, mapping, 1, folder, MAKER)
        )
        timed(
            "restore, compared",
            rows,
            lambda: restore_memory(engine, mapping, done.backup, replace=False),
        )
        assert sum(count_memory(engine, mapping).of(1).values()) == rows
        engine.dispose()
        print(f"largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


if __name__ == "__main__":
    main()
