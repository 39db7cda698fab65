"""What itslearning should hold, worked out for a municipality: `python -m benchmarks.wanted_state`.

    python -m benchmarks.wanted_state [--persons 100000] [--rules-only]

Times the rules over benchmarks/municipality.py and, unless told not to, a first comparison and
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

from benchmarks.municipality import fill_workspace
from sync import comparison, rules
from sync.snapshots.workspace import open_workspace
from sync.ums.criteria import like, translate

DAY = dt.date(2026, 9, 1)


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
        timed("filling the tables", lambda: fill_workspace(workspace, chosen.persons, DAY))
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
