"""The timetable end to end: blocks in UMS become calendar events at itslearning, and go again.

Without this a pupil stands before the wrong door, or the calendar of a whole school is emptied.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sync.errors import CredentialsRefused, HeldByFilter
from sync.model import ChangeFilter, ChangeStatus, Kind, Operation, RunReport, RunState
from sync.runs import add_window, apply, approve, confirmation, open_plan, plan, undo
from sync.settings import Filter, Limit, Limits
from tests.runs.conftest import SITE
from tests.runs.synced_school import School
from tests.runs.waiting import LENIENT, delay
from umstui.testsite import start

EVENTS = ChangeFilter(kinds=frozenset({"event"}))
API_SITE = replace(SITE, api_user_name="client", api_password="api-secret")


@pytest.fixture
def timetable(synced_folder: Path, tmp_path: Path) -> Iterator[School]:
    """A synced school whose organization has a client of the Organisation API and three blocks."""
    shutil.copytree(synced_folder, tmp_path / "school")
    with start(tmp_path / "school" / "site", sites=[API_SITE]) as site:
        school = School(tmp_path / "school", site)
        school.sql(
            "UPDATE itslearningOrganizationSettings SET URL = ?, OrganizationAPIClientID = ?, "
            "OrganizationAPIClientSecret = ?, OrganizationAPIURL = ?",
            site.url, "client", "api-secret", site.organisation_api_url,
        )  # fmt: skip
        for number in range(3):
            school.sql(
                "INSERT INTO ImportFromDB_SkemaBrikker VALUES (?, ?, NULL, ?, ?, ?, ?)",
                f"b{number}", activity_with_room(school),
                f"2026-11-23 0{number + 7}:00:00", f"2026-11-23 0{number + 7}:45:00",
                f"Lektion {number}", "Lokale 12",
            )  # fmt: skip
        yield school


def activity_with_room(school: School) -> str:
    """An activity that has a room of its own at the site."""
    keys = {str(course["key"]) for course in school.site.courses()}
    for activity, name in school.rows("SELECT DISTINCT AktivitetsID, Aktivitet FROM Students"):
        if f"UMSCourse_{name}" in keys:
            return str(activity)
    raise AssertionError("no activity of the school has a room")


def carry_out(school: School, found: RunReport) -> RunReport:
    installation = school.installation(limits=LENIENT)
    if found.summary.state is RunState.HELD:
        approve(installation, found.summary.run, reason="looked at")
    return apply(installation, found.summary.run, confirm=confirmation(found))


def planned(school: School, limits: Filter = LENIENT) -> RunReport:
    return plan(school.installation(limits=limits))


def counts(found: RunReport) -> dict[str, int]:
    return {op: number for op, number in found.summary.counts["event"].items() if number}


def events(school: School) -> list[dict[str, Any]]:
    return sorted(school.site.events(), key=lambda event: str(event["key"]))


def test_blocks_are_created_changed_and_deleted_as_events_of_their_own_kind(
    timetable: School,
) -> None:
    first = planned(timetable)
    assert counts(first) == {"create": 3}
    assert events(timetable) == [], "a plan writes nothing"
    with open_plan(timetable.installation(), first.summary.run) as reader:
        change = reader.page(EVENTS, 0, 1)[0]
        assert (change.kind, change.op, change.key) == (Kind.EVENT, Operation.CREATE, "b0")
    done = carry_out(timetable, first)
    assert done.summary.state is RunState.APPLIED
    found = events(timetable)
    assert [event["key"] for event in found] == ["b0", "b1", "b2"]
    assert {event["creator"] for event in found} == {"UMSTimetableUser"}
    assert found[0]["starts"].startswith("2026-11-23T0"), "UTC on the wire"
    assert found[0]["description"] == "Lokale 12"
    assert counts(planned(timetable)) == {}, "what was sent is held"

    timetable.sql("UPDATE ImportFromDB_SkemaBrikker SET Title = 'Flyttet' WHERE BlockKey = 'b1'")
    timetable.sql("DELETE FROM ImportFromDB_SkemaBrikker WHERE BlockKey = 'b2'")
    second = planned(timetable)
    assert counts(second) == {"update": 1, "delete": 1}
    assert confirmation(second) == "delete 1", "events count among the deletes to confirm"
    carry_out(timetable, second)
    assert [(event["key"], event["title"]) for event in events(timetable)] == [
        ("b0", "Lektion 0"), ("b1", "Flyttet"),
    ]  # fmt: skip

    carry_out(timetable, undo(timetable.installation(limits=LENIENT), second.summary.run))
    assert [(event["key"], event["title"]) for event in events(timetable)] == [
        ("b0", "Lektion 0"), ("b1", "Lektion 1"), ("b2", "Lektion 2"),
    ]  # fmt: skip


def test_the_filter_and_delayed_deletes_know_events_as_a_kind(timetable: School) -> None:
    carry_out(timetable, planned(timetable))
    timetable.sql("DELETE FROM ImportFromDB_SkemaBrikker")
    limits = Filter(event=Limits(delete=Limit(count=1)))
    held = planned(timetable, limits)
    assert held.summary.state is RunState.HELD
    assert any(cell.kind == "event" and cell.op == "delete" for cell in held.filter)
    with pytest.raises(HeldByFilter):
        apply(timetable.installation(limits=limits), held.summary.run, confirm="delete 3")
    assert len(events(timetable)) == 3

    add_window(timetable.installation(), delay(-1, 20, kind="event"))
    assert counts(planned(timetable)) == {"postpone": 3}


def test_the_journal_keeps_what_became_of_each_event(timetable: School) -> None:
    """A site that breaks down in the middle: the run goes on, and nothing stands there twice."""
    found = planned(timetable)
    timetable.site.set_faults("drop-after-commit@AddMessage:next1")
    done = carry_out(timetable, found)
    assert done.summary.state is RunState.APPLIED
    assert len(events(timetable)) == 3
    with open_plan(timetable.installation(), found.summary.run) as reader:
        assert {change.status for change in reader.changes(EVENTS)} == {ChangeStatus.OK}


def test_without_a_client_id_the_timetable_is_left_as_it_is(timetable: School) -> None:
    """A contract that ended must not empty the calendars."""
    carry_out(timetable, planned(timetable))
    timetable.sql("UPDATE itslearningOrganizationSettings SET OrganizationAPIClientID = ''")
    timetable.sql("DELETE FROM ImportFromDB_SkemaBrikker")
    assert counts(planned(timetable)) == {}
    assert len(events(timetable)) == 3


def test_a_client_without_its_secret_is_said_before_anything_is_sent(timetable: School) -> None:
    found = planned(timetable)
    timetable.sql("UPDATE itslearningOrganizationSettings SET OrganizationAPIClientSecret = ''")
    with pytest.raises(CredentialsRefused, match="UMSTUI_ORG_1_API_SECRET"):
        carry_out(timetable, found)
    assert events(timetable) == []


def test_a_block_without_length_is_a_problem_and_no_event(timetable: School) -> None:
    """itslearning refuses an event that does not end after it starts, and would every night."""
    timetable.sql("UPDATE ImportFromDB_SkemaBrikker SET EndsAt = StartsAt WHERE BlockKey = 'b0'")
    found = planned(timetable)
    assert counts(found) == {"create": 2}
    assert ("ends-before-start", "b0") in {(p.reason, p.key) for p in found.problems}
