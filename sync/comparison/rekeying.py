"""Key changes as changes of a plan: to the user names, to the keys UMS has now, and back."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from sync.comparison.running import run

PARKED = "UMSParked_"
"""What the keys begin with that the persons of a circle have for a moment."""

_TIMETABLE_USER = "UMSTimetableUser"

# Who wants a key whose holder does not give it up stays as well, and then whoever wants theirs.
_BLOCKED = """
CREATE OR REPLACE TEMP TABLE rekey_blocked AS
SELECT r.current_key AS key, 'the key ' || r.wanted_key || ' is already on '
  || trim(coalesce(l.first_name, '') || ' ' || coalesce(l.last_name, '')) || ' (user name '
  || coalesce(nullif(l.user_name, ''), 'none') || '), who keeps it' AS detail
FROM rekey_wanted r JOIN live_person l ON lower(l.key) = lower(r.wanted_key)
WHERE lower(l.key) NOT IN (SELECT lower(current_key) FROM rekey_wanted)
"""


def rekey_to_user_names(workspace: duckdb.DuckDBPyConnection, creators: Sequence[str]) -> None:
    """Fill ``rekey_wanted`` and ``rekey_obstacle`` from live_person, held_person and held_trash.

    ``creators`` are the keys that settings name as course creators: under another key no room
    could be made any more (rules.md 15).
    """
    run(workspace, "rekey_to_user_name", timetable_user=_TIMETABLE_USER)
    _leave_out_obstacles(workspace, creators)


def rekey_as_proposed(workspace: duckdb.DuckDBPyConnection, creators: Sequence[str]) -> None:
    """Fill ``rekey_wanted`` and ``rekey_obstacle`` with the pairs of equal names among the changes
    of another plan, which stand in ``proposing``; what else counts is as in
    :func:`rekey_to_user_names`. Name sakes whom nothing tells apart are obstacles."""
    run(workspace, "rekey_as_proposed")
    _leave_out_obstacles(workspace, creators)
    workspace.execute("INSERT INTO rekey_obstacle SELECT 'name-sakes', * FROM rekey_undecided")


def _leave_out_obstacles(workspace: duckdb.DuckDBPyConnection, creators: Sequence[str]) -> None:
    workspace.execute(
        "CREATE OR REPLACE TEMP TABLE rekey_creator AS SELECT unnest(?::VARCHAR[]) AS key",
        [list(creators)],
    )
    run(workspace, "rekey_obstacles")
    while True:
        workspace.execute(_BLOCKED)
        if not workspace.execute("SELECT 1 FROM rekey_blocked LIMIT 1").fetchall():
            return
        workspace.execute(
            "INSERT INTO rekey_obstacle SELECT 'key-taken', key, detail FROM rekey_blocked"
        )
        workspace.execute(
            "DELETE FROM rekey_wanted WHERE current_key IN (SELECT key FROM rekey_blocked)"
        )


def add_rekeys(workspace: duckdb.DuckDBPyConnection) -> None:
    """Add the changes of ``rekey_wanted`` to ``change``: persons, and what hangs on their keys."""
    run(workspace, "rekey", parked=PARKED)


def take_rekeys_back(workspace: duckdb.DuckDBPyConnection) -> None:
    """Fill ``rekey_wanted`` for an undo from ``undone``, ``undone_key`` and what is held now."""
    run(workspace, "rekey_back")
