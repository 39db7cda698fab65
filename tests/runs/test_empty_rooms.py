"""How long an ended room has been empty is counted whatever the filter says on the day."""

from __future__ import annotations

from sync.model import RunReport, RunState
from sync.runs import apply, approve, confirmation, plan
from sync.settings import Filter
from tests.runs.synced_school import OPEN, School

LENIENT = Filter(person=OPEN, membership=OPEN, group=OPEN, course=OPEN)
ACTIVITY = "ÅBE-20261003-0"  # its setting keeps learners after the end (DeletedInAD)


def carry_out(school: School, report: RunReport) -> None:
    """Apply with the right confirmation."""
    apply(school.installation(), report.summary.run, confirm=confirmation(report))


def empty_since(school: School) -> set[object]:
    """What UMS's memory says of the activity's rooms."""
    rows = school.rows(
        "SELECT substr(WhenEmpty, 1, 10) FROM itslearning_Sites WHERE NodeID LIKE '%Forløb 0310%'"
    )
    return {since for (since,) in rows}


def test_a_room_found_empty_by_a_held_run_is_counted_from_that_day(synced: School) -> None:
    """Where every run is held and approved, ended rooms would stay for ever (rules.md 14)."""
    of_activity = f"WHERE AktivitetsID = '{ACTIVITY}'"
    synced.sql(f"UPDATE Students SET Aktiviteter_SlutDato = '20-11-2026' {of_activity}")
    carry_out(synced, plan(synced.installation(limits=LENIENT)))
    assert empty_since(synced) == {None}, "its learners stay"

    synced.sql(f"UPDATE Students SET SlutDato = '19-11-2026' {of_activity}")
    for gone in synced.pupils(20):
        synced.sql("DELETE FROM Students WHERE StudieNr = ?", gone)
    report = plan(synced.installation())
    assert report.summary.state is RunState.HELD
    approve(synced.installation(), report.summary.run, reason="a class left")
    carry_out(synced, report)
    assert empty_since(synced) == {"2026-11-21"}
