"""Exceptions: persons, rooms and schools that are kept for a while. They always expire."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sync.errors import CalendarRefused
from sync.guard.calendar import check_school, spoken_day
from sync.windows import KeepException, KeepTarget

RENEWAL_DAYS = 14  # so long before its end, and after it, an exception comes up for renewal


@dataclass(frozen=True, slots=True)
class Renewal:
    """An exception to decide on again: it ends soon, or it has ended. ``days`` < 0: ended."""

    exception: KeepException
    days: int
    words: str


def new_exception(
    exception: KeepException, *, today: dt.date, known: Collection[str]
) -> KeepException:
    """Check an exception that is to be entered or renewed; CalendarRefused gives the reason.

    ``known`` holds the keys (or the schools) that are held or wanted; for a person or a room the
    one key that was looked up is enough.
    """
    if not exception.reason.strip():
        raise CalendarRefused("An exception needs a reason: --reason TEXT.")
    if exception.until < today:
        raise CalendarRefused(
            f"The exception would have ended on {exception.until}, before today ({today})."
        )
    if exception.target is KeepTarget.SCHOOL:
        check_school(exception.key, known)
    elif exception.key.casefold() not in {key.casefold() for key in known}:
        raise CalendarRefused(
            f"No {exception.target} with the key '{exception.key}' is held or wanted."
        )
    return exception


def renewals(exceptions: Iterable[KeepException], today: dt.date) -> list[Renewal]:
    """The exceptions that end within two weeks or ended in the last two, the next end first."""
    found = []
    for exception in exceptions:
        days = (exception.until - today).days
        if abs(days) <= RENEWAL_DAYS:
            when = "ends" if days >= 0 else "ended"
            words = (
                f"{exception.target} {exception.key}: {when} on "
                f"{spoken_day(exception.until, today)} ({exception.reason})"
            )
            found.append(Renewal(exception, days, words))
    return sorted(found, key=lambda renewal: (renewal.exception.until, renewal.exception.id))
