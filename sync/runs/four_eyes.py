"""Two names for many deletes: `[operators] four_eyes_deletes`."""

from __future__ import annotations

import duckdb

from sync.runs.fate import one
from sync.runs.installation import Installation

# Memberships that go with a person are no deletes of their own, so this is the number that
# `delete N` is about (readings.md 41 and 55).
_GOING = "FROM fate WHERE goes AND op = 'delete'"


def second_name_needed(installation: Installation, plan: duckdb.DuckDBPyConnection) -> str | None:
    """Why a run still needs a second name, in words; None where it does not.

    ``plan`` has the views of `sync.runs.fate`. Every delete that would be sent needs approvals of
    two different names once there are more than the setting says.
    """
    limit = installation.settings.operators.four_eyes_deletes
    if limit is None:
        return None
    deletes = one(plan, f"SELECT count(*) {_GOING}")
    if deletes <= limit:
        return None
    alone = one(
        plan,
        f"SELECT count(*) FROM (SELECT seq {_GOING}) g LEFT JOIN (SELECT seq, "
        "count(DISTINCT operator) AS names FROM approved_by GROUP BY seq) a ON a.seq = g.seq "
        "WHERE coalesce(a.names, 0) < 2",
    )
    if not alone:
        return None
    names = ", ".join(
        row[0]
        for row in plan.execute("SELECT DISTINCT operator FROM approved_by ORDER BY 1").fetchall()
    )
    so_far = f"so far: {names}" if names else "so far nobody has"
    return (
        f"{deletes:,} deletes would be sent, and above {limit:,} two different persons have to "
        f"approve them ({so_far}; {alone:,} lack a second name)"
    )
