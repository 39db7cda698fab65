"""The ledger of postponed deletes, the forecast over it, and the state database that keeps both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from sync.errors import NotFound
from sync.guard import due_dates, forecast, leaving_keys, ledger_changes, releases
from sync.model import Verdict
from sync.settings import Filter
from sync.state.calendar import CalendarReader, CalendarWriter
from sync.state.database import open_state
from sync.windows import KeepException, KeepTarget, PostponedState, Window
from tests.guard.plans import DAY, Plan, delay, freeze

HELD, EXEMPT, DUE = PostponedState.HELD, PostponedState.EXEMPT, PostponedState.DUE
AUGUST = delay("2026-08-01", "2026-08-13", id=1)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sa.Connection]:
    engine = open_state("sqlite:///state.db", tmp_path)
    with engine.begin() as opened:
        yield opened
    engine.dispose()


def _night(
    plan: Plan, calendar: CalendarWriter, day: dt.date, run: str = "1"
) -> dict[str, PostponedState]:
    """Plan for a day, bring the ledger up to it, and say what it says of each key."""
    plan.workspace.execute("DELETE FROM change")
    plan.evaluate(day=day, windows=calendar.windows(), exceptions=calendar.exceptions())
    changes = ledger_changes(plan.workspace, calendar.open_postponed(), day=day, run=run)
    calendar.add_postponed(changes.added)
    calendar.change_postponed(changes.changed)
    newest: dict[str, PostponedState] = {}
    for row in calendar.postponed():
        newest.setdefault(row.key, row.state)
    return newest


def test_the_life_of_postponed_deletes(plan: Plan, connection: sa.Connection) -> None:
    """Held, exempt, due, cancelled, deleted: each as it comes, over a whole summer."""
    calendar = CalendarWriter(connection, 1)
    calendar.add_window(AUGUST)
    calendar.add_exception(
        KeepException(KeepTarget.PERSON, "p3", dt.date(2026, 8, 20), "exam in autumn")
    )
    plan.persons(range(10, 60))
    plan.persons([1, 2, 3], wanted=False)
    assert _night(plan, calendar, DAY) == {"p1": HELD, "p2": HELD, "p3": EXEMPT}
    assert {r.key: r.due.day for r in calendar.open_postponed()} == {"p1": 14, "p2": 14, "p3": 21}
    assert calendar.held_by_window() == {1: 2}

    plan.persons([1], held=False)  # back in the source
    assert _night(plan, calendar, DAY + dt.timedelta(days=1))["p1"] is PostponedState.CANCELLED

    after = _night(plan, calendar, dt.date(2026, 8, 14))
    assert (after["p2"], after["p3"]) == (DUE, EXEMPT)
    assert plan.statuses("key = 'p2'") == {("person", "delete", "planned"): 1}

    plan.workspace.execute("DELETE FROM held_person WHERE key = 'p2'")  # carried out
    assert _night(plan, calendar, dt.date(2026, 8, 15))["p2"] is PostponedState.DELETED
    assert _night(plan, calendar, dt.date(2026, 8, 21))["p3"] is DUE
    calendar.mark_restored("person", ["p2", "p3"])
    states = {row.key: row.state for row in calendar.postponed()}
    assert (states["p2"], states["p3"]) == (PostponedState.RESTORED, DUE)


def test_missing_again_after_a_return_counts_from_the_second_time(
    plan: Plan, connection: sa.Connection
) -> None:
    """A pupil who came back starts anew; the old entry stays as it was."""
    calendar = CalendarWriter(connection, 1)
    calendar.add_window(AUGUST)
    plan.persons(range(10, 60))
    plan.persons([1], wanted=False)
    _night(plan, calendar, DAY)
    plan.persons([1], held=False)
    _night(plan, calendar, DAY + dt.timedelta(days=1))
    plan.workspace.execute("DELETE FROM wanted_person WHERE key = 'p1'")
    _night(plan, calendar, DAY + dt.timedelta(days=2), run="3")
    again, first = calendar.postponed()
    assert (again.state, again.first_missing, again.first_run) == (HELD, dt.date(2026, 8, 12), "3")
    assert (first.state, first.first_missing) == (PostponedState.CANCELLED, DAY)


def test_a_second_night_without_news_changes_nothing(plan: Plan, connection: sa.Connection) -> None:
    """The day an item was first missing must survive every later run."""
    calendar = CalendarWriter(connection, 1)
    calendar.add_window(AUGUST)
    plan.persons(range(50), wanted=False)
    plan.persons(range(5, 50), held=False)
    _night(plan, calendar, DAY)
    before = calendar.postponed()
    _night(plan, calendar, DAY + dt.timedelta(days=1), run="2")
    assert calendar.postponed() == before


def test_a_plan_of_users_alone_says_nothing_of_rooms(plan: Plan, connection: sa.Connection) -> None:
    """Otherwise a users-only run would cancel every room that waits."""
    calendar = CalendarWriter(connection, 1)
    calendar.add_window(AUGUST)
    plan.persons(range(50))
    plan.groups([("g", "7A")], wanted=False)
    _night(plan, calendar, DAY)
    plan.workspace.execute("DELETE FROM change")
    waiting = calendar.open_postponed()
    changes = ledger_changes(plan.workspace, waiting, day=DAY, run="2", kinds=["person"])
    assert changes.changed == ()
    assert ledger_changes(plan.workspace, waiting, day=DAY, run="2").changed[0].state is (
        PostponedState.CANCELLED
    )


def test_each_organization_has_its_own_calendar(connection: sa.Connection) -> None:
    """A freeze of one municipality is none of another's."""
    one, two = CalendarWriter(connection, 1), CalendarWriter(connection, 2)
    number = one.add_window(freeze("2026-07-01", "2026-07-31", spared=("Summer", "S2")))
    assert two.windows() == []
    with pytest.raises(NotFound):
        two.remove_window(number)
    one.change_window(number, begins=dt.date(2026, 7, 2), ends=dt.date(2026, 7, 30))
    assert one.window(number) == freeze(
        "2026-07-02", "2026-07-30", spared=("Summer", "S2"), id=number
    )
    one.remove_window(number)
    assert one.windows() == []


