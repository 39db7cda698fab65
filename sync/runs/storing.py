"""How a finished comparison becomes a stored run: counted, fingerprinted, sealed, announced."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from sync import comparison
from sync.errors import RunFileDamaged
from sync.model import Kind, Loss, Operation, Problem, RunReport, RunState, Verdict
from sync.runs.carrying import Inherited, carry_over, settled_by_carried
from sync.runs.guarding import Guarded
from sync.runs.installation import Installation
from sync.runs.ledger import enter_postponed
from sync.runs.phases import phase
from sync.runs.pruning import prune
from sync.snapshots.filling import Header
from sync.snapshots.held import STEPS_BETWEEN_KEYFRAMES, apply_outcome, load_held, much_arrived
from sync.snapshots.run_file import all_whole, name_damaged, seal
from sync.state import audit
from sync.state.runs import NewRun, StateReader, StateWriter, StoredRun


@dataclass(frozen=True, slots=True)
class Base:
    """The run whose outcome is held now (None: nothing is), how many of its batches were settled,
    and how many files would stand between the next run file and its keyframe; 0 where it should be
    one itself."""

    run: StoredRun | None
    settled: int
    steps: int

    @property
    def number(self) -> int | None:
        """The run's number."""
        return None if self.run is None else int(self.run.summary.run)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known of a plan beside its changes."""

    org: int
    day: dt.date
    base: Base
    guarded: Guarded
    source_digest: str = ""
    settings_digest: str = ""
    users_only: bool = False
    without_key: Sequence[str] | None = None
    takes_back: int | None = None
    inherited: Sequence[Inherited] = ()
    keeps_ledger: bool = False  # what it postpones is entered into the ledger
    confirm: str = ""  # what must be typed to carry it out, where that is not its deletes' number


def load_held_now(
    installation: Installation,
    reader: StateReader,
    org: int,
    workspace: duckdb.DuckDBPyConnection,
) -> Base:
    """Fill the held_* tables with what an organization's site is known to hold now."""
    run = reader.last_started(org)
    if run is None:
        return Base(None, 0, 0)
    number = int(run.summary.run)
    settled = reader.settled_batches(number)
    steps = load_held_after(installation, reader, number, workspace).steps + 1
    whole = steps > STEPS_BETWEEN_KEYFRAMES or much_arrived(workspace)
    return Base(run, settled, 0 if whole else steps)


def nothing_held(workspace: duckdb.DuckDBPyConnection) -> bool:
    """True before anything has ever arrived at the site (rules.md 23)."""
    rows = workspace.execute(
        "SELECT 1 FROM held_person UNION ALL SELECT 1 FROM held_group LIMIT 1"
    ).fetchall()
    return not rows


def load_held_after(
    installation: Installation,
    reader: StateReader,
    run: int,
    workspace: duckdb.DuckDBPyConnection,
) -> Header:
    """Fill the held_* tables with what was held after a run, as far as it was carried out. Raises
    RunFileDamaged; some of what is held may then be there."""
    try:
        with all_whole():
            header = load_held(workspace, installation.run_files, run)
            apply_outcome(
                workspace,
                installation.run_files,
                run,
                reader.settled_items(run),
                [seq for seq, _, _ in reader.outcomes(run)],
            )
    except RunFileDamaged:
        name_damaged(installation.run_files, run)
        raise
    return header


