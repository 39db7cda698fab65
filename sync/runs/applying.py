"""apply and sync: carrying out a sealed plan, and going on with one that was cut off."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import duckdb
import msgspec

from sync.errors import HeldByFilter, NotConfirmed, Refused, UmstuiError, WriterBusy
from sync.execution import Dependencies, Executor, Item
from sync.model import (
    Kind,
    Operation,
    ProgressListener,
    RunReport,
    RunState,
    Verdict,
    ignore_progress,
)
from sync.runs.fate import Fate, approved_seqs
from sync.runs.guarding import done_sums, held_counts
from sync.runs.installation import Installation, choose_organization
from sync.runs.ledger import enter_arrived
from sync.runs.planning import plan
from sync.runs.refusing import refuse_overlap, refuse_stale, refuse_undecided, refuse_unsuitable
from sync.runs.reporting import report_failure, report_run
from sync.runs.site import sending_site
from sync.shell import quoted
from sync.snapshots.held import apply_outcome, load_held
from sync.snapshots.run_file import open_run_file
from sync.snapshots.workspace import open_workspace
from sync.state import audit
from sync.state.claims import Claim, claimed, holder
from sync.state.journal import Journal
from sync.state.runs import StateReader, StateWriter, StoredRun
from sync.ums.memory import write_memory
from sync.ums.organizations import Organization, organizations

_FINISHED = frozenset({RunState.APPLIED, RunState.APPLIED_WITH_FAILURES})


def confirmation(report: RunReport) -> str | None:
    """What must be typed before a run is carried out: ``delete 57`` where it has deletes
    (readings.md 41), the database's name where it changes sync keys (42); None else."""
    return report.summary.typed or None


def apply(
    installation: Installation,
    run: str,
    *,
    confirm: str | None = None,
    progress: ProgressListener = ignore_progress,
) -> RunReport:
    """Carry out what is allowed of a stored run, or go on with one that was cut off.

    Raises HeldByFilter, NotConfirmed, Frozen, RunStale, WriterBusy or Refused before anything is
    sent, SiteUnreachable or CredentialsRefused on the way: then the same call goes on later.
    """
    installation.require("approver", "scheduler", to="carry out a run")
    recorder = installation.recorder()
    stored = recorder.run(run)
    refuse_unsuitable(installation, stored)
    report = stored.report
    needed = confirmation(report)
    if stored.started is None and needed and (confirm or "").strip() != needed:
        what = (
            "changes sync keys" if report.summary.confirm else f"deletes {report.summary.deletes}"
        )
        raise NotConfirmed(
            f"Run {run} {what}: confirm it with --confirm {quoted(needed)}. Nothing was sent."
        )
    try:
        return _carry_out(installation, recorder, stored, progress, just_planned=False)
    except (HeldByFilter, Refused):
        raise  # said to who asked, nothing was sent
    except UmstuiError as error:
        report_failure(installation, error, org=report.summary.org, run=run)
        raise


def synchronize(
    installation: Installation,
    org: int | None = None,
    *,
    as_of: dt.date | None = None,
    users_only: bool = False,
    progress: ProgressListener = ignore_progress,
) -> RunReport:
    """Plan, then carry out what passes: for the scheduler. Ends an unfinished run first
    (readings.md 51). A held run is stored and left as it is.

    Raises Frozen where a freeze covers the day, WriterBusy before anything is planned while another
    run is being carried out, and what plan and apply raise.
    """
    installation.require("approver", "scheduler", to="run a sync")
    stored: StoredRun | None = None
    try:
        refuse_overlap(installation, _organization(installation, org).id)
        end_unfinished(installation, org, progress)
        report = plan(
            installation, org, as_of=as_of, users_only=users_only, to_be_sent=True,
            progress=progress,
        )  # fmt: skip
        recorder = installation.recorder()
        stored = recorder.run(report.summary.run)
        in_part = report.summary.state is RunState.HELD and _goes_in_part(installation, stored)
        if report.summary.verdict is Verdict.FROZEN or not in_part:
            refuse_unsuitable(installation, stored)
        return _carry_out(installation, recorder, stored, progress, just_planned=True)
    except WriterBusy:
        raise  # the run under way reports for itself
    except HeldByFilter:
        assert stored is not None
        report_run(installation, stored.report.summary.run)
        return stored.report
    except UmstuiError as error:
        run = None if stored is None else stored.report.summary.run
        report_failure(installation, error, org=org, run=run)
        raise


