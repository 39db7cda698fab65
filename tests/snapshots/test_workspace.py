"""The workspaces of plans, searches and questions."""

from __future__ import annotations

import duckdb
import pytest

from sync.snapshots.workspace import open_workspace, planned_as_written, small_workspace


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


def _looks_for_no_better_way(connection: duckdb.DuckDBPyConnection) -> bool:
    (found,) = connection.execute("SELECT current_setting('disabled_optimizers')").fetchall()
    return "join_order" in found[0]


def _fails(connection: duckdb.DuckDBPyConnection) -> None:
    with planned_as_written(connection):
        assert _looks_for_no_better_way(connection)
        connection.execute("FROM no_such_table")


def test_better_ways_are_looked_for_again_after_the_rules_also_where_they_fail() -> None:
    """Without them a run file of a year would be read whole for every question."""
    with small_workspace() as workspace:
        with pytest.raises(duckdb.CatalogException):
            _fails(workspace)
        assert not _looks_for_no_better_way(workspace)


def test_what_a_cursor_fills_beside_the_rules_is_there_for_them() -> None:
    """What is held is rebuilt beside the settings: rules that saw none of it would make everybody
    new."""
    with small_workspace() as workspace:
        with workspace.cursor() as beside, planned_as_written(workspace):
            beside.execute("INSERT INTO held_person (key) VALUES ('mona1')")
        assert workspace.execute("SELECT key FROM held_person").fetchall() == [("mona1",)]
        tables = "SELECT table_name FROM duckdb_tables() WHERE temporary"
        assert not workspace.execute(tables).fetchall()
