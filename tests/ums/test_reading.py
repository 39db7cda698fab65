"""Without these a plan could be made of half a school, or carry what must never leave UMS."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine, event

from sync.errors import SchemaMismatch, SourceIncomplete
from sync.model import Progress, ignore_progress
from sync.settings import Ums
from sync.ums import fetching, loading, reading
from sync.ums.database import open_database
from sync.ums.mapping import Mapping
from sync.ums.reading import SourceReading, one_way_of_hashing, read_workspace
from tests.ums.databases import (
    ORGANIZATION,
    SqliteDatabase,
    UmsDatabase,
    columns_in,
    new_workspace,
    student,
)


def read(engine: Engine, organization: int = 1, *, timetable: bool = False) -> SourceReading:
    workspace = new_workspace()
    try:
        return read_workspace(
            engine, Mapping(), workspace, organization, ignore_progress, timetable=timetable
        )
    finally:
        workspace.close()


def setting(number: int) -> dict[str, object]:
    return {"ID": number, "Description": "S", "OrganizationSettings_ID": 1}


def test_rows_arrive_as_they_stand(
    database: UmsDatabase,
    engine: Engine,
    mapping: Mapping,
    workspace: duckdb.DuckDBPyConnection,
) -> None:
    database.insert(
        "Students",
        student(1, Fornavne="  Åse  Ø "),
        student(2, UserTypes_ID=0, SecretAddress=1, StartDato=None, Skolefag_LMS=None),
    )
    found = read_workspace(engine, mapping, workspace, 1, ignore_progress)
    assert (found.rows, found.counted, found.missing_columns) == (2, 2, ())
    assert workspace.execute(
        "SELECT row_number, UserTypes_ID, StudieNr, Fornavne, SecretAddress, StartDato, "
        "Skolefag_LMS FROM student ORDER BY row_number"
    ).fetchall() == [
        (1, 1, "s0001", "  Åse  Ø ", 0, "01-08-2026", 1),
        (2, 0, "s0002", "Åse 2", 1, None, None),
    ]
    assert workspace.execute(
        "SELECT ID, URL, UMSCoursesCreated FROM organization_setting"
    ).fetchall() == [(1, ORGANIZATION["URL"], 0)]


def test_cpr_birthdays_and_secrets_are_never_asked_for(
    database: UmsDatabase, engine: Engine
) -> None:
    asked: list[str] = []
    event.listen(
        engine, "before_cursor_execute", lambda _c, _u, statement, *_rest: asked.append(statement)
    )
    database.insert("Students", student(1))
    read(engine, timetable=True)
    everything = columns_in(asked)
    assert "StudieNr" in everything
    for word in ("CPR", "BirthDay", "Password", "Secret ", "ClientSecret", "*  FROM", "* FROM"):
        assert word not in everything.replace("count(*)", "")


def test_a_missing_optional_column_is_empty_and_reported(
    database: UmsDatabase, engine: Engine, workspace: duckdb.DuckDBPyConnection
) -> None:
    database.insert("Students", student(1))
    database.execute("ALTER TABLE Students DROP COLUMN Skolekode")
    database.execute("ALTER TABLE itslearningSettings DROP COLUMN ActivitySites")
    database.insert(
        "itslearningSettings", {"ID": 1, "Description": "S", "OrganizationSettings_ID": 1}
    )
    found = read_workspace(engine, Mapping(), workspace, 1, ignore_progress)
    assert found.missing_columns == ("Students.Skolekode", "itslearningSettings.ActivitySites")
    assert workspace.execute("SELECT Skolekode FROM student").fetchall() == [(None,)]
    assert workspace.execute("SELECT ActivitySites FROM itslearning_setting").fetchall() == [
        ("None",)
    ]


def test_a_missing_required_column_stops_the_reading(database: UmsDatabase, engine: Engine) -> None:
    database.execute("ALTER TABLE Students DROP COLUMN SecretAddress")
    with pytest.raises(SchemaMismatch, match="SecretAddress"):
        read(engine)


def test_the_digest_knows_rows_but_no_order(database: UmsDatabase, engine: Engine) -> None:
    rows = [student(number) for number in range(200)]
    database.insert("Students", *rows)
    before = read(engine)
    database.execute("DELETE FROM Students")
    database.insert("Students", *random.Random(7).sample(rows, len(rows)))
    assert read(engine).digest == before.digest
    database.execute("UPDATE Students SET City = 'Ribe' WHERE StudieNr = 's0007'")
    assert read(engine).digest != before.digest


def test_digests_of_two_ways_of_hashing_are_not_compared(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an update nobody may be told that rows have changed which have not."""
    before = read(engine).digest
    assert one_way_of_hashing(before, read(engine).digest)
    monkeypatch.setattr(duckdb, "__version__", "9.9.9")
    assert not one_way_of_hashing(before, read(engine).digest)


