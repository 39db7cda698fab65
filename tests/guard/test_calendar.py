"""Windows and exceptions: what may be entered, what they cover, and what they postpone."""

from __future__ import annotations

import dataclasses
import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from sync.errors import CalendarRefused
from sync.guard import (
    freeze_on,
    last_window,
    new_exception,
    new_window,
    read_day,
    renewals,
    spoken_day,
)
from sync.model import Verdict
from sync.windows import KeepException, KeepTarget, Window, WindowType
from tests.guard.plans import DAY, Plan, delay, freeze

ONE = dt.timedelta(days=1)
days = st.dates(dt.date(2024, 1, 1), dt.date(2030, 12, 31))


@st.composite
def windows_of(draw: st.DrawFn) -> Window:
    """Any delay-delete window of up to two months, clock changes and leap days included."""
    begins = draw(days)
    ends = begins + dt.timedelta(days=draw(st.integers(0, 60)))
    return Window(WindowType.DELAY_DELETE, begins, ends)


@given(windows=st.lists(windows_of(), max_size=6), day=days)
def test_what_is_held_is_held_on_every_day_up_to_its_end_and_not_after(
    windows: list[Window], day: dt.date
) -> None:
    """Due is the first day on which no window covers the delete, neither sooner nor later."""
    last = last_window(windows, day, "person", "S1")
    covered = day
    while any(window.covers(covered) for window in windows):
        covered += ONE
    assert (None if last is None else last.ends + ONE) == (None if covered == day else covered)


@given(window=windows_of(), day=days)
def test_both_ends_are_inside(window: Window, day: dt.date) -> None:
    """A window protects the day it begins and the day it ends."""
    assert window.covers(window.begins)
    assert window.covers(window.ends)
    assert not window.covers(window.begins - ONE)
    assert not window.covers(window.ends + ONE)


def test_the_local_date_decides_when_the_clocks_change() -> None:
    """Half past midnight on the first summer-time day is that day here, the day before in UTC."""
    zone = ZoneInfo("Europe/Copenhagen")
    window = delay("2026-03-29", "2026-03-29")
    first = dt.datetime(2026, 3, 29, 0, 30, tzinfo=zone)
    last = first + dt.timedelta(hours=23)
    assert first.astimezone(dt.UTC).date() == dt.date(2026, 3, 28)
    assert window.covers(first.date())
    assert window.covers(last.date())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("next monday", "is not a date"),
        ("13 August", "is not a date"),
        ("13-08-2026", "is not a date"),
        ("20260813", "is not a date"),
        ("2027-02-29", "There is no day 2027-02-29"),
        ("2026-13-01", "There is no day"),
        ("", "is not a date"),
    ],
)
def test_dates_in_words_are_refused_with_the_way_to_write_them(text: str, reason: str) -> None:
    """A date that was guessed at would open the window on another day."""
    with pytest.raises(CalendarRefused, match=reason):
        read_day(text)


def test_dates_are_read_and_said() -> None:
    """29 February exists where it does, and the year is said where it is another one."""
    assert read_day(" 2028-02-29 ") == dt.date(2028, 2, 29)
    assert spoken_day(dt.date(2026, 8, 13), DAY) == "13 August"
    assert spoken_day(dt.date(2027, 1, 1), DAY) == "1 January 2027"


@pytest.mark.parametrize(
    ("window", "reason"),
    [
        (delay("2026-08-20", "2026-08-13"), "before it begins"),
        (delay("2026-08-01", "2026-08-09"), "before today"),
        (delay("2026-08-01", "2026-08-31", school="Nowhere"), "school 'Nowhere'.*Known: S1, S2"),
        (freeze("2026-08-01", "2026-08-31", spared=("Nowhere",)), "school 'Nowhere'"),
        (delay("2026-08-01", "2026-08-31", kind="pupil"), "no kind 'pupil'"),
        (freeze("2026-09-05", "2026-09-30"), "overlaps freeze 7 from 2026-09-01 to 2026-09-10"),
        (freeze("2026-09-05", "2026-09-30", school="S1"), "overlaps freeze 7"),
    ],
)
def test_windows_that_cannot_be_meant_are_refused(window: Window, reason: str) -> None:
    """Each refusal says why, so that the next attempt is right."""
    others = [freeze("2026-09-01", "2026-09-10", id=7)]
    with pytest.raises(CalendarRefused, match=reason):
        new_window(window, today=DAY, schools=["S1", "S2"], others=others)