def stop(installation: Installation, run: str) -> None:
    """Ask whoever carries a run out to stop after the batches in flight; `apply` goes on later."""
    installation.require("approver", "scheduler", to="stop a run")
    recorder = installation.recorder()
    stored = recorder.run(run)
    if stored.summary.state is not RunState.APPLYING or carried_out_by(installation, run) is None:
        raise Refused(f"Nobody is carrying run {run} out; there is nothing to stop.")
    recorder.request_stop(int(run))
    audit.record(
        installation.state, installation.operator, installation.clock(), "stop", run=int(run)
    )


def carried_out_by(installation: Installation, run: str) -> Claim | None:
    """Who is carrying a run out at this moment; None where nobody does, because it has ended, was
    stopped, or was cut off."""
    summary = installation.reader().run(run).summary
    found = holder(
        installation.state, summary.org, installation.operator.host, installation.clock()
    )
    return found if found and not found.lapsed and str(found.run) == summary.run else None


def end_unfinished(
    installation: Installation, org: int | None, progress: ProgressListener = ignore_progress
) -> None:
    """Bring a run that was cut off to a known end: what was in flight is sent again by rule, the
    rest is given up, because the new plan sees it anyway (readings.md 51)."""
    recorder = installation.recorder()
    organization = _organization(installation, org)
    last = recorder.last_started(organization.id)
    if last is None or last.summary.state is not RunState.APPLYING:
        return
    found = holder(
        installation.state, organization.id, installation.operator.host, installation.clock()
    )
    if found is None or found.lapsed:
        _carry_out(installation, recorder, last, progress, just_planned=True, only_lost=True)


def _goes_in_part(installation: Installation, stored: StoredRun) -> bool:
    """True where the changes that no cell holds may go although others are held."""
    return installation.settings.filter.on_hold == "cells" and not stored.unapprovable


def _organization(installation: Installation, org: int | None) -> Organization:
    engine = installation.source()
    try:
        return choose_organization(organizations(engine, installation.mapping), org)
    finally:
        engine.dispose()


@dataclass(frozen=True, slots=True)
class _Going:
    """What of a run is still to be sent, read from its file."""

    file: duckdb.DuckDBPyConnection
    resent: frozenset[int]
    only_lost: bool

    def count(self) -> int:
        row = self.file.execute(
            "SELECT count(*) FROM fate WHERE goes OR seq IN (SELECT seq FROM settled)"
        ).fetchone()
        return 0 if row is None else int(row[0])

    def items(self) -> Iterator[Item]:
        where = "goes AND status = 'planned'"
        parameters: list[object] = []
        if self.only_lost:
            where += " AND seq IN (SELECT unnest(?::BIGINT[]))"
            parameters.append(sorted(self.resent))
        yield from self._read(where, parameters)

    def staying(self) -> Iterator[Item]:
        """Nodes, groups and courses that stay where they are although the plan takes them away."""
        return self._read(
            "kind IN ('node', 'group', 'course') AND op IN ('move', 'archive', 'delete', 'forget') "
            "AND (NOT goes OR status IN ('failed', 'skipped'))",
            [],
        )

    def _read(self, where: str, parameters: list[object]) -> Iterator[Item]:
        rows = self.file.execute(
            "SELECT seq, stage, depth, kind, op, key, person_key, group_key, before, after "
            f"FROM fate WHERE {where} ORDER BY seq",
            parameters,
        )
        while part := rows.fetchmany(5000):
            for row in part:
                seq, stage, depth, kind, op, key, person_key, group_key, before, after = row
                yield Item(
                    seq, stage, depth, Kind(kind), Operation(op), key, person_key, group_key,
                    _fields(before), _fields(after), seq in self.resent,
                )  # fmt: skip


def _fields(text: str | None) -> dict[str, str | None]:
    return {} if text is None else msgspec.json.decode(text, type=dict[str, str | None])


