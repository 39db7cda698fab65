"""What becomes of each change of a sealed plan: decisions and outcomes laid over it as a view."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb
import pyarrow as pa

from sync.snapshots.arrow import registered
from sync.snapshots.choice import predicate
from sync.state.decisions import Decision
from sync.state.runs import StateReader

_PREPARE = """
CREATE TEMP TABLE outcome (seq BIGINT, status VARCHAR, message VARCHAR);
CREATE TEMP TABLE settled (seq BIGINT);
CREATE TEMP TABLE explained (number INTEGER, answer VARCHAR, text VARCHAR);
CREATE TEMP TABLE answered (seq BIGINT, number INTEGER);
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


class Fate:
    """The views ``fate`` (all changes) and ``shown`` (without notes) on a run file's connection.

    ``goes`` is true for what is to be sent. Of two decisions on a change the later counts; each
    is laid over what the ones before it had left, so its filter means what its author saw.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._answered = 0
        connection.execute(_PREPARE)

    def refresh(self, state: StateReader, run: int) -> None:
        """Take in the decisions and outcomes there are by now."""
        decisions = [item for item in state.decisions(run) if not item.proposal]
        for number, decision in enumerate(decisions[self._answered :], start=self._answered):
            self._answer(number, decision)
        self._answered = len(decisions)
        self._take_in(state.outcomes(run), state.settled_items(run))

    def _answer(self, number: int, decision: Decision) -> None:
        where, parameters = predicate(decision.choice)
        execute = self._connection.execute
        execute(f"CREATE TEMP TABLE chosen AS SELECT seq FROM shown WHERE {where}", parameters)
        execute("DELETE FROM answered WHERE seq IN (SELECT seq FROM chosen)")
        execute("INSERT INTO answered SELECT seq, ? FROM chosen", [number])
        execute("DROP TABLE chosen")
        execute(
            "INSERT INTO explained VALUES (?, ?, ?)", [number, decision.answer, _said(decision)]
        )

    def _take_in(
        self, outcomes: Sequence[tuple[int, str, str]], settled: Iterable[Sequence[int]]
    ) -> None:
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
        items = pa.array([seq for batch in settled for seq in batch], pa.int64())
        self._replace("settled", pa.table({"seq": items}))

    def _replace(self, name: str, content: pa.Table) -> None:
        with registered(self._connection, incoming=content):
            self._connection.execute(f"DELETE FROM {name}")
            self._connection.execute(f"INSERT INTO {name} FROM incoming")


def _said(decision: Decision) -> str:
    verb = {"approve": "approved", "reject": "rejected", "wait": "waits"}[decision.answer]
    until = f" until {decision.until}" if decision.until else ""
    return f"{verb}{until}: {decision.reason} ({decision.operator})"
