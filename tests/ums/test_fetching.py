"""A table read side by side: were its halves of two moments, a pupil who is moved in between would
be read twice or not at all, and lose everything at itslearning."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from sync.settings import Ums
from sync.ums import fetching
from sync.ums.database import open_database
from sync.ums.fetching import Part, ahead, batches, numbered, parts

TABLE = sa.table("T", sa.column("name"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "t.db")) as file:
        file.execute("CREATE TABLE T (name TEXT)")
        file.executemany("INSERT INTO T VALUES (?)", [(f"n{n}",) for n in range(1, 101)])
        file.commit()
    return tmp_path / "t.db"


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    engine = open_database(Ums(url=f"sqlite:///{path}"))
    yield engine
    engine.dispose()


def write(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, timeout=0)) as file:
        file.execute(statement)
        file.commit()


def names(part: Part) -> set[str]:
    query = sa.select(TABLE.c.name).where(part.rows)
    return set(part.connection.execute(query).scalars())


EVERY = {f"n{n}" for n in range(1, 101)}


def test_every_row_stands_in_one_part(engine: Engine) -> None:
    with parts(engine, TABLE) as found:
        one, other = map(names, found)
    assert (len(one), len(other), one | other) == (50, 50, EVERY)


@pytest.mark.parametrize("mode", ["WAL", "DELETE"])
def test_what_is_written_meanwhile_is_in_no_part(engine: Engine, path: Path, mode: str) -> None:
    write(path, f"PRAGMA journal_mode = {mode}")
    with parts(engine, TABLE) as found:
        with suppress(sqlite3.OperationalError):  # without WAL a writer has to wait
            write(path, "DELETE FROM T")
        assert len(found) == 2
        assert set().union(*map(names, found)) == EVERY


@pytest.mark.parametrize("moment", ["before the first has begun", "after"])
def test_a_writer_between_the_two_leaves_the_table_whole(
    engine: Engine, path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    write(path, "PRAGMA journal_mode = WAL")
    places = fetching._places

    def meanwhile(*asked: Any) -> Any:
        if moment == "after":
            found = places(*asked)
            write(path, "INSERT INTO T VALUES ('new')")
            return found
        write(path, "INSERT INTO T VALUES ('new')")
        return places(*asked)

    monkeypatch.setattr(fetching, "_places", meanwhile)
    with parts(engine, TABLE) as found:
        assert len(found) == 1
        assert names(found[0]) == (EVERY if moment == "after" else EVERY | {"new"})


def test_a_writer_that_waits_is_not_waited_for(
    engine: Engine, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits for the first connection, and the second would wait for it: half a minute."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as writer:
        writer.execute("BEGIN")
        writer.execute("INSERT INTO T VALUES ('new')")
        places = fetching._places

        def meanwhile(*asked: Any) -> Any:
            found = places(*asked)
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                writer.execute("COMMIT")
            return found

        monkeypatch.setattr(fetching, "_places", meanwhile)
        with parts(engine, TABLE) as found:
            assert [names(part) for part in found] == [EVERY]


@pytest.mark.parametrize(
    "made",
    [
        "CREATE TABLE U (name TEXT PRIMARY KEY) WITHOUT ROWID; INSERT INTO U SELECT name FROM T",
        "CREATE VIEW U AS SELECT name FROM T",
    ],
)
def test_rows_without_numbers_are_read_too(
    engine: Engine, path: Path, monkeypatch: pytest.MonkeyPatch, made: str
) -> None:
    monkeypatch.setattr(fetching, "ROWS_A_BATCH", 30)
    with closing(sqlite3.connect(path)) as file:
        file.executescript(made)
    table = sa.table("U", sa.column("name"))
    with parts(engine, table) as found:
        assert len(found) == 1
        read = list(numbered(batches(found[0], table, [table.c.name])))
    assert [(place, len(rows)) for place, rows in read] == [(1, 30), (31, 30), (61, 30), (91, 10)]


def test_numbers_with_gaps_lose_no_row(
    engine: Engine, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "ROWS_A_BATCH", 10)
    write(path, "UPDATE T SET rowid = rowid * 90000000000 - 5000000000000")
    write(path, "DELETE FROM T WHERE rowid % 7 = 0")
    with parts(engine, TABLE) as found:
        counts = [sum(map(len, batches(part, TABLE, [TABLE.c.name]))) for part in found]
        assert sum(counts) == len(set().union(*map(names, found)))
        assert len(counts) == 2


def test_no_part_looks_through_the_rows_of_the_other(engine: Engine, path: Path) -> None:
    """Half of the time that a question takes, in a school of a hundred thousand."""
    write(path, "INSERT INTO T SELECT a.name FROM T a, T b")

    def steps(part: Part) -> int:
        taken = 0

        def step() -> int:
            nonlocal taken
            taken += 1
            return 0

        driver = part.connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_progress_handler(step, 10)
        assert not list(batches(part, TABLE, [TABLE.c.name], TABLE.c.name == "nobody"))
        driver.set_progress_handler(None, 0)
        return taken

    with parts(engine, TABLE) as found:
        one, other = map(steps, found)
    assert 0 < other <= one, "the other one has no end to look for"


def test_two_sources_come_in_turn_until_both_have_ended() -> None:
    with ahead(iter([1, 2, 3, 4]), iter([10])) as found:
        assert list(found) == [1, 10, 2, 3, 4]


def test_an_error_ahead_is_the_callers() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError

    with ahead(broken()) as found:
        assert next(found) == 1
        with pytest.raises(ValueError):  # noqa: PT011 (the very one)
            next(found)
