"""The workspace of one plan: a DuckDB database of its own, gone when the plan is sealed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

import duckdb


@contextmanager
def open_workspace(memory_limit: str = "") -> Iterator[duckdb.DuckDBPyConnection]:
    """A fresh workspace with the agreed tables; it spills to a temporary folder, then vanishes.

    ``memory_limit`` is DuckDB's, such as "2GiB"; empty leaves its default.
    """
    with tempfile.TemporaryDirectory(prefix="umstui-") as folder:
        connection = duckdb.connect(str(Path(folder) / "workspace.duckdb"))
        try:
            connection.execute("SET temp_directory = ?", [folder])
            connection.execute("SET preserve_insertion_order = false")
            connection.execute("SET enable_progress_bar = false")
            if memory_limit:
                connection.execute("SET memory_limit = ?", [memory_limit])
            create_tables(connection)
            yield connection
        finally:
            connection.close()


def create_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the tables of workspace.sql."""
    text = resources.files(__package__).joinpath("workspace.sql").read_text(encoding="utf-8")
    connection.execute(text)