def store_plan(
    installation: Installation,
    recorder: StateWriter,
    workspace: duckdb.DuckDBPyConnection,
    plan: Plan,
) -> RunReport:
    """Store the changes of the workspace as a run and seal its file. Raises RunFileDamaged."""
    now = installation.clock()
    with phase("working out the inverse"):
        fingerprint = comparison.fingerprint(workspace)
        comparison.work_out_inverse(workspace)
    run = recorder.store_run(_new_run(workspace, plan, fingerprint), now)
    keyframe = not plan.base.steps
    with phase("sealing the run file"):
        seal(
            workspace,
            installation.run_files,
            Header(
                run=run,
                org=plan.org,
                as_of=plan.day,
                made_at=now.isoformat(timespec="seconds"),
                fingerprint=fingerprint,
                base=None if keyframe else plan.base.number,
                steps=0 if keyframe else plan.base.steps,
            ),
        )
    carry_over(installation, recorder, run, plan.inherited)
    if plan.keeps_ledger and plan.guarded.trusted:
        kinds = ("person",) if plan.users_only else tuple(Kind)
        enter_postponed(installation, workspace, plan.org, run, plan.day, kinds)
    # Only now is it a plan: until its file is sealed the run counts as failed.
    recorder.set_state(run, _state(installation, recorder, plan, run))
    prune(installation, recorder, plan.org)
    report = recorder.run(run).report
    audit.record(
        installation.state,
        installation.operator,
        now,
        "plan",
        run=run,
        count=report.summary.changes,
    )
    return report


def _new_run(workspace: duckdb.DuckDBPyConnection, plan: Plan, fingerprint: str) -> NewRun:
    guarded = plan.guarded
    return NewRun(
        org=plan.org,
        as_of=plan.day,
        users_only=plan.users_only,
        takes_back=plan.takes_back,
        state=RunState.FAILED,
        verdict=guarded.verdict,
        fingerprint=fingerprint,
        source_digest=plan.source_digest,
        settings_digest=plan.settings_digest,
        base=plan.base.number,
        base_settled=plan.base.settled,
        counts=counts(workspace),
        filter=guarded.cells,
        problems=problems(workspace),
        without_key=plan.without_key,
        unapprovable=guarded.unapprovable,
        reading={**guarded.reading, **({"confirm": plan.confirm} if plan.confirm else {})},
        losses=losses(workspace),
    )


def _state(installation: Installation, recorder: StateWriter, plan: Plan, run: int) -> RunState:
    """A run that the filter held is let through where decisions that it inherits settle all."""
    if plan.guarded.verdict is not Verdict.HOLD:
        return RunState.PLANNED
    through = bool(plan.inherited) and settled_by_carried(installation, recorder, run)
    return RunState.APPROVED if through else RunState.HELD


# Every operation a kind can have, so that a reader of the JSON never misses one (cli.md).
_OPERATIONS: dict[str, tuple[str, ...]] = {
    "person": ("create", "update", "delete", "adopt", "restore", "postpone"),
    "node": ("create", "update", "move", "delete", "postpone"),
    "group": ("create", "update", "move", "delete", "postpone"),
    "course": ("create", "update", "move", "delete", "archive", "forget", "postpone"),
    "membership": ("create", "update", "delete", "postpone"),
    "event": ("create", "update", "delete", "postpone"),
}


def counts(workspace: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
    """How many changes by kind and operation; postponed ones stand under ``postpone`` (cli.md)."""
    result = {kind: dict.fromkeys(names, 0) for kind, names in _OPERATIONS.items()}
    for kind, op, number in workspace.execute(
        """SELECT kind, CASE status WHEN 'postponed' THEN 'postpone' ELSE op END AS op, count(*)
           FROM change WHERE op <> ? GROUP BY ALL ORDER BY ALL""",
        [Operation.NOTE.value],
    ).fetchall():
        result[kind][op] = number
    return result


def problems(workspace: duckdb.DuckDBPyConnection) -> list[Problem]:
    """The problems of the source, most serious reason first, then by key (readings.md 50)."""
    rows = workspace.execute(
        "SELECT reason, key, sum(count)::BIGINT, min(detail) FROM problem GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return [Problem(reason, key, count, detail or "") for reason, key, count, detail in rows]


def losses(workspace: duckdb.DuckDBPyConnection) -> list[Loss]:
    """What an undo of the plan would not bring back, the largest number first."""
    rows = workspace.execute(
        """SELECT c.kind, count(*), i.loss FROM inverse i JOIN change c ON c.seq = i.seq
           WHERE i.loss <> '' GROUP BY ALL ORDER BY 2 DESC, 1, 3"""
    ).fetchall()
    return [Loss(kind, count, words) for kind, count, words in rows]
