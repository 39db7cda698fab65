"""What becomes of each change of a sealed plan: decisions and outcomes laid over it as a view."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import duckdb

from sync.snapshots.arrow import registered
from sync.snapshots.choice import predicate
from sync.snapshots.run_file import RunFiles, open_run_file, whole
from sync.state.decisions import Decision
from sync.state.runs import StateReader

if TYPE_CHECKING:
    import pyarrow as pa

_PREPARE = """
CREATE TEMP TABLE outcome (seq INTEGER, status VARCHAR, message VARCHAR);
CREATE TEMP TABLE settled (seq INTEGER);
CREATE TEMP TABLE explained (number INTEGER, answer VARCHAR, text VARCHAR, operator VARCHAR);
CREATE TEMP TABLE answered (seq INTEGER, number INTEGER);
CREATE TEMP TABLE approved (seq INTEGER, number INTEGER);
CREATE TEMP VIEW approved_by AS
SELECT a.seq, a.number, e.operator FROM approved a JOIN explained e ON e.number = a.number;
CREATE TEMP VIEW fate AS
SELECT c.* EXCLUDE (status, message),
  CASE WHEN o.status = 'skipped' THEN 'skipped' WHEN o.status IS NOT NULL THEN 'failed'
       WHEN s.seq IS NOT NULL THEN 'ok'
       WHEN e.answer = 'reject' THEN 'skipped' WHEN e.answer = 'wait' THEN 'postponed'
       WHEN c.status = 'held' AND e.answer = 'approve' THEN 'planned'
       ELSE c.status END AS status,
  coalesce(o.message, e.text, c.message) AS message,
  (c.status = 'planned' AND coalesce(e.answer, 'approve') = 'approve')
    OR (c.status = 'held' AND coalesce(e.answer, '') = 'approve') AS goes
FROM change c
LEFT JOIN outcome o ON o.seq = c.seq
LEFT JOIN settled s ON s.seq = c.seq
LEFT JOIN answered a ON a.seq = c.seq
LEFT JOIN explained e ON e.number = a.number;
CREATE TEMP VIEW shown AS FROM fate WHERE op <> 'note';
"""


# Changes that are looked through at once: what the views join with takes memory by their number,
# and a plan may have millions, each of them decided on.
_BLOCK = 200_000


class Fate:
    """The views ``fate`` (all changes) and ``shown`` (without notes) on a run file's connection.

    ``goes`` is true for what is to be sent. Of two decisions on a change the later counts; each
    is laid over what the ones before it had left, so its filter means what its author saw.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._answered = 0
        connection.execute(_PREPARE)
        self.last = one(connection, "SELECT coalesce(max(seq), 0) FROM change")

    def blocks(self) -> Iterator[tuple[int, int]]:
        """The first and the last number of each block of changes, in order. What becomes of a
        change depends on nothing outside its block."""
        for first in range(1, self.last + 1, _BLOCK):
            yield first, min(first + _BLOCK - 1, self.last)

    def refresh(self, state: StateReader, run: int) -> None:
        """Take in the decisions and outcomes there are by now."""
        self.lay([item for item in state.decisions(run) if not item.proposal])
        self.take_in(state.outcomes(run), state.settled_items(run))

    def lay(self, decisions: Sequence[Decision]) -> None:
        """Lay decisions over the plan, those left out that are there already; ``answered`` then
        says which of them each change has, ``approved_by`` whose approvals it had besides."""
        for number, decision in enumerate(decisions[self._answered :], start=self._answered):
            self._answer(number, decision)
        self._answered = len(decisions)

    def _answer(self, number: int, decision: Decision) -> None:
        where, parameters = predicate(decision.choice)
        execute = self._connection.execute
        for first, last in self.blocks():
            execute(
                "CREATE OR REPLACE TEMP TABLE chosen AS SELECT seq::INTEGER AS seq FROM shown "
                f"WHERE {where} AND seq BETWEEN ? AND ?",
                [*parameters, first, last],
            )
            execute("DELETE FROM answered WHERE seq IN (SELECT seq FROM chosen)")
            execute("INSERT INTO answered SELECT seq, ? FROM chosen", [number])
            if decision.answer == "approve":
                execute("INSERT INTO approved SELECT seq, ? FROM chosen", [number])
            else:
                execute("DELETE FROM approved WHERE seq IN (SELECT seq FROM chosen)")
        execute(
            "INSERT INTO explained VALUES (?, ?, ?, ?)",
            [number, decision.answer, _said(decision), decision.operator],
        )

    def take_in(
        self, outcomes: Sequence[tuple[int, str, str]], settled: Iterable[Sequence[int]]
    ) -> None:
        """Lay what became of the items that were sent over the plan."""
        items = [seq for batch in settled for seq in batch]
        if not (outcomes or items):  # nothing was sent yet
            self._connection.execute("DELETE FROM outcome; DELETE FROM settled")
            return
        import pyarrow as pa  # noqa: PLC0415 (25 MB that a console seldom needs)

        seqs, statuses, messages = zip(*outcomes, strict=True) if outcomes else ((), (), ())
        self._replace(
            "outcome",
            pa.table(
                {
                    "seq": pa.array(seqs, pa.int64()),
                    "status": pa.array(statuses, pa.string()),
                    "message": pa.array(messages, pa.string()),
                }
            ),
        )
        self._replace("settled", pa.table({"seq": pa.array(items, pa.int64())}))

    def _replace(self, name: str, content: pa.Table) -> None:
        with registered(self._connection, incoming=content):
            self._connection.execute(f"DELETE FROM {name}")
            self._connection.execute(f"INSERT INTO {name} FROM incoming")


def _said(decision: Decision) -> str:
    verb = {"approve": "approved", "reject": "rejected", "wait": "waits"}[decision.answer]
    word = "counts until" if decision.answer == "approve" else "until"
    until = f" {word} {decision.until}" if decision.until else ""
    return f"{verb}{until}: {decision.reason} ({decision.operator})"


@contextmanager
def decided_plan(
    run_files: RunFiles, state: StateReader, run: int
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file of a run with the views of :class:`Fate` as they are now. Raises RunFileDamaged."""
    connection = open_run_file(run_files, run)
    try:
        with whole(run_files, run):
            Fate(connection).refresh(state, run)
            yield connection
    finally:
        connection.close()


def approved_seqs(connection: duckdb.DuckDBPyConnection) -> list[int]:
    """The changes whose last answer is an approval."""
    rows = connection.execute(
        "SELECT a.seq FROM answered a JOIN explained e ON e.number = a.number "
        "WHERE e.answer = 'approve'"
    ).fetchall()
    return [row[0] for row in rows]


def one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """The single number that a query gives."""
    row = connection.execute(query).fetchone()
    return 0 if row is None else int(row[0])
