"""Why each change is planned, in words (rules.md)."""

from __future__ import annotations

import duckdb


def explain(workspace: duckdb.DuckDBPyConnection) -> None:
    """Fill the reason of every change."""
