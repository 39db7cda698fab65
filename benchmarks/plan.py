"""A day's plan of a large host, from SQLite: `python -m benchmarks.plan [PERSONS] [FOLDER]`.

Makes a school and its test site, plans and takes the first load for arrived (the journal says so;
nothing is sent), changes one percent of the people, and times `umstui plan` as a process of its
own: seconds and peak memory. The bar at 100,000 persons is 15 s and 2 GiB.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from sync.model import RunState
from sync.state.database import open_state
from sync.state.journal import Batch, Journal
from sync.state.schema import RUN
from umstui.demo.configuration import COURSE_CREATOR_KEY, COURSE_TEMPLATE_KEYS
from umstui.demo.school import make_school
from umstui.testsite import Site, start

CHANGED = 100  # one of so many
ITEMS_A_BATCH = 10_000
WIDE_OPEN = "\n".join(
    f"[filter.{kind}]\n"
    + "\n".join(f"{op} = {{ percent = 100 }}" for op in ("create", "update", "delete"))
    for kind in ("person", "node", "group", "course", "membership")
)


@contextlib.contextmanager
def a_site(folder: Path) -> Iterator[str]:
    """A test site with the course templates that the school's settings name; gives its address."""
    fresh = not (folder / "site").exists()
    with start(folder / "site", 0, sites=[Site("u", "p", "root")]) as site:
        if fresh:
            with site.seed("u") as seeding:
                for key in COURSE_TEMPLATE_KEYS:
                    seeding.course_template(key, "Template")
                creator = COURSE_CREATOR_KEY
                seeding.person(creator, "A", "B", key=creator, profile="Staff")
        yield site.url


def planned(folder: Path, *more: str) -> tuple[float, dict[str, object], float]:
    """`umstui plan`: seconds, its JSON, and the largest resident memory so far in GiB."""
    before = time.perf_counter()
    done = subprocess.run(  # noqa: S603 (our own program)
        [sys.executable, "-m", "umstui", "plan", "--json", *more],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    seconds = time.perf_counter() - before
    assert done.returncode in {0, 3}, done.stderr
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    return seconds, json.loads(done.stdout), peak


def take_for_arrived(folder: Path, run: int) -> None:
    """Let the journal say that everything of a run has arrived."""
    import duckdb  # noqa: PLC0415 (only here)

    with duckdb.connect(str(folder / f"snapshots/run-{run:06d}.duckdb"), read_only=True) as file:
        last = file.execute("SELECT max(seq) FROM change").fetchall()[0][0]
    engine = open_state("sqlite:///umstui-state.db", folder)
    now = dt.datetime.now(dt.UTC)
    batches = [
        Batch(number, 1, range(first, min(first + ITEMS_A_BATCH, last + 1)), settled=True)
        for number, first in enumerate(range(1, last + 1, ITEMS_A_BATCH), 1)
    ]
    Journal(engine, run).turn(now, begun=batches)
    with engine.begin() as connection:
        connection.execute(
            sa.update(RUN).where(RUN.c.id == run).values(started=run, state=RunState.APPLIED.value)
        )
    engine.dispose()


def change_a_little(folder: Path) -> None:
    """Every hundredth person: some get another name, some leave, some move to another class."""
    with contextlib.closing(sqlite3.connect(folder / "ums.db")) as connection:
        cursor = connection.cursor()
        cursor.executescript(
            f"""
            CREATE TEMP TABLE chosen AS
              SELECT StudieNr, row_number() OVER (ORDER BY StudieNr) AS n FROM
              (SELECT DISTINCT StudieNr FROM Students WHERE UserTypes_ID = 1);
            CREATE INDEX temp.chosen_key ON chosen (StudieNr);
            UPDATE Students SET Efternavn = Efternavn || '-Holm' WHERE StudieNr IN
              (SELECT StudieNr FROM chosen WHERE n % {2 * CHANGED} = 0);
            DELETE FROM Students WHERE StudieNr IN
              (SELECT StudieNr FROM chosen WHERE n % {4 * CHANGED} = 1);
            UPDATE Students SET SlutDato = strftime('%d-%m-%Y', date('now', '-1 day'))
            WHERE rowid % {CHANGED} = 7;
            """
        )
        connection.commit()


def main() -> None:
    """Print one line a plan."""
    persons = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    today = dt.datetime.now().astimezone().date()
    with contextlib.ExitStack() as stack:
        folder = (
            Path(sys.argv[2])
            if len(sys.argv) > 2
            else Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="umstui-plan-")))
        )
        folder.mkdir(parents=True, exist_ok=True)
        os.environ.pop("UMSTUI_CONFIG", None)
        url = stack.enter_context(a_site(folder))
        fresh = not (folder / "ums.db").exists()
        if fresh:
            make_school(
                folder / "ums.db", persons=persons, seed=1, today=today, site_url=url,
                site_user="u", site_password="p", root_key="root",  # noqa: S106 (of the test site)
            )  # fmt: skip
            (folder / "umstui.toml").write_text(
                f'[ums]\nurl = "sqlite:///ums.db"\n{WIDE_OPEN}\n', encoding="utf-8"
            )
        with contextlib.closing(sqlite3.connect(folder / "ums.db")) as connection:
            connection.execute("UPDATE itslearningOrganizationSettings SET URL = ?", [url])
            connection.commit()
            rows = connection.execute("SELECT count(*) FROM Students").fetchone()[0]
        print(f"{persons:,} persons, {rows:,} rows of Students")
        if fresh:
            seconds, report, peak = planned(folder)
            show("first load", seconds, report, peak)
            take_for_arrived(folder, 1)
            change_a_little(folder)
        for name in ("one percent", "once more"):
            seconds, report, peak = planned(folder)
            show(name, seconds, report, peak)
        sizes = [path.stat().st_size for path in sorted((folder / "snapshots").iterdir())]
        print("run files:", ", ".join(f"{size / 1e6:.1f} MB" for size in sizes))


def show(name: str, seconds: float, report: dict[str, object], peak: float) -> None:
    """One plan on a line."""
    counts = {
        f"{kind} {operation}": number
        for kind, operations in dict(report["counts"]).items()  # type: ignore[call-overload]
        for operation, number in operations.items()
        if number
    }
    print(f"{name:12} {seconds:6.1f} s  peak {peak:.2f} GiB  {counts}", flush=True)


if __name__ == "__main__":
    main()
