"""How long the diagnosis of one person takes in a large school.

    python benchmarks/diagnose.py [--persons 100000] [--dir FOLDER]

Makes a school and the first run of it as carried out (what itslearning was sent is entered, no site
is needed), then asks for persons, memberships and rooms. The folder is kept for the next time.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sync import comparison, rules
from sync.model import Operator, RunState
from sync.runs import (
    Installation,
    diagnose_membership,
    diagnose_person,
    diagnose_room,
)
from sync.runs.guarding import guard_plan
from sync.runs.planning import criteria_columns, make_wanted
from sync.runs.storing import Base, Plan, store_plan
from sync.settings import Settings, Ums
from sync.snapshots.workspace import open_workspace
from sync.state.schema import BATCH
from sync.ums.reading import read_workspace
from umstui.demo.school import make_school

DAY = dt.date(2026, 11, 21)
SIZE = 50


def prepared(folder: Path, persons: int) -> Installation:
    """A school whose first run was carried out."""
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / "made"
    settings = Settings(ums=Ums(url="sqlite:///ums.db"), folder=folder)
    now = dt.datetime(2026, 11, 21, 6, tzinfo=dt.UTC)
    installation = Installation(settings, Operator("benchmark", "here"), lambda: now)
    if made.exists():
        return installation
    make_school(
        folder / "ums.db", persons=persons, seed=1, today=DAY, site_url="http://127.0.0.1:1",
        site_user="u", site_password="made-up", root_key="root",  # noqa: S106
    )  # fmt: skip
    source = installation.source()
    recorder = installation.recorder()
    with open_workspace() as workspace:
        reading = read_workspace(source, installation.mapping, workspace, 1, lambda _: None)
        make_wanted(workspace, 1, DAY, criteria_columns(workspace, reading))
        comparison.compare(workspace)
        comparison.put_in_order(workspace)
        rules.explain(workspace)
        guarded = guard_plan(installation, recorder, 1, workspace, DAY, reading, first=True)
        report = store_plan(
            installation, recorder, workspace,
            Plan(org=1, day=DAY, base=Base(None, 0, 0), guarded=guarded),
        )  # fmt: skip
        row = workspace.execute("SELECT count(*) FROM change WHERE status = 'planned'").fetchone()
        total = row[0] if row else 0
    run = int(report.summary.run)
    every = range(1, total + 1)
    batches = [list(every[start : start + SIZE]) for start in range(0, total, SIZE)]
    recorder.begin(run, total)
    with installation.state.begin() as connection:
        connection.execute(
            BATCH.insert(),
            [
                {
                    "run": run, "number": number, "stage": 1, "size": len(batch), "settled": True,
                    "content": batch, "sent_at": now, "settled_at": now,
                }
                for number, batch in enumerate(batches, start=1)
            ],
        )  # fmt: skip
    recorder.set_state(run, RunState.APPLYING)
    recorder.end(run, RunState.APPLIED, done=[], now=now, message="")
    made.touch()
    return installation


def timed(what: str, ask: Callable[[], object], times: int = 5) -> None:
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        answer = ask()
        seconds.append(time.perf_counter() - started)
    summary = str(getattr(answer, "summary", ""))
    print(f"{what:<12} median {statistics.median(seconds):.3f} s, "
          f"worst {max(seconds):.3f} s: {summary}")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--dir", type=Path)
    arguments = parser.parse_args()
    folder = arguments.dir or Path(tempfile.mkdtemp())
    started = time.perf_counter()
    installation = prepared(folder, arguments.persons)
    print(f"prepared in {time.perf_counter() - started:.0f} s")
    with sqlite3.connect(folder / "ums.db") as ums:
        (key,) = ums.execute("SELECT StudieNr FROM Students WHERE rowid = 400000 OR rowid = 400 "
                             "ORDER BY rowid DESC LIMIT 1").fetchone()  # fmt: skip
    answer = diagnose_person(installation, key, live=False)
    room = next(
        fact.value.rsplit("(", 1)[1].split(")")[0] for fact in answer.facts
        if fact.what == "in" and "UMSCourse_" in fact.value
    )  # fmt: skip
    timed("person", lambda: diagnose_person(installation, key, live=False), 9)
    timed("nobody", lambda: diagnose_person(installation, "nobody-at-all", live=False))
    timed("membership", lambda: diagnose_membership(installation, key, room, live=False))
    timed("room", lambda: diagnose_room(installation, room, live=False))


if __name__ == "__main__":
    main()