def test_an_empty_text_is_not_the_same_as_none(database: UmsDatabase, engine: Engine) -> None:
    database.insert("Students", student(1, City=None))
    before = read(engine).digest
    database.execute("UPDATE Students SET City = ''")
    assert read(engine).digest != before


def test_only_the_organizations_own_settings_are_in_its_digest(
    database: UmsDatabase, engine: Engine
) -> None:
    """Another organization's change, or our own flags, must not make a run stale."""
    database.insert("itslearningOrganizationSettings", {**ORGANIZATION, "ID": 2})
    database.insert(
        "itslearningSettings", {"ID": 7, "Description": "S", "OrganizationSettings_ID": 1}
    )
    database.insert(
        "Templates", {"ID": 1, "Name": "T", "UserTypes_ID": 1, "itslearningSettings_ID": 7}
    )
    first, second = read(engine, 1).settings_digest, read(engine, 2).settings_digest
    database.execute("UPDATE itslearningOrganizationSettings SET UMSCoursesCreated = 1")
    assert read(engine, 1).settings_digest == first
    database.execute("UPDATE Templates SET SQLFilter = 'StudieNr = ''x'''")
    assert read(engine, 1).settings_digest != first
    assert read(engine, 2).settings_digest == second


def test_timetable_blocks_are_read_only_when_asked(
    database: UmsDatabase, engine: Engine, workspace: duckdb.DuckDBPyConnection
) -> None:
    database.insert(
        "ImportFromDB_SkemaBrikker",
        {"BlockKey": "b1", "AktivitetsID": "A1", "StartsAt": "2026-08-10 08:00:00",
         "EndsAt": "2026-08-10 09:45:00", "Title": "Dansk"},
    )  # fmt: skip
    without = read(engine).digest
    assert read(engine, timetable=True).digest != without
    read_workspace(engine, Mapping(), workspace, 1, ignore_progress, timetable=True)
    assert workspace.execute(
        "SELECT CAST(StartsAt AS VARCHAR), Title FROM timetable_block"
    ).fetchall() == [("2026-08-10 08:00:00", "Dansk")]


