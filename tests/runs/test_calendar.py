"""Windows, the ledger, freezes, exceptions and the forecast, over a real site."""

from __future__ import annotations

import datetime as dt

import pytest

from sync.errors import (
    CalendarRefused,
    Frozen,
    NotAllowed,
    NotFound,
    RunStale,
    SourceIncomplete,
)
from sync.model import ChangeFilter, Verdict
from sync.runs import (
    add_exception,
    add_window,
    apply,
    calendar_file,
    change_window,
    confirmation,
    exceptions,
    forecast,
    list_runs,
    open_plan,
    plan,
    released_by,
    remove_exception,
    remove_window,
    renew_exception,
    synchronize,
    undo,
    windows,
)
from sync.runs.auditing import audit_trail
from sync.settings import Calendar, Filter, Operators
from sync.windows import KeepException, KeepTarget, PostponedState
from tests.runs.synced_school import School
from tests.runs.waiting import (
    LENIENT,
    carry_out,
    day,
    delay,
    freeze,
    installed,
    later,
    leave,
    ledger,
    sync_by_hand,
    trashed,
)


def test_a_delete_waits_in_the_ledger_and_goes_after_the_window(synced: School) -> None:
    """Held on purpose until its end, due the day after, deleted then: each state is told."""
    installation = installed(synced)
    added = add_window(installation, delay(0, 3))
    (gone,) = leave(synced, 1)
    report = sync_by_hand(installation)
    assert report.summary.counts["person"]["postpone"] == 1
    assert report.summary.counts["person"]["delete"] == 0
    (row,) = [row for row in ledger(synced) if row.kind == "person"]
    assert (row.key, row.state, row.due) == (gone, PostponedState.HELD, day(4))
    assert row.window == added.window.id
    (shown,) = windows(installation)
    assert shown.held == len(ledger(synced)) == 1, "a person's memberships go with the person"
    with open_plan(installation, report.summary.run) as changes:
        (change,) = changes.page(ChangeFilter(kinds=frozenset({"person"})), 0, 5)
    assert change.message == "held until 24 November, on purpose"
    later(synced, 4)
    report = plan(installed(synced))
    assert report.summary.counts["person"]["delete"] == 1
    assert {row.state for row in ledger(synced)} == {PostponedState.DUE}
    carry_out(installed(synced), report)
    assert trashed(synced) == {gone}
    assert {row.state for row in ledger(synced)} == {PostponedState.DELETED}
    (shown,) = windows(installed(synced))
    assert shown.held == 0


def test_who_comes_back_is_cancelled_and_an_undo_restores(synced: School) -> None:
    """Back in the source: never deleted, never created anew. Taken back: told as restored."""
    installation = installed(synced)
    add_window(installation, delay(0, 3, kind="person"))
    pupil = synced.pupils(1)[0]
    name = synced.rows(f"SELECT Fornavne FROM Students WHERE StudieNr = '{pupil}' LIMIT 1")[0][0]
    synced.sql("UPDATE Students SET SlutDato = '20-11-2026' WHERE StudieNr = ?", pupil)
    sync_by_hand(installation)
    synced.sql("UPDATE Students SET SlutDato = '31-07-2027' WHERE StudieNr = ?", pupil)
    report = sync_by_hand(installation)
    assert report.summary.counts["person"] == dict.fromkeys(report.summary.counts["person"], 0)
    assert [row.state for row in ledger(synced) if row.kind == "person"] == [
        PostponedState.CANCELLED
    ]
    synced.sql("UPDATE Students SET SlutDato = '20-11-2026' WHERE StudieNr = ?", pupil)
    plan(installation)
    later(synced, 4)
    gone = sync_by_hand(installed(synced))
    assert trashed(synced) == {pupil}
    carry_out(installed(synced), undo(installed(synced), gone.summary.run))
    newest = next(row for row in ledger(synced) if row.kind == "person")
    assert newest.state is PostponedState.RESTORED
    assert name in {person["first"] for person in synced.site.persons() if person["key"] == pupil}


