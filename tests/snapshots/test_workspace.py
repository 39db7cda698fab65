"""The workspace of a plan or a search."""

from __future__ import annotations

import duckdb
import pytest

from sync.snapshots.workspace import open_workspace


@pytest.mark.parametrize(("most", "said"), [(0.25, "256.0 MiB"), (1e6, None), (None, None)])
def test_a_search_takes_no_more_memory_than_it_was_given(
    most: float | None, said: str | None
) -> None:
    """Beside it runs the sync of the same server: what it needs must be left."""
    with open_workspace() as workspace:
        usual = _limit(workspace)
    with open_workspace(most=most) as workspace:
        assert said is None or _limit(workspace) == said
        assert said is not None or _limit(workspace).endswith(usual.partition(" ")[2])


def _limit(workspace: duckdb.DuckDBPyConnection) -> str:
    (row,) = workspace.execute("SELECT current_setting('memory_limit')").fetchall()
    return str(row[0])
