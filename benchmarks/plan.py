"""A day's plan of a large host, from SQLite: `python -m benchmarks.plan [PERSONS] [FOLDER]`.

Makes a municipality (benchmarks/municipality.py), plans the first load and takes it for arrived:
the journal and UMS's memory say so, nothing is sent. Then one percent of the people and of their
memberships changes, and `umstui plan` is timed as a process of its own: seconds of the clock and
of its processors, peak memory and the room that it takes on disk, with its phases from the log.
That plan is taken for arrived too, and the same once more for the next day: the day after a first
load has more to work out than every other. The test site knows those whose profiles the plan has to
read. The bar at 100,000 persons is 15 s and 2 GiB, at 1,000,000 ten times that time within 24 GiB;
a folder that is named is gone on with.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.municipality import CREATOR_KEY, TEMPLATE_KEY, make_database
from sync.runs.applying import _finish
from sync.runs.installation import choose_organization, organizations
from sync.snapshots.run_file import open_run_file
from sync.state.journal import Batch, Journal
from umstui.session import local_now, open_installation
from umstui.testsite import Site, start

ITEMS_A_BATCH = 10_000
SETTINGS = """
[ums]
url = "sqlite:///ums.db"
[log]
file = "umstui.log"
level = "debug"
""" + "\n".join(
    f"[filter.{kind}]\n"
    + "\n".join(f"{op} = {{ percent = 100 }}" for op in ("create", "update", "delete"))
    for kind in ("person", "node", "group", "course", "membership")
)


_TOUCHED = """
SELECT DISTINCT StudieNr, Fornavne, Efternavn FROM Students
WHERE UserTypes_ID = 1 AND CAST(substr(StudieNr, 2) AS INTEGER) % 1000 BETWEEN 1 AND 37
"""
# Of every thousand persons: eight get another name, one leaves, one starts, four go to the next
# class, two leave half of their courses and nine leave one.
_DAY = """
CREATE TEMP TABLE class AS
  SELECT DISTINCT CAST(substr(AktivitetsID, 2) AS INTEGER) AS number, AktivitetsID, Aktivitet,
    ActivityDisplayName, Kort_Betegnelse, DepartmentID, Department, EducationID, Education,
    Skolekode
  FROM Students WHERE AktivitetsID GLOB 'A[0-9]*';
CREATE UNIQUE INDEX temp.class_number ON class (number);
CREATE TEMP TABLE chosen AS
  SELECT rowid AS place, CAST(substr(StudieNr, 2) AS INTEGER) % 1000 AS n FROM Students
  WHERE UserTypes_ID = 1 AND n BETWEEN 1 AND 37;
CREATE UNIQUE INDEX temp.chosen_place ON chosen (place);
INSERT INTO Students ({columns}) SELECT {new} FROM Students s JOIN chosen c ON c.place = s.rowid
  WHERE c.n = 21;
UPDATE Students SET Efternavn = Efternavn || '-Holm'
  WHERE rowid IN (SELECT place FROM chosen WHERE n IN (1, 2, 3, 4, 31, 32, 33, 34));
DELETE FROM Students WHERE rowid IN (SELECT place FROM chosen WHERE n = 5);
UPDATE Students SET AktivitetsID = k.AktivitetsID, Aktivitet = k.Aktivitet,
  ActivityDisplayName = k.ActivityDisplayName, Kort_Betegnelse = k.Kort_Betegnelse,
  DepartmentID = k.DepartmentID, Department = k.Department, EducationID = k.EducationID,
  Education = k.Education, Skolekode = k.Skolekode
  FROM class k WHERE k.number = 1 + substr(Students.AktivitetsID, 2)
    AND Students.rowid IN (SELECT place FROM chosen WHERE n IN (6, 7, 36, 37));
UPDATE Students SET SlutDato = strftime('%d-%m-%Y', date('now', '-1 day'))
  WHERE (rowid IN (SELECT place FROM chosen WHERE n IN (8, 9)) AND Skolefag < 'Fag 5')
     OR (rowid IN (SELECT place FROM chosen WHERE n BETWEEN 11 AND 19) AND Skolefag = 'Fag 3');
"""


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds of the clock and of processors, GiB of memory and of disk."""

    seconds: float
    busy: float
    memory: float
    disk: float

    def __str__(self) -> str:
        return (
            f"{self.seconds:6.1f} s, {self.busy:6.1f} s of processors, peak {self.memory:.2f} GiB, "
            f"{self.disk:.2f} GiB of disk"
        )


@contextlib.contextmanager
def a_site(folder: Path) -> Iterator[str]:
    """A test site with the course template of the settings and its creator; gives its address."""
    fresh = not (folder / "site").exists()
    with start(folder / "site", 0, sites=[Site("u", "p", "root")]) as site:
        if fresh:
            with site.seed("u") as seeding:
                seeding.course_template(TEMPLATE_KEY, "Template")
                seeding.person(CREATOR_KEY, "A", "B", key=CREATOR_KEY, profile="Staff")
                for name, first, last in rows(folder, _TOUCHED):
                    seeding.person(name, first, last, key=name)
        yield site.url