def test_a_plan_for_another_day_enters_nothing(synced: School) -> None:
    """A question about September is no word about what waits today."""
    installation = installed(synced)
    add_window(installation, delay(0, 10))
    leave(synced, 1)
    plan(installation, as_of=day(5))
    assert ledger(synced) == []
    synchronize(installation, as_of=day(5))
    assert ledger(synced) != []


def test_an_empty_source_inside_a_window_enters_nobody(synced: School) -> None:
    """A failed export is no leaving, not even a postponed one."""
    installation = installed(synced)
    add_window(installation, delay(0, 10))
    synced.sql("DELETE FROM Students")
    assert plan(installation).summary.verdict is Verdict.HOLD
    assert ledger(synced) == []


def test_removing_and_shortening_say_first_what_they_release(synced: School) -> None:
    """Nobody finds out afterwards that a hundred pupils are gone."""
    installation = installed(synced)
    number = add_window(installation, delay(0, 9)).window.id
    leave(synced, 2)
    plan(installation)
    assert "2 person deletes at 280051 fall due now instead of on 1 December" in released_by(
        installation, number
    )
    shorter = released_by(installation, number, ends=day(4))
    assert any("2 person deletes" in words and "on 26 November" in words for words in shorter)
    assert windows(installation)[0].window.ends == day(9), "asking changes nothing"
    assert change_window(installation, number, ends=day(4)) == shorter
    assert windows(installation)[0].window.ends == day(4)
    released = remove_window(installation, number)
    assert any("2 person deletes" in words and "fall due now" in words for words in released)
    assert windows(installation) == []
    actions = [(entry.action, entry.reason) for entry in audit_trail(installation)]
    assert [action for action, _ in actions][-4:] == [
        "add window", "plan", "change window", "remove window",
    ]  # fmt: skip
    assert "2 person deletes" in actions[-1][1]


@pytest.mark.parametrize(
    ("window", "reason"),
    [
        (delay(3, 1), "before it begins"),
        (delay(-9, -1), "before today"),
        (delay(0, 3, school="999999"), "Known: 280051, 280058, 280065"),
        (freeze(0, 3, spared=("999999",)), "no|No person"),
        (delay(0, 3, role="Janitor"), "Nobody has the role 'Janitor'.*Learner.*Student"),
    ],
)
def test_a_window_that_cannot_be_meant_is_refused(
    synced: School, window: object, reason: str
) -> None:
    """A window that holds nothing back looks like protection and is none."""
    with pytest.raises(CalendarRefused, match=reason):
        add_window(installed(synced), window)  # type: ignore[arg-type]
    assert windows(installed(synced)) == []


def test_schools_are_known_before_the_first_plan(school: School) -> None:
    """The calendar of the summer may be entered before anything was ever sent."""
    window = add_window(installed(school), delay(0, 3, school="280058"))
    assert window.window.school == "280058"
    with pytest.raises(CalendarRefused, match="280058"):
        add_window(installed(school), delay(0, 3, school="280059"))


def test_a_freeze_lets_plans_through_and_sends_nothing(synced: School) -> None:
    """Plan and preview work, apply and sync are refused with the day it ends."""
    installation = installed(synced)
    leave(synced, 1)
    before = plan(installation)
    add_window(installation, freeze(0, 2))
    frozen = plan(installation)
    assert frozen.summary.verdict is Verdict.FROZEN
    assert frozen.summary.counts["person"]["delete"] == 1
    content = synced.content()
    for run in (before, frozen):
        with pytest.raises(Frozen, match=str(day(2))):
            carry_out(installation, run)
    with pytest.raises(Frozen, match=str(day(2))):
        synchronize(installation)
    assert synced.content() == content
    assert synchronize(installation, as_of=day(3)).summary.run, "another day counts by itself"
    assert len(trashed(synced)) == 1


