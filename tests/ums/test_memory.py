"""Without these UMS would forget what it made, or believe in what is gone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import duckdb
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine, event

from sync.errors import DatabaseUnreachable, SchemaMismatch
from sync.settings import Ums
from sync.ums import memory
from sync.ums.database import open_database
from sync.ums.mapping import Mapping
from sync.ums.memory import memory_differences, read_memory, write_memory
from tests.ums.databases import ORGANIZATION, UmsDatabase

FIRST = dt.datetime(2026, 8, 10, 6, 30, 15, 123456, tzinfo=dt.UTC)
LATER = dt.datetime(2026, 9, 1, 6, 30, tzinfo=dt.UTC)
NODE_C, NODE_G = "UMSNode_C_" + "c" * 32, "UMSNode_G_" + "a" * 32
HELD = f"""
INSERT INTO held_person (key, user_name, first_name, last_name, role, email) VALUES
  ('anna01', 'anna01', 'Åse', 'Nørgård', 'Student', 'a@x.example'),
  ('bo02', 'bo02', 'Bo', 'Aagaard', 'Staff', NULL),
  ('cy03', 'cy03', 'Cy', 'D''Or', 'Student', '');
INSERT INTO held_group (kind, key, title, parent_key, type, node_id, site_type, ums_template_id,
  archived, empty_since) VALUES
  ('node', 'UMSCourses', 'UMS Courses', 'sonderby', 'Unspecified', NULL, NULL, NULL, NULL, NULL),
  ('node', 'UMSGroups', 'UMS Groups', 'sonderby', 'Unspecified', NULL, NULL, NULL, NULL, NULL),
  ('node', '{NODE_C}', 'Fag', 'sonderby', 'Unspecified', NULL, NULL, NULL, NULL, NULL),
  ('node', '{NODE_G}', 'Hold', 'sonderby', 'Unspecified', NULL, NULL, NULL, NULL, NULL),
  ('course', 'UMSCourse_1a', 'Matematik', '{NODE_C}', 'Course', '1a', 'Activity', NULL,
   NULL, NULL),
  ('course', 'UMSCourse_1A', 'Andet', 'UMSCourses', 'Course', '1A', 'Course', NULL,
   '2026-07-01', '2026-07-15'),
  ('group', 'UMSGroups_1a', '1a', '{NODE_G}', 'Unspecified', '1a', NULL, NULL, NULL, NULL),
  ('group', 'UMSTemplate_7', 'Elever', 'UMSTemplateGroups', 'Unspecified', NULL, NULL, 7,
   NULL, NULL);
"""


@pytest.fixture
def writable(database: UmsDatabase) -> Iterator[Engine]:
    """The database, opened for writing."""
    opened = open_database(Ums(url=database.url), read_only=False)
    yield opened
    opened.dispose()


@pytest.fixture
def held(workspace: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A workspace that holds a small school."""
    workspace.execute(HELD)
    return workspace


def write(
    engine: Engine, held: duckdb.DuckDBPyConnection, now: dt.datetime = FIRST, org: int = 1
) -> None:
    write_memory(engine, Mapping(), org, held, now)


def written(engine: Engine) -> list[str]:
    """Collects the statements that change something from here on."""
    statements: list[str] = []

    def keep(_c: object, _u: object, statement: str, *_rest: object) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA")):
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", keep)
    return statements


def stamp(value: object) -> str:
    return str(value)[:19]


