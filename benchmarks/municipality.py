"""A municipality in UMS, of any size: what benchmarks plan for.

Eight rows a person, each with an activity and a course, give eight course memberships a person, a
group of every activity besides, a hierarchy of schools and departments on both sides, template
groups, teachers by SQLGroups, and a few broken rows: 100,000 persons make 800,000 rows, 15,000
rooms and 1.08 million memberships. The rows are made where they are wanted, in DuckDB or in SQLite,
so that eight million of them take a minute.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb

from sync.ums import tables

ROWS_A_PERSON = 8
TEMPLATE_KEY, CREATOR_KEY = "UMSCourse_Skabelon", "opretter"

# Classes of 60 persons with eight courses each; every tenth person teaches, eight rows each too. In
# words that both databases know.
_STUDENTS = """
SELECT CASE WHEN teacher THEN 0 ELSE 1 END AS UserTypes_ID,
  'p' || person AS StudieNr, 'SI' || person AS UMS_IDFromAdministrativeSystem,
  'Fornavn ' || person AS Fornavne, 'Efternavn ' || (person % 1000) AS Efternavn,
  CASE WHEN person % 200 = 0 THEN 1 ELSE 0 END AS SecretAddress,
  'p' || person || '@skole.example' AS WorkMail, '+45 70' || person AS MobilePhone,
  'Skolevej ' || (person % 300) AS Adresse, '6400' AS PostNummer, 'Sønderborg' AS City,
  CASE WHEN person % 5000 = 0 AND place = 0 THEN '31-02-2026' ELSE $begins END AS StartDato,
  $ends AS SlutDato,
  CASE WHEN person = 10 THEN 'ledelse' ELSE 'A' || class END AS AktivitetsID,
  CASE WHEN person = 10 THEN '2026 Ledelse' ELSE '2026 Hold ' || class END AS Aktivitet,
  'Klasse ' || class AS ActivityDisplayName, (class % 9 + 1) || 'x' AS Kort_Betegnelse,
  $begins AS Aktiviteter_StartDato, $ends AS Aktiviteter_SlutDato,
  'Fag ' || place AS Skolefag, 1 AS Skolefag_LMS,
  'D' || (class % 40) AS DepartmentID, 'Afdeling ' || (class % 40) AS Department,
  'U' || (class % 7) AS EducationID, 'Uddannelse ' || (class % 7) AS Education,
  '28' || (class % 40) AS Skolekode
FROM (
  SELECT p.n AS person, r.n AS place, p.n % 10 = 0 AS teacher,
    CASE WHEN p.n % 10 = 0 THEN (p.n + r.n * 7) % (CAST($persons / 60 AS INTEGER) + 1)
      ELSE CAST((p.n - p.n % 60) / 60 AS INTEGER) END AS class
  FROM {persons} CROSS JOIN {places}) made
"""

_SERIES = """(WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < {} - 1)
  SELECT n FROM s)"""

_SETTINGS: dict[str, list[dict[str, object]]] = {
    "itslearningOrganizationSettings": [
        {"ID": 1, "Description": "Kommunen", "URL": "http://localhost", "Username": "u",
         "SourceOrganization": "root", "SQLCriteria": "UserTypes_ID >= 0"},
    ],
    "itslearningSettings": [
        {"ID": 1, "Description": "Alle", "OrganizationSettings_ID": 1, "MaintainTemplateGroups": 1,
         "StudentMail": 1, "EmployeeMail": 1, "EmployeeMobilePhone": 1, "ActivitySites": "None",
         "CourseSites": "LMS", "NodeStartIndex": 1, "NodeLength": 5, "NodeAddShortDescription": 1,
         "RemoveLearnerMethod": "Finished", "DeleteSites": "Auto", "CreateDaysBefore": 14,
         "StartPublishingDaysBefore": 7, "DeleteDaysAfterEnd": 30, "TeacherRole": "Instructor",
         "StudentRole": "Learner", "SQLGroups": "2026 Ledelse"},
    ],
    "itslearningSiteSettings": [
        {"ID": 1, "Description": "Rum", "Template": TEMPLATE_KEY, "CourseCreator": CREATOR_KEY},
    ],
    "itslearningCohortSettings": [{"ID": 1, "Description": "Klasser"}],
    "Templates": [
        {"ID": 1, "Name": "Elever", "UserTypes_ID": 1, "SQLFilter": "Skolekode LIKE '28%'",
         "itslearningSettings_ID": 1, "itslearningSiteSettings_ID": 1,
         "itslearningCohortSettings_ID": 1},
        {"ID": 2, "Name": "Ansatte", "UserTypes_ID": 0, "itslearningSettings_ID": 1,
         "itslearningSiteSettings_ID": 1},
    ],
    "itslearningSubAccountSettings": [
        {"ID": 1, "OrganizationSettings_ID": 1, "DatabaseField": "Skolekode"},
        {"ID": 2, "OrganizationSettings_ID": 1, "Parent_ID": 1, "DatabaseField": "Department"},
    ],
    "itslearningSubAccountCoursesSettings": [
        {"ID": 1, "OrganizationSettings_ID": 1, "DatabaseField": "DepartmentID",
         "DatabaseFieldDisplayname": "Department"},
        {"ID": 2, "OrganizationSettings_ID": 1, "Parent_ID": 1, "DatabaseField": "EducationID",
         "DatabaseFieldDisplayname": "Education"},
    ],
}  # fmt: skip


def school_year(day: dt.date) -> dict[str, str]:
    """The first and last day of the school year of a day, as Students has them."""
    begins = day.year if (day.month, day.day) >= (7, 1) else day.year - 1
    return {"begins": f"10-08-{begins}", "ends": f"25-06-{begins + 1}"}


def fill_workspace(workspace: duckdb.DuckDBPyConnection, persons: int, day: dt.date) -> None:
    """A municipality of that many persons in the tables that reading fills."""
    chosen = _STUDENTS.format(persons="range($persons) p(n)", places="range($rows) r(n)")
    workspace.execute(
        f"INSERT INTO student BY NAME SELECT row_number() OVER () AS row_number, * FROM ({chosen})",
        {"persons": persons, "rows": ROWS_A_PERSON, **school_year(day)},
    )
    names = {table.name: table.workspace for table in tables.ALL_TABLES}
    for name, rows in _SETTINGS.items():
        for row in rows:
            _insert(workspace, names[name], row)


def make_database(path: Path, persons: int, day: dt.date, *, password: str) -> None:
    """The same municipality as a UMS database in SQLite; ``password`` is that of its site."""
    schema = resources.files("umstui.demo").joinpath("schema.sql").read_text(encoding="utf-8")
    chosen = _STUDENTS.format(
        persons=f"{_SERIES.format('$persons')} p", places=f"{_SERIES.format('$rows')} r"
    )
    values: dict[str, Any] = {"persons": persons, "rows": ROWS_A_PERSON, **school_year(day)}
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; {schema}")
        for name, rows in _SETTINGS.items():
            for row in rows:
                _insert(connection, name, row)
        connection.execute("UPDATE itslearningOrganizationSettings SET Password = ?", [password])
        found = connection.execute(f"SELECT * FROM ({chosen}) LIMIT 0", values)
        names = ", ".join(column[0] for column in found.description)
        connection.execute(f"INSERT INTO Students ({names}) {chosen}", values)
        connection.commit()


def _insert(
    connection: duckdb.DuckDBPyConnection | sqlite3.Connection, table: str, row: dict[str, object]
) -> None:
    marks = ", ".join("?" for _ in row)
    values = list(row.values())
    connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", values)
