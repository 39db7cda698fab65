"""What itslearning should hold, worked out for a municipality: `python -m benchmarks.wanted_state`.

    python -m benchmarks.wanted_state [--persons 100000] [--rules-only]

Ten rows a person, each with an activity and a course, give ten course memberships a person, a group
of every activity besides, a hierarchy of schools and departments on both sides, teachers by
SQLGroups, and a few broken rows. Times the rules and, unless told not to, a first comparison and
one the day after; peak memory is that of the whole process, DuckDB's temporary files beside it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import time
from collections.abc import Callable
from functools import partial

import duckdb

from sync import comparison, rules
from sync.snapshots.workspace import open_workspace
from sync.ums.criteria import like, translate

DAY = dt.date(2026, 9, 1)
ROWS_A_PERSON = 10

# Classes of about 60 pupils with ten courses each; every tenth person teaches, ten rows each too.
_STUDENTS = """
INSERT INTO student BY NAME
SELECT row_number() OVER () AS row_number, CASE WHEN teacher THEN 0 ELSE 1 END AS UserTypes_ID,
  'p' || person AS StudieNr, 'SI' || person AS UMS_IDFromAdministrativeSystem,
  'Fornavn ' || person AS Fornavne, 'Efternavn ' || person % 1000 AS Efternavn,
  CASE WHEN person % 200 = 0 THEN 1 ELSE 0 END AS SecretAddress,
  'p' || person || '@skole.example' AS WorkMail, '+45 70' || person AS MobilePhone,
  'Skolevej ' || person % 300 AS Adresse, '6400' AS PostNummer, 'Sønderborg' AS City,
  CASE WHEN person % 5000 = 0 AND place = 0 THEN '31-02-2026' ELSE '10-08-2026' END AS StartDato,
  '25-06-2027' AS SlutDato,
  CASE WHEN person = 10 THEN 'ledelse' ELSE 'A' || class END AS AktivitetsID,
  CASE WHEN person = 10 THEN '2026 Ledelse' ELSE '2026 Hold ' || class END AS Aktivitet,
  'Klasse ' || class AS ActivityDisplayName, class % 9 + 1 || 'x' AS Kort_Betegnelse,
  '10-08-2026' AS Aktiviteter_StartDato, '25-06-2027' AS Aktiviteter_SlutDato,
  'Fag ' || place AS Skolefag, 1 AS Skolefag_LMS,
  'D' || class % 40 AS DepartmentID, 'Afdeling ' || class % 40 AS Department,
  'U' || class % 7 AS EducationID, 'Uddannelse ' || class % 7 AS Education,
  '28' || class % 40 AS Skolekode
