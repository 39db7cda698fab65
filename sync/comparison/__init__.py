"""Comparison: what would have to change for held to become wanted.

One file a kind; every result is a row of ``change``, so that plan, drift and undo are read,
guarded, shown and carried out alike.
"""

from __future__ import annotations

import duckdb

from sync.comparison.rekeying import (
    PARKED,
    add_rekeys,
    rekey_as_proposed,
    rekey_to_user_names,
    take_rekeys_back,
)
from sync.comparison.running import run
from sync.model import Kind, Operation
from sync.stages import STAGES

ARCHIVE_KEY = "UMSCoursesArchive"  # rules.md 17


def compare(workspace: duckdb.DuckDBPyConnection) -> None:
    """Fill ``change`` of the workspace from wanted_* against held_*, live_person and held_trash.

    Rows are not in order and carry no ``seq`` yet: first the profiles of the persons they touch
    are read, then :func:`put_in_order` drops what administrators are spared (rules.md 8).
    """
    for name in ("live_match", "persons", "groups", "memberships", "events"):
        _run(workspace, name)


def touched_persons(workspace: duckdb.DuckDBPyConnection) -> list[str]:
    """Keys of persons whose record or memberships would be written (readings.md 4 and 5).

    Somebody who is not held may be there all the same, with this key and as an administrator, and
    a create would then be an update. Where all persons were read their profiles are known already.
    """
    rows = workspace.execute(
        """SELECT DISTINCT person_key FROM change
           WHERE person_key IS NOT NULL AND op NOT IN ('note', 'adopt')
             AND (person_key IN (SELECT key FROM held_person)
                  OR NOT EXISTS (FROM live_person)) ORDER BY 1"""
    ).fetchall()
    return [row[0] for row in rows]


def put_in_order(workspace: duckdb.DuckDBPyConnection) -> None:
    """Number the changes in the order of carrying out and drop those of administrators."""
    workspace.execute(
        """CREATE OR REPLACE TEMP TABLE stage_of (
             number INTEGER, children_first BOOLEAN, kind VARCHAR, op VARCHAR)"""
    )
    rows = [
        (stage.number, stage.children_first, kind.value, operation.value)
        for stage in STAGES
        for kind in Kind
        if kind in stage.kinds
        for operation in Operation
        if operation in stage.operations
    ]
    workspace.executemany("INSERT INTO stage_of VALUES (?, ?, ?, ?)", rows)
    _run(workspace, "order")


def work_out_inverse(workspace: duckdb.DuckDBPyConnection) -> None:
    """Fill ``inverse`` and ``goes_along`` from the ordered changes: what an undo would do, and in
    words what it would not bring back."""
    workspace.execute("DELETE FROM inverse")
    workspace.execute("DELETE FROM goes_along")
    _run(workspace, "inverse")


def want_as_before(workspace: duckdb.DuckDBPyConnection) -> None:
    """Fill wanted_* for an undo, from before_*, touched_*, undone and held_*."""
    _run(workspace, "as_before")


def want_live(workspace: duckdb.DuckDBPyConnection) -> None:
    """Fill wanted_* with what itslearning shows of what is held, from live_*; empties
    live_person, which would else pass for a first plan's persons."""
    _run(workspace, "live")


def hold_live(workspace: duckdb.DuckDBPyConnection) -> None:
    """Let held_* be what itslearning shows now, from live_*, for a plan against live."""
    _run(workspace, "hold_live")


def want_what_is_held(workspace: duckdb.DuckDBPyConnection) -> None:
    """Let wanted_* be held_*: for a plan that changes keys and nothing else."""
    for kind in ("person", "group", "membership", "event"):
        workspace.execute(f"INSERT INTO wanted_{kind} BY NAME FROM held_{kind}")


def fingerprint(workspace: duckdb.DuckDBPyConnection) -> str:
    """A short text that is equal exactly where two plans hold the same changes (cli.md)."""
    row = workspace.execute(
        """SELECT md5(concat_ws('|', count(*), bit_xor(md5_number(concat_ws('|', kind, op, key,
             coalesce(before, ''), coalesce(after, ''), coalesce(memory, ''))))))
           FROM change"""
    ).fetchone()
    assert row is not None
    return str(row[0])[:16]


def _run(workspace: duckdb.DuckDBPyConnection, name: str) -> None:
    run(workspace, name, archive=ARCHIVE_KEY)


__all__ = [
    "ARCHIVE_KEY",
    "PARKED",
    "add_rekeys",
    "compare",
    "fingerprint",
    "hold_live",
    "put_in_order",
    "rekey_as_proposed",
    "rekey_to_user_names",
    "take_rekeys_back",
    "touched_persons",
    "want_as_before",
    "want_live",
    "want_what_is_held",
]
