"""What a line of a form takes, checked while it is typed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from screens.wording import day


def read_day(text: str, today: dt.date) -> dt.date | None:
    """A day written as 2026-12-31, or as the number of days from today; None for else."""
    if text.isdecimal() and len(text) <= 4:
        return today + dt.timedelta(days=int(text))
    try:
        return dt.date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def day_check(today: dt.date, *, past: bool = False) -> Callable[[str], str]:
    """A day that is not over; ``past`` takes one that is."""

    def check(text: str) -> str:
        if not text:
            return "a day such as 2027-06-21, or the number of days from today"
        found = read_day(text, today)
        if found is None:
            return f"'{text}' is no day; write 2027-06-21, or the number of days from today"
        return "" if past or found >= today else f"{day(found)} is over"

    return check


def one_of(choices: Sequence[str], *, empty: bool = True) -> Callable[[str], str]:
    """One of these words; ``empty`` takes nothing as well."""

    def check(text: str) -> str:
        if text in choices or (empty and not text):
            return ""
        return f"one of: {', '.join(choices)}" + (", or nothing" if empty else "")

    return check


def needed(text: str) -> str:
    """Any text but none."""
    return "" if text else "it is needed"