def test_every_held_object_stands_in_its_table(
    database: UmsDatabase, writable: Engine, held: duckdb.DuckDBPyConnection
) -> None:
    write(writable, held)
    people = "OrganizationSettings_ID, UserName, SyncKey, FirstName, LastName, Mail"
    assert database.rows(f"SELECT {people} FROM itslearning_Learners ORDER BY ID") == [
        (1, "anna01", "anna01", "Åse", "Nørgård", "a@x.example"),
        (1, "cy03", "cy03", "Cy", "D'Or", ""),
    ]
    assert database.rows(f"SELECT {people} FROM itslearning_Teachers") == [
        (1, "bo02", "bo02", "Bo", "Aagaard", None)
    ]
    sites = database.rows(
        "SELECT SiteType, NodeID, SyncKey, Title, ParentSyncKey, WhenCreated, WhenArchived, "
        "WhenEmpty FROM itslearning_Sites ORDER BY NodeID"
    )
    assert [row[:5] for row in sites] == [
        ("Course", "1A", "UMSCourse_1A", "Andet", "UMSCourses"),
        ("Activity", "1a", "UMSCourse_1a", "Matematik", NODE_C),
    ]
    assert [[stamp(value) for value in row[5:]] for row in sites] == [
        ["2026-08-10 06:30:15", "2026-07-01 00:00:00", "2026-07-15 00:00:00"],
        ["2026-08-10 06:30:15", "None", "None"],
    ]
    for table, key in (
        ("itslearning_SubAccount_Courses", NODE_C),
        ("itslearning_SubAccount", NODE_G),
        ("itslearning_Groups", "UMSGroups_1a"),
    ):
        assert database.rows(f"SELECT SyncKey FROM {table}") == [(key,)]
    assert database.rows("SELECT Templates_ID, SyncKey, Title FROM itslearningTemplateGroups") == [
        (7, "UMSTemplate_7", "Elever")
    ]
    flags = database.rows(
        "SELECT UMSCoursesCreated, UMSTemplateGroupsCreated, UMSGroupsCreated, "
        "UMSCoursesArchiveCreated FROM itslearningOrganizationSettings"
    )
    assert [[int(str(value)) for value in row] for row in flags] == [[1, 0, 1, 0]]


def test_a_second_writing_writes_nothing(writable: Engine, held: duckdb.DuckDBPyConnection) -> None:
    write(writable, held)
    statements = written(writable)
    write(writable, held, LATER)
    assert [text for text in statements if not text.startswith("BEGIN")] == []


def test_a_change_keeps_id_and_creation_and_leaves_the_others_alone(
    database: UmsDatabase, writable: Engine, held: duckdb.DuckDBPyConnection
) -> None:
    write(writable, held)
    before = database.rows("SELECT * FROM itslearning_Learners ORDER BY ID")
    held.execute("UPDATE held_person SET last_name = 'Holm' WHERE key = 'anna01'")
    write(writable, held, LATER)
    after = database.rows("SELECT * FROM itslearning_Learners ORDER BY ID")
    assert after[1] == before[1]
    assert after[0][:7] == (*before[0][:5], "Holm", before[0][6])
    assert (after[0][7], stamp(after[0][8])) == (before[0][7], "2026-09-01 06:30:00")


def test_what_is_held_no_more_leaves_memory(
    database: UmsDatabase, writable: Engine, held: duckdb.DuckDBPyConnection
) -> None:
    write(writable, held)
    held.execute("DELETE FROM held_person; DELETE FROM held_group")
    write(writable, held, LATER)
    for table in memory.tables.MEMORY_TABLES:
        assert database.rows(f"SELECT count(*) FROM {table.name}") == [(0,)]
    read_memory(writable, Mapping(), held, 1)
    assert memory_differences(held).agree


def test_a_learner_who_becomes_a_teacher_was_created_when_he_was(
    database: UmsDatabase, writable: Engine, held: duckdb.DuckDBPyConnection
) -> None:
    write(writable, held)
    held.execute("UPDATE held_person SET role = 'Staff' WHERE key = 'anna01'")
    write(writable, held, LATER)
    assert database.rows("SELECT SyncKey FROM itslearning_Learners") == [("cy03",)]
    found = database.rows("SELECT WhenCreated FROM itslearning_Teachers WHERE SyncKey = 'anna01'")
    assert stamp(found[0][0]) == "2026-08-10 06:30:15"


