"""Timetable blocks over the Organisation API."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest

from sync.itslearning import Connection, EventReader, EventWriter
from sync.itslearning.events import service_address
from sync.model import Event, OutcomeStatus
from tests.itslearning.strict_server import StrictServer, Trouble

START = dt.datetime(2026, 1, 12, 7, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
EVENTS = [
    Event(f"e{n}", START + n * HOUR, START + (n + 1) * HOUR, "Maths & <Æ>", "Room", "c1")
    for n in range(6)
]
KEYS = [event.key for event in EVENTS]


@pytest.fixture
def events(server: StrictServer, connect: Callable[..., Connection]) -> EventWriter:
    server.calendar.courses.add("c1")
    return EventWriter(connect())


@pytest.fixture
def shown(connect: Callable[..., Connection]) -> EventReader:
    return EventReader(connect())


def test_blocks_are_made_changed_and_deleted(
    server: StrictServer, events: EventWriter, shown: EventReader
) -> None:
    """A pupil's timetable; type numbers are looked up once, they differ from site to site."""
    assert all(one.ok for one in events.create_events(EVENTS))
    assert shown.read_events([*KEYS, "gone"]) == {
        **{event.key: event for event in EVENTS},
        "gone": None,
    }
    moved = replace(EVENTS[0], starts_at=START - dt.timedelta(minutes=5), title="Danish")
    assert events.update_events([moved])[0].ok
    assert shown.read_events(["e0"])["e0"] == moved
    assert [one.ok for one in events.delete_events(["e0", "gone"])] == [True, True]
    assert server.operations().count("GetMessageTypes") == 1
    assert set(server.calendar.events) == set(KEYS[1:])


def test_times_are_sent_in_utc(server: StrictServer, events: EventWriter) -> None:
    """A lesson an hour off is the first thing a school sees after a clock change."""
    zone = dt.timezone(dt.timedelta(hours=2))
    local = replace(EVENTS[0], starts_at=START.astimezone(zone))
    naive = replace(EVENTS[1], starts_at=EVENTS[1].starts_at.replace(tzinfo=None))
    assert all(one.ok for one in events.create_events([local, naive]))
    assert server.calendar.events["e0"]["StartDateTime"] == "2026-01-12T07:00:00Z"
    assert server.calendar.events["e1"]["StartDateTime"] == "2026-01-12T08:00:00Z"


def test_what_cannot_be_sent_is_not(server: StrictServer, events: EventWriter) -> None:
    """Titles of 80, an end after the start, a course, one block a key."""
    bad = [
        replace(EVENTS[0], key=""),
        replace(EVENTS[0], key="a", title="t" * 81),
        replace(EVENTS[0], key="b", ends_at=START),
        replace(EVENTS[0], key="c", course_key=""),
        replace(EVENTS[0], key="d", description="\x00"),
    ]
    outcomes = events.create_events(bad)
    assert [one.code for one in outcomes] == ["not-sent"] * 5
    assert events.delete_events([""])[0].code == "not-sent"
    assert server.requests == []


@pytest.mark.parametrize("with_keys", [True, False])
def test_an_error_hits_only_the_block_it_is_about(
    server: StrictServer, events: EventWriter, with_keys: bool
) -> None:
    """Also where the details do not say which block they mean."""
    server.calendar.keys_in_details = with_keys
    batch = [*EVENTS[:3], replace(EVENTS[3], course_key="c9"), *EVENTS[4:]]
    outcomes = events.create_events(batch)
    assert [one.ok for one in outcomes] == [True, True, True, False, True, True]
    assert "course" in outcomes[3].message
    assert set(server.calendar.events) == {"e0", "e1", "e2", "e4", "e5"}


@pytest.mark.parametrize("kind", ["before", "after", "throttled", "page", "broken"])
def test_lost_answers_are_looked_up(server: StrictServer, events: EventWriter, kind: str) -> None:
    """A creation sent twice might show a lesson twice."""
    server.trouble.append(Trouble(kind, "AddMessage"))
    assert all(one.ok for one in events.create_events(EVENTS))
    assert set(server.calendar.events) == set(KEYS)
    if kind in {"after", "broken"}:
        assert server.operations().count("AddMessage") == 1
    server.trouble.append(Trouble(kind, "AddMessage"))
    assert all(one.ok for one in events.delete_events(KEYS))
    assert server.calendar.events == {}


def test_a_queued_message_is_waited_for(server: StrictServer, events: EventWriter) -> None:
    """Calendar messages are answered at once, says the documentation; a site may still queue."""
    server.calendar.queued = 3
    assert all(one.ok for one in events.create_events(EVENTS))
    assert server.operations().count("GetMessageResult") == 3
    server.calendar.queued = 99
    outcomes = events.update_events(EVENTS[:1])
    assert outcomes[0].status is OutcomeStatus.UNKNOWN


def test_a_login_without_calendar_messages_is_told_so(
    server: StrictServer, events: EventWriter
) -> None:
    """itslearning switches message types on one by one."""
    server.calendar.types = {"Create.Course": 5}
    (outcome,) = events.create_events(EVENTS[:1])
    assert outcome.status is OutcomeStatus.FAILED
    assert "Create.Calendar.Event" in outcome.message


def test_a_fault_is_narrowed_down(server: StrictServer, events: EventWriter) -> None:
    """As for persons: one block that cannot be taken does not keep the others away."""
    server.trouble.append(Trouble("poison", "AddMessage", longer=4000, lasting=True))
    assert all(one.ok for one in events.create_events(EVENTS))
    server.trouble[:] = [Trouble("poison", "AddMessage", lasting=True)]
    assert [one.status for one in events.update_events(EVENTS[:2])] == [OutcomeStatus.FAILED] * 2


def test_courses_are_listed_page_by_page(server: StrictServer, shown: EventReader) -> None:
    """The only way to list all courses of a site."""
    server.calendar.courses = {f"c{n}" for n in range(5)}
    pages = list(shown.read_courses(page_size=2))
    assert [len(page) for page in pages] == [2, 2, 1]
    assert pages[0][0] == ("c0", "Title of c0")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "https://m.example/ContentImport/DataService.svc",
            "https://m.example/ContentImport/X.svc",
        ),
        ("https://m.example/ReadDataService.svc", "https://m.example/X.svc"),
        ("https://m.example/ContentImport/", "https://m.example/ContentImport/X.svc"),
        ("https://m.example", "https://m.example/X.svc"),
    ],
)
def test_both_services_are_found_from_one_address(url: str, expected: str) -> None:
    """UMS stores one URL, the API has two services."""
    assert service_address(url, "X.svc") == expected
