"""Words for tests about what waits: windows, leavers, settings of an installation."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from sync.model import Operator, RunReport
from sync.runs import Installation, apply, confirmation, plan
from sync.settings import Filter
from sync.state.calendar import CalendarReader
from sync.windows import PostponedDelete, Window, WindowType
from tests.runs.synced_school import DAY, OPEN, School

LENIENT = Filter(
    person=OPEN, node=OPEN, membership=OPEN, group=OPEN, course=OPEN, event=OPEN, churn_percent=100
)


def day(number: int) -> dt.date:
    """So many days after the day of the school."""
    return DAY + dt.timedelta(days=number)


def delay(first: int, last: int, **scope: Any) -> Window:
    """A window of delayed deletes, in days from the day of the school."""
    return Window(WindowType.DELAY_DELETE, day(first), day(last), **scope)


def freeze(first: int, last: int, **scope: Any) -> Window:
    """A freeze, in days from the day of the school."""
    return Window(WindowType.FREEZE, day(first), day(last), **scope)


def installed(school: School, *, operator: str = "mk", **settings: Any) -> Installation:
    """A session with other settings; limits are lenient unless ``filter`` is given."""
    base = school.installation(limits=LENIENT)
    changed = msgspec.structs.replace(base.settings, **settings)
    return Installation(changed, Operator(operator, "school-server"), base.clock, base.read_only)


def leave(school: School, number: int) -> list[str]:
    """Let some pupils vanish from the source."""
    gone = school.pupils(number)
    marks = ", ".join("?" * len(gone))
    assert school.sql(f"DELETE FROM Students WHERE StudieNr IN ({marks})", *gone)
    return gone


def carry_out(installation: Installation, report: RunReport) -> RunReport:
    """Apply with the right confirmation."""
    return apply(installation, report.summary.run, confirm=confirmation(report))


def sync_by_hand(installation: Installation, **options: Any) -> RunReport:
    """Plan and apply."""
    return carry_out(installation, plan(installation, **options))


def later(school: School, days: int) -> None:
    """Let days pass."""
    school.now += dt.timedelta(days=days)


def ledger(school: School) -> list[PostponedDelete]:
    """The whole ledger, newest first."""
    with school.installation().state.connect() as connection:
        return CalendarReader(connection, 1).postponed(limit=1000)


def trashed(school: School) -> set[str]:
    """Who lies in the trash of the site."""
    return {str(person["key"]) for person in school.site.trash()}
