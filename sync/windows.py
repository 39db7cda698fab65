"""Windows, exceptions and postponed deletes as plain frozen values; all days are local dates."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

# itslearning's support starts on a request within a working day, and named people have to ask
# (itslearning-operations.md 3.3): a week of work is time enough to change a window.
REMIND_WORKING_DAYS = 5


def working_days_before(day: dt.date, number: int) -> dt.date:
    """The day ``number`` working days (Monday to Friday) before ``day``; holidays count as work."""
    while number > 0:
        day -= dt.timedelta(days=1)
        if day.weekday() < 5:
            number -= 1
    return day


def reminder_day(last: dt.date) -> dt.date:
    """When to remind of the last day of a window."""
    return working_days_before(last, REMIND_WORKING_DAYS)


class WindowType(StrEnum):
    """What a window of the calendar does while it lasts."""

    DELAY_DELETE = "delay-delete"  # deletes are postponed, all else goes on
    FREEZE = "freeze"  # nothing is sent


@dataclass(frozen=True, slots=True)
class Window:
    """A window of the calendar, first and last day included (local dates of the site).

    ``kind``, ``school`` and ``role`` narrow it where they are given; ``spared`` schools stand
    outside it (a summer school).
    """

    type: WindowType
    begins: dt.date
    ends: dt.date
    kind: str | None = None
    school: str | None = None
    role: str | None = None
    spared: tuple[str, ...] = ()
    id: int = 0

    def covers(self, day: dt.date) -> bool:
        """Whether the day lies inside, ends included."""
        return self.begins <= day <= self.ends


class KeepTarget(StrEnum):
    """What an exception keeps."""

    PERSON = "person"
    ROOM = "room"
    SCHOOL = "school"


@dataclass(frozen=True, slots=True)
class KeepException:
    """Keeps a person, a room or a school from being deleted until a day, that day included."""

    target: KeepTarget
    key: str
    until: dt.date
    reason: str
    id: int = 0


class PostponedState(StrEnum):
    """Where a postponed delete stands (itslearning-operations.md 3.2)."""

    HELD = "held"
    EXEMPT = "exempt"
    DUE = "due"
    CANCELLED = "cancelled"
    DELETED = "deleted"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class PostponedDelete:
    """A delete in the ledger; ``due`` is the first day on which it may be carried out."""

    kind: str
    key: str
    label: str
    school: str
    role: str
    first_missing: dt.date
    first_run: str
    due: dt.date
    state: PostponedState
    window: int | None = None
    exception: int | None = None
