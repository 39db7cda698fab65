"""A run of a million changes taken out in every shape: `python -m benchmarks.exports [CHANGES]`.

The turn of a school year in 40 schools: the oldest leave, the youngest come, all others move up to
other rooms. Each export is a process of its own: processor seconds, time on the clock, peak
memory of the whole process and the size of the file. The bar: no shape takes more than 1 GiB,
whatever is free, and those that go a line at a time take 300 MiB.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync.runs import Installation

SHAPES = {"jsonl": 300, "csv": 300, "xlsx": 300, "html": 1024, "bundle": 1024}
SCHOOLS, GRADES, LETTERS, ROOMS = 40, 10, 4, 5
CHANGES_A_PERSON = 9  # five rooms, each left and another entered; the leavers' go along with them
_FIRST = ["Anna", "Bo", "Cecilie", "Daniel", "Emma", "Frederik", "Gustav", "Hanna", "Ida", "Jonas"]
_LAST = ["Jensen", "Nielsen", "Holm", "Lund", "Sørensen", "Berg", "Dahl", "Møller", "Friis", "Kjær"]
# Everybody is in a class and in four courses of it.
_YEAR = f"""
INSERT INTO {{side}}_person BY NAME
SELECT 'u' || n AS key, key AS user_name, {_FIRST}[1 + n * 7919 % 10] AS first_name,
  {_LAST}[1 + n * 31 // 7 % 10] || ' ' || n AS last_name, 'Student' AS role,
  key || '@skole.example' AS email, '' || (20000000 + n) AS phone, 'Bredgade ' || n AS street,
  '8000' AS postcode, 'Fjordby' AS city, 'adm' || n AS administrative_id,
  '28' || (1000 + n % {SCHOOLS}) AS school
FROM range({{first}}, {{last}}) t(n);
CREATE TEMP TABLE seat AS
SELECT p.key AS person_key, p.school, {{grade}} AS grade, room,
  'ABCD'[1 + n // {SCHOOLS} % {LETTERS}] AS letter
FROM (SELECT *, substr(key, 2)::BIGINT AS n FROM {{side}}_person) p, range({ROOMS}) t(room);
INSERT INTO {{side}}_group BY NAME
SELECT DISTINCT CASE room WHEN 0 THEN 'group' ELSE 'course' END AS kind,
  concat_ws('_', school, grade || letter, room) AS key,
  grade || letter || CASE room WHEN 0 THEN '' ELSE ' course ' || room END AS title,
  'UMSCourses' AS parent_key, 'Course' AS type, key AS node_id, 'Course' AS site_type,
  1 AS depth, school FROM seat;
INSERT INTO {{side}}_membership BY NAME
SELECT person_key, concat_ws('_', school, grade || letter, room) AS group_key,
  'Learner' AS role, school FROM seat;
DROP TABLE seat;
"""


def make(folder: Path, changes: int) -> None:
    """A plan, stored and sealed as plans are."""
    from sync import comparison, guard  # noqa: PLC0415 (the processes that measure stay small)
    from sync.model import Verdict  # noqa: PLC0415
    from sync.runs.guarding import Guarded  # noqa: PLC0415
    from sync.runs.storing import Base, Plan, store_plan  # noqa: PLC0415
    from sync.snapshots.workspace import open_workspace  # noqa: PLC0415

    persons = changes // CHANGES_A_PERSON
    leavers = persons // GRADES
    installation = _installation(folder)
    with open_workspace() as workspace:
        for side, first, grade in (
            ("held", 0, f"{GRADES - 1} - n * {GRADES} // {persons}"),
            ("wanted", leavers, f"{GRADES} - n * {GRADES} // {persons}"),
        ):
            workspace.execute(
                _YEAR.format(side=side, first=first, last=first + persons, grade=grade)
            )
        comparison.compare(workspace)
        comparison.put_in_order(workspace)
        workspace.execute("UPDATE change SET reason = 'row ended 2026-06-26 (rules.md 4)'")
        graded = Guarded(
            Verdict.PASS, (), False, {}, guard.GuardReport(Verdict.PASS, Verdict.PASS, (), "")
        )
        store_plan(
            installation, installation.recorder(), workspace,
            Plan(org=1, day=installation.today, base=Base(None, 0, 0), guarded=graded),
        )  # fmt: skip


def take_out(folder: Path, shape: str) -> int:
    """One export, by the code that `runs export` and the console use."""
    from umstui.exports.writing import write_export  # noqa: PLC0415

    return write_export(_installation(folder), "1", shape, folder / f"run.{shape}")


def _installation(folder: Path) -> Installation:
    from sync.model import Operator  # noqa: PLC0415
    from sync.runs import Installation  # noqa: PLC0415
    from sync.settings import Settings, Ums  # noqa: PLC0415

    now = dt.datetime(2026, 8, 1, 6, tzinfo=dt.UTC)
    settings = Settings(ums=Ums(url="sqlite:///ums.db"), folder=folder)
    return Installation(settings, Operator("benchmark", "here"), lambda: now)


def main(changes: int, shapes: list[str]) -> int:
    """Measure, print, and leave with 1 where a bar is missed."""
    missed = 0
    with tempfile.TemporaryDirectory(prefix="umstui-exports-") as made:
        folder = Path(made)
        subprocess.run(_command("--make", folder, changes), check=True)  # noqa: S603 (ourselves)
        for shape in shapes:
            started = time.perf_counter()
            child = subprocess.Popen(  # noqa: S603 (ourselves)
                _command("--export", folder, shape), stdout=subprocess.PIPE, text=True
            )
            said = child.stdout.read().strip() if child.stdout else ""
            _, status, usage = os.wait4(child.pid, 0)
            if status:
                return 1
            clock = time.perf_counter() - started
            megabytes = usage.ru_maxrss / 1024
            over = megabytes > SHAPES[shape]
            missed += over
            print(
                f"{shape:<7}{said:>10} written, {usage.ru_utime + usage.ru_stime:6.1f} s of "
                f"processors, {clock:6.1f} s, {megabytes:5.0f} MiB at most "
                f"({'MISSED: ' if over else ''}{SHAPES[shape]}), "
                f"file {(folder / f'run.{shape}').stat().st_size / 1e6:.1f} MB",
                flush=True,
            )
    print("Every bar is met." if not missed else f"{missed} bars are missed.")
    return 1 if missed else 0


def _command(what: str, folder: Path, value: object) -> list[str]:
    return [sys.executable, "-m", "benchmarks.exports", what, str(folder), str(value)]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        make(Path(sys.argv[2]), int(sys.argv[3]))
    elif sys.argv[1:2] == ["--export"]:
        print(take_out(Path(sys.argv[2]), sys.argv[3]))
    else:
        sys.exit(main(int((sys.argv[1:] or ["1000000"])[0]), sys.argv[2:] or list(SHAPES)))
