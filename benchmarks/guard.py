"""What the guard adds to a plan of 100,000 changes: `python -m benchmarks.guard`.

The bar is 0.3 seconds. Plans in which nothing waits, everything waits, and everything is held, over
40 schools; the ledger of postponed deletes apart.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import statistics
import time
from collections.abc import Callable

import duckdb

from sync.guard import BrokenRows, ReadLevel, ReadVerdict, evaluate, ledger_changes
from sync.settings import Filter, Limit, Limits
from sync.snapshots.workspace import create_tables
from sync.windows import KeepException, KeepTarget, Window, WindowType

CHANGES = 100_000
DAY = dt.date(2026, 8, 10)
GOOD = [ReadVerdict(ReadLevel.GOOD, "complete", "all rows were read")]
SUMMER = Window(WindowType.DELAY_DELETE, dt.date(2026, 6, 20), dt.date(2026, 8, 13), id=1)
STUDENTS = dataclasses.replace(SUMMER, role="Student", id=2)
KEPT = [KeepException(KeepTarget.PERSON, f"p{n}", DAY, "exam", n) for n in range(200)]
OFF = Limit(percent=100)
OPEN = Filter(
    person=Limits(create=OFF, update=OFF, delete=OFF),
    node=Limits(),
    group=Limits(),
    course=Limits(),
    membership=Limits(delete=OFF),
    churn_percent=100,
)


def make_plan(delete_share: int) -> duckdb.DuckDBPyConnection:
    """A municipality of 100,000 persons and 500,000 memberships with 100,000 changes."""
    workspace = duckdb.connect()
    create_tables(workspace)
    workspace.execute(
        "INSERT INTO held_person (key, first_name, last_name, role, school) "
        "SELECT 'p' || i, 'First ' || i, 'Last', 'Student', 'S' || i % 40 FROM range(100000) t(i)"
    )
    workspace.execute("INSERT INTO wanted_person SELECT *, false FROM held_person")
    workspace.execute(
        "INSERT INTO held_membership SELECT 'p' || i % 100000, "
        "'g' || (i + i // 100000) % 5000, 'Learner', 'S' || i % 40 FROM range(500000) t(i)"
    )
    workspace.execute(
        "INSERT INTO change (seq, stage, depth, kind, op, key, label, school, person_key, "
        "group_key, before) SELECT i + 1, 1, 0, "
        "CASE WHEN i % 5 = 0 THEN 'person' ELSE 'membership' END, "
        "CASE WHEN (i // 5) % 100 < ? THEN 'delete' "
        "WHEN i % 5 = 0 THEN 'update' ELSE 'create' END, "
        "CASE WHEN i % 5 = 0 THEN 'p' || i ELSE 'p' || i || '@g' || i % 5000 END, "
        "'Label ' || i, 'S' || i % 40, 'p' || i, CASE WHEN i % 5 > 0 THEN 'g' || i % 5000 END, "
        """json_object('role', CASE WHEN i % 5 = 0 THEN 'Student' ELSE 'Learner' END) """
        f"FROM range({CHANGES}) t(i)",
        [delete_share],
    )
    return workspace


def timed(made: Callable[[], duckdb.DuckDBPyConnection], **options: object) -> tuple[float, str]:
    """The median of five evaluations, and what they came to."""
    seconds, found = [], ""
    for _ in range(5):
        workspace = made()
        before = time.perf_counter()
        report = evaluate(
            workspace,
            day=DAY,
            first_load=False,
            readings=GOOD,
            broken=BrokenRows(0, 1_000_000),
            **options,  # type: ignore[arg-type]
        )
        seconds.append(time.perf_counter() - before)
        statuses = workspace.execute("SELECT status, count(*) FROM change GROUP BY 1").fetchall()
        found = f"{report.verdict} {dict(statuses)}"
        workspace.close()
    return statistics.median(seconds), found


def main() -> None:
    """Print one line a plan."""
    cases: list[tuple[str, int, dict[str, object]]] = [
        ("passes", 10, {"settings": OPEN}),
        ("waits", 100, {"settings": OPEN, "windows": [SUMMER]}),
        ("waits, roles", 100, {"settings": OPEN, "windows": [STUDENTS], "exceptions": KEPT}),
        ("held", 50, {"settings": Filter()}),
        ("held, cells", 50, {"settings": Filter(on_hold="cells")}),
    ]
    for name, share, options in cases:
        seconds, found = timed(lambda share=share: make_plan(share), **options)  # type: ignore[misc]
        print(f"{name:12} {CHANGES:,} changes: {seconds:.3f} s  {found}")
    workspace = make_plan(100)
    evaluate(
        workspace,
        settings=OPEN,
        day=DAY,
        first_load=False,
        readings=GOOD,
        broken=BrokenRows(0, 1),
        windows=[SUMMER],
    )
    before = time.perf_counter()
    added = ledger_changes(workspace, [], day=DAY, run="1").added
    print(f"ledger of {len(added):,} postponed deletes: {time.perf_counter() - before:.3f} s")
    workspace.close()


if __name__ == "__main__":
    main()
