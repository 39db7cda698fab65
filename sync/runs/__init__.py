"""The verbs: everything the command line and the screens call, and the only place where the rooms
of the core meet. Each takes an :class:`Installation` and gives plain values back."""

from sync.runs.applying import apply, confirmation, end_unfinished, stop, synchronize
from sync.runs.checking import CheckLine, check
from sync.runs.deciding import approve, reject
from sync.runs.installation import Installation, organizations
from sync.runs.listing import list_runs, open_plan, report
from sync.runs.plan_reader import PlanReader
from sync.runs.planning import plan

__all__ = [
    "CheckLine",
    "Installation",
    "PlanReader",
    "apply",
    "approve",
    "check",
    "confirmation",
    "end_unfinished",
    "list_runs",
    "open_plan",
    "organizations",
    "plan",
    "reject",
    "report",
    "stop",
    "synchronize",
]
