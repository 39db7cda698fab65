"""UMS's memory was cleaned, written by another program, or all that is left: without this everybody
would be created once more, or nobody who left would ever be deleted."""

from __future__ import annotations

import shutil

import pytest

from sync.model import RunReport, RunState
from sync.runs import apply, approve, check, confirmation, plan
from sync.ums import tables
from tests.runs.synced_school import School
from tests.runs.waiting import LENIENT

_MEMORY = [table.name for table in tables.MEMORY_TABLES]


def memory_of(school: School) -> dict[str, set[tuple[object, ...]]]:
    """What UMS remembers, without numbers and moments."""
    found = {
        name: set(school.rows(f"SELECT SyncKey, OrganizationSettings_ID FROM {name}"))
        for name in _MEMORY
    }
    flags = ", ".join(tables.FLAGS)
    found["flags"] = set(school.rows(f"SELECT {flags} FROM itslearningOrganizationSettings"))
    return found


def clean(school: School) -> None:
    """The vendor's recipe (ums.md 2.14), by hand in Management Studio."""
    for name in _MEMORY:
        school.sql(f"DELETE FROM {name}")
    flags = ", ".join(f"{name} = 0" for name in tables.FLAGS)
    school.sql(f"UPDATE itslearningOrganizationSettings SET {flags}")


def forget(school: School) -> None:
    """State database and run files of this program are gone."""
    shutil.rmtree(school.folder / "snapshots")
    for file in school.folder.glob("umstui-state.db*"):
        file.unlink()


def said(report: RunReport) -> list[str]:
    return [problem.detail for problem in report.problems if problem.reason == "memory"]


def carry_out(school: School, found: RunReport) -> RunReport:
    installation = school.installation(limits=LENIENT)
    if found.summary.state is RunState.HELD:
        approve(installation, found.summary.run, reason="looked at")
    return apply(installation, found.summary.run, confirm=confirmation(found))


@pytest.mark.parametrize("loss", ["cleaned", "own", "flags", "row", "mail"])
def test_a_memory_that_disagrees_is_noticed_and_put_right(synced: School, loss: str) -> None:
    before, content = memory_of(synced), synced.content()
    assert not said(plan(synced.installation(limits=LENIENT)))
    if loss == "cleaned":
        clean(synced)
    elif loss == "own":
        forget(synced)
    elif loss == "flags":
        synced.sql("UPDATE itslearningOrganizationSettings SET UMSCoursesCreated = 0")
    elif loss == "row":
        synced.sql("DELETE FROM itslearning_Sites WHERE ID = (SELECT min(ID) FROM "
                   "itslearning_Sites)")  # fmt: skip
    else:
        synced.sql("UPDATE itslearning_Learners SET Mail = 'other@skole.example' WHERE ID = 1")
    assert any(line.level == "warning" and "memory" in line.message
               for line in check(synced.installation()))  # fmt: skip
    found = plan(synced.installation(limits=LENIENT))
    [sentence] = said(found)
    assert sentence.startswith("UMS's memory")
    assert "puts it right" in sentence
    assert found.summary.changes == 0
    assert carry_out(synced, found).summary.state is RunState.APPLIED
    assert memory_of(synced) == before
    assert synced.content() == content
    assert not said(plan(synced.installation(limits=LENIENT)))


def test_who_left_while_only_memory_knew_of_them_is_still_deleted(synced: School) -> None:
    [leaver] = synced.pupils(1)
    forget(synced)
    synced.sql("DELETE FROM Students WHERE StudieNr = ?", leaver)
    found = plan(synced.installation(limits=LENIENT))
    counts = found.summary.counts
    assert counts["person"]["delete"] == 1
    assert counts["person"]["create"] == counts["course"]["create"] == 0
    assert counts["membership"]["create"] == 0
    carry_out(synced, found)
    assert leaver not in {person["key"] for person in synced.site.persons()}


def test_what_another_program_made_and_remembered_is_taken_over(synced: School) -> None:
    """A room that UMS's own job made: this program keeps it in step, and does not make it anew."""
    with synced.site.seed("u") as seeding:
        seeding.person("gone99", "Gurli", "Gammel", key="gone99")
    synced.sql(
        "INSERT INTO itslearning_Learners (OrganizationSettings_ID, UserName, SyncKey, FirstName, "
        "LastName) VALUES (1, 'gone99', 'gone99', 'Gurli', 'Gammel')"
    )
    found = plan(synced.installation(limits=LENIENT))
    assert "1 too many" in said(found)[0]
    assert found.summary.counts["person"]["delete"] == 1
    carry_out(synced, found)
    assert "gone99" not in {person["key"] for person in synced.site.persons()}


def test_a_memory_of_what_itslearning_never_heard_of_deletes_nothing(school: School) -> None:
    school.sql(
        "INSERT INTO itslearning_Sites (OrganizationSettings_ID, SiteType, NodeID, SyncKey, Title) "
        "VALUES (1, 'Activity', 'x', 'UMSCourse_gone', 'no longer there')"
    )
    found = plan(school.installation())
    assert len(said(found)) == 1
    assert found.summary.deletes == 0
    assert found.summary.counts["person"]["create"] > 0
    carry_out(school, found)
    assert ("UMSCourse_gone", 1) not in memory_of(school)["itslearning_Sites"]
