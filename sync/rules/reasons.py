"""Why each change is planned, in words (rules.md)."""

from __future__ import annotations

import duckdb

from sync.rules.making import run


def explain(workspace: duckdb.DuckDBPyConnection) -> None:
    """Fill ``change.reason`` where it is empty: short sentences that name rule facts and dates.

    Reads what ``make_wanted`` left in temporary tables, so it needs the same connection. After a
    users-only computation only persons are explained, nothing else can have changed.
    """
    run(workspace, "explain_persons")
    everything = workspace.execute(
        "SELECT 1 FROM duckdb_tables() WHERE table_name = 'rule_room_end'"
    ).fetchone()
    if everything:
        run(workspace, "explain_places")
        run(workspace, "explain_memberships")
    explain_shared(workspace)


def explain_shared(workspace: duckdb.DuckDBPyConnection) -> None:
    """Add to ``change.reason`` which other organization is the reason that something stays."""
    run(workspace, "explain_shared")
