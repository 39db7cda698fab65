"""When an action is possible: what a person could see now, and why not where it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from screens.wording import OPEN
from sync.model import RunReport, RunState, Verdict


@dataclass(frozen=True, slots=True)
class Situation:
    """What a person could see at this moment; all that decides whether an action is possible."""

    read_only: str = ""
    no_apply: str = ""
    no_change: str = ""  # why calendar and settings may not be changed
    proposes: bool = False  # a decision only proposes
    report: RunReport | None = None
    row: bool = False  # the cursor stands on something
    rows: int = 0
    tree: bool = False  # the cursor stands on a sub account, or on the top of their tree
    churn: bool = False  # the cursor stands on persons whose keys have changed in UMS
    profile: bool = False  # the cursor stands on a profile of limits
    asking: bool = False  # a question line is open
    typing: bool = False  # a line to type in has the keys
    planning: bool = False
    applying: str = ""  # the run that is being carried out
    depth: int = 1  # screens on top of one another here


Condition = Callable[[Situation], str]


def always(_: Situation) -> str:
    """Nothing stands in the way."""
    return ""


def needs_row(now: Situation) -> str:
    """A row under the cursor."""
    return "" if now.row else "no row is chosen"


def needs_run(now: Situation) -> str:
    """A run that is shown."""
    return "" if now.report else "no run is shown yet; where there is none, n makes a plan"


def can_plan(now: Situation) -> str:
    """A plan may be made."""
    if now.read_only:
        return now.read_only
    if now.planning:
        return "a plan is being made"
    return f"run {now.applying} is being carried out" if now.applying else ""


def can_rekey(now: Situation) -> str:
    """The keys that a finding proposes may be planned."""
    if now.read_only or now.churn:
        return can_plan(now)
    return "the line proposes no keys; one on persons with op churn does"


def can_decide(now: Situation) -> str:
    """The rows shown may be decided on."""
    if now.read_only:
        return now.read_only
    if now.report is None:
        return needs_run(now)
    state = now.report.summary.state
    if state not in OPEN:
        return f"the run is {state.replace('_', ' ')}; only an open plan can be decided on"
    return "" if now.rows else "no row is shown"


def can_decide_row(now: Situation) -> str:
    """The row may be decided on."""
    return can_decide(now) or needs_row(now)


def can_take_over(now: Situation) -> str:
    """A proposal may be taken over."""
    if now.proposes:
        return "you can only propose; an approver takes a proposal over"
    return can_decide(now) or ("" if now.row else "it has been taken over")


def can_apply(now: Situation) -> str:
    """The run may be carried out."""
    if now.report is None:
        return now.no_apply or needs_run(now)
    summary = now.report.summary
    if summary.state is RunState.APPLYING:
        return ""  # the page follows it, nothing is started
    if now.no_apply:
        return now.no_apply
    if now.applying:
        return f"run {now.applying} is being carried out"
    if summary.verdict is Verdict.FROZEN:
        return "a freeze covers the day; nothing may be sent"
    return {
        RunState.HELD: "the filter holds it: approve what should go, or reject it",
        RunState.REJECTED: "the run was rejected; n makes a new plan",
        RunState.APPLIED: "the run has been applied",
        RunState.FAILED: "the run failed while it was planned; n makes a new plan",
    }.get(summary.state, "" if summary.changes else "the plan is empty: nothing to apply")


def can_decide_orphan(now: Situation) -> str:
    """The orphan may be decided on."""
    return now.no_apply or needs_row(now)


def can_resolve(now: Situation) -> str:
    """The duplicate may be resolved."""
    return now.no_apply or needs_row(now)


def can_look(now: Situation) -> str:
    """The site may be looked at."""
    return "something is being worked out" if now.planning else ""


def can_change(now: Situation) -> str:
    """Calendar and settings may be changed."""
    return now.no_change


def can_change_row(now: Situation) -> str:
    """The line may be changed."""
    return now.no_change or needs_row(now)


def can_add_here(now: Situation) -> str:
    """A sub account may be added under the line."""
    if now.no_change or now.tree:
        return now.no_change
    return "sub accounts are added in the two trees at the end of the list"


def can_move(now: Situation) -> str:
    """The sub account may be moved or taken out."""
    return now.no_change or can_add_here(now) or needs_row(now)


def can_remove_profile(now: Situation) -> str:
    """The profile may be taken out."""
    if now.no_change or now.profile:
        return now.no_change
    return "only a profile of limits is taken out; enter gives other lines another value"


def needs_two(now: Situation) -> str:
    """Two runs to compare."""
    return "" if now.rows > 1 else "there is only one run"


def can_undo(now: Situation) -> str:
    """The run may be taken back."""
    if why_not := now.read_only or needs_run(now):
        return why_not
    assert now.report is not None
    state = now.report.summary.state
    done = {RunState.APPLIED, RunState.APPLIED_WITH_FAILURES}
    return "" if state in done else "only a run that was carried out can be taken back"


def can_export(now: Situation) -> str:
    """Names may be written to a file."""
    return now.read_only or needs_row(now)


def can_stop(now: Situation) -> str:
    """A run is under way and may be stopped."""
    return now.no_apply or ("" if now.applying else "nothing is being carried out")
