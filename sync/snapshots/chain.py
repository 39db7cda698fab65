"""The files that a run's held is rebuilt from: its own, the ones it builds on, their keyframe."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from sync.snapshots.filling import Header
from sync.snapshots.run_file import attach


@dataclass(frozen=True, slots=True)
class Link:
    """An attached file of a chain: the name it goes by, its header, its tables that have rows."""

    name: str
    header: Header
    filled: frozenset[str]

    def has(self, table: str) -> bool:
        """Whether a table has rows in this file; those without need not be there."""
        return table in self.filled

    @property
    def arrived(self) -> str | None:
        """What to join with ``seq`` to choose the changes of the file below that had arrived and
        whose outcome this file does not say itself; None where there are none."""
        if self.header.arrived is not None:
            first, last = self.header.arrived
            return f"JOIN (SELECT {first} AS first, {last} AS last) r"
        return f"JOIN {self.name}.arrived_before r" if self.has("arrived_before") else None


@contextmanager
def chain(workspace: duckdb.DuckDBPyConnection, folder: Path, run: int) -> Iterator[Sequence[Link]]:
    """The attached chain of a run, its own file first and its keyframe last.

    Raises RunFileDamaged where a file of it cannot be read.
    """
    headers: list[Header] = []
    try:
        current: int | None = run
        while current is not None:
            headers.append(attach(workspace, folder, current, _name(len(headers))))
            current = headers[-1].base
        filled = _filled(workspace)
        names = [_name(number) for number in range(len(headers))]
        yield [
            Link(name, header, frozenset(filled.get(name, ())))
            for name, header in zip(names, headers, strict=True)
        ]
    finally:
        for number in range(len(headers)):
            workspace.execute(f"DETACH {_name(number)}")


def _name(number: int) -> str:
    return f"file_{number}"


def _filled(workspace: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    rows = workspace.execute(
        "SELECT database_name, list(table_name) FROM duckdb_tables() "
        "WHERE estimated_size > 0 AND NOT internal GROUP BY ALL"
    ).fetchall()
    return dict(rows)