def test_a_run_of_yesterday_stops_at_a_freeze_that_began_today(synced: School) -> None:
    """A freeze is about what is sent while it lasts."""
    leave(synced, 1)
    report = plan(installed(synced))
    add_window(installed(synced), freeze(1, 2))
    later(synced, 1)
    with pytest.raises(Frozen):
        carry_out(installed(synced), report)
    assert not trashed(synced)


def test_a_run_graded_before_a_window_or_an_exception_is_stale(synced: School) -> None:
    """Who was put under protection after the plan must not be deleted by it."""
    gone = leave(synced, 1)
    installation = installed(synced)
    report = plan(installation)
    number = add_window(installation, delay(0, 5)).window.id
    with pytest.raises(RunStale, match="calendar"):
        carry_out(installation, report)
    remove_window(installation, number)
    keep = KeepException(KeepTarget.PERSON, gone[0].upper(), day(30), "ill")
    kept = add_exception(installation, keep)
    assert kept.key == gone[0], "the spelling that is held"
    with pytest.raises(RunStale):
        carry_out(installation, report)
    again = plan(installation)
    assert again.summary.counts["person"]["postpone"] == 1
    (row,) = [row for row in ledger(synced) if row.kind == "person"]
    assert (row.state, row.exception) == (PostponedState.EXEMPT, kept.id)
    carry_out(installation, again)
    assert not trashed(synced)
    assert any("1 person delete kept by it" in words for words in
               remove_exception(installation, kept.id))  # fmt: skip
    carry_out(installation, plan(installation))
    assert trashed(synced) == set(gone)


def test_exceptions_expire_and_come_up_for_renewal(synced: School) -> None:
    """A keep-list that never ends becomes a list of people nobody knows any more."""
    gone = leave(synced, 1)
    installation = installed(synced)
    kept = add_exception(
        installation, KeepException(KeepTarget.PERSON, gone[0], day(10), "sick leave")
    )
    assert [renewal.exception.id for renewal in exceptions(installation).renewals] == [kept.id]
    renewed = renew_exception(installation, kept.id, until=day(40), reason="still ill")
    assert (renewed.until, renewed.reason) == (day(40), "still ill")
    assert exceptions(installation).renewals == []
    later(synced, 41)
    report = plan(installed(synced))
    assert report.summary.counts["person"]["delete"] >= 1
    with pytest.raises(NotFound):
        remove_exception(installed(synced), 99)
    for wrong, reason in (
        (KeepException(KeepTarget.PERSON, "nobody99", day(50), "x"), "nobody99"),
        (KeepException(KeepTarget.SCHOOL, "999", day(50), "x"), "Known"),
        (KeepException(KeepTarget.PERSON, gone[0], day(1), "x"), "before today"),
        (KeepException(KeepTarget.PERSON, gone[0], day(50), " "), "reason"),
    ):
        with pytest.raises(CalendarRefused, match=reason):
            add_exception(installed(synced), wrong)


def test_a_room_and_a_school_are_kept_too(synced: School) -> None:
    """A summer school is kept with everybody in it."""
    synced.sql("DELETE FROM Students WHERE Skolekode = '280058' AND UserTypes_ID = 1")
    installation = installed(synced)
    add_exception(installation, KeepException(KeepTarget.SCHOOL, "280058", day(20), "summer"))
    report = plan(installation)
    deletes = {kind: counts.get("delete", 0) for kind, counts in report.summary.counts.items()}
    with open_plan(installation, report.summary.run) as changes:
        left = [
            change for change in changes.changes(ChangeFilter(operations=frozenset({"delete"})))
            if change.school == "280058" and change.status == "planned"
        ]  # fmt: skip
    assert left == []
    assert report.summary.counts["person"]["postpone"] > 20, deletes