def test_exceptions_are_kept_renewed_and_removed(connection: sa.Connection) -> None:
    """What people decided is there the next day."""
    calendar = CalendarWriter(connection, 1)
    number = calendar.add_exception(KeepException(KeepTarget.ROOM, "r", DAY, "festival"))
    calendar.renew_exception(number, until=dt.date(2026, 9, 1), reason="festival again")
    assert calendar.exception(number) == KeepException(
        KeepTarget.ROOM, "r", dt.date(2026, 9, 1), "festival again", number
    )
    calendar.remove_exception(number)
    with pytest.raises(NotFound):
        calendar.exception(number)


def test_who_only_reads_has_no_way_to_write(connection: sa.Connection) -> None:
    """Read-only is a fact of the object, not a hidden button."""
    assert not [n for n in vars(CalendarReader) if n.startswith(("add", "change", "remove", "re"))]


def test_forecast_by_day_kind_and_school_against_the_limits(plan: Plan) -> None:
    """On 14 August 80 deletes fall due; that is over the limit, and it can be seen in July."""
    plan.persons(range(1000), wanted=False)
    plan.persons(range(80, 1000), held=False)
    plan.persons(range(2000, 2010), wanted=False, school="S2")
    windows = [AUGUST, delay("2026-08-01", "2026-08-20", school="S2", id=2)]
    plan.evaluate(windows=windows)
    found = [
        (d.date.day, d.kind, d.school, d.count, d.of, d.level)
        for d in forecast(plan.workspace, settings=Filter())
    ]
    assert found == [
        (14, "person", "", 80, 1010, Verdict.HOLD),
        (14, "person", "S1", 80, 1000, Verdict.HOLD),
        (21, "person", "", 10, 1010, Verdict.PASS),
        (21, "person", "S2", 10, 10, Verdict.HOLD),
    ]
    only = forecast(plan.workspace, settings=Filter(), date=dt.date(2026, 8, 21))
    assert {d.date.day for d in only} == {21}


def test_what_will_have_gone_before_a_window_is_not_forecast_in_it(plan: Plan) -> None:
    """Today's leavers go tonight; a window in October does not hold them."""
    plan.persons(range(100), wanted=False)
    plan.persons(range(2, 100), held=False)
    plan.evaluate()
    gone = leaving_keys(plan.workspace)
    plan.workspace.execute("DELETE FROM change")
    plan.workspace.execute("DELETE FROM wanted_person WHERE key = 'p50'")
    october = delay("2026-10-01", "2026-10-31")
    plan.evaluate(windows=[october], day=october.ends)
    (due, _) = forecast(plan.workspace, settings=Filter(), date=dt.date(2026, 11, 1), already=gone)
    assert (due.count, due.school) == (1, "")


def test_due_dates_are_the_first_days_after() -> None:
    """One line a day on which something falls due, past windows left out."""
    keep = KeepException(KeepTarget.PERSON, "p1", dt.date(2026, 9, 30), "exam")
    windows = [AUGUST, delay("2026-07-01", "2026-08-09"), freeze("2026-08-20", "2026-08-31")]
    found = due_dates(windows, [keep], today=DAY)
    assert found == [dt.date(2026, 8, 14), dt.date(2026, 9, 1), dt.date(2026, 10, 1)]
    assert due_dates(windows, [keep], today=DAY, until=dt.date(2026, 8, 14)) == found[:1]


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ([], "3 person deletes at S1 fall due now instead of on 14 August"),
        (
            [delay("2026-08-01", "2026-08-11")],
            "3 person deletes at S1 fall due on 12 August instead of on 14 August",
        ),
        (
            [delay("2026-08-01", "2026-08-31")],
            "3 person deletes at S1 fall due on 1 September instead of on 14 August",
        ),
    ],
)
def test_another_calendar_says_first_what_it_releases(
    plan: Plan, connection: sa.Connection, after: list[Window], words: str
) -> None:
    """Removing a window by mistake must show itself before it is done."""
    calendar = CalendarWriter(connection, 1)
    calendar.add_window(AUGUST)
    calendar.add_exception(KeepException(KeepTarget.PERSON, "p4", dt.date(2026, 9, 20), "exam"))
    plan.persons(range(100), wanted=False)
    plan.persons(range(5, 100), held=False)
    plan.persons([1], held=False)
    _night(plan, calendar, DAY)
    (release,) = releases(calendar.backlog(), calendar.windows(), after, day=DAY)
    assert release.words(DAY) == words


def test_a_role_s_window_is_released_with_its_role(plan: Plan, connection: sa.Connection) -> None:
    """The ledger remembers whom a window was about."""
    calendar = CalendarWriter(connection, 1)
    calendar.add_window(delay("2026-08-01", "2026-08-13", role="Student"))
    plan.persons(range(50))
    plan.persons([77], role="Staff", wanted=False)
    plan.groups([("g", "7A")])
    plan.members([("p1", "g")], wanted=False)
    _night(plan, calendar, DAY)
    assert [row.role for row in calendar.backlog()] == ["learner|student"]
    (release,) = releases(calendar.backlog(), calendar.windows(), [], day=DAY)
    assert (release.kind, release.count) == ("membership", 1)
