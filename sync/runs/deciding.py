"""approve and reject: what a person says of a held run, whole or in part."""

from __future__ import annotations

import datetime as dt

from sync.errors import NotFound, Refused
from sync.model import ChangeFilter, RunReport, RunState
from sync.runs.installation import Installation
from sync.runs.plan_reader import PlanReader
from sync.state import audit

_EVERYTHING = ChangeFilter()
_OPEN = frozenset({RunState.PLANNED, RunState.HELD, RunState.APPROVED})


def approve(
    installation: Installation, run: str, *, reason: str, choice: ChangeFilter = _EVERYTHING
) -> RunReport:
    """Let the chosen changes of a held run through; a viewer's word is kept as a proposal.

    Raises Refused where the run cannot be decided on any more or where nobody may approve it
    (readings.md 57), NotFound where the filter chooses nothing.
    """
    return _decide(installation, run, "approve", reason, choice, None)


def reject(
    installation: Installation,
    run: str,
    *,
    reason: str,
    choice: ChangeFilter = _EVERYTHING,
    until: dt.date | None = None,
) -> RunReport:
    """Keep the chosen changes back: for good, or, with ``until``, put off to that day.

    A run that is rejected whole is over. Raises as :func:`approve` does.
    """
    if until is not None and until <= installation.today:
        raise Refused(f"{until} is not in the future; give a later day to wait until.")
    return _decide(installation, run, "wait" if until else "reject", reason, choice, until)


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
    proposal = installation.role not in {"everyone", "approver"}
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
        reason=reason.strip(),
    )
    if not proposal:
        if answer == "approve" and state is RunState.HELD:
            recorder.set_state(int(run), RunState.APPROVED)
        elif answer == "reject" and choice == _EVERYTHING:
            recorder.set_state(int(run), RunState.REJECTED)
    return recorder.run(run).report