def test_only_approvers_change_the_calendar(synced: School) -> None:
    """A window lifted by the wrong person is a deleted class."""
    operators = Operators(viewers=["support"], approvers=["mk"])
    viewer = installed(synced, operator="support", operators=operators)
    for attempt in (
        lambda: add_window(viewer, delay(0, 3)),
        lambda: remove_window(viewer, 1),
        lambda: add_exception(viewer, KeepException(KeepTarget.SCHOOL, "280051", day(3), "x")),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    with pytest.raises(NotAllowed, match="read-only"):
        add_window(synced.installation(read_only=True), delay(0, 3))


def test_the_forecast_counts_what_waits_and_what_will(synced: School) -> None:
    """From day one: what comes on the day after the window, against that day's limits."""
    installation = installed(synced, filter=Filter())
    add_window(installation, delay(10, 30))
    runs_before = len(list_runs(installation))
    first, second, third = synced.pupils(3)
    synced.sql("DELETE FROM Students WHERE StudieNr = ?", first)  # leaves before the window
    for pupil in (second, third):
        synced.sql("UPDATE Students SET SlutDato = '05-12-2026' WHERE StudieNr = ?", pupil)
    found = forecast(installation)
    assert len(list_runs(installation)) == runs_before, "nothing is stored"
    persons = [due for due in found.due if due.kind == "person"]
    whole = next(due for due in persons if not due.school)
    assert whole.date == day(31)
    assert whole.count == 2 + _ending_within(synced), "those who leave before it are gone by then"
    assert (whole.of, whole.limit) == (_held(synced), "5%")
    assert sum(due.count for due in persons if due.school) == whole.count
    assert forecast(installation, until=day(30)).due == []
    assert ledger(synced) == []
    assert forecast(synced.installation(read_only=True)).due == found.due


def test_the_forecast_of_a_freeze_and_of_an_empty_source(synced: School) -> None:
    """What a freeze stops comes after it; an empty source forecasts nothing."""
    installation = installed(synced)
    add_window(installation, freeze(0, 4))
    leave(synced, 2)
    due = [due for due in forecast(installation).due if (due.kind, due.school) == ("person", "")]
    assert [(line.date, line.count) for line in due] == [(day(5), 2)]
    plan(installation, as_of=day(9))
    assert "for 2026-11-30" in forecast(installation).note
    synced.sql("DELETE FROM Students")
    with pytest.raises(SourceIncomplete, match="empty"):
        forecast(installation)


def test_rooms_of_the_coming_school_year_wait_for_it(school: School) -> None:
    """Made too early they would join the year that is ending."""
    starts = dt.date(2026, 8, 1)
    installation = installed(school, calendar=Calendar(school_year_starts=starts))
    report = plan(installation, as_of=dt.date(2026, 7, 25))
    assert report.summary.counts["course"]["postpone"] > 0
    report = plan(installation, as_of=starts)
    assert report.summary.counts["course"]["postpone"] == 0
    assert report.summary.counts["course"]["create"] > 0


def test_the_calendar_goes_out_as_a_file(synced: School) -> None:
    """A window whose end stands in nobody's calendar ends unnoticed."""
    installation = installed(synced)
    add_window(installation, delay(0, 9))
    text = calendar_file(installation).decode()
    assert "BEGIN:VALARM" in text
    assert "DTSTART;VALUE=DATE:20261121" in text


def _held(school: School) -> int:
    report = plan(school.installation(limits=LENIENT))
    return next(
        cell.of for cell in report.filter if (cell.kind, cell.op, cell.scope) ==
        ("person", "delete", "site")
    )  # fmt: skip


def _ending_within(school: School) -> int:
    """Pupils of the demo whose own rows end inside the window."""
    report = plan(school.installation(limits=LENIENT), as_of=day(30))
    before = plan(school.installation(limits=LENIENT), as_of=day(9))

    def leaving(run: str) -> set[str]:
        with open_plan(school.installation(), run) as changes:
            return {
                change.key for change in changes.changes(ChangeFilter(kinds=frozenset({"person"})))
                if change.op == "delete"
            }  # fmt: skip

    assert apply is not None
    assert confirmation(report) != "x"
    return len(leaving(report.summary.run) - leaving(before.summary.run)) - 2
