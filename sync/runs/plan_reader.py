"""Reading a sealed plan: pages, counts and sums of its changes with what became of each."""

from __future__ import annotations

import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from types import TracebackType
from typing import Any, Self

import duckdb
import msgspec

from sync.errors import NotFound
from sync.model import Change, ChangeFilter, ChangeStatus, Kind, Operation
from sync.runs.fate import Fate
from sync.snapshots.choice import folded, predicate
from sync.snapshots.filling import COUNTED, COUNTING
from sync.snapshots.run_file import RunFiles, open_run_file, whole
from sync.stages import STAGES, Stage
from sync.state.runs import StateReader

_EVERYTHING = ChangeFilter()
_AT_ONCE = 10_000  # changes: a few megabytes, and the views are joined once for all of them
# A console stays small beside a plan of any size: one thread needs less than one for each core,
# what is sorted may spill, and of what was read little is kept, for the system has it anyway.
_AT_WORK = "SET memory_limit = '96MB'"
_AT_REST = "SET memory_limit = '8MB'"
# CHANGE_ORDERS in SQL; of equal ones the order of carrying out counts.
ORDERS = {
    "plan": "seq",
    "name": f"{folded('label')}, seq",
    "school": f"school, {folded('label')}, seq",
    "key": "lower(key), seq",
    "reason": "reason, seq",
}
_FIELDS = msgspec.json.Decoder(dict[str, str | None])
COLUMNS = "seq, kind, op, key, label, school, reason, status, before, after, message"


