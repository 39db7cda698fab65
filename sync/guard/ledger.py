"""The ledger of postponed deletes (itslearning-operations.md 3.2).

What waits stays held at itslearning, so a person who comes back into the source simply is no
delete any more: never deleted, never created anew. The ledger remembers since when it was missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from typing import Any

import duckdb

from sync.guard.postponing import DELETES, ROLES
from sync.model import Kind
from sync.windows import PostponedDelete, PostponedState

_COLUMNS = tuple(field.name for field in fields(PostponedDelete))
_STATE = _COLUMNS.index("state")
_STATES = {state.value: state for state in PostponedState}


@dataclass(frozen=True, slots=True)
class LedgerChanges:
    """What a plan makes of the ledger: rows to enter, and waiting rows with their new state."""

    added: tuple[PostponedDelete, ...]
    changed: tuple[PostponedDelete, ...]


def ledger_changes(
    workspace: duckdb.DuckDBPyConnection,
    waiting: Sequence[PostponedDelete],
    *,
    day: dt.date,
    run: str,
    kinds: Collection[str] = tuple(Kind),
) -> LedgerChanges:
    """Compare a plan that `evaluate` has graded with the ledger rows that wait.

    ``kinds`` are those the plan is about: a plan of users alone says nothing of rooms. Only rows
    that change are returned.
    """
    _load(workspace, waiting)
    workspace.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE guard_leaving AS
        SELECT c.kind, c.key, c.label, c.school, concat_ws('|', nullif(r.role, ''),
               nullif(r.person_role, '')) AS role, c.status, p.due, p.window_id, p.exception_id
        FROM change c LEFT JOIN ({ROLES}) r USING (seq) LEFT JOIN (
          SELECT seq, max(due) AS due, arg_max(window_id, due) AS window_id,
                 arg_max(exception_id, due) AS exception_id FROM postponement GROUP BY seq
        ) p USING (seq)
        WHERE c.op IN {DELETES}"""
    )
    added = workspace.execute(
        """
        SELECT l.kind, l.key, l.label, l.school, l.role, ?::DATE, ?, l.due,
               CASE WHEN l.exception_id IS NULL THEN 'held' ELSE 'exempt' END,
               l.window_id, l.exception_id
        FROM guard_leaving l ANTI JOIN guard_ledger g ON g.kind = l.kind AND g.key = l.key
        WHERE l.status = 'postponed' ORDER BY l.kind, l.key""",
        [day, run],
    ).fetchall()
    changed = workspace.execute(
        """
        SELECT g.kind, g.key, g.label, g.school, g.role, g.first_missing, g.first_run,
               n.due, n.state, n.window_id, n.exception_id
        FROM guard_ledger g JOIN (
          SELECT g.kind, g.key,
            CASE WHEN l.key IS NULL AND h.key IS NOT NULL THEN 'cancelled'
                 WHEN l.key IS NULL THEN 'deleted'
                 WHEN l.status <> 'postponed' THEN 'due'
                 WHEN l.exception_id IS NULL THEN 'held' ELSE 'exempt' END AS state,
            CASE WHEN l.status = 'postponed' THEN l.due
                 WHEN l.key IS NOT NULL THEN least(g.due, ?::DATE) ELSE g.due END AS due,
            CASE WHEN l.status = 'postponed' THEN l.window_id ELSE g.window END AS window_id,
            CASE WHEN l.status = 'postponed' THEN l.exception_id ELSE g.exception END
              AS exception_id
          FROM guard_ledger g
          LEFT JOIN guard_leaving l ON l.kind = g.kind AND l.key = g.key
          LEFT JOIN (
            SELECT 'person' AS kind, key FROM held_person UNION ALL
            SELECT kind, key FROM held_group UNION ALL
            SELECT 'membership', person_key || '@' || group_key FROM held_membership UNION ALL
            SELECT 'event', key FROM held_event) h ON h.kind = g.kind AND h.key = g.key
        ) n ON n.kind = g.kind AND n.key = g.key
        WHERE g.kind IN (SELECT unnest(?::VARCHAR[]))
          AND (g.due, g.state, g.window, g.exception)
              IS DISTINCT FROM (n.due, n.state, n.window_id, n.exception_id)
        ORDER BY g.kind, g.key""",
        [day, list(kinds)],
    ).fetchall()
    return LedgerChanges(tuple(map(_row, added)), tuple(map(_row, changed)))


def _load(workspace: duckdb.DuckDBPyConnection, waiting: Sequence[PostponedDelete]) -> None:
    kinds = {"first_missing": "DATE", "due": "DATE", "window": "INTEGER", "exception": "INTEGER"}
    lists = [[getattr(row, name) for row in waiting] for name in _COLUMNS]
    columns = ", ".join(
        f'unnest(?::{kinds.get(name, "VARCHAR")}[]) AS "{name}"' for name in _COLUMNS
    )
    workspace.execute(f"CREATE OR REPLACE TEMP TABLE guard_ledger AS SELECT {columns}", lists)


def _row(found: tuple[Any, ...]) -> PostponedDelete:
    values = list(found)
    values[_STATE] = _STATES[values[_STATE]]
    return PostponedDelete(*values)
