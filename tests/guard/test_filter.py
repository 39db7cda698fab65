"""The filter on plans: first load, on_hold, what counts as what, and what waits for what."""

from __future__ import annotations

import datetime as dt

import pytest

from sync.guard import BrokenRows, PastDelete
from sync.model import Verdict
from sync.settings import Filter, Limit, Limits
from tests.guard.plans import DAY, Plan, delay

CELLS = Filter(on_hold="cells")


def test_a_first_load_may_create_everything(plan: Plan) -> None:
    """The first day of a school must not need an approval."""
    plan.persons(range(500), held=False)
    report = plan.evaluate(first_load=True)
    assert report.verdict is Verdict.PASS
    cell = next(c for c in report.cells if (c.kind, c.op) == ("person", "create"))
    assert "nothing was held" in cell.reason


def test_a_new_school_may_create_within_the_limit_of_the_site(plan: Plan) -> None:
    """A school that joins has nothing its own percentage could be of."""
    plan.persons(range(1000))
    plan.persons(range(1000, 1200), held=False, school="New")
    assert plan.evaluate().verdict is Verdict.WARN
    assert plan.statuses() == {("person", "create", "planned"): 200}


@pytest.mark.parametrize(
    ("settings", "create"), [(Filter(), "held"), (CELLS, "planned")], ids=["run", "cells"]
)
def test_a_hold_holds_the_run_or_its_cell(plan: Plan, settings: Filter, create: str) -> None:
    """By default nothing is sent; on_hold = cells lets the harmless rest go on."""
    plan.persons(range(1000), wanted=False)
    plan.persons(range(60, 1000), held=False)
    plan.persons([5000], held=False)
    report = plan.evaluate(settings=settings)
    assert report.verdict is Verdict.HOLD
    assert plan.statuses() == {
        ("person", "delete", "held"): 60,
        ("person", "create", create): 1,
    }


def test_one_school_s_hold_leaves_the_others_alone_with_cells(plan: Plan) -> None:
    """The other schools do not wait for the one that failed to export."""
    plan.persons(range(3000), school="Large", wanted=False)
    plan.persons(range(10, 3000), school="Large", held=False)
    plan.persons(range(4000, 4080), school="Small", wanted=False)
    plan.evaluate(settings=CELLS)
    assert plan.statuses("school = 'Large'") == {("person", "delete", "planned"): 10}
    assert plan.statuses("school = 'Small'") == {("person", "delete", "held"): 80}


def test_memberships_of_held_persons_wait_with_them(plan: Plan) -> None:
    """itslearning would refuse every membership of a person that was not created."""
    settings = Filter(on_hold="cells", person=Limits(create=Limit(count=1)))
    plan.persons(range(30))
    plan.persons(range(30, 34), held=False)
    plan.groups([("7A", "7A")])
    plan.members([("p30", "7A"), ("p1", "7A")], held=False)
    plan.evaluate(settings=settings)
    assert plan.statuses("kind = 'membership' AND status = 'held'") == {
        ("membership", "create", "held"): 1
    }
    assert plan.messages("key = 'p30@7A'") == {"waits for Pupil 30 Test, which is held"}


def test_what_stands_under_a_held_node_waits_down_to_the_members(plan: Plan) -> None:
    """A room cannot be made under a node that is not there."""
    settings = Filter(on_hold="cells", node=Limits(create=Limit(count=0)))
    plan.persons([1])
    plan.groups([("old", "Old")], kind="node")
    plan.groups([("n1", "Year 7")], kind="node", held=False)
    plan.groups([("n2", "7A")], kind="node", parent="n1", held=False)
    plan.groups([("c", "Art")], kind="course", parent="n2", held=False)
    plan.members([("p1", "c")], held=False)
    plan.evaluate(settings=settings)
    assert {status for _, _, status in plan.statuses()} == {"held"}


def test_a_group_is_not_deleted_over_memberships_that_are_held(plan: Plan) -> None:
    """Deleting the group would drop, unseen, what the filter has just held."""
    settings = Filter(
        on_hold="cells", membership=Limits(delete=Limit(count=0)), group=Limits(), node=Limits()
    )
    plan.persons([1])
    plan.groups([("n", "Year 7")], kind="node", wanted=False)
    plan.groups([("g", "7A")], parent="n", wanted=False)
    plan.members([("p1", "g")], wanted=False)
    plan.evaluate(settings=settings)
    assert plan.statuses() == {
        ("membership", "delete", "held"): 1,
        ("group", "delete", "held"): 1,
        ("node", "delete", "held"): 1,
    }


