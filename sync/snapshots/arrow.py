"""Columns of Python values made visible to SQL, without a loop over rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    import pyarrow as pa


@contextmanager
def registered(connection: duckdb.DuckDBPyConnection, **tables: pa.Table) -> Iterator[None]:
    """Make Arrow tables readable under their names while inside."""
    # A result of which only one row was fetched counts as unfinished, and nothing registers then.
    connection.abort()
    for name, table in tables.items():
        connection.register(name, table)
    try:
        yield
    finally:
        connection.abort()
        for name in tables:
            connection.unregister(name)