def rows(folder: Path, query: str) -> list[tuple[str, ...]]:
    """Rows of the UMS database."""
    with contextlib.closing(sqlite3.connect(folder / "ums.db")) as connection:
        return connection.execute(query).fetchall()


def planned(folder: Path) -> tuple[Cost, dict[str, dict[str, int]]]:
    """`umstui plan`: what it took, and its counts."""
    (folder / "umstui.log").unlink(missing_ok=True)
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    before = time.perf_counter()
    process = subprocess.Popen(  # our own program
        [sys.executable, "-m", "umstui", "plan", "--json"],
        cwd=folder, stdout=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(scratch)},
    )  # fmt: skip
    disk = 0
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(lambda: process.stdout.read() if process.stdout else "")
        while not answer.done():
            disk = max(disk, sum(file.stat().st_size for file in _files(scratch)))
            time.sleep(0.2)
    _, status, used = os.wait4(process.pid, 0)
    assert os.waitstatus_to_exitcode(status) in {0, 3}, status
    cost = Cost(
        time.perf_counter() - before,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss / 1024**2,
        disk / 1024**3,
    )
    return cost, json.loads(answer.result())["counts"]


def _files(folder: Path) -> Iterator[Path]:
    with contextlib.suppress(FileNotFoundError):
        yield from (file for file in folder.rglob("*") if file.is_file())


def take_for_arrived(folder: Path, run: int) -> None:
    """Let journal, UMS's memory and ledger say that everything of a run has arrived."""
    installation = open_installation(str(folder / "umstui.toml"), read_only=False)
    recorder = installation.recorder()
    with contextlib.closing(open_run_file(installation.run_files, run)) as file:
        last = file.execute("SELECT max(seq) FROM change").fetchall()[0][0]
    recorder.begin(run, last)
    batches = [
        Batch(number, 1, range(first, min(first + ITEMS_A_BATCH, last + 1)), settled=True)
        for number, first in enumerate(range(1, last + 1, ITEMS_A_BATCH), 1)
    ]
    Journal(installation.state, run).turn(local_now(), begun=batches)
    organization = choose_organization(organizations(installation), None)
    _finish(installation, recorder, organization, run, "", [])
    installation.state.dispose()


def change_a_day(folder: Path) -> None:
    """What changes in UMS from one day to the next."""
    with contextlib.closing(sqlite3.connect(folder / "ums.db")) as connection:
        names = [str(row[1]) for row in connection.execute("PRAGMA table_info(Students)")]
        copied = ["'n' || s.StudieNr" if name == "StudieNr" else f"s.{name}" for name in names]
        connection.executescript(_DAY.format(columns=", ".join(names), new=", ".join(copied)))
        connection.commit()


def show(name: str, folder: Path) -> None:
    """Plan once, and say what it took."""
    cost, counts = planned(folder)
    print(f"{name}: {cost}")
    for kind, operations in counts.items():
        said = ", ".join(f"{number:,} {op}" for op, number in operations.items() if number)
        if said:
            print(f"    {kind}: {said}")
    for line in (folder / "umstui.log").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record["from"] == "sync.runs.phases":
            print(f"    {record['seconds']:7.2f} s  {record['says']}", flush=True)


def main() -> None:
    """Print what each plan took."""
    persons = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    os.environ.pop("UMSTUI_CONFIG", None)
    with contextlib.ExitStack() as stack:
        folder = (
            Path(sys.argv[2])
            if len(sys.argv) > 2
            else Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="umstui-plan-")))
        )
        folder.mkdir(parents=True, exist_ok=True)
        fresh = not (folder / "ums.db").exists()
        if fresh:
            before = time.perf_counter()
            make_database(folder / "ums.db", persons, local_now().date(), password="p")  # noqa: S106
            (folder / "umstui.toml").write_text(SETTINGS, encoding="utf-8")
            print(f"{persons:,} persons made in {time.perf_counter() - before:.1f} s", flush=True)
        url = stack.enter_context(a_site(folder))
        with contextlib.closing(sqlite3.connect(folder / "ums.db")) as connection:
            connection.execute("UPDATE itslearningOrganizationSettings SET URL = ?", [url])
            connection.commit()
        if fresh:
            for run, name in enumerate(("first load", "the day after the first load"), 1):
                show(name, folder)
                before = time.perf_counter()
                take_for_arrived(folder, run)
                peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
                said = f"{time.perf_counter() - before:.1f} s, peak {peak:.2f} GiB"
                print(f"taken for arrived: {said}", flush=True)
                change_a_day(folder)
        show("a day's plan", folder)
        sizes = [file.stat().st_size for file in sorted((folder / "snapshots").iterdir())]
        print("run files:", ", ".join(f"{size / 1e6:.1f} MB" for size in sizes))


if __name__ == "__main__":
    main()