class ChangeReader:
    """Reads the ``change`` table of a connection. Safe to call from several threads.

    Notes, which are only remembered, are never shown.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, counted: str = COUNTING) -> None:
        """``counted`` is where the numbers by kind and operation stand."""
        self._connection = connection
        self._counted = counted
        self._fate = Fate(connection)
        self._lock = threading.Lock()
        self._choice: tuple[ChangeFilter, str] | None = None

    def refresh(self) -> None:
        """Take in what was decided since; changes that are no run stay as they are."""

    def count(self, choice: ChangeFilter = _EVERYTHING) -> int:
        """How many changes a filter chooses."""
        if choice == _EVERYTHING:
            return sum(number for (_, op), number in self._all.items() if op != Operation.NOTE)
        self._hits(choice, self._choice[1] if self._choice else "plan")
        return int(self._rows("SELECT count(*) FROM hit", [])[0][0])

    def page(
        self, choice: ChangeFilter, offset: int, limit: int, order: str = "plan"
    ) -> list[Change]:
        """Changes ``offset`` to ``offset + limit`` of those a filter chooses, in an order of
        ORDERS: that of carrying out, or by name, school, key or reason."""
        if choice == _EVERYTHING and order == "plan":
            # Notes come last (sync.stages), so the first changes are the first that are shown.
            seqs = list(range(offset + 1, min(offset + limit, self.count()) + 1))
        else:
            self._hits(choice, order)
            wanted = self._rows(
                "SELECT seq FROM hit WHERE rowid >= ? AND rowid < ? ORDER BY rowid",
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

    def changes(self, choice: ChangeFilter = _EVERYTHING, order: str = "plan") -> Iterator[Change]:
        """All changes a filter chooses, in an order of ORDERS, read ten thousand at a time."""
        offset = 0
        while part := self.page(choice, offset, _AT_ONCE, order):
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
        result: dict[str, dict[str, int]] = {}
        everything = choice == _EVERYTHING
        sums = self._all if everything else self._sums("kind, op", *predicate(choice))
        for (kind, op), number in sums.items():
            if op != Operation.NOTE:
                result.setdefault(kind, {})[op] = number
        return result

    def schools(self) -> list[str]:
        """The schools the changes belong to."""
        rows = self._rows("SELECT DISTINCT school FROM shown WHERE school <> '' ORDER BY 1", [])
        return [row[0] for row in rows]

    def stages(self) -> list[tuple[Stage, dict[tuple[str, str], int]]]:
        """The steps of carrying out what goes now, with numbers by (kind, operation)."""
        numbers: dict[int, dict[tuple[str, str], int]] = {}
        for (stage, kind, op), number in self._sums("stage, kind, op", "goes", []).items():
            numbers.setdefault(stage, {})[kind, op] = number
        return [(stage, numbers[stage.number]) for stage in STAGES if stage.number in numbers]

    @contextmanager
    def _asking(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Alone with the connection: a cursor of its own would not see the temporary tables."""
        with self._lock:
            yield self._connection

    def _looked_through(self) -> None:
        """All changes have been read, for an answer that is much smaller."""

    def _rows(self, query: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        with self._asking() as connection:
            return connection.execute(query, parameters).fetchall()

    def _sums(
        self, columns: str, where: str, parameters: Sequence[object]
    ) -> dict[tuple[Any, ...], int]:
        """How many chosen changes there are of each combination of columns, in their order."""
        sums: Counter[tuple[Any, ...]] = Counter()
        with self._asking() as connection:
            for block in self._fate.blocks():
                for *values, number in connection.execute(
                    f"SELECT {columns}, count(*) FROM shown WHERE {where} "
                    "AND seq BETWEEN ? AND ? GROUP BY ALL",
                    [*parameters, *block],
                ).fetchall():
                    sums[tuple(values)] += number
            self._looked_through()
        return dict(sorted(sums.items()))

    @cached_property
    def _all(self) -> dict[tuple[str, str], int]:
        """How many changes there are of each kind and operation, notes among them; what is decided
        does not change that."""
        rows = self._rows(f"SELECT kind, op, number FROM {self._counted} ORDER BY ALL", [])
        return {(kind, op): number for kind, op, number in rows}

    def _hits(self, choice: ChangeFilter, order: str = "plan") -> None:
        """Put the chosen changes in order once a filter, so that a page is a range of rows."""
        with self._asking() as connection:
            if self._choice == (choice, order):
                return
            self._choice = None
            where, parameters = predicate(choice)
            connection.execute("CREATE OR REPLACE TEMP TABLE hit (seq INTEGER)")
            for block in self._fate.blocks():
                connection.execute(
                    "INSERT INTO hit SELECT seq FROM shown "
                    f"WHERE {where} AND seq BETWEEN ? AND ? ORDER BY seq",
                    [*parameters, *block],
                )
            if order != "plan":
                connection.execute(
                    "CREATE OR REPLACE TEMP TABLE hit AS SELECT seq FROM hit "
                    f"JOIN change USING (seq) ORDER BY {ORDERS[order]}"
                )
            self._choice = (choice, order)
            self._looked_through()


class PlanReader(ChangeReader):
    """Reads one sealed run with its decisions and outcomes; ``refresh`` takes in newer ones."""

    def __init__(self, run_files: RunFiles, state: StateReader, run: int) -> None:
        self._state = state
        self._run_files = run_files
        self._run = run
        connection = open_run_file(run_files, run)
        try:
            connection.execute(f"SET threads = 1; {_AT_WORK}")
            connection.execute("SET temp_directory = ?", [tempfile.gettempdir()])
            form = connection.execute("SELECT format FROM header").fetchall()[0][0]
            super().__init__(connection, COUNTED[form])
            self.refresh()
        except BaseException:
            connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _asking(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with super()._asking() as connection, whole(self._run_files, self._run):
            yield connection

    def _looked_through(self) -> None:
        with suppress(duckdb.OutOfMemoryException):  # where so much is decided, all of it is kept
            self._connection.execute(_AT_REST)
        self._connection.execute(_AT_WORK)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def refresh(self) -> None:
        """Take in decisions and outcomes made since the reader was opened."""
        with self._asking():
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
    return None if text is None else _FIELDS.decode(text)