FROM (
  SELECT i // $rows AS person, i % $rows AS place, (i // $rows) % 10 = 0 AS teacher,
    CASE WHEN (i // $rows) % 10 = 0 THEN (i // $rows + i % $rows * 7) % ($persons // 64 + 1)
         ELSE (i // $rows) // 64 END AS class
  FROM range($persons * $rows) t(i))
"""

_SETTINGS = """
INSERT INTO organization_setting BY NAME
  SELECT 1 AS ID, 'Kommunen' AS Description, 'root' AS SourceOrganization,
    'UserTypes_ID >= 0' AS SQLCriteria;
INSERT INTO itslearning_setting BY NAME
  SELECT 1 AS ID, 1 AS OrganizationSettings_ID, 1 AS MaintainTemplateGroups, 1 AS StudentMail,
    1 AS EmployeeMail, 1 AS EmployeeMobilePhone, 'None' AS ActivitySites, 'LMS' AS CourseSites,
    1 AS NodeStartIndex, 5 AS NodeLength, 1 AS NodeAddShortDescription,
    'Finished' AS RemoveLearnerMethod, 'Auto' AS DeleteSites, 14 AS CreateDaysBefore,
    7 AS StartPublishingDaysBefore, 30 AS DeleteDaysAfterEnd, 'Instructor' AS TeacherRole,
    'Learner' AS StudentRole, '2026 Ledelse' AS SQLGroups;
INSERT INTO site_setting BY NAME
  SELECT 1 AS ID, 'UMSCourse_Skabelon' AS Template, 'opretter' AS CourseCreator;
INSERT INTO cohort_setting BY NAME SELECT 1 AS ID, NULL AS Template;
INSERT INTO template BY NAME
  SELECT 1 AS ID, 'Elever' AS Name, 1 AS UserTypes_ID, 'Skolekode LIKE ''28%''' AS SQLFilter,
    1 AS itslearningSettings_ID, 1 AS itslearningSiteSettings_ID, 1 AS itslearningCohortSettings_ID
  UNION ALL SELECT 2, 'Ansatte', 0, NULL, 1, 1, NULL;
INSERT INTO sub_account_setting BY NAME
  SELECT 1 AS ID, 1 AS OrganizationSettings_ID, NULL AS Parent_ID, 'Skolekode' AS DatabaseField
  UNION ALL SELECT 2, 1, 1, 'Department';
INSERT INTO sub_account_courses_setting BY NAME
  SELECT 1 AS ID, 1 AS OrganizationSettings_ID, NULL AS Parent_ID, 'DepartmentID' AS DatabaseField,
    'Department' AS DatabaseFieldDisplayname
  UNION ALL SELECT 2, 1, 1, 'EducationID', 'Education';
"""


def fill(workspace: duckdb.DuckDBPyConnection, persons: int) -> None:
    """A municipality of that many persons in the tables that reading fills."""
    workspace.execute(_STUDENTS, {"persons": persons, "rows": ROWS_A_PERSON})
    workspace.execute(_SETTINGS)


def timed(what: str, call: Callable[[], object]) -> float:
    """Says how long a call took and how much memory the process had at most so far."""
    before = time.perf_counter()
    call()
    seconds = time.perf_counter() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"{what:<46} {seconds:7.2f} s   peak {peak:5.2f} GiB", flush=True)
    return seconds


def compare(workspace: duckdb.DuckDBPyConnection) -> None:
    """As a plan compares: changes, their order, their reasons."""
    workspace.execute("DELETE FROM change")
    timed("  wanted against held", lambda: comparison.compare(workspace))
    timed("  in the order of carrying out", lambda: comparison.put_in_order(workspace))
    timed("  reasons", lambda: rules.explain(workspace))


def main() -> None:
    """Fill, work out, compare."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--persons", type=int, default=100_000)
    arguments.add_argument("--rules-only", action="store_true")
    chosen = arguments.parse_args()
    with open_workspace() as workspace:
        timed("filling the tables", lambda: fill(workspace, chosen.persons))
        columns = [str(row[0]) for row in workspace.execute("DESCRIBE student").fetchall()[1:]]

        def wanted(day: dt.date) -> None:
            rules.make_wanted(
                workspace,
                organization=1,
                day=day,
                criteria=partial(translate, columns=columns, day=day),
                like=like,
            )

        timed("what itslearning should hold", lambda: wanted(DAY))
        for table in ("wanted_person", "wanted_group", "wanted_membership", "problem"):
            found = workspace.execute(f"SELECT count(*) FROM {table}").fetchone()
            print(f"  {table:<20} {found[0] if found else 0:>10}")
        if chosen.rules_only:
            return
        timed("first comparison: everything is new", lambda: compare(workspace))
        for kind in ("person", "group", "membership"):
            workspace.execute(
                f"INSERT INTO held_{kind} BY NAME SELECT * EXCLUDE (kept) FROM wanted_{kind}"
            )
        tomorrow = DAY + dt.timedelta(days=1)
        timed("the day after, everything held", lambda: wanted(tomorrow))
        timed("comparison: nothing is new", lambda: compare(workspace))


if __name__ == "__main__":
    main()
