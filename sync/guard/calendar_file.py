"""The calendar as iCalendar (RFC 5545), with a reminder five working days before a window's end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from icalendar import Alarm, Calendar, Event

from sync.guard.calendar import ONE_DAY
from sync.windows import KeepException, Window, WindowType, reminder_day

REMIND_AT_HOUR = 8

_TITLES = {
    WindowType.DELAY_DELETE: "itslearning: deletes are postponed",
    WindowType.FREEZE: "itslearning: nothing is sent",
}


def calendar_file(
    windows: Iterable[Window],
    exceptions: Iterable[KeepException] = (),
    *,
    now: dt.datetime,
    organization: str,
    org: int,
) -> bytes:
    """The windows as whole-day events, and the last days of exceptions, ready to be written.

    ``now`` is aware. An event keeps its UID from export to export, so a calendar program that
    imports the file again changes the event it has.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//umstui//calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", f"umstui: {organization}")
    for window in windows:
        scope = [f"{n} {v}" for n, v in (("kind", window.kind), ("school", window.school)) if v]
        scope += [f"role {window.role}"] if window.role else []
        scope += [f"without {school}" for school in window.spared]
        title = _TITLES[window.type] + (f" ({', '.join(scope)})" if scope else "")
        calendar.add_component(
            _event(
                uid=f"window-{window.id}-org-{org}@umstui",
                first=window.begins,
                last=window.ends,
                title=f"{title}, {organization}",
                words=f"{window.type} {window.id} until {window.ends}, that day included. "
                "What is postponed falls due the day after: umstui calendar forecast",
                now=now,
            )
        )
    for keep in exceptions:
        calendar.add_component(
            _event(
                uid=f"exception-{keep.id}-org-{org}@umstui",
                first=keep.until,
                last=keep.until,
                title=f"umstui: exception for {keep.target} {keep.key} ends, {organization}",
                words=f"{keep.reason}. Renew it or let it end: umstui exceptions list",
                now=now,
            )
        )
    return bytes(calendar.to_ical())


def _event(
    *, uid: str, first: dt.date, last: dt.date, title: str, words: str, now: dt.datetime
) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", now.astimezone(dt.UTC))
    event.add("dtstart", first)
    event.add("dtend", last + ONE_DAY)  # RFC 5545: the day after the last one
    event.add("summary", title)
    event.add("description", words)
    event.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", f"Ends on {last}: {title}")
    remind = reminder_day(last)
    ahead = (last + ONE_DAY - remind) - dt.timedelta(hours=REMIND_AT_HOUR)
    # From the end backwards, as local time: a reminder stays at eight when the clocks change.
    alarm.add("trigger", -ahead, parameters={"RELATED": "END"})
    event.add_component(alarm)
    return event
