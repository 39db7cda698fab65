"""SQL that stands in files beside the code, carried out statement by statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib import resources
from types import MappingProxyType

import duckdb


@cache
def read_sql(package: str, name: str) -> str:
    """The text of ``name``.sql of a package."""
    return resources.files(package).joinpath(f"{name}.sql").read_text(encoding="utf-8")


def run_statements(
    connection: duckdb.DuckDBPyConnection,
    text: str,
    values: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Carry out each statement of ``text`` with those of ``values`` that it names.

    DuckDB refuses a value that a statement does not name, and says itself which names it has: a
    ``$name`` in a comment or a string is none. Raises KeyError for a name that has no value.
    """
    for statement in _statements(text):
        named = {name: values[name] for name in statement.named_parameters}
        connection.execute(statement, named or None)


# Where there are few rows, reading the statements takes a quarter of the time of carrying them out.
@lru_cache(maxsize=200)
def _statements(text: str) -> Sequence[duckdb.Statement]:
    return duckdb.extract_statements(text)
