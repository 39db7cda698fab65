"""Run files attached to a connection, each once, and the chains that they make."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType

import duckdb

from sync.snapshots.filling import Header
from sync.snapshots.run_file import RunFiles, attach


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
        """A condition on ``seq`` for the changes of the file below that had arrived and whose
        outcome this file does not say itself; None where there are none."""
        if self.header.arrived is not None:
            first, last = self.header.arrived
            return f"seq BETWEEN {first} AND {last}"
        if self.has("arrived_before"):
            return f"EXISTS (FROM {self.name}.arrived_before WHERE seq BETWEEN first AND last)"
        return None


class AttachedRuns:
    """Run files on a connection; each is attached when it is first asked for, and
    let go of at the end of a ``with``, else with the connection. Opening a connection of its own
    for each would cost ten times as much."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, files: RunFiles) -> None:
        self.connection = connection
        self._files = files
        self._headers: dict[int, Header] = {}
        self._filled: dict[str, frozenset[str]] = {}

    def __enter__(self) -> AttachedRuns:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for run in self._headers:
            self.connection.execute(f"DETACH {_name(run)}")
        self._headers.clear()
        self._filled.clear()

    def name(self, run: int) -> str:
        """The name that the file of a run is attached under. Raises RunFileDamaged."""
        self._header(run)
        return _name(run)

    def chain(self, run: int) -> list[Link]:
        """The files that what was held before a run is rebuilt from: its own, those it builds on,
        their keyframe last. Raises RunFileDamaged where one of them cannot be read."""
        headers: list[Header] = []
        current: int | None = run
        while current is not None:
            headers.append(self._header(current))
            current = headers[-1].base
        names = [_name(header.run) for header in headers]
        if not self._filled.keys() >= set(names):
            # Most tables of most files have no rows, and looking into them costs time.
            rows = self.connection.execute(
                "SELECT database_name, list(table_name) FROM duckdb_tables() "
                "WHERE estimated_size > 0 AND NOT internal GROUP BY ALL"
            ).fetchall()
            filled = {name: frozenset(tables) for name, tables in rows}
            self._filled |= {name: filled.get(name, frozenset()) for name in names}
        return [
            Link(name, header, self._filled[name])
            for name, header in zip(names, headers, strict=True)
        ]

    def _header(self, run: int) -> Header:
        if run not in self._headers:
            self._headers[run] = attach(self.connection, self._files, run, _name(run))
        return self._headers[run]


def _name(run: int) -> str:
    return f"run_{run}"