def _carry_out(
    installation: Installation,
    recorder: StateWriter,
    stored: StoredRun,
    progress: ProgressListener,
    *,
    just_planned: bool,
    only_lost: bool = False,
) -> RunReport:
    summary = stored.summary
    run = int(summary.run)
    organization = _organization(installation, summary.org)
    operator, clock = installation.operator, installation.clock
    with claimed(
        installation.state, organization.id, run=run, doing=f"apply of run {run}",
        operator=operator, clock=clock,
    ) as lapsed:  # fmt: skip
        stored = recorder.run(run)
        if stored.started is None or stored.summary.state in _FINISHED:
            refuse_stale(installation, recorder, stored, organization, just_planned)
        if lapsed is not None:
            reason = f"took over from {lapsed.operator} on {lapsed.host}, whose process is gone"
            audit.record(installation.state, operator, clock(), "take over", run=run, reason=reason)
        file = open_run_file(installation.run_files, run)
        try:
            going = _going(recorder, file, run, only_lost=only_lost)
            if stored.started is None:
                refuse_undecided(installation, recorder, stored, file)
            approved = approved_seqs(file)
            total = going.count()
            recorder.begin(run, total)
            audit.record(installation.state, operator, clock(), "apply", run=run, count=total)
            finished, message = _send(installation, organization, going, run, total, progress)
        finally:
            file.close()
        if finished:
            if only_lost:
                message = "cut off; what was in flight was settled, a later plan replaces the rest"
            held = _finish(installation, recorder, organization, run, message, approved)
            if not only_lost:
                report_run(installation, str(run), held=held)
    return recorder.run(run).report


def _going(
    recorder: StateReader, file: duckdb.DuckDBPyConnection, run: int, *, only_lost: bool
) -> _Going:
    Fate(file).refresh(recorder, run)
    return _Going(file, frozenset(recorder.unsettled_items(run)), only_lost)


def _send(
    installation: Installation,
    organization: Organization,
    going: _Going,
    run: int,
    total: int,
    progress: ProgressListener,
) -> tuple[bool, str]:
    """Send what is left; False where somebody asked to stop. The text is what the run must say."""
    journal = Journal(installation.state, run, holder=(installation.operator.host, os.getpid()))
    journal.forget_unsettled()
    dependencies = Dependencies(going.staying())
    left = going.file.execute("SELECT count(*) FROM settled").fetchone()
    done = 0 if left is None else int(left[0])
    with sending_site(installation, organization) as site:
        executor = Executor(
            site,
            journal,
            installation.settings.itslearning,
            installation.clock,
            dependencies,
            progress,
            total,
            done,
        )
        finished = executor.carry_out(going.items())
        others = site.others_converted
    if not others:
        return finished, ""
    return finished, (
        f"{others} other persons without key stood on the pages of those adopted and have an "
        "itsla- key now; nothing else of theirs was changed"
    )


def _finish(
    installation: Installation,
    recorder: StateWriter,
    organization: Organization,
    run: int,
    message: str,
    approved: Sequence[int],
) -> dict[str, int]:
    """Bring UMS's memory and the ledger in step with what is held now, then close the run.

    Gives how much is held of each kind."""
    outcomes = recorder.outcomes(run)
    with open_workspace() as workspace:
        load_held(workspace, installation.run_files, run)
        settled = recorder.settled_items(run)
        unsuccessful = [seq for seq, _, _ in outcomes]
        apply_outcome(workspace, installation.run_files, run, settled, unsuccessful)
        done = done_sums(workspace, approved)
        held = held_counts(workspace)
        takes_back = recorder.run(run).summary.takes_back is not None
        enter_arrived(installation, workspace, organization.id, takes_back=takes_back)
        engine = installation.source(read_only=False)
        try:
            write_memory(
                engine, installation.mapping, organization.id, workspace, installation.clock()
            )
        finally:
            engine.dispose()
    given_up = recorder.run(run).summary.applied.pending
    state = RunState.APPLIED_WITH_FAILURES if outcomes or given_up else RunState.APPLIED
    recorder.end(run, state, done=done, now=installation.clock(), message=message)
    audit.record(
        installation.state,
        installation.operator,
        installation.clock(),
        "end",
        run=run,
        count=sum(part["count"] for part in done),
        reason=state.value,
    )
    return held