@pytest.mark.parametrize(
    "window",
    [
        delay("2026-08-10", "2026-08-10"),
        delay("2026-09-05", "2026-09-30"),
        freeze("2026-09-11", "2026-09-30"),
        freeze("2026-09-01", "2026-09-12", id=7),
    ],
)
def test_windows_that_can_be_meant_are_taken(window: Window) -> None:
    """A single day, deletes delayed around a freeze, freezes in a row, and a change of its own."""
    others = [freeze("2026-09-01", "2026-09-10", id=7)]
    assert new_window(window, today=DAY, schools=["S1"], others=others) == window


def test_freezes_of_different_schools_do_not_overlap() -> None:
    """Two schools may rest at the same time."""
    others = [freeze("2026-09-01", "2026-09-10", id=7, school="S1")]
    for scope in ({"school": "S2"}, {"spared": ("S1",)}):
        window = freeze("2026-09-05", "2026-09-30", **scope)
        assert new_window(window, today=DAY, schools=["S1", "S2"], others=others) == window


@pytest.mark.parametrize(
    ("scope", "postponed"),
    [
        ({"kind": "person"}, {("person", "S1"), ("person", "S2")}),
        ({"school": "S2"}, {("person", "S2"), ("membership", "S2")}),
        ({"kind": "membership", "school": "S1"}, {("membership", "S1")}),
        ({"role": "Staff"}, {("person", "S2")}),
        ({"role": "learner"}, {("membership", "S1"), ("membership", "S2")}),
        ({"role": "Student"}, {("person", "S1"), ("membership", "S1"), ("membership", "S2")}),
        ({"spared": ("S1",)}, {("person", "S2"), ("membership", "S2")}),
    ],
)
def test_windows_are_about_a_kind_a_school_or_a_role(
    plan: Plan, scope: dict[str, object], postponed: set[tuple[str, str]]
) -> None:
    """Only what was meant waits; the rest goes on."""
    plan.persons(range(10))
    plan.persons([20], wanted=False, school="S1")
    plan.persons([21], wanted=False, school="S2", role="Staff")
    plan.groups([("g", "7A")])
    plan.members([("p1", "g")], wanted=False, school="S1")
    plan.members([("p2", "g")], wanted=False, school="S2")
    plan.evaluate(windows=[delay("2026-08-01", "2026-08-31", **scope)])
    found = plan.workspace.execute(
        "SELECT kind, school FROM change WHERE status = 'postponed'"
    ).fetchall()
    assert set(found) == postponed


def test_creates_updates_moves_and_archives_go_on(plan: Plan) -> None:
    """Within delayed deletes new pupils appear and rooms end as usual."""
    plan.persons(range(5), held=False)
    plan.groups([("r", "Art")], kind="course", parent="UMSCourses", wanted=False)
    plan.groups([("r", "Art")], kind="course", parent="UMSCoursesArchive", held=False)
    plan.groups([("g", "7A")], wanted=False)
    plan.groups([("g", "7 A")], held=False)
    plan.evaluate(windows=[delay("2026-08-01", "2026-08-31")])
    assert {status for _, _, status in plan.statuses()} == {"planned"}


def test_a_group_stays_while_a_membership_in_it_stays_on_purpose(plan: Plan) -> None:
    """Deleted, the group would take the membership with it."""
    plan.persons([1])
    plan.groups([("n", "Year 7")], kind="node", wanted=False)
    plan.groups([("g", "7A")], parent="n", wanted=False)
    plan.members([("p1", "g")], wanted=False)
    plan.evaluate(windows=[delay("2026-08-01", "2026-08-13", kind="membership")])
    assert {status for _, _, status in plan.statuses()} == {"postponed"}
    assert plan.messages() == {"held until 13 August, on purpose"}


def test_a_freeze_of_one_kind_postpones_it_and_freezes_no_run(plan: Plan) -> None:
    """Courses rest, persons go on."""
    plan.persons(range(50))
    plan.persons([99], held=False)
    plan.groups([("r", "Art")], kind="course", held=False)
    plan.members([("p1", "r")], held=False)
    report = plan.evaluate(windows=[freeze("2026-08-01", "2026-08-13", kind="course")])
    assert report.verdict is Verdict.PASS
    assert plan.statuses() == {
        ("person", "create", "planned"): 1,
        ("course", "create", "postponed"): 1,
        ("membership", "create", "postponed"): 1,
    }
    assert plan.messages("kind = 'course'") == {"frozen until 13 August, on purpose"}


def test_delayed_deletes_are_due_after_a_freeze_that_follows() -> None:
    """The day after the window nothing can be sent either, if a freeze begins there."""
    windows = [delay("2026-08-01", "2026-08-13"), freeze("2026-08-14", "2026-08-20")]
    last = last_window(windows, DAY, "person", "S1")
    assert last is not None
    assert last.ends == dt.date(2026, 8, 20)
    assert last_window(windows, dt.date(2026, 8, 14), "person", "S1") is None
    assert freeze_on(windows, dt.date(2026, 8, 14)) == windows[1]


