"""A held delete that is large can be decided on in parts: by kind and school."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from sync.guard.verdicts import Part
from sync.model import FilterCell, Verdict
from sync.shell import quoted


def parts_of(workspace: duckdb.DuckDBPyConnection, cells: Sequence[FilterCell]) -> tuple[Part, ...]:
    """The parts of the deletes that tripped a limit, largest first, one a kind and school."""
    kinds = sorted({c.kind for c in cells if c.level is Verdict.HOLD and c.op == "delete"})
    if not kinds:
        return ()
    rows = workspace.execute(
        "SELECT kind, op, school, count(*) FROM change WHERE status = 'held' "
        "AND op IN ('delete', 'forget') AND kind IN (SELECT unnest(?::VARCHAR[])) "
        "GROUP BY ALL ORDER BY count(*) DESC, kind, op, school",
        [kinds],
    ).fetchall()
    return tuple(
        Part(kind, op, school, count, _options(kind, op, school))
        for kind, op, school, count in rows
    )


def _options(kind: str, op: str, school: str) -> str:
    options = f"--kind {kind} --op {op}"
    return f"{options} --school {quoted(school)}" if school else options
