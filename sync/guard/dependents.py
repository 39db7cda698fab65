"""What cannot go while something else does not: held and postponed changes keep others back.

A membership cannot enter a room that is not created, and a room must not be deleted while a
membership in it stays on purpose, because itslearning would drop the membership with the room.
"""

from __future__ import annotations

import duckdb

_PLACES = "('node', 'group', 'course')"
_LEAVES = "('delete', 'forget')"

# Each line: what waits (w) for what is kept back (b). Only planned changes can be made to wait.
_WAITS = f"""
  SELECT w.seq, b.seq AS because FROM change w JOIN guard_kept_back b ON b.key = w.person_key
  WHERE w.kind = 'membership' AND w.op IN ('create', 'update')
    AND b.kind = 'person' AND b.op IN ('create', 'restore', 'adopt', 'rekey')
    AND w.status = 'planned'
  UNION ALL
  SELECT w.seq, b.seq FROM change w JOIN guard_kept_back b ON b.key = w.group_key
  WHERE w.kind IN ('membership', 'event') AND w.op IN ('create', 'update')
    AND b.kind IN {_PLACES} AND b.op IN ('create', 'restore') AND w.status = 'planned'
  UNION ALL
  SELECT w.seq, b.seq FROM change w JOIN wanted_group g ON g.key = w.key
  JOIN guard_kept_back b ON b.key = g.parent_key
  WHERE w.kind IN {_PLACES} AND w.op IN ('create', 'restore', 'move', 'archive')
    AND b.kind IN {_PLACES} AND b.op IN ('create', 'restore') AND w.status = 'planned'
  UNION ALL
  SELECT w.seq, b.seq FROM change w JOIN guard_kept_back b ON b.person_key = w.key
  WHERE w.kind = 'person' AND w.op IN {_LEAVES}
    AND b.kind = 'membership' AND b.op IN {_LEAVES} AND w.status = 'planned'
  UNION ALL
  SELECT w.seq, b.seq FROM change w JOIN guard_kept_back b ON b.group_key = w.key
  WHERE w.kind IN {_PLACES} AND w.op IN {_LEAVES}
    AND b.kind IN ('membership', 'event') AND b.op IN {_LEAVES} AND w.status = 'planned'
  UNION ALL
  SELECT w.seq, b.seq FROM guard_kept_back b JOIN held_group h ON h.key = b.key
  JOIN change w ON w.key = h.parent_key
  WHERE w.kind IN {_PLACES} AND w.op IN {_LEAVES}
    AND b.kind IN {_PLACES} AND b.op IN ('delete', 'forget', 'move', 'archive')
    AND w.status = 'planned'
"""


def keep_dependents_back(workspace: duckdb.DuckDBPyConnection, status: str) -> None:
    """Give ``status`` (postponed or held) to every planned change that waits for one that has it.

    A postponed dependent takes over the message and, in ``postponement``, the due day.
    """
    if not (_any(workspace, "change", status) and _any(workspace, "change", "planned")):
        return
    workspace.execute(
        "CREATE OR REPLACE TEMP TABLE guard_kept_back AS "
        "SELECT seq, kind, op, key, person_key, group_key FROM change WHERE status = ?",
        [status],
    )
    while _any(workspace, "guard_kept_back") and _any(workspace, "change", "planned"):
        workspace.execute(
            "CREATE OR REPLACE TEMP TABLE guard_waiting AS "
            f"SELECT seq, min(because) AS because FROM ({_WAITS}) GROUP BY seq"
        )
        if status == "postponed":
            workspace.execute(
                "INSERT INTO postponement SELECT w.seq, p.due, p.window_id, p.exception_id, "
                "p.message FROM guard_waiting w JOIN postponement p ON p.seq = w.because"
            )
            message = "b.message"
        else:
            message = "'waits for ' || b.label || ', which is held'"
        workspace.execute(
            f"UPDATE change SET status = ?, message = {message} "
            "FROM guard_waiting w JOIN change b ON b.seq = w.because WHERE change.seq = w.seq",
            [status],
        )
        workspace.execute(
            "CREATE OR REPLACE TEMP TABLE guard_kept_back AS "
            "SELECT c.seq, c.kind, c.op, c.key, c.person_key, c.group_key "
            "FROM change c JOIN guard_waiting w ON w.seq = c.seq"
        )


def _any(workspace: duckdb.DuckDBPyConnection, table: str, status: str | None = None) -> bool:
    where = "" if status is None else f" WHERE status = '{status}' AND op <> 'note'"
    return workspace.execute(f"SELECT 1 FROM {table}{where} LIMIT 1").fetchone() is not None
