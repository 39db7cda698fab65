"""Rooms that UMS once made and nothing knows any more: found, taken up again, or deleted."""

from __future__ import annotations

import datetime as dt

import pytest

from sync.errors import NotFound, Refused
from sync.model import Kind, Operation, RunState
from sync.runs import apply, confirmation, find_orphans, plan, plan_orphans, run_cleanup
from sync.settings import Filter
from tests.runs.synced_school import OPEN, School
from umstui.demo.configuration import COURSE_TEMPLATE_KEY

LENIENT = Filter(person=OPEN, membership=OPEN, group=OPEN, course=OPEN, node=OPEN)
LOST, OLD, OTHER = "UMSCourse_9Z 2019", "UMSGroups_8X 2018", "Havn_course"


def lose(school: School) -> None:
    """Rooms at itslearning that only UMS's memory, or a backup of it, still knows."""
    with school.site.seed("u") as seeding:
        seeding.group("9Z 2019", key=LOST, parent="UMSCoursesArchive", type="Course")
        seeding.group("8X 2018", key=OLD, parent="UMSGroups")
        seeding.group("made by hand", key=OTHER, parent="root")
    for table, key in (("itslearning_Sites", LOST), ("itslearning_Groups", OLD)):
        extra = ", SiteType" if table == "itslearning_Sites" else ""
        school.sql(
            f"INSERT INTO {table} (OrganizationSettings_ID, NodeID, SyncKey, Title{extra}) "
            f"VALUES (1, ?, ?, ?{', ?' if extra else ''})",
            key, key, key, *(["Activity"] if extra else []),
        )  # fmt: skip


def test_orphans_are_found_in_memory_and_after_a_clean_up_in_its_backup(synced: School) -> None:
    """The clean-up is what makes them; its backup is the only place that still names them."""
    lose(synced)
    synced.sql(
        "INSERT INTO itslearning_Sites (OrganizationSettings_ID, SiteType, NodeID, SyncKey, Title) "
        "VALUES (1, 'Activity', 'x', 'UMSCourse_gone', 'no longer there')"
    )
    found = find_orphans(synced.installation())
    assert [(o.key, o.kind, o.found) for o in found] == [
        (LOST, "course", "UMS's memory"), (OLD, "group", "UMS's memory"),
    ]  # fmt: skip
    run_cleanup(synced.installation(), confirm="ums")
    assert [(o.key, o.found) for o in find_orphans(synced.installation())] == [
        (LOST, "a backup"), (OLD, "a backup"),
    ]  # fmt: skip


def test_orphans_are_found_through_the_persons_that_are_in_them(synced: School) -> None:
    with synced.site.seed("u") as seeding:
        seeding.group("9Z 2019", key=LOST, parent="UMSCoursesArchive", type="Course")
        seeding.membership(synced.pupils(1)[0], LOST, role="Learner")
        seeding.membership(synced.pupils(1)[0], COURSE_TEMPLATE_KEY)
    assert find_orphans(synced.installation()) == []
    found = find_orphans(synced.installation(), through_persons=True)
    assert [(o.key, o.found) for o in found] == [(LOST, "a person's groups")]


def test_orphans_are_deleted_through_the_filter_as_a_run(synced: School) -> None:
    lose(synced)
    report = plan_orphans(synced.installation(limits=LENIENT), [LOST, OLD], adopt=False)
    assert confirmation(report) == "delete 2"
    done = apply(synced.installation(limits=LENIENT), report.summary.run, confirm="delete 2")
    assert done.summary.state is RunState.APPLIED
    there = {group["key"] for group in synced.site.groups()}
    assert LOST not in there
    assert OLD not in there
    assert OTHER in there
    assert plan(synced.installation(limits=LENIENT)).summary.changes == 0


def test_an_adopted_orphan_ends_as_the_rules_have_it(synced: School) -> None:
    """From then on it is a room like any other whose rows are gone: archived, deleted in time."""
    lose(synced)
    run_cleanup(synced.installation(), confirm="ums")  # its backup is what remembers from here on
    report = plan_orphans(synced.installation(limits=LENIENT), [LOST], adopt=True)
    apply(synced.installation(limits=LENIENT), report.summary.run, confirm=confirmation(report))
    assert [o.key for o in find_orphans(synced.installation())] == [OLD]
    kept = plan(synced.installation(limits=LENIENT))
    apply(synced.installation(limits=LENIENT), kept.summary.run, confirm=confirmation(kept))
    assert LOST in {group["key"] for group in synced.site.groups()}
    synced.now += dt.timedelta(days=31)
    later = plan(synced.installation(limits=LENIENT))
    assert later.summary.counts[Kind.COURSE][Operation.DELETE] >= 1


def test_nothing_but_orphans_can_be_named(synced: School) -> None:
    """A key that is mistyped, or of a living room, must not become a delete."""
    lose(synced)
    living = synced.rows("SELECT SyncKey FROM itslearning_Sites ORDER BY ID LIMIT 1")[0][0]
    for key in (str(living), OTHER, "UMSCourse_nothing"):
        with pytest.raises(NotFound, match="no orphan"):
            plan_orphans(synced.installation(), [LOST, key], adopt=False)
    synced.sql("DELETE FROM itslearning_Sites WHERE SyncKey = ?", LOST)
    with synced.site.seed("u") as seeding:
        seeding.group("parent", key="UMSGroups_parent", parent="UMSGroups")
    _hang_below(synced, "UMSGroups_parent")
    with pytest.raises(Refused, match="would be deleted too"):
        plan_orphans(synced.installation(), ["UMSGroups_parent"], adopt=False)


def _hang_below(school: School, key: str) -> None:
    """Let a held group stand under an orphan: adopt one that itslearning shows there."""
    with school.site.seed("u") as seeding:
        seeding.group("child", key="UMSGroups_child", parent=key)
    report = plan_orphans(school.installation(limits=LENIENT), ["UMSGroups_child"], adopt=True)
    apply(school.installation(limits=LENIENT), report.summary.run)
