"""Reading a sealed plan: pages, counts and sums of its changes with what became of each."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb
import msgspec

from sync.errors import NotFound
from sync.model import (
    STAGES,
    Change,
    ChangeFilter,
    ChangeStatus,
    Kind,
    Operation,
    Stage,
)
from sync.runs.fate import Fate
from sync.snapshots.choice import folded, predicate
from sync.snapshots.run_file import open_run_file, whole
from sync.state.runs import StateReader

_EVERYTHING = ChangeFilter()
_AT_ONCE = 10_000  # changes: a few megabytes, and the views are joined once for all of them
_MEMORY = "96MB"  # a console stays small beside a plan of any size; what is sorted may spill
# What changes can be sorted by; of equal ones the order of carrying out counts.
ORDERS = {
    "plan": "seq",
    "name": f"{folded('label')}, seq",
    "school": f"school, {folded('label')}, seq",
    "key": "lower(key), seq",
    "reason": "reason, seq",
}
COLUMNS = "seq, kind, op, key, label, school, reason, status, before, after, message"


class ChangeReader:
    """Reads the ``change`` table of a connection. Safe to call from several threads.

    Notes, which are only remembered, are never shown.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._fate = Fate(connection)
        self._lock = threading.Lock()
        self._choice: tuple[ChangeFilter, str] | None = None

    def refresh(self) -> None:
        """Take in what was decided since; changes that are no run stay as they are."""

    def count(self, choice: ChangeFilter = _EVERYTHING) -> int:
        """How many changes a filter chooses."""
        if choice == _EVERYTHING:
            return int(self._rows("SELECT count(*) FROM change WHERE op <> 'note'", [])[0][0])
        self._hits(choice, self._choice[1] if self._choice else "plan")
        return int(self._rows("SELECT count(*) FROM hit", [])[0][0])

    def page(
        self, choice: ChangeFilter, offset: int, limit: int, order: str = "plan"
    ) -> list[Change]:
        """Changes ``offset`` to ``offset + limit`` of those a filter chooses, in an order of
        ORDERS: that of carrying out, or by name, school, key or reason."""
        if choice == _EVERYTHING and order == "plan":
            # Notes come last (model.STAGES), so the first changes are the first that are shown.
            seqs = list(range(offset + 1, min(offset + limit, self.count()) + 1))
        else:
            self._hits(choice, order)
            wanted = self._rows(
                "SELECT seq FROM hit WHERE number > ? AND number <= ? ORDER BY number",
                [offset, offset + limit],
            )
            seqs = [row[0] for row in wanted]
        if not seqs:
            return []
        here = "seq BETWEEN ? AND ?"
        values: list[object] = [min(seqs), max(seqs)]
        if len(seqs) <= max(seqs) - min(seqs):  # there are others between them
            here += " AND seq IN (SELECT unnest(?::BIGINT[]))"
            values.append(seqs)
        rows = self._rows(f"SELECT {COLUMNS} FROM shown WHERE {here}", values)
        losses = dict(
            self._rows(f"SELECT seq, loss FROM inverse WHERE loss <> '' AND {here}", values)
        )
        along = dict(
            self._rows(f"SELECT seq, count(*) FROM goes_along WHERE {here} GROUP BY seq", values)
        )
        found = {
            row[0]: change_of(row, losses.get(row[0], ""), along.get(row[0], 0)) for row in rows
        }
        return [found[seq] for seq in seqs]

    def changes(self, choice: ChangeFilter = _EVERYTHING) -> Iterator[Change]:
        """All changes a filter chooses, in plan order, read ten thousand at a time."""
        offset = 0
        while part := self.page(choice, offset, _AT_ONCE):
            yield from part
            offset += _AT_ONCE

    def change(self, seq: int) -> Change:
        """One change. Raises NotFound."""
        rows = self._rows(f"SELECT {COLUMNS} FROM shown WHERE seq = ?", [seq])
        if not rows:
            raise NotFound(f"There is no change {seq} in this run.")
        found = self._rows("SELECT loss FROM inverse WHERE seq = ?", [seq])
        along = self._rows("SELECT count(*) FROM goes_along WHERE seq = ?", [seq])
        return change_of(rows[0], found[0][0] if found else "", along[0][0])

    def tally(self, choice: ChangeFilter = _EVERYTHING) -> dict[str, dict[str, int]]:
        """Numbers by kind and operation."""
        where, parameters = predicate(choice)
        result: dict[str, dict[str, int]] = {}
        for kind, op, number in self._rows(
            f"SELECT kind, op, count(*) FROM shown WHERE {where} GROUP BY ALL ORDER BY ALL",
            parameters,
        ):
            result.setdefault(kind, {})[op] = number
        return result

    def schools(self) -> list[str]:
        """The schools the changes belong to."""
        rows = self._rows("SELECT DISTINCT school FROM shown WHERE school <> '' ORDER BY 1", [])
        return [row[0] for row in rows]

    def stages(self) -> list[tuple[Stage, dict[tuple[str, str], int]]]:
        """The steps of carrying out what goes now, with numbers by (kind, operation)."""
        numbers: dict[int, dict[tuple[str, str], int]] = {}
        for stage, kind, op, number in self._rows(
            "SELECT stage, kind, op, count(*) FROM shown WHERE goes GROUP BY ALL ORDER BY ALL", []
        ):
            numbers.setdefault(stage, {})[kind, op] = number
        return [(stage, numbers[stage.number]) for stage in STAGES if stage.number in numbers]

    def _rows(self, query: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        # One connection under a lock: a cursor of its own would not see the temporary tables.
        with self._lock:
            return self._connection.execute(query, parameters).fetchall()

    def _hits(self, choice: ChangeFilter, order: str = "plan") -> None:
        """Number the chosen changes once a filter, so that a page is a range of numbers."""
        with self._lock:
            if self._choice == (choice, order):
                return
            where, parameters = predicate(choice)
            self._connection.execute(
                "CREATE OR REPLACE TEMP TABLE hit AS SELECT row_number() OVER "
                f"(ORDER BY {ORDERS[order]}) AS "
                f"number, seq FROM shown WHERE {where}",
                parameters,
            )
            self._choice = (choice, order)


class PlanReader(ChangeReader):
    """Reads one sealed run with its decisions and outcomes; ``refresh`` takes in newer ones."""

    def __init__(self, run_files: Path, state: StateReader, run: int) -> None:
        connection = open_run_file(run_files, run)
        connection.execute(f"SET memory_limit = '{_MEMORY}'")
        connection.execute("SET temp_directory = ?", [tempfile.gettempdir()])
        super().__init__(connection)
        self._state = state
        self._folder = run_files
        self._run = run
        self.refresh()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _rows(self, query: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        with whole(self._folder, self._run):
            return super()._rows(query, parameters)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def refresh(self) -> None:
        """Take in decisions and outcomes made since the reader was opened."""
        with self._lock:
            self._fate.refresh(self._state, self._run)
            self._choice = None


def change_of(row: Sequence[Any], loss: str = "", along: int = 0) -> Change:
    """A change from its COLUMNS, with what an undo loses and how many memberships go along."""
    seq, kind, op, key, label, school, reason, status, before, after, message = row
    return Change(
        seq=seq,
        kind=Kind(kind),
        op=Operation(op),
        key=key,
        label=label,
        school=school,
        reason=reason,
        status=ChangeStatus(status),
        before=_object(before),
        after=_object(after),
        message=message,
        loss=loss,
        along=along,
    )


def _object(text: str | None) -> dict[str, str | None] | None:
    return None if text is None else msgspec.json.decode(text, type=dict[str, str | None])
