"""approve and reject: what a person says of a held run, whole or in part; and what a viewer says,
which is a proposal until somebody takes it over."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sync.errors import NotAllowed, NotFound, Refused
from sync.model import ChangeFilter, RunReport, RunState, Verdict
from sync.runs.carrying import EVERYTHING, nothing_waits
from sync.runs.fate import decided_plan
from sync.runs.four_eyes import second_name_needed
from sync.runs.installation import Installation
from sync.runs.plan_reader import PlanReader
from sync.state import audit
from sync.state.decisions import Decision
from sync.state.runs import StateWriter, StoredRun

_OPEN = frozenset({RunState.PLANNED, RunState.HELD, RunState.APPROVED})


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody who may not decide would do. ``taken`` once an approver has taken it over."""

    number: int
    decision: Decision
    taken: bool


def approve(
    installation: Installation,
    run: str,
    *,
    reason: str,
    choice: ChangeFilter = EVERYTHING,
    until: dt.date | None = None,
) -> RunReport:
    """Let the chosen changes of a held run through; a viewer's word is kept as a proposal.

    The approval is bound to this run and its fingerprint. ``until`` is the last day it counts.
    Where `[operators] four_eyes_deletes` asks for two names the run stays held until both are
    there. Raises Refused where the run cannot be decided on any more or where nobody may approve
    it (readings.md 57), NotFound where the filter chooses nothing.
    """
    if until is not None and until < installation.today:
        raise Refused(f"{until} is over; an approval counts until today or a later day.")
    return _decide(installation, run, "approve", reason, choice, until)


def reject(
    installation: Installation,
    run: str,
    *,
    reason: str,
    choice: ChangeFilter = EVERYTHING,
    until: dt.date | None = None,
) -> RunReport:
    """Keep the chosen changes back: for good, or, with ``until``, put off to that day.

    It holds for later plans as well, as long as the change is the same. A run that is rejected
    whole is over, and later plans are none the wiser. Raises as :func:`approve` does.
    """
    if until is not None and until <= installation.today:
        raise Refused(f"{until} is not in the future; give a later day to wait until.")
    return _decide(installation, run, "wait" if until else "reject", reason, choice, until)


def proposals(installation: Installation, run: str) -> list[Proposal]:
    """What viewers and schedulers proposed for a run, oldest first. Raises NotFound."""
    reader = installation.reader()
    decisions = reader.decisions(int(reader.run(run).summary.run))
    return [
        Proposal(
            decision.number,
            decision,
            taken=any(
                not other.proposal
                and other.number > decision.number
                and (other.answer, other.choice, other.until)
                == (decision.answer, decision.choice, decision.until)
                for other in decisions
            ),
        )
        for decision in decisions
        if decision.proposal
    ]


def take_over(installation: Installation, run: str, proposal: int) -> RunReport:
    """Decide as somebody proposed, under one's own name. Raises NotFound, NotAllowed, Refused."""
    installation.may_write(to="decide on a run")
    if not _decides(installation):
        raise NotAllowed(
            f"{installation.operator.name} is a {installation.role} here and can only propose. "
            "An approver takes a proposal over."
        )
    for found in proposals(installation, run):
        if found.number == proposal:
            decision = found.decision
            reason = f"{decision.reason} (proposed by {decision.operator})"
            return _decide(
                installation, run, decision.answer, reason, decision.choice, decision.until
            )
    raise NotFound(f"Run {run} has no proposal {proposal}; see `umstui proposals list {run}`.")


def _decides(installation: Installation) -> bool:
    return installation.role in {"everyone", "approver"}


def _decide(
    installation: Installation,
    run: str,
    answer: str,
    reason: str,
    choice: ChangeFilter,
    until: dt.date | None,
) -> RunReport:
    if not reason.strip():
        raise Refused("A decision needs a reason: --reason TEXT. It is kept with your name.")
    recorder = installation.recorder()
    stored = recorder.run(run)
    state = stored.summary.state
    if state not in _OPEN:
        raise Refused(f"Run {run} is {state.value}; it can no longer be decided on.")
    if answer == "approve" and stored.unapprovable:
        raise Refused(
            f"Run {run} is held because its source was not read whole or was empty; nobody can "
            "approve that. Mend the source and plan again."
        )
    with PlanReader(installation.run_files, recorder, int(run)) as plan:
        count = plan.count(choice)
    if not count:
        raise NotFound(f"No change of run {run} matches; see `umstui runs show {run}`.")
    proposal = not _decides(installation)
    now = installation.clock()
    recorder.decide(
        int(run),
        answer,
        choice=choice,
        count=count,
        reason=reason.strip(),
        now=now,
        until=until,
        proposal=proposal,
    )
    audit.record(
        installation.state,
        installation.operator,
        now,
        f"propose {answer}" if proposal else answer,
        run=int(run),
        count=count,
        reason=reason.strip() + (_lifted(stored) if answer == "approve" else ""),
    )
    if not proposal:
        _move_on(installation, recorder, stored, answer, choice)
    return recorder.run(run).report


def _move_on(
    installation: Installation,
    recorder: StateWriter,
    stored: StoredRun,
    answer: str,
    choice: ChangeFilter,
) -> None:
    """Give the run the state that follows from the decision."""
    run = int(stored.summary.run)
    if answer == "reject" and choice == EVERYTHING:
        recorder.set_state(run, RunState.REJECTED)
        return
    if stored.summary.state is not RunState.HELD:
        return
    with decided_plan(installation.run_files, recorder, run) as plan:
        if answer == "approve":
            # A part may be approved and sent while the rest stays held.
            lacking = second_name_needed(installation, plan)
            approved = lacking is None
        else:
            lacking, approved = None, nothing_waits(installation, plan)
    if approved:
        recorder.set_state(run, RunState.APPROVED)
    elif lacking is not None:
        recorder.set_state(run, RunState.HELD, message=lacking)


def _lifted(stored: StoredRun) -> str:
    """What an approval lifts, for the audit: the limits that held, and the plan they held."""
    cells = [
        f"{cell.kind} {cell.op} {cell.scope} {cell.count:,} of {cell.of:,} (limit {cell.limit})"
        for cell in stored.report.filter
        if cell.level is Verdict.HOLD
    ]
    lifts = f"; lifts: {', '.join(cells)}" if cells else ""
    return f"{lifts}; plan {stored.summary.fingerprint}"