def test_courses_of_the_coming_year_wait_for_it(plan: Plan) -> None:
    """Made too early they would join the year that is ending."""
    for key in ("old", "new"):
        plan.groups([(key, key)], kind="course", held=False)
    plan.persons([1])
    plan.members([("p1", "new"), ("p1", "old")], held=False)
    plan.workspace.execute(
        "INSERT INTO room_start VALUES ('new', '2026-08-17'), ('old', '2026-08-16')"
    )
    starts = dt.date(2026, 8, 17)
    plan.evaluate(school_year_starts=starts)
    assert plan.statuses("status = 'postponed'") == {
        ("course", "create", "postponed"): 1,
        ("membership", "create", "postponed"): 1,
    }
    assert plan.messages("key = 'new'") == {"waits for the school year, which starts on 17 August"}
    plan.workspace.execute("DELETE FROM change")
    plan.evaluate(school_year_starts=starts, day=starts)
    assert {status for _, _, status in plan.statuses()} == {"planned"}


def _keep(target: KeepTarget, key: str, until: str = "2026-08-31") -> KeepException:
    return KeepException(target, key, dt.date.fromisoformat(until), "summer school", 1)


@pytest.mark.parametrize(
    ("target", "key", "postponed"),
    [
        (KeepTarget.PERSON, "P20", {"p20@g", "p20@r", "r"}),
        (KeepTarget.PERSON, "P22", {"p22"}),
        (KeepTarget.ROOM, "r", {"r", "p20@r"}),
        (KeepTarget.ROOM, "ended", {"ended"}),
        (KeepTarget.SCHOOL, "S2", {"p21"}),
    ],
)
def test_exceptions_keep_a_person_a_room_or_a_school(
    plan: Plan, target: KeepTarget, key: str, postponed: set[str]
) -> None:
    """Who is kept keeps what they had, until the day that was said."""
    plan.persons(range(10))
    plan.persons([20])
    plan.persons([21], wanted=False, school="S2")
    plan.persons([22], wanted=False, school="S3")
    plan.groups([("g", "7A")])
    plan.groups([("r", "Art")], wanted=False)
    plan.groups([("ended", "Music")], kind="course", wanted=False)
    plan.groups([("ended", "Music")], kind="course", parent="UMSCoursesArchive", held=False)
    plan.members([("p20", "g"), ("p20", "r")], wanted=False)
    keep = _keep(target, key)
    plan.evaluate(exceptions=[keep], day=keep.until)
    found = plan.workspace.execute("SELECT key FROM change WHERE status = 'postponed'").fetchall()
    assert {row[0] for row in found} == postponed
    assert plan.messages("status = 'postponed'") == {"kept until 31 August: summer school"}
    plan.workspace.execute("DELETE FROM change")
    plan.evaluate(exceptions=[keep], day=keep.until + ONE)
    assert "postponed" not in {status for _, _, status in plan.statuses()}


@pytest.mark.parametrize(
    ("keep", "reason"),
    [
        (dataclasses.replace(_keep(KeepTarget.PERSON, "p1"), reason=" "), "needs a reason"),
        (_keep(KeepTarget.PERSON, "p1", "2026-08-09"), "before today"),
        (_keep(KeepTarget.PERSON, "nobody"), "No person with the key 'nobody'"),
        (_keep(KeepTarget.SCHOOL, "Nowhere"), "school 'Nowhere'"),
    ],
)
def test_exceptions_that_cannot_be_meant_are_refused(keep: KeepException, reason: str) -> None:
    """An exception for a key with a slip in it would keep nobody."""
    with pytest.raises(CalendarRefused, match=reason):
        new_exception(keep, today=DAY, known=["p1", "S1"])


def test_an_exception_finds_its_person_in_whatever_spelling() -> None:
    """User names compare without case (rules.md 4)."""
    keep = _keep(KeepTarget.PERSON, "P1")
    assert new_exception(keep, today=DAY, known=["p1"]) == keep


def test_exceptions_come_up_for_renewal() -> None:
    """Nothing is kept for ever because nobody remembers it."""
    keeps = [
        _keep(KeepTarget.PERSON, "far", "2026-09-30"),
        _keep(KeepTarget.PERSON, "soon", "2026-08-24"),
        _keep(KeepTarget.PERSON, "gone", "2026-08-09"),
        _keep(KeepTarget.PERSON, "forgotten", "2026-07-01"),
    ]
    found = renewals(keeps, DAY)
    assert [(r.exception.key, r.days) for r in found] == [("gone", -1), ("soon", 14)]
    assert "ended on 9 August" in found[0].words
