"""Carrying out the SQL files of this room."""

from __future__ import annotations

import duckdb

from sync.sql_files import read_sql, run_statements


def run(workspace: duckdb.DuckDBPyConnection, name: str, **values: str) -> None:
    """Carry out a file statement by statement, each with those of the values that it names."""
    run_statements(workspace, read_sql(__package__, name), values)
