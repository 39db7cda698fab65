"""The calendar as iCalendar: other programs must show the same days and remind in time."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from icalendar import Calendar

from sync.guard.calendar_file import calendar_file
from sync.windows import KeepException, KeepTarget, working_days_before
from tests.guard.plans import delay, freeze

NOW = dt.datetime(2026, 6, 1, 12, 0, tzinfo=dt.timezone(dt.timedelta(hours=2)))


def _events(*windows: Any, keeps: tuple[KeepException, ...] = ()) -> list[Any]:
    written = calendar_file(windows, keeps, now=NOW, organization="Fjordby; Ærø, Øst", org=1)
    calendar: Any = Calendar.from_ical(written)
    return list(calendar.walk("VEVENT"))


def test_windows_are_whole_days_with_the_end_after_the_last_one() -> None:
    """A window until 29 February ends on 1 March in RFC 5545, and is shown until the 29th."""
    (event,) = _events(delay("2028-02-01", "2028-02-29", id=3, school="S1"))
    assert event["DTSTART"].dt == dt.date(2028, 2, 1)
    assert event["DTEND"].dt == dt.date(2028, 3, 1)
    assert event["DTSTART"].params["VALUE"] == "DATE"
    assert event["DTSTAMP"].dt == dt.datetime(2026, 6, 1, 10, 0, tzinfo=dt.UTC)
    assert event["UID"] == "window-3-org-1@umstui"
    assert "school S1" in event["SUMMARY"]
    assert "Fjordby; Ærø, Øst" in event["SUMMARY"]


@pytest.mark.parametrize(
    ("end", "reminder"),
    [
        ("2026-08-14", "2026-08-07"),  # a Friday: the Friday before
        ("2026-08-12", "2026-08-05"),
        ("2026-08-16", "2026-08-10"),  # a Sunday: Monday of that week
        ("2026-10-26", "2026-10-19"),  # over the end of summer time
    ],
)
def test_the_reminder_comes_five_working_days_before_the_end(end: str, reminder: str) -> None:
    """Support needs a working week to change a window."""
    last = dt.date.fromisoformat(end)
    assert working_days_before(last, 5) == dt.date.fromisoformat(reminder)
    (event,) = _events(freeze("2026-07-01", end, id=1))
    (alarm,) = event.walk("VALARM")
    assert alarm["TRIGGER"].params["RELATED"] == "END"
    at = dt.datetime.combine(event["DTEND"].dt, dt.time()) + alarm["TRIGGER"].dt
    assert at == dt.datetime.combine(dt.date.fromisoformat(reminder), dt.time(8))


def test_exceptions_are_in_it_with_the_day_they_end() -> None:
    """An exception that ends is seen where people plan."""
    keep = KeepException(KeepTarget.PERSON, "anna01", dt.date(2026, 9, 30), "exam\nin autumn", 4)
    (event,) = _events(keeps=(keep,))
    assert event["DTSTART"].dt == keep.until
    assert "exam\nin autumn" in event["DESCRIPTION"]


def test_the_file_keeps_to_the_letter_of_rfc_5545() -> None:
    """CRLF, lines of 75 octets, escaped text, and the properties that are required."""
    text = calendar_file(
        [
            delay(
                "2026-07-01", "2026-08-13", id=1, spared=("En meget lang skole, nord for åen",) * 3
            )
        ],
        now=NOW,
        organization="Fjordby; Ærø, Øst",
        org=1,
    )
    lines = text.split(b"\r\n")
    assert b"\n" not in text.replace(b"\r\n", b"")
    assert max(map(len, lines)) <= 75
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2] == b"END:VCALENDAR"
    unfolded = text.replace(b"\r\n ", b"").decode("utf-8")
    assert "Fjordby\\; Ærø\\, Øst" in unfolded
    for name in ("VERSION:2.0", "PRODID:", "UID:", "DTSTAMP:", "ACTION:DISPLAY", "TRIGGER;"):
        assert name in unfolded
