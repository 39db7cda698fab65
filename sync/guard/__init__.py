"""Between a plan and the site: the filter, the calendar, exceptions and what they announce.

`sync.guard.calendar_file` stands apart: only who writes an iCalendar file loads what it needs.
"""

from sync.guard.archiving import EndingRoom, Fate, ending_rooms, rooms_to_unarchive
from sync.guard.calendar import (
    check_school,
    freeze_on,
    last_window,
    new_window,
    read_day,
    spoken_day,
)
from sync.guard.evaluation import BrokenRows, broken_rows, evaluate
from sync.guard.exceptions import Renewal, new_exception, renewals
from sync.guard.filter import PastDelete
from sync.guard.forecast import Due, Release, due_dates, forecast, leaving_keys, releases
from sync.guard.ledger import LedgerChanges, ledger_changes
from sync.guard.limits import check_filter, limits_on
from sync.guard.postponing import postpone
from sync.guard.reading import (
    RULE_COLUMNS,
    ReadingFacts,
    ReadLevel,
    ReadVerdict,
    check_reading,
    live_facts,
    source_facts,
)
from sync.guard.verdicts import Churn, GuardReport, Part, Rekeying

__all__ = [
    "RULE_COLUMNS",
    "BrokenRows",
    "Churn",
    "Due",
    "EndingRoom",
    "Fate",
    "GuardReport",
    "LedgerChanges",
    "Part",
    "PastDelete",
    "ReadLevel",
    "ReadVerdict",
    "ReadingFacts",
    "Rekeying",
    "Release",
    "Renewal",
    "broken_rows",
    "check_filter",
    "check_reading",
    "check_school",
    "due_dates",
    "ending_rooms",
    "evaluate",
    "forecast",
    "freeze_on",
    "last_window",
    "leaving_keys",
    "ledger_changes",
    "limits_on",
    "live_facts",
    "new_exception",
    "new_window",
    "postpone",
    "read_day",
    "releases",
    "renewals",
    "rooms_to_unarchive",
    "source_facts",
    "spoken_day",
]
