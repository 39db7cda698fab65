"""The clean-up and what follows it as one procedure, put together from what was really done.

Nothing of it is stored as such: the audit trail knows the clean-up, the runs know the rest. So it
can be left and taken up again by anybody, on any machine that shares the state database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sync.model import RunState, RunSummary
from sync.procedure import Procedure, Step
from sync.runs.cleaning import OPEN, last_cleanup
from sync.runs.installation import Installation, choose_organization, organizations
from sync.state.audit import AuditEntry, entries

_ENDED = frozenset({RunState.APPLIED, RunState.APPLIED_WITH_FAILURES})
_TITLES = {
    "cleanup": "empty UMS's memory",
    "rekey": "change all sync keys to user names",
    "users-only": "users only",
    "users-only-again": "users only, once more",
    "report": "users without sync key",
}


def procedure(installation: Installation, org: int | None = None) -> Procedure:
    """Where the procedure stands for an organization. Raises StateUnusable, SettingsError."""
    number = choose_organization(organizations(installation), org).id
    cleaned = last_cleanup(installation, number)
    if cleaned is None:
        first = Step("cleanup", _TITLES["cleanup"], "next", words="not done yet")
        return Procedure([first, *_later("rekey", "users-only", "users-only-again", "report")])
    words = f"{cleaned.count} rows, {cleaned.reason.partition(': ')[2].partition(',')[0]}"
    steps = [Step("cleanup", _TITLES["cleanup"], "done", cleaned.operator, cleaned.at, words)]
    since = [entry for entry in entries(installation.state) if entry.number > cleaned.number]
    planned = {str(entry.run) for entry in since if entry.action == "plan"}
    doers = {str(entry.run): entry for entry in since if entry.action == "apply"}
    found = reversed(installation.reader().runs(number))
    runs = [run for run in found if run.run in planned]
    rekeyed = [run for run in runs if run.confirm]
    steps.append(_step("rekey", _last_standing(rekeyed), doers))
    users: list[RunSummary] = []
    if steps[-1].state == "done":
        after = int(steps[-1].run)
        users = [run for run in runs if run.users_only and int(run.run) > after]
    done = [run for run in users if _over(run)]
    waiting = next((run for run in reversed(users) if run.state in OPEN and run.changes), None)
    ids = ("users-only", "users-only-again")
    for place, name in enumerate(ids):
        run = done[place] if place < len(done) else waiting if place == len(done) else None
        steps.append(_step(name, run, doers))
    without_key: Sequence[str] | None = None
    if steps[-1].state == "done":
        without_key = installation.reader().run(done[-1].run).report.without_key or ()
        words = f"{len(without_key)} users, listed by run {done[-1].run}"
        last = done[-1]
        steps.append(Step("report", _TITLES["report"], "done", last.made_by, last.made_at, words,
                          last.run))  # fmt: skip
    else:
        steps.append(_later("report")[0])
    return Procedure(_with_next(steps), without_key)


def _over(run: RunSummary) -> bool:
    """Carried out, or with nothing to carry out."""
    return run.state in _ENDED or (run.state in OPEN and not run.changes)


def _last_standing(runs: Sequence[RunSummary]) -> RunSummary | None:
    """The newest re-keying that was carried out and not undone, else the newest that waits."""
    undone = {run.takes_back for run in runs if run.takes_back and run.state in _ENDED}
    ours = [run for run in runs if not run.takes_back and run.run not in undone]
    ended = [run for run in ours if _over(run)]
    waiting = [run for run in ours if run.state in {*OPEN, RunState.APPLYING}]
    return ended[-1] if ended else waiting[-1] if waiting else None


def _step(name: str, run: RunSummary | None, doers: Mapping[str, AuditEntry]) -> Step:
    if run is None:
        return _later(name)[0]
    done = _over(run)
    words = f"run {run.run}, {run.applied.ok} sent"
    if run.applied.failed:
        words += f", {run.applied.failed} failed"
    if not done:
        words = f"run {run.run} is {run.state.value}: decide on it, then apply it"
    doer = doers.get(run.run)
    who, when = (doer.operator, doer.at) if doer else (run.made_by, run.made_at)
    return Step(name, _TITLES[name], "done" if done else "open", who, when, words, run.run)


def _later(*names: str) -> list[Step]:
    return [Step(name, _TITLES[name], "later") for name in names]


def _with_next(steps: Sequence[Step]) -> list[Step]:
    """The first step that is not done is the next one, unless a run of it waits already."""
    found: list[Step] = []
    reached = False
    for step in steps:
        if reached or step.state == "done":
            found.append(step)
            continue
        reached = True
        found.append(step if step.state == "open" else Step(step.id, step.title, "next"))
    return found
