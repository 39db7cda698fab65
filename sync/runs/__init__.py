"""The verbs: everything the command line and the screens call, and the only place where the rooms
of the core meet. Each takes an :class:`Installation` and gives plain values back."""

from sync.runs.applying import apply, confirmation, end_unfinished, stop, synchronize
from sync.runs.checking import check
from sync.runs.comparing import compare_runs, drift
from sync.runs.deciding import approve, reject
from sync.runs.installation import Installation, organizations
from sync.runs.listing import list_runs, open_plan, report
from sync.runs.plan_reader import ChangeReader, PlanReader
from sync.runs.planning import plan
from sync.runs.undoing import undo

__all__ = [
    "ChangeReader",
    "Installation",
    "PlanReader",
    "apply",
    "approve",
    "check",
    "compare_runs",
    "confirmation",
    "drift",
    "end_unfinished",
    "list_runs",
    "open_plan",
    "organizations",
    "plan",
    "reject",
    "report",
    "stop",
    "synchronize",
    "undo",
]