def test_rows_that_ums_itself_wrote_are_recognized(
    database: UmsDatabase, writable: Engine, held: duckdb.DuckDBPyConnection
) -> None:
    """Another spelling, no sync key yet, twice the same: the oldest row stays and is put right."""
    database.insert(
        "itslearning_Learners",
        {"OrganizationSettings_ID": 1, "UserName": "ANNA01", "WhenCreated": "2020-01-02 03:04:05"},
        {"OrganizationSettings_ID": 1, "UserName": "anna01", "SyncKey": "anna01"},
        {"OrganizationSettings_ID": 1, "UserName": "left", "SyncKey": "left"},
    )
    write(writable, held)
    rows = database.rows(
        "SELECT ID, UserName, SyncKey, WhenCreated FROM itslearning_Learners ORDER BY ID"
    )
    assert [(row[1], row[2]) for row in rows] == [("anna01", "anna01"), ("cy03", "cy03")]
    assert (rows[0][0], stamp(rows[0][3])) == (1, "2020-01-02 03:04:05")


def test_a_moment_within_the_held_day_is_not_rounded(
    database: UmsDatabase, writable: Engine, held: duckdb.DuckDBPyConnection
) -> None:
    write(writable, held)
    database.execute(
        "UPDATE itslearning_Sites SET WhenArchived = '2026-07-01 13:45:00', Title = 'Old' "
        "WHERE NodeID = '1A'"
    )
    write(writable, held, LATER)
    rows = database.rows("SELECT Title, WhenArchived FROM itslearning_Sites WHERE NodeID = '1A'")
    assert (rows[0][0], stamp(rows[0][1])) == ("Andet", "2026-07-01 13:45:00")


def test_other_organizations_are_left_alone(
    database: UmsDatabase, writable: Engine, held: duckdb.DuckDBPyConnection
) -> None:
    database.insert("itslearningOrganizationSettings", {**ORGANIZATION, "ID": 2})
    write(writable, held, org=2)
    before = database.rows("SELECT * FROM itslearning_Learners ORDER BY ID")
    held.execute("DELETE FROM held_person; DELETE FROM held_group")
    write(writable, held, LATER, org=1)
    assert database.rows("SELECT * FROM itslearning_Learners ORDER BY ID") == before
    assert database.rows(
        "SELECT ID FROM itslearningOrganizationSettings WHERE UMSCoursesCreated = 1"
    ) == [(2,)]


