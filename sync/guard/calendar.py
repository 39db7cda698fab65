"""Windows of the calendar: which one covers what, when it is over, and what may be entered.

All days are local dates of the site, first and last day included; a date planned for is compared
with them as it is (readings.md 53), so neither daylight saving time nor a leap day shifts anything.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable

from sync.errors import CalendarRefused
from sync.model import Kind
from sync.windows import Window, WindowType

ONE_DAY = dt.timedelta(days=1)
_WRITTEN_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def read_day(text: str) -> dt.date:
    """A day written as 2026-08-13; CalendarRefused says what is wrong with anything else."""
    written = text.strip()
    if not _WRITTEN_DAY.fullmatch(written):
        raise CalendarRefused(
            f"'{text}' is not a date. Write year, month and day as in 2026-08-13."
        )
    try:
        return dt.date.fromisoformat(written)
    except ValueError as error:
        raise CalendarRefused(f"There is no day {written}: {error}.") from error


def spoken_day(day: dt.date, today: dt.date) -> str:
    """A day as the console says it: '13 August', with the year where it is another one."""
    words = f"{day.day} {_MONTHS[day.month - 1]}"
    return words if day.year == today.year else f"{words} {day.year}"


def matches(window: Window, kind: str, school: str, roles: Collection[str] = ()) -> bool:
    """Whether a window is about such an object, on whatever day.

    ``roles`` are the object's own role and, for a membership, its person's.
    """
    if window.kind is not None and window.kind != kind:
        return False
    if window.school is not None and window.school != school:
        return False
    if school in window.spared:
        return False
    return window.role is None or window.role.casefold() in {role.casefold() for role in roles}


def active(windows: Iterable[Window], day: dt.date) -> list[Window]:
    """The windows that cover the day."""
    return [window for window in windows if window.covers(day)]


def freezes_all(window: Window) -> bool:
    """Whether a window stops whole runs: a freeze that leaves nothing out and spares nobody."""
    narrowed = window.kind is not None or window.school is not None or window.role is not None
    return window.type is WindowType.FREEZE and not narrowed and not window.spared


def freeze_on(windows: Iterable[Window], day: dt.date) -> Window | None:
    """The freeze of the whole site that covers the day, the one that ends last; else None.

    A freeze of one kind, school or role, or one that spares a school, freezes no run: it postpones
    the changes it is about.
    """
    freezes = [window for window in active(windows, day) if freezes_all(window)]
    return max(freezes, key=lambda window: window.ends, default=None)


def last_window(
    windows: Iterable[Window],
    day: dt.date,
    kind: str,
    school: str,
    roles: Collection[str] = (),
    *,
    delete: bool = True,
) -> Window | None:
    """The window that postpones such a change longest, counted from ``day``; None: nothing does.

    Any window postpones a delete, only a freeze of a part of the site postpones other changes
    (a freeze of the whole site stops the run instead). Overlapping windows, and one that begins the
    day after another ends, hold on to the latest end.
    """
    concerned = [
        window
        for window in windows
        if (delete or window.type is WindowType.FREEZE) and matches(window, kind, school, roles)
    ]
    holding = [window for window in active(concerned, day) if not freezes_all(window)]
    if not holding:
        return None
    longest = max(holding, key=lambda window: window.ends)
    while True:
        reached = longest.ends + ONE_DAY
        following = max(
            (window for window in concerned if window.begins <= reached <= window.ends),
            key=lambda window: window.ends,
            default=None,
        )
        if following is None:
            return longest
        longest = following


def new_window(
    window: Window, *, today: dt.date, schools: Collection[str], others: Iterable[Window]
) -> Window:
    """Check a window that is to be entered or changed; CalendarRefused gives the reason.

    ``schools`` are those known of what is held and wanted, ``others`` the calendar as it is (the
    window itself, by its number, left out).
    """
    if window.ends < window.begins:
        raise CalendarRefused(
            f"The window would end on {window.ends}, before it begins on {window.begins}."
        )
    if window.ends < today:
        raise CalendarRefused(
            f"The window would have ended on {window.ends}, before today ({today})."
        )
    if window.kind is not None and window.kind not in set(Kind):
        raise CalendarRefused(f"There is no kind '{window.kind}'. It is one of: {', '.join(Kind)}.")
    for school in (*([window.school] if window.school is not None else []), *window.spared):
        check_school(school, schools)
    if window.type is WindowType.FREEZE:
        for other in others:
            if (
                other.id != window.id
                and other.type is WindowType.FREEZE
                and other.begins <= window.ends
                and window.begins <= other.ends
                and _meet(other, window)
            ):
                raise CalendarRefused(
                    f"The freeze overlaps freeze {other.id} from {other.begins} to {other.ends}. "
                    "Change or remove that one."
                )
    return window


def check_school(school: str, schools: Collection[str]) -> None:
    """Refuse a school that nobody belongs to."""
    if school in schools:
        return
    shown = sorted(schools)[:10]
    known = f" Known: {', '.join(shown)}{', …' if len(schools) > len(shown) else ''}."
    raise CalendarRefused(f"No person or room belongs to a school '{school}'.{known}")


def _meet(one: Window, other: Window) -> bool:
    """Whether something exists that both windows are about."""
    same_kind = one.kind is None or other.kind is None or one.kind == other.kind
    same_role = one.role is None or other.role is None or one.role == other.role
    if one.school is not None and one.school in other.spared:
        return False
    if other.school is not None and other.school in one.spared:
        return False
    same_school = one.school is None or other.school is None or one.school == other.school
    return same_kind and same_role and same_school
