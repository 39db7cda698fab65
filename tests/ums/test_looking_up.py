"""The rows of one question: one that is overlooked is a reason that support never hears of."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine

from sync.settings import Ums
from sync.ums.database import open_database
from sync.ums.looking_up import LookUp
from sync.ums.mapping import Mapping
from tests.ums.databases import SqliteDatabase, UmsDatabase, new_workspace, student

SPELLINGS = ["mona1", " MONA1", "Mona1  ", "mona11", "amona1", None, "%", "other"]


def _names(engine: Engine, **asked: object) -> list[str | None]:
    look = LookUp(engine, Mapping())
    workspace = new_workspace()
    look.put_rows_into(workspace, look.rows(**asked))  # type: ignore[arg-type]
    rows = workspace.execute("SELECT StudieNr FROM student ORDER BY row_number").fetchall()
    return [row[0] for row in rows]


def test_a_person_is_found_in_every_part_of_students_however_it_is_spelled(
    database: UmsDatabase, engine: Engine
) -> None:
    many = [*SPELLINGS, *("filler" for _ in range(20)), "MONA1"]
    database.insert(
        "Students", *(student(n, StudieNr=name) for n, name in enumerate(many, start=1))
    )
    assert _names(engine, key="mona1") == ["mona1", " MONA1", "Mona1  ", "MONA1"]
    assert _names(engine, key="%") == ["%"]
    assert _names(engine, key="nobody") == []


def test_a_row_that_two_conditions_take_comes_once(database: UmsDatabase, engine: Engine) -> None:
    database.insert(
        "Students",
        student(1, StudieNr="mona1", UMS_IDFromAdministrativeSystem="77", AktivitetsID="A1"),
        student(2, StudieNr=None, UMS_IDFromAdministrativeSystem="77", AktivitetsID="A2"),
        student(3, StudieNr="other", UMS_IDFromAdministrativeSystem="78", AktivitetsID="A1"),
    )
    found = _names(engine, key="mona1", administrative_ids=["77"], activities=["A1"])
    assert found == ["mona1", None, "other"]
    assert _names(engine, key="mona1", administrative_ids=["77"]) == ["mona1", None]


def test_what_sqlite_does_not_number_is_looked_through_whole(tmp_path: Path) -> None:
    """A view cannot be divided; a school that has one in place of the table still gets answers."""
    database = SqliteDatabase(tmp_path / "ums.db")
    engine = open_database(Ums(url=database.url))
    database.insert("Students", *(student(number) for number in range(1, 6)))
    database.execute("ALTER TABLE Students RENAME TO kept")
    database.execute("CREATE VIEW Students AS SELECT * FROM kept")
    assert _names(engine, key="S0004") == ["s0004"]
    assert LookUp(engine, Mapping()).activities_named(["%1a%"]) == [("A1", "1a 2026")]
    engine.dispose()


def test_the_activities_of_a_room_are_found_by_what_they_are_called(
    database: UmsDatabase, engine: Engine
) -> None:
    """The sign before a wildcard takes its meaning away, on every server."""
    names = {"A1": "1a 2026", "A2": "1a_2026", "A3": "2b 2026"}
    database.insert(
        "Students",
        *(
            student(number, AktivitetsID=activity, Aktivitet=name)
            for number, (activity, name) in enumerate(names.items(), start=1)
        ),
    )
    look = LookUp(engine, Mapping())
    assert look.activities_named(["1a/_2026"]) == [("A2", "1a_2026")]
    assert look.activities_named(["1a%", "2b%"]) == sorted(names.items())