def test_nothing_is_kept_of_a_writing_that_breaks_off(
    database: UmsDatabase,
    writable: Engine,
    held: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(self: object) -> None:
        raise sa.exc.OperationalError(None, None, Exception("08S01 link failure"))

    monkeypatch.setattr(memory._Writer, "_flags", broken)
    with pytest.raises(DatabaseUnreachable, match="hung up"):
        write(writable, held)
    assert database.rows("SELECT count(*) FROM itslearning_Learners") == [(0,)]


def test_a_value_that_does_not_fit_is_said_to_be_too_long(
    database: UmsDatabase, writable: Engine, held: duckdb.DuckDBPyConnection
) -> None:
    if writable.dialect.name == "sqlite":
        pytest.skip("SQLite knows no longest value")
    held.execute("UPDATE held_person SET email = repeat('æ', 300) WHERE role = 'Student'")
    with pytest.raises(DatabaseUnreachable, match="longer than its column"):
        write(writable, held)
    assert database.rows("SELECT count(*) FROM itslearning_Teachers") == [(0,)]


def test_a_writing_that_gave_way_is_tried_again(
    database: UmsDatabase,
    writable: Engine,
    held: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    flags = memory._Writer._flags
    victims = [1, 2]

    def gives_way(self: memory._Writer) -> None:
        if victims.pop():
            raise sa.exc.OperationalError(None, None, Exception("40001 (1205) deadlock victim"))
        flags(self)

    victims.insert(0, 0)
    monkeypatch.setattr(memory._Writer, "_flags", gives_way)
    write(writable, held)
    assert victims == []
    assert database.rows("SELECT count(*) FROM itslearning_Learners") == [(2,)]


def test_differences_are_counted_where_they_are(
    database: UmsDatabase, writable: Engine, held: duckdb.DuckDBPyConnection
) -> None:
    write(writable, held)
    read_memory(writable, Mapping(), held, 1)
    found = memory_differences(held)
    assert found.agree
    assert (found.remembered, found.held) == (9, 9)
    database.execute("DELETE FROM itslearning_Sites WHERE Title = 'Matematik'")
    database.execute("UPDATE itslearning_Groups SET Title = 'x'")
    database.execute("UPDATE itslearningOrganizationSettings SET UMSGroupsCreated = 0")
    database.insert(
        "itslearning_Teachers",
        {"OrganizationSettings_ID": 1, "UserName": "new", "SyncKey": "new"},
    )
    read_memory(writable, Mapping(), held, 1)
    found = memory_differences(held)
    assert (found.missing, found.extra, found.different, found.flags) == (1, 1, 1, 1)
    assert not found.agree
    assert found.tables["itslearning_Sites"] == (1, 0, 0)
    assert found.tables["itslearning_Teachers"] == (0, 1, 0)


def test_a_cleaned_memory_is_noticed(
    database: UmsDatabase, writable: Engine, held: duckdb.DuckDBPyConnection
) -> None:
    write(writable, held)
    for table in memory.tables.MEMORY_TABLES:
        database.execute(f"DELETE FROM {table.name}")
    read_memory(writable, Mapping(), held, 1)
    found = memory_differences(held)
    assert (found.remembered, found.missing) == (0, 9)


def test_columns_an_installation_lacks_are_not_missed(
    database: UmsDatabase, writable: Engine, held: duckdb.DuckDBPyConnection
) -> None:
    for table, column in (
        ("itslearning_Learners", "Mail"),
        ("itslearning_Learners", "WhenUpdated"),
        ("itslearning_Sites", "WhenCreated"),
        ("itslearning_Sites", "WhenEmpty"),
        ("itslearning_SubAccount", "ParentSyncKey"),
    ):
        database.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    write(writable, held)
    held.execute("UPDATE held_person SET first_name = 'Ane' WHERE key = 'anna01'")
    write(writable, held, LATER)
    read_memory(writable, Mapping(), held, 1)
    assert memory_differences(held).agree


def test_other_names_of_tables_and_columns(
    database: UmsDatabase, writable: Engine, held: duckdb.DuckDBPyConnection
) -> None:
    database.execute("ALTER TABLE itslearning_Learners RENAME TO Laerlinge")
    database.execute("ALTER TABLE Laerlinge RENAME COLUMN SyncKey TO Noegle")
    mapping = Mapping(
        {"itslearning_Learners": "Laerlinge"}, {"itslearning_Learners.SyncKey": "Noegle"}
    )
    write_memory(writable, mapping, 1, held, FIRST)
    assert database.rows("SELECT Noegle FROM Laerlinge ORDER BY 1") == [("anna01",), ("cy03",)]


def test_a_missing_table_stops_before_anything_is_written(
    database: UmsDatabase, writable: Engine, held: duckdb.DuckDBPyConnection
) -> None:
    database.execute("DROP TABLE itslearningTemplateGroups")
    with pytest.raises(SchemaMismatch, match="itslearningTemplateGroups"):
        write(writable, held)
    assert database.rows("SELECT count(*) FROM itslearning_Learners") == [(0,)]


def test_more_rows_than_one_statement_takes(
    writable: Engine, held: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_ROWS_A_STATEMENT", 250)
    held.execute(
        "INSERT INTO held_person (key, user_name, first_name, last_name, role) "
        "SELECT 'p' || i, 'p' || i, 'Å', 'B', 'Student' FROM range(600) AS numbers (i)"
    )
    write(writable, held)
    held.execute("UPDATE held_person SET last_name = 'C' WHERE key LIKE 'p1%'")
    held.execute("DELETE FROM held_person WHERE key LIKE 'p2%'")
    write(writable, held, LATER)
    read_memory(writable, Mapping(), held, 1)
    assert memory_differences(held).agree
