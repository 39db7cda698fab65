"""Decisions outlive their run: where a new plan holds the very same change, they hold for it too.

A change is the same where kind, operation, key, before and after are. An approval is carried over
from the plan just before alone, as long as the change was not sent. What was refused or put off is
looked for further back, so that a plan in between which did not hold the change forgets nothing. A
run that was rejected as a whole is over, and that is all it says of the next one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import duckdb

from sync.errors import RunFileDamaged
from sync.model import ChangeFilter, FilterCell, RunReport, RunState, Verdict
from sync.runs.fate import Fate, decided_plan, one
from sync.runs.four_eyes import second_name_needed
from sync.runs.installation import Installation
from sync.snapshots.arrow import registered
from sync.snapshots.run_file import open_run_file
from sync.state import audit
from sync.state.decisions import Decision
from sync.state.runs import StateReader, StateWriter

if TYPE_CHECKING:
    import pyarrow as pa

RUNS_LOOKED_AT = 10
EVERYTHING = ChangeFilter()
_CARRIED = "; carried over from run "

# Which decision (by its number) is on which change of an older run, and whether it can be carried
# over. Of two approvals on one change both count, for the names that a large delete needs.
_DECIDED = """
SELECT f.number, f.carries, c.kind, c.op, c.key, c.before, c.after FROM (
  SELECT a.number, a.seq, true AS carries FROM answered a JOIN explained e ON e.number = a.number
  WHERE e.answer <> 'approve'
  UNION ALL
  SELECT b.number, b.seq, ? AND b.seq NOT IN (SELECT seq FROM settled)
    AND b.seq NOT IN (SELECT seq FROM outcome)
  FROM approved_by b JOIN answered a ON a.seq = b.seq
  JOIN explained e ON e.number = a.number AND e.answer = 'approve'
) f JOIN change c ON c.seq = f.seq
"""


@dataclass(frozen=True, slots=True)
class Inherited:
    """A decision on run ``source`` and the changes of a new plan for which it still holds."""

    source: int
    decision: Decision
    seqs: frozenset[int]


def inherit(
    installation: Installation,
    reader: StateReader,
    org: int,
    day: dt.date,
    workspace: duckdb.DuckDBPyConnection,
) -> list[Inherited]:
    """The decisions of earlier runs that hold for the numbered changes of a workspace, and keep
    back what is refused or put off: those changes then count for no limit."""
    before = reader.newest_plan(org)
    taken: set[int] = set()
    inherited: list[Inherited] = []
    newest = 0 if before is None else before
    for source in reader.decided_runs(org, before=newest + 1, limit=RUNS_LOOKED_AT):
        try:
            found = _decided(installation, reader, source, approvals=source == before)
        except RunFileDamaged:
            continue  # an old file that was put away; what it said is not known any more
        seen: set[int] = set()
        for decision, changes in found:
            same = _same(workspace, changes)
            seen |= same.keys()
            seqs = {seq for seq, carries in same.items() if carries} - taken
            if seqs and _still_holds(decision, day, installation.today):
                inherited.append(Inherited(source, decision, frozenset(seqs)))
        taken |= seen
    for item in inherited:
        if item.decision.answer != "approve":
            workspace.execute(
                "UPDATE change SET status = 'held', message = ? "
                "WHERE status = 'planned' AND seq IN (SELECT unnest(?::BIGINT[]))",
                [f"kept back: {item.decision.reason} ({item.decision.operator})", list(item.seqs)],
            )
    return inherited


def carry_over(
    installation: Installation, recorder: StateWriter, run: int, inherited: Sequence[Inherited]
) -> None:
    """Store the decisions that a new plan inherited, under the names of those who made them."""
    decisions = []
    for item in sorted(inherited, key=lambda item: (item.source, item.decision.number)):
        reason = item.decision.reason
        if _CARRIED not in reason:
            reason += f"{_CARRIED}{item.source}"
        choice = ChangeFilter(seqs=item.seqs)
        decisions.append(replace(item.decision, choice=choice, count=len(item.seqs), reason=reason))
    if decisions:
        recorder.carry_over(run, decisions)
        sources = sorted({item.source for item in inherited})
        audit.record(
            installation.state,
            installation.operator,
            installation.clock(),
            "carry over",
            run=run,
            count=sum(decision.count for decision in decisions),
            reason=f"decisions on changes that are the same, of run {', '.join(map(str, sources))}",
        )


def settled_by_carried(installation: Installation, recorder: StateWriter, run: int) -> bool:
    """Whether carried approvals let a held run through: nothing of it is left undecided, and it is
    held for nothing that the plan before, which they were given for, was not held for."""
    stored = recorder.run(run)
    before = recorder.newest_plan(stored.summary.org, before=run)
    if stored.unapprovable or before is None:
        return False
    known = _holding(recorder.run(before).report)
    if not _holding(stored.report) <= known:
        return False
    with decided_plan(installation.run_files, recorder, run) as plan:
        return nothing_waits(installation, plan)


def nothing_waits(installation: Installation, plan: duckdb.DuckDBPyConnection) -> bool:
    """Whether every change that was held is decided on, some of them approved by all it takes."""
    if one(plan, "SELECT count(*) FROM shown WHERE status = 'held'"):
        return False
    approved = one(
        plan,
        "SELECT count(*) FROM change c JOIN fate f ON f.seq = c.seq "
        "WHERE c.status = 'held' AND f.goes",
    )
    return bool(approved) and second_name_needed(installation, plan) is None


def _holding(report: RunReport) -> set[tuple[str, str, str]]:
    def scope(cell: FilterCell) -> tuple[str, str, str]:
        return cell.kind, cell.op, cell.scope

    return {scope(cell) for cell in report.filter if cell.level is Verdict.HOLD}


def _decided(
    installation: Installation, reader: StateReader, source: int, *, approvals: bool
) -> list[tuple[Decision, pa.Table]]:
    """The decisions of one run, oldest first, with the changes that each is on."""
    rejected = reader.run(source).summary.state is RunState.REJECTED
    decisions = [
        decision
        for decision in reader.decisions(source)
        if not decision.proposal
        and not (rejected and decision.answer == "reject" and decision.choice == EVERYTHING)
    ]
    connection = open_run_file(installation.run_files, source)
    try:
        fate = Fate(connection)
        fate.lay(decisions)
        fate.take_in(reader.outcomes(source), reader.settled_items(source))
        connection.execute(f"CREATE TEMP TABLE decided AS {_DECIDED}", [approvals and not rejected])
        return [
            (
                decision,
                connection.sql(
                    "SELECT * EXCLUDE (number) FROM decided WHERE number = ?", params=[number]
                ).to_arrow_table(),
            )
            for number, decision in enumerate(decisions)
        ]
    finally:
        connection.close()


def _same(workspace: duckdb.DuckDBPyConnection, changes: pa.Table) -> dict[int, bool]:
    """The changes of the workspace that are the same, and whether the decision can be carried."""
    if not changes.num_rows:
        return {}
    with registered(workspace, decided=changes):
        rows = workspace.execute(
            """SELECT n.seq, d.carries FROM change n JOIN decided d
               ON n.kind = d.kind AND n.op = d.op AND n.key = d.key
               AND n.before IS NOT DISTINCT FROM d.before AND n.after IS NOT DISTINCT FROM d.after
               WHERE n.op <> 'note'"""
        ).fetchall()
    return dict(rows)


def _still_holds(decision: Decision, day: dt.date, today: dt.date) -> bool:
    if decision.until is None:
        return True
    if decision.answer == "approve":
        # A plan for a later day, like one made on it, is asked about again.
        return max(day, today) <= decision.until
    return day < decision.until  # on the day itself it is asked again
