"""Timetable blocks as events (imses-protocol.md 8)."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.rules.small_school import SmallSchool


def with_timetable(**block: object) -> SmallSchool:
    school = SmallSchool(settings={"CourseSites": "All"})
    school.change("UPDATE organization_setting SET OrganizationAPIClientID = 'client'")
    school.row("anna01", "1a", Skolefag="Math", Skolekode="7")
    add_block(school, "b1", **block)
    return school


def add_block(school: SmallSchool, key: str, **values: object) -> None:
    default = {
        "AktivitetsID": "1a",
        "Skolefag": "Math",
        "StartsAt": dt.datetime(2026, 9, 1, 8, 0),  # noqa: DTZ001 (local time, as in the database)
        "EndsAt": dt.datetime(2026, 9, 1, 9, 30),  # noqa: DTZ001
        "Title": "Algebra",
        "Room": "B12",
    }
    school.put("timetable_block", BlockKey=key, **{**default, **values})


def test_a_block_becomes_an_event_of_its_course_room() -> None:
    (event,) = with_timetable().wanted().rows_of("wanted_event")
    assert event == {
        "key": "b1",
        "starts_at": dt.datetime(2026, 9, 1, 6, 0),  # noqa: DTZ001
        "ends_at": dt.datetime(2026, 9, 1, 7, 30),  # noqa: DTZ001
        "title": "Algebra",
        "description": "B12",
        "course_key": "UMSCourse_1a_Math",
        "school": "7",
    }


@pytest.mark.parametrize(
    ("local", "hour"),
    [
        ("2026-03-29 01:30", 0),  # winter, an hour ahead of UTC
        ("2026-03-29 03:30", 1),  # summer began at two
        ("2026-10-25 01:30", 23),
        ("2026-10-25 03:30", 2),
    ],
)
def test_local_times_become_utc_on_both_sides_of_a_change_of_clocks(local: str, hour: int) -> None:
    """A lesson an hour off is a lesson missed."""
    school = with_timetable(StartsAt=local, EndsAt="2026-12-01 00:00")
    (event,) = school.wanted().rows_of("wanted_event")
    assert event["starts_at"].hour == hour


def test_a_block_without_a_room_of_its_own_goes_to_the_activity_room_or_nowhere() -> None:
    school = with_timetable()
    add_block(school, "b2", Skolefag="Danish", Title="")
    add_block(school, "b3", Skolefag=None, Title=None)
    add_block(school, "b4", AktivitetsID="9z")
    school.wanted()
    events = {e["key"]: (e["course_key"], e["title"]) for e in school.rows_of("wanted_event")}
    assert events == {
        "b1": ("UMSCourse_1a_Math", "Algebra"),
        "b2": ("UMSCourse_1a", "Danish"),
        "b3": ("UMSCourse_1a", "1a"),
    }


def test_without_a_client_id_nothing_is_planned_and_nothing_is_deleted() -> None:
    school = with_timetable()
    school.sync()
    school.change("UPDATE organization_setting SET OrganizationAPIClientID = ' '")
    school.change("DELETE FROM timetable_block")
    assert school.sync() == []
    school.change("UPDATE organization_setting SET OrganizationAPIClientID = 'client'")
    assert school.sync() == [("event", "delete", "b1")]


def test_a_block_that_ends_before_it_starts_is_a_problem_and_deletes_nothing() -> None:
    school = with_timetable()
    school.sync()
    school.change("UPDATE timetable_block SET EndsAt = '2026-08-01 08:00'")
    assert school.sync() == []
    assert school.problems() == {("ends-before-start", "b1")}


def test_events_of_a_room_that_is_kept_stay() -> None:
    """readings.md 10: a room that only problem rows stand for stays as it is."""
    school = with_timetable()
    school.sync()
    school.change("UPDATE student SET Efternavn = ''")
    assert school.sync() == []
    assert [event["key"] for event in school.rows_of("wanted_event")] == ["b1"]