def test_a_forgotten_room_counts_as_deleted(plan: Plan) -> None:
    """To let go of every room at once is as large a loss as to delete them."""
    rooms = [(f"UMSCourse_{n}", f"Room {n}") for n in range(100)]
    plan.groups(rooms, kind="course", wanted=False)
    plan.workspace.execute(
        "INSERT INTO leaving_group SELECT key, 'forget', 'empty for 30 days' FROM held_group"
    )
    report = plan.evaluate()
    assert plan.statuses() == {("course", "forget", "held"): 100}
    assert next(c.count for c in report.cells if (c.kind, c.op) == ("course", "delete")) == 100


def test_archiving_a_year_s_rooms_is_no_delete(plan: Plan) -> None:
    """At the end of a year every room ends; nobody loses anything by the move."""
    rooms = [(f"UMSCourse_{n}", f"Room {n}") for n in range(100)]
    plan.groups(rooms, kind="course", parent="UMSCourses", wanted=False)
    plan.groups(rooms, kind="course", parent="UMSCoursesArchive", held=False)
    assert plan.evaluate().verdict is Verdict.PASS
    assert plan.statuses() == {("course", "archive", "planned"): 100}


def test_postponed_deletes_count_against_no_limit(plan: Plan) -> None:
    """What waits on purpose does not hold what should go."""
    plan.persons(range(100), wanted=False)
    plan.persons([500, 501], held=True)
    report = plan.evaluate(windows=[delay("2026-08-01", "2026-08-31")])
    assert report.verdict is Verdict.PASS


def test_yesterday_s_deletes_alone_hold_nothing_today(plan: Plan) -> None:
    """A quiet day after a large one is a quiet day."""
    plan.persons(range(900))
    history = [PastDelete(DAY - dt.timedelta(days=1), "person", "delete", "S1", 150)]
    assert plan.evaluate(history=history).verdict is Verdict.PASS


@pytest.mark.parametrize(("days", "verdict"), [(6, Verdict.HOLD), (7, Verdict.PASS)])
def test_the_cumulative_limit_looks_back_seven_days(
    plan: Plan, days: int, verdict: Verdict
) -> None:
    """Today is the seventh day."""
    plan.persons(range(1000), wanted=False)
    plan.persons(range(20, 1000), held=False)
    history = [PastDelete(DAY - dt.timedelta(days=days), "person", "delete", "S1", 81)]
    assert plan.evaluate(history=history).verdict is verdict


def test_notes_of_our_own_memory_are_never_counted(plan: Plan) -> None:
    """What is only remembered here changes nothing at the school."""
    plan.persons(range(100), wanted=False)
    plan.persons(range(100), held=False, school="Other")
    report = plan.evaluate()
    assert plan.statuses() == {("person", "note", "planned"): 100}
    assert report.verdict is Verdict.PASS


def test_a_few_namesakes_are_no_churn(plan: Plan) -> None:
    """Leavers and newcomers who share a name by chance hold nothing."""
    plan.persons(range(200))
    plan.persons([1000], wanted=False, name="Anna", prefix="old")
    plan.persons([1000], held=False, name="Anna", prefix="new")
    report = plan.evaluate()
    assert report.churn == ()
    assert report.verdict is Verdict.PASS


def test_an_undo_that_reads_no_source_is_not_called_empty(plan: Plan) -> None:
    """Taking back a first run wants nobody; that is what was asked for."""
    plan.persons(range(100), wanted=False)
    report = plan.evaluate(readings=[])
    assert report.verdict is Verdict.HOLD
    assert not report.unapprovable


def test_the_broken_rows_hold_only_deletes_there_are(plan: Plan) -> None:
    """Broken rows alone, with nothing to delete, let the rest of the school go on."""
    plan.persons(range(50))
    plan.persons([99], held=False)
    report = plan.evaluate(broken=BrokenRows(50, 100))
    assert report.verdict is Verdict.WARN
    assert plan.statuses() == {("person", "create", "planned"): 1}


@pytest.mark.parametrize(
    ("school", "written"),
    [
        ("101", "101"),
        ("Ærø Skole; nord", '"Ærø Skole; nord"'),
        ("a$(rm -rf ~)", "'a$(rm -rf ~)'"),
        ('o\'b "x"', "'o'\"'\"'b \"x\"'"),
    ],
)
def test_a_proposed_command_can_be_pasted_whatever_the_school_is_called(
    plan: Plan, school: str, written: str
) -> None:
    """A name in the source must not become a command in somebody's shell."""
    plan.persons(range(50), wanted=False, school=school)
    plan.persons([99], held=False)
    (part,) = plan.evaluate().parts
    assert part.options == f"--kind person --op delete --school {written}"