def test_rows_that_vanish_while_reading_stop_the_plan(
    database: UmsDatabase, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a school would look like thousands of leavers."""
    database.insert("Students", *(student(number) for number in range(10)))

    def cut(*asked: Any) -> Iterator[fetching.Rows]:
        yield from islice(fetching.batches(*asked), 1)

    monkeypatch.setattr(fetching, "ROWS_A_BATCH", 2)
    monkeypatch.setattr(reading, "batches", cut)
    with pytest.raises(SourceIncomplete, match=r"[24] rows were read where 10 were counted"):
        read(engine)


def test_a_reading_that_breaks_off_says_how_far_it_came(
    database: UmsDatabase, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    database.insert("Students", *(student(number) for number in range(10)))

    def broken(*asked: Any) -> Iterator[fetching.Rows]:
        yield from islice(fetching.batches(*asked), 1)
        raise sa.exc.OperationalError(None, None, Exception("08S01 link failure"))

    monkeypatch.setattr(fetching, "ROWS_A_BATCH", 2)
    monkeypatch.setattr(reading, "batches", broken)
    with pytest.raises(SourceIncomplete, match=r"broke off after [24] of 10 rows"):
        read(engine)


def test_progress_has_a_total(database: UmsDatabase, engine: Engine, mapping: Mapping) -> None:
    database.insert("Students", student(1), student(2))
    seen: list[Progress] = []
    read_workspace(engine, mapping, new_workspace(), 1, seen.append)
    assert Progress("read Students", 2, 2) in seen


def test_many_batches_keep_every_row_and_its_number(
    database: UmsDatabase,
    engine: Engine,
    mapping: Mapping,
    workspace: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fetching, "ROWS_A_BATCH", 7)
    database.insert("Students", *(student(number) for number in range(100)))
    read_workspace(engine, mapping, workspace, 1, ignore_progress)
    assert workspace.execute(
        "SELECT count(*), count(DISTINCT StudieNr), min(row_number), max(row_number), "
        "count(DISTINCT row_number) FROM student"
    ).fetchall() == [(100, 100, 1, 100, 100)]


def test_odd_texts_arrive_as_they_stand(
    database: UmsDatabase, engine: Engine, workspace: duckdb.DuckDBPyConnection
) -> None:
    """Whatever way rows take into the workspace, a name must not change on it."""
    odd = ['Å "Bo" \\', "tab\tline\nend", "{[']},", "null", "", "\x1f\u2028", "😀 Ærø", " 7 "]
    database.insert(
        "Students",
        *(student(number) | {"Fornavne": name} for number, name in enumerate(odd)),
        student(99) | {"Fornavne": None},
    )
    read_workspace(engine, Mapping(), workspace, 1, ignore_progress)
    assert workspace.execute("SELECT Fornavne FROM student ORDER BY row_number").fetchall() == [
        (name,) for name in [*odd, None]
    ]


def test_columns_of_other_types_still_arrive(
    database: UmsDatabase, engine: Engine, workspace: duckdb.DuckDBPyConnection
) -> None:
    """An installation may keep a postcode as a number and a date as a date."""
    database.insert("Students", student(1))
    names = [column.name for column in reading.tables.STUDENTS.columns]
    renamed = {"PostNummer": "8000 AS PostNummer", "SecretAddress": "NULL AS SecretAddress"}
    chosen = ", ".join(renamed.get(name, name) for name in names)
    database.execute(f"CREATE VIEW Elever AS SELECT {chosen} FROM Students")
    read_workspace(engine, Mapping({"Students": "Elever"}), workspace, 1, ignore_progress)
    assert workspace.execute("SELECT PostNummer, SecretAddress FROM student").fetchall() == [
        ("8000", None)
    ]


def test_real_dates_become_the_contracts_text(workspace: duckdb.DuckDBPyConnection) -> None:
    column = reading.tables.STUDENTS.column("StartDato")
    rows = [(dt.date(2026, 8, 1),), (None,)]
    loading.insert_rows(workspace, reading.tables.STUDENTS, [column], [(1, rows)])
    assert workspace.execute("SELECT StartDato FROM student ORDER BY row_number").fetchall() == [
        ("01-08-2026",),
        (None,),
    ]


def test_broken_unicode_of_a_server_is_no_crash(workspace: duckdb.DuckDBPyConnection) -> None:
    column = reading.tables.STUDENTS.column("Fornavne")
    loading.insert_rows(workspace, reading.tables.STUDENTS, [column], [(1, [("Å\ud800",), (7,)])])
    assert workspace.execute("SELECT Fornavne FROM student ORDER BY 1").fetchall() == [
        ("7",),
        ("Å�",),
    ]


def test_a_text_that_is_none_stops_the_reading(tmp_path: Path) -> None:
    """What the driver says then is a sentence with the table, not a crash."""
    database = SqliteDatabase(tmp_path / "ums.db")
    database.insert("Students", student(1), student(2))
    database.execute("UPDATE Students SET Fornavne = CAST(X'C3' AS TEXT) WHERE StudieNr = 's0002'")
    with pytest.raises(SourceIncomplete, match="a text is not UTF-8") as refused:
        read(open_database(Ums(url=database.url)))
    assert "Students: the reading broke off after 1 of 2 rows" in str(refused.value)
    assert "s0002" not in str(refused.value)


def test_the_file_is_left_as_it_was(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "ums.db")
    before = database.path.read_bytes()
    read(open_database(Ums(url=database.url)))
    assert (tmp_path / "ums.db").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["ums.db"]
