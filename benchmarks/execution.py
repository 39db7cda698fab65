"""Execution that survives, in figures: `python -m benchmarks.execution [PERSONS] [FOLDER]`.

1. The journal's share of an apply: the same items through the executor to a site that answers at
   once, with the journal and without.
2. A first load over a real test site, killed in its middle (SIGKILL): how long until the resumed
   apply sends its first batch, and until it is through. 11,000 persons are about 100,000 changes.
3. The undo of a run of about 10,000 changes: what differs at the site from what was there before.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sync.execution import Dependencies, Executor, Item
from sync.model import Kind, Operation, Outcome, OutcomeStatus, RunReport, RunState, ignore_progress
from sync.runs import Installation, apply, approve, confirmation, plan, report, undo
from sync.settings import Itslearning
from sync.state.database import open_state
from sync.state.journal import Journal
from sync.state.schema import BATCH
from umstui.cli.demonstration import SETTINGS, SITE, prepare, running_site
from umstui.session import local_now, open_installation
from umstui.testsite.inspection import Inspection

ITEMS = 100_000
WIDE_OPEN = "\n".join(
    f"[filter.{kind}]\n"
    + "\n".join(f"{op} = {{ percent = 100 }}" for op in ("create", "update", "delete"))
    for kind in ("person", "node", "group", "course", "membership")
)


class Ready:
    """A site that answers at once."""

    events = None

    def create_memberships(self, batch: list[Any]) -> list[Outcome]:
        """Everything succeeds."""
        return [Outcome(OutcomeStatus.OK)] * len(batch)


class NoJournal(Journal):
    """Remembers nothing."""

    def next_number(self) -> int:
        """Always the first."""
        return 1

    def turn(self, now: dt.datetime, **_: object) -> bool:
        """Write nothing."""
        return False


def journal_overhead(folder: Path) -> None:
    """The executor alone over 100,000 memberships."""
    engine = open_state("sqlite:///bench-state.db", folder)
    items = [
        Item(
            seq, 4, 0, Kind.MEMBERSHIP, Operation.CREATE, f"p{seq}@room", f"p{seq}", "room", {},
            {"role": "Learner"},
        )
        for seq in range(1, ITEMS + 1)
    ]  # fmt: skip
    for size in (50, 500):
        seconds = {}
        for name, journal in (
            ("without", NoJournal(engine, size)), ("with", Journal(engine, size)),
        ):  # fmt: skip
            began = time.perf_counter()
            Executor(
                Ready(),  # type: ignore[arg-type]
                journal,
                Itslearning(batch_size=size),
                local_now,
                Dependencies(),
                ignore_progress,
                ITEMS,
                0,
            ).carry_out(items)
            seconds[name] = time.perf_counter() - began
        per_batch = (seconds["with"] - seconds["without"]) / (ITEMS / size) * 1000
        print(
            f"journal, batches of {size}: {ITEMS:,} items in {seconds['without']:.2f} s without, "
            f"{seconds['with']:.2f} s with; {per_batch:.2f} ms a batch"
        )


def settled(installation: Installation, run: str) -> int:
    """How many batches of a run are settled."""
    with installation.state.connect() as connection:
        query = sa.select(sa.func.count()).where(BATCH.c.run == int(run), BATCH.c.settled)
        return int(connection.execute(query).scalar_one())


def started(folder: Path, run: str, confirm: str | None) -> subprocess.Popen[bytes]:
    """`umstui apply RUN` as a process of its own."""
    command = [sys.executable, "-m", "umstui", "apply", run, "--config", str(folder / SETTINGS)]
    if confirm:
        command += ["--confirm", confirm]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)  # noqa: S603 (our own program)


def resume(folder: Path, installation: Installation, found: RunReport) -> None:
    """Kill the first load in its middle and let it go on."""
    run, confirm = found.summary.run, confirmation(found)
    process = started(folder, run, confirm)
    began = time.perf_counter()
    while report(installation, run).summary.applied.ok < found.summary.changes // 2:
        time.sleep(0.05)
        assert process.poll() is None, "it was through before it could be killed; take more persons"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    half = time.perf_counter() - began
    before, open_items = settled(installation, run), report(installation, run).summary.applied
    began = time.perf_counter()
    process = started(folder, run, confirm)
    while settled(installation, run) <= before:
        time.sleep(0.01)
    first = time.perf_counter() - began
    process.wait()
    through = time.perf_counter() - began
    done = report(installation, run).summary
    print(
        f"resume of a run of {found.summary.changes:,} changes, killed after {half:.1f} s with "
        f"{open_items.pending:,} left: first batch settled {first:.2f} s after the start of the "
        f"process, through in {through:.1f} s; it ended {done.state} with {done.applied}"
    )


def content(folder: Path) -> dict[str, set[tuple[object, ...]]]:
    """What the site holds, without its internal numbers."""
    site = Inspection(folder / SITE)
    person = ("key", "user_name", "first", "last")
    return {
        "persons": {tuple(row[name] for name in person) for row in site.persons()},
        "groups": {(row["key"], row["title"], row["parent"]) for row in site.groups()},
        "courses": {(row["key"], row["title"]) for row in site.courses()},
        "memberships": {(row["key"], row["role"]) for row in site.memberships()},
    }


def carry_out(installation: Installation, found: RunReport) -> RunReport:
    """Approve where it is held, and apply."""
    if found.summary.state is RunState.HELD:
        approve(installation, found.summary.run, reason="a benchmark")
    return apply(installation, found.summary.run, confirm=confirmation(found))


def undone(folder: Path, installation: Installation, persons: int) -> None:
    """A run that lets people go, renames others and moves some; then its undo."""
    before = content(folder)
    with closing(sqlite3.connect(folder / "ums.db")) as connection:
        names = "SELECT DISTINCT StudieNr FROM Students WHERE UserTypes_ID = 1 ORDER BY 1"
        shares = ((0, 15), (15, 2), (2, 40))
        leave, rename, move = (
            f"StudieNr IN ({names} LIMIT {persons // part} "
            f"OFFSET {persons // after if after else 0})"
            for after, part in shares
        )
        connection.execute(f"DELETE FROM Students WHERE {leave}")
        connection.execute(f"UPDATE Students SET Efternavn = 'Ny-' || Efternavn WHERE {rename}")
        connection.execute(
            "UPDATE Students SET Aktivitet = 'Ny ' || Aktivitet, "
            f"AktivitetsID = 'ny-' || AktivitetsID WHERE {move}"
        )
        connection.commit()
    found = plan(installation)
    gone = sum(found.summary.counts["person"].values())
    result = carry_out(installation, found)
    changed = content(folder)
    began = time.perf_counter()
    back = undo(installation, found.summary.run)
    planned = time.perf_counter() - began
    began = time.perf_counter()
    ended = carry_out(installation, back)
    seconds = time.perf_counter() - began
    after = content(folder)
    left = {name: len(before[name] ^ after[name]) for name in before}
    print(
        f"undo of a run of {found.summary.changes:,} changes ({gone:,} of persons, "
        f"{len(changed['memberships'] ^ before['memberships']):,} memberships differed; "
        f"{result.summary.state}): planned in {planned:.1f} s as {back.summary.changes:,} changes, "
        f"applied in {seconds:.1f} s ({ended.summary.state}); differences left: {left}"
    )
    for loss in found.losses:
        print(f"  said before it was sent, of {loss.count} {loss.kind}: {loss.words}")


def main() -> None:
    """Run all three."""
    persons = int(sys.argv[1]) if len(sys.argv) > 1 else 11_000
    with tempfile.TemporaryDirectory() as made:
        folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(made) / "demo"
        demo = prepare(folder, persons, 1, dt.datetime.now(tz=dt.UTC).date())
        journal_overhead(folder)
        with (folder / SETTINGS).open("a", encoding="utf-8") as settings:
            settings.write(f"[filter]\nchurn_percent = 100\n{WIDE_OPEN}\n")
        with running_site(folder, demo):
            installation = open_installation(str(folder / SETTINGS), read_only=False)
            began = time.perf_counter()
            found = plan(installation)
            print(
                f"planned {found.summary.changes:,} changes in {time.perf_counter() - began:.1f} s"
            )
            if found.summary.state is RunState.HELD:
                approve(installation, found.summary.run, reason="a benchmark")
            resume(folder, installation, found)
            undone(folder, installation, persons)


if __name__ == "__main__":
    main()
