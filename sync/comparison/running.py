"""Carrying out the SQL files of this room."""

from __future__ import annotations

from importlib import resources

import duckdb


def run(workspace: duckdb.DuckDBPyConnection, name: str, **values: str) -> None:
    """Carry out a file statement by statement, each with those of the values that it names."""
    text = resources.files(__package__).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    for statement in duckdb.extract_statements(text):
        used = {key: value for key, value in values.items() if f"${key}" in statement.query}
        workspace.execute(statement, used or None)
