"""What needs a person, worked out from the runs: one line each, with the key to press."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from screens.preview_words import stale
from screens.wording import MEMORY, OPEN, limit_sentence, plural, problem_rows, progress_sentence
from sync.model import RunReport, RunState, RunSummary, Verdict

if TYPE_CHECKING:
    from sync.guard import Renewal
    from sync.runs import Proposal


_CARRIED_OUT = frozenset({RunState.APPLIED, RunState.APPLIED_WITH_FAILURES})


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits for someone. ``opens`` is the place that enter leads to."""

    mark: str  # "!" where it should not wait, else a blank
    word: str
    words: str
    keys: str
    opens: str
    run: str = ""
    filter_words: str = ""  # what the preview shows first


def needs(
    report: RunReport | None,
    runs: Sequence[RunSummary],
    today: dt.date,
    trouble: str = "",
    cut_off: str = "",
) -> list[Need]:
    """What waits, the most pressing first; ``trouble`` is why nothing else can be known,
    ``cut_off`` the run that nobody carries out any more."""
    if trouble:
        return [Need("!", "TROUBLE", trouble, "^r", "refresh")]
    found = [
        Need(
            "!",
            "CUT OFF",
            f"run {run.run}: {progress_sentence(run)}; P goes on with it",
            "2 P",
            "preview",
            run.run,
        )
        if run.run == cut_off
        else Need(" ", "RUNNING", f"run {run.run}: {progress_sentence(run)}", "6", "runs", run.run)
        for run in runs
        if run.state is RunState.APPLYING
    ]
    if report is None:
        if not runs:
            found.append(Need(" ", "START", "no plan has been made yet; it writes nothing outside",
                              "n", "plan"))  # fmt: skip
        return found
    newest = report.summary
    found += _of_newest(report, newest, today)
    found += _of_last_carried_out(runs)
    found += [
        Need("!", "MEMORY", problem.detail, "2 v", "preview", newest.run)
        for problem in report.problems
        if problem.reason == MEMORY
    ]
    if rows := problem_rows(report):
        found.append(
            Need(" ", "ROWS", f"{plural(rows, 'problem row')} to mend in the source", "2 v",
                 "preview", newest.run)
        )  # fmt: skip
    return found


def _of_last_carried_out(runs: Sequence[RunSummary]) -> list[Need]:
    """What failed and was not tried again since."""
    last = next((run for run in runs if run.state in _CARRIED_OUT), None)
    if last is None or last.state is RunState.APPLIED:
        return []
    # What changes keys or takes back is no difference that a plan finds again.
    again = (
        "enter says what" if last.confirm or last.takes_back else "the next plan shows them again"
    )
    words = f"run {last.run}: {plural(last.applied.failed, 'item')} failed; {again}"
    return [Need("!", "FAILED", words, "6", "runs", last.run)]


def _of_newest(report: RunReport, newest: RunSummary, today: dt.date) -> list[Need]:
    if newest.state in OPEN and (why := stale(newest, (), today)):
        return [Need("!", "OLD", f"run {newest.run} was {why}", "n", "plan", newest.run)]
    if newest.verdict is Verdict.FROZEN and newest.state is not RunState.APPLIED:
        return [Need(" ", "FROZEN", "a freeze covers the day; nothing is sent", "2", "preview",
                     newest.run)]  # fmt: skip
    if newest.state is RunState.HELD:
        cells = [cell for cell in report.filter if cell.level is Verdict.HOLD]
        words = limit_sentence(cells[0]) if cells else "by the filter"
        more = f" +{len(cells) - 1}" if len(cells) > 1 else ""
        return [Need("!", "HELD", f"run {newest.run}: {words}{more}", "2", "preview", newest.run,
                     "status:held")]  # fmt: skip
    if newest.state in {RunState.PLANNED, RunState.APPROVED} and newest.changes:
        words = f"run {newest.run}: {plural(newest.changes, 'change')} can be applied"
        if newest.state is RunState.APPROVED:  # in part, it may be
            words = f"run {newest.run}: approved; what may go can be applied"
        return [Need(" ", "READY", words, "2 P", "preview", newest.run)]
    if newest.state is RunState.FAILED:
        return [Need("!", "FAILED", f"run {newest.run} failed; n plans anew", "n", "plan",
                     newest.run)]  # fmt: skip
    return []


def also(
    newest: RunSummary | None, proposed: Sequence[Proposal], renewals: Sequence[Renewal]
) -> list[Need]:
    """What waits besides the runs themselves."""
    found = []
    waiting = sum(not proposal.taken for proposal in proposed)
    if newest is not None and newest.state in OPEN and waiting:
        words = f"run {newest.run}: {plural(waiting, 'proposal')} by somebody who may not decide"
        found.append(Need(" ", "PROPOSED", words, "2 s", "preview", newest.run))
    if renewals:
        words = renewals[0].words + (f" +{len(renewals) - 1}" if len(renewals) > 1 else "")
        found.append(Need(" ", "KEPT", words, "4", "calendar"))
    return found
