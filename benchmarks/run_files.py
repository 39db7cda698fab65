"""A year of daily run files: `python -m benchmarks.run_files [DAYS] [FOLDER]`.

50,000 persons, 20,000 groups and 500,000 memberships, of which 0.5 % change and 0.1 % each come and
go every day, written by the code that seals real plans. The bars: 150 MB for 365 days, and what was
held before any of them rebuilt in half a second. Processor seconds stand beside those of the clock,
because they say the same on a machine that does other things as well.
"""

from __future__ import annotations

import datetime as dt
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from sync import comparison
from sync.snapshots.filling import Header
from sync.snapshots.held import STEPS_BETWEEN_KEYFRAMES, load_held, take_arrived
from sync.snapshots.run_file import RunFiles, seal
from sync.snapshots.workspace import create_tables, open_workspace

PERSONS, GROUPS, MEMBERSHIPS = 50_000, 20_000, 500_000
FIRST_NAMES = [
    "Anna", "Bo", "Cecilie", "Daniel", "Emma", "Frederik", "Gustav", "Hanna", "Ida", "Jonas",
    "Karla", "Liam",
]  # fmt: skip
LAST_NAMES = [
    "Jensen", "Nielsen", "Holm", "Lund", "Sørensen", "Berg", "Dahl", "Møller", "Friis", "Kjær",
    "Østergård",
]  # fmt: skip

# A person, a group and a membership by number and by how often they changed.
_FUNCTIONS = f"""
CREATE TEMP MACRO chance(name, number) AS (hash(name || number) % 1000000)::BIGINT;
CREATE TEMP MACRO first_of(n) AS {FIRST_NAMES}[1 + chance('first', n) % {len(FIRST_NAMES)}]
  || CASE WHEN n % 3 = 0 THEN ' ' || {FIRST_NAMES}[1 + chance('middle', n) % 12] ELSE '' END;
CREATE TEMP MACRO last_of(n) AS {LAST_NAMES}[1 + chance('last', n) % {len(LAST_NAMES)}];
CREATE TEMP MACRO school_of(n) AS '28' || (1000 + chance('school', n) % 40);
"""
_FIRST = f"""
INSERT INTO held_person SELECT 'u' || (100000 + n), 'u' || (100000 + n), first_of(n), last_of(n),
  'Student', lower(last_of(n)) || n || '@skole.example', '' || (20000000 + chance('phone', n)),
  '' || (30000000 + chance('mobile', n)), last_of(chance('street', n) % 400) || 'vej '
  || chance('number', n) % 200, '' || (1000 + chance('zip', n) % 9000), 'Fjordby',
  'adm' || n, school_of(n) FROM range({PERSONS}) t(n);
INSERT INTO held_group SELECT 'course', 'UMSCourse_' || school_of(n) || '_' || n,
  'Dansk ' || n % 10 || 'abcd'[1 + n % 4], 'UMSCourses', 'Course', school_of(n) || '_' || n,
  'Activity', 'template1', 'creator', NULL, NULL, 1, NULL, DATE '2027-06-30', NULL, NULL, 1,
  school_of(n) FROM range({GROUPS}) t(n);
INSERT INTO held_membership SELECT 'u' || (100000 + n % {PERSONS}),
  'UMSCourse_' || school_of(g) || '_' || g, 'Learner', school_of(g)
FROM (SELECT n, (chance('group', n % {PERSONS} // 25) + n // {PERSONS}) % {GROUPS} AS g
      FROM range({MEMBERSHIPS}) t(n));
"""
# What a day wants: some changed, some gone, some new. $day is the number of the day.
_DAY = f"""
INSERT INTO wanted_person BY NAME
SELECT * REPLACE (CASE WHEN chance('c' || $day, key) < 5000 THEN last_name || $day
                  ELSE last_name END AS last_name)
FROM held_person WHERE chance('g' || $day, key) >= 1000;
INSERT INTO wanted_person BY NAME
SELECT 'n' || $day || '_' || n AS key, key AS user_name, first_of(n) AS first_name,
  last_of(n) AS last_name, 'Student' AS role, key || '@skole.example' AS email,
  '' || (20000000 + chance('phone', n)) AS phone, '' AS mobile, 'Bredgade ' || n AS street,
  '8000' AS postcode, 'Fjordby' AS city, 'adm' || n AS administrative_id, school_of(n) AS school
FROM range({PERSONS // 1000}) t(n);
INSERT INTO wanted_group BY NAME
SELECT * REPLACE (CASE WHEN chance('c' || $day, key) < 5000 THEN title || $day ELSE title END
                  AS title) FROM held_group WHERE chance('g' || $day, key) >= 1000;
INSERT INTO wanted_group BY NAME
SELECT * REPLACE (key || 'n' || $day AS key) FROM held_group
WHERE chance('n' || $day, key) < 1000;
INSERT INTO wanted_membership BY NAME
SELECT * REPLACE (CASE WHEN chance('c' || $day, person_key || group_key) < 5000
  THEN CASE role WHEN 'Learner' THEN 'Instructor' ELSE 'Learner' END ELSE role END AS role)
FROM held_membership WHERE chance('g' || $day, person_key || group_key) >= 1000;
INSERT INTO wanted_membership BY NAME
SELECT DISTINCT ON (person_key, group_key)
  p.key AS person_key, g.key AS group_key, 'Learner' AS role, g.school
FROM (SELECT key, row_number() OVER (ORDER BY chance('p' || $day, key)) AS n FROM held_person
      QUALIFY n <= {MEMBERSHIPS // 500}) p
JOIN (SELECT key, school, row_number() OVER (ORDER BY chance('h' || $day, key)) AS n
      FROM held_group QUALIFY n <= {MEMBERSHIPS // 500}) g USING (n)
ANTI JOIN held_membership h ON h.person_key = p.key AND h.group_key = g.key;
"""


