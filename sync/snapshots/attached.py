"""Run files looked into for one question: attached to one connection, each once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from sync.snapshots.filling import Header
from sync.snapshots.run_file import attach


class AttachedRuns:
    """The run files of a folder on a connection; each is attached when it is first asked for, and
    let go of with the connection. Opening a connection of its own for each would cost ten times
    as much."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self.connection = connection
        self._folder = folder
        self._headers: dict[int, Header] = {}

    def name(self, run: int) -> str:
        """The name that the file of a run is attached under. Raises RunFileDamaged."""
        self.header(run)
        return _name(run)

    def header(self, run: int) -> Header:
        """The header of a run's file. Raises RunFileDamaged."""
        if run not in self._headers:
            self._headers[run] = attach(self.connection, self._folder, run, _name(run))
        return self._headers[run]

    def chain(self, run: int) -> list[str]:
        """The names of a run's file and of those it builds on, its keyframe last."""
        names = []
        current: int | None = run
        while current is not None:
            names.append(self.name(current))
            current = self.header(current).base
        return names

    def filled(self, files: Sequence[str]) -> set[tuple[str, str]]:
        """(file, table) of all tables that have rows: most have none, and looking costs time."""
        rows = self.connection.execute(
            "SELECT database_name, table_name FROM duckdb_tables() "
            "WHERE estimated_size > 0 AND database_name IN (SELECT unnest(?))",
            [list(files)],
        ).fetchall()
        return set(rows)


def _name(run: int) -> str:
    return f"run_{run}"


@dataclass(frozen=True, slots=True)
class About:
    """Changes in which a column has one of some values; ``among`` says which come into question.

    Values stand in the SQL that is made of them: a column that is compared with them, and with
    nothing else, is looked up in a file without reading all of it.
    """

    column: str
    values: Sequence[str]
    among: str = "true"
    table: str = "change_row"  # or change, which gives what a change says in full

    @property
    def where(self) -> str:
        """The condition in SQL; there has to be a value."""
        return f"{self.among} AND {self.column} IN ({', '.join(map(quoted, self.values))})"


def quoted(text: str) -> str:
    """A text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def changes_about(
    connection: duckdb.DuckDBPyConnection, files: Sequence[str], asked: Sequence[About]
) -> list[tuple[int, About]]:
    """What is asked for, by the place of each file that says something of it.

    Looking whether it does reads a column or two; what a change says in full takes ten times as
    long, and of a year of files only a handful say anything of one person.
    """
    parts = [
        f"SELECT {place} AS place, {number} AS number, {about.column} AS value "
        f"FROM {file}.{about.table} WHERE {about.where}"
        for number, about in enumerate(asked)
        if about.values
        for place, file in enumerate(files)
    ]
    if not parts:
        return []
    rows = connection.execute(
        "SELECT place, number, list_sort(list(DISTINCT value)) "
        f"FROM ({' UNION ALL '.join(parts)}) GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return [(place, replace(asked[number], values=values)) for place, number, values in rows]
