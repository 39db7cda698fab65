"""Between a plan and the site: the filter, the calendar, exceptions and what they announce."""

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
from sync.guard.filter import PastDelete
from sync.guard.limits import check_filter, limits_on
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
    "EndingRoom",
    "Fate",
    "GuardReport",
    "Part",
    "PastDelete",
    "ReadLevel",
    "ReadVerdict",
    "ReadingFacts",
    "Rekeying",
    "broken_rows",
    "check_filter",
    "check_reading",
    "check_school",
    "ending_rooms",
    "evaluate",
    "freeze_on",
    "last_window",
    "limits_on",
    "live_facts",
    "new_window",
    "read_day",
    "rooms_to_unarchive",
    "source_facts",
    "spoken_day",
]