def main() -> None:
    """Write the year and print what it takes."""
    days = int(sys.argv[1]) if len(sys.argv) > 1 else 365
    with tempfile.TemporaryDirectory(prefix="umstui-files-") as made:
        folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(made)
        seconds, rows, sums = write_year(folder, days)
        sizes = [RunFiles(folder).path(day).stat().st_size for day in range(1, days + 1)]
        total = sum(sizes) / 1e6
        print(f"{days} days, {statistics.median(rows):,.0f} changes a day (median)")
        print(
            f"all files {total:.1f} MB (bar: {150 * days / 365:.0f}); "
            f"a file {min(sizes) / 1e3:.0f} kB at least, "
            f"{statistics.median(sizes) / 1e3:.0f} median, {max(sizes) / 1e3:.0f} at most"
        )
        print(
            f"sealing: {statistics.median(seconds):.2f} s of processor median, "
            f"{max(seconds):.2f} at most"
        )
        rebuild(folder, days, sums)


def checksum(workspace: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    """What tells two states of held apart."""
    tables = ("held_person", "held_group", "held_membership", "held_trash")
    sums = " UNION ALL ".join(
        f"SELECT '{name}', count(*), bit_xor(hash({name})) FROM {name}" for name in tables
    )
    return workspace.execute(f"{sums} ORDER BY 1").fetchall()


def write_year(
    folder: Path, days: int
) -> tuple[list[float], list[int], dict[int, list[tuple[object, ...]]]]:
    """Seal a file a day: the seconds that took, the number of changes, and what was held."""
    seconds, rows, sums = [], [], {}
    base, steps = None, 0
    with duckdb.connect() as workspace:
        create_tables(workspace)
        workspace.execute(_FUNCTIONS)
        workspace.execute(_FIRST)
        for day in range(1, days + 1):
            sums[day] = checksum(workspace)
            for statement in duckdb.extract_statements(_DAY):
                workspace.execute(statement, {"day": day})
            comparison.compare(workspace)
            comparison.put_in_order(workspace)
            comparison.work_out_inverse(workspace)
            workspace.execute("UPDATE change SET reason = 'UMS says otherwise: last_name'")
            before = _processor()
            header = Header(day, 1, dt.date(2026, 1, 1) + dt.timedelta(days=day),
                            "2026-01-01T06:00:00+00:00", "f" * 16, base, steps)  # fmt: skip
            seal(workspace, RunFiles(folder), header)
            seconds.append(_processor() - before)
            rows.append(workspace.execute("SELECT count(*) FROM change").fetchall()[0][0])
            take_arrived(workspace)
            for table in ("change", "wanted_person", "wanted_group", "wanted_membership"):
                workspace.execute(f"DELETE FROM {table}")
            base, steps = day, steps + 1
            if steps > STEPS_BETWEEN_KEYFRAMES:
                base, steps = None, 0
    return seconds, rows, sums


def rebuild(folder: Path, days: int, sums: dict[int, list[tuple[object, ...]]]) -> None:
    """Rebuild what was held before days at some distances from their keyframes, best of three."""
    group = STEPS_BETWEEN_KEYFRAMES + 1
    last = (days - 1) // group * group  # files before the last keyframe's group
    for steps in (0, 1, group // 2, group - 1):
        for day in sorted({1 + steps, max(0, last - group) + 1 + steps}):
            if day > days:
                continue
            found = []
            for _ in range(3):
                with open_workspace() as workspace:
                    before = time.perf_counter(), _processor()
                    load_held(workspace, RunFiles(folder), day)
                    found.append((time.perf_counter() - before[0], _processor() - before[1]))
                    assert checksum(workspace) == sums[day]
            wall, busy = (min(times) for times in zip(*found, strict=True))
            print(
                f"rebuilt: day {day:3}, {steps:2} files from its keyframe: {wall:.2f} s, "
                f"{busy:.2f} s of processor (bar: 0.5 s)"
            )


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
