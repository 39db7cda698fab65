"""The clean-up over a real database and a real site: refused in time, taken back, and harmless to
what this program itself knows."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from msgspec import structs

from sync.errors import BackupUnusable, Frozen, NotAllowed, NotConfirmed, NotFound, Refused
from sync.model import RunState
from sync.runs import (
    add_window,
    apply,
    audit_trail,
    backups,
    confirmation,
    plan,
    preview_cleanup,
    preview_restore,
    reject,
    remove_due_backups,
    restore_cleanup,
    run_cleanup,
)
from sync.settings import Operators, Ums
from sync.ums import tables
from sync.windows import Window, WindowType
from tests.runs.synced_school import DAY, School

NAMES = [table.name for table in tables.MEMORY_TABLES]


def memory(school: School) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the seven tables, and the flags."""
    found = {name: school.rows(f"SELECT * FROM {name} ORDER BY ID") for name in NAMES}
    found["flags"] = school.rows(
        f"SELECT ID, {', '.join(tables.FLAGS)} FROM itslearningOrganizationSettings"
    )
    return found


def test_a_clean_up_that_is_followed_by_a_plan_makes_nobody_twice(synced: School) -> None:
    """Without what is held a clean-up would create a whole school anew at the next plan."""
    installation = synced.installation()
    before, site = memory(synced), synced.content()
    shown = preview_cleanup(installation)
    assert list(shown.tables) == NAMES
    assert shown.tables == {name: len(before[name]) for name in NAMES}
    assert shown.flags == dict.fromkeys(tables.FLAGS, 1)
    assert (list(shown.orphans), shown.obstacles, shown.confirm) == ([], [], "ums")
    done = run_cleanup(installation, confirm="ums", expected=shown.tables)
    assert done.tables == shown.tables
    assert preview_cleanup(installation).rows == 0
    assert memory(synced)["flags"] == [(1, 0, 0, 0, 0)]
    assert synced.content() == site
    again = plan(synced.installation())
    assert again.summary.changes == 0
    # The next run that writes brings the memory back, as it is held.
    synced.sql("UPDATE Students SET Fornavne = 'Nyt' WHERE StudieNr = ?", synced.pupils(1)[0])
    report = plan(synced.installation())
    apply(synced.installation(), report.summary.run, confirm=confirmation(report))
    after = memory(synced)
    assert {name: len(after[name]) for name in NAMES} == {n: len(before[n]) for n in NAMES}
    assert after["flags"] == before["flags"]


def test_what_is_restored_is_what_was_there(synced: School) -> None:
    before = memory(synced)
    done = run_cleanup(synced.installation(), confirm="ums")
    shown = preview_restore(synced.installation(), done.backup)
    assert (shown.tables, sum(shown.now.values())) == (done.tables, 0)
    assert memory(synced)["itslearning_Learners"] == []  # a preview puts nothing back
    restore_cleanup(synced.installation(), done.backup)
    assert memory(synced) == before
    entries = [(e.action, e.operator, e.count) for e in audit_trail(synced.installation())]
    rows = sum(done.tables.values())
    assert entries[-2:] == [("cleanup", "mk", rows), ("restore", "mk", rows)]


def test_orphans_to_be_are_what_neither_the_rules_nor_we_know(synced: School) -> None:
    """Rooms past their end and leavers that nobody will ever delete at itslearning."""
    synced.sql(
        "INSERT INTO itslearning_Sites (OrganizationSettings_ID, SiteType, NodeID, SyncKey, Title) "
        "VALUES (1, 'Activity', '9Z 2019', 'UMSCourse_9Z 2019', '9Z 2019')"
    )
    synced.sql(
        "INSERT INTO itslearning_Learners (OrganizationSettings_ID, UserName, SyncKey, FirstName) "
        "VALUES (1, 'left19', 'left19', 'Bo')"
    )
    gone = synced.pupils(1)[0]
    synced.sql("DELETE FROM Students WHERE StudieNr = ?", gone)
    shown = preview_cleanup(synced.installation())
    assert [(item.kind, item.key) for item in shown.orphans] == [
        ("course", "UMSCourse_9Z 2019"), ("person", "left19"),
    ]  # fmt: skip
    assert gone in {item.key for item in shown.forgotten if item.known}


def test_a_broken_criterion_keeps_nobody_from_a_clean_up(synced: School) -> None:
    """It is when things are broken that a memory is cleaned up."""
    synced.sql("UPDATE itslearningOrganizationSettings SET SQLCriteria = 'Nothing = 1'")
    shown = preview_cleanup(synced.installation())
    assert shown.rows > 0
    assert "Nothing" in shown.unknown
    assert run_cleanup(synced.installation(), confirm="ums").tables == shown.tables


def test_the_name_of_the_database_has_to_be_typed(synced: School) -> None:
    before = memory(synced)
    for typed in (None, "", "UMS", "yes"):
        with pytest.raises(NotConfirmed, match="--confirm ums"):
            run_cleanup(synced.installation(), confirm=typed)
    assert memory(synced) == before


def test_it_is_refused_while_a_run_is_planned(synced: School) -> None:
    """Its plan was made from what the clean-up takes away."""
    synced.sql("UPDATE Students SET Fornavne = 'Nyt' WHERE StudieNr = ?", synced.pupils(1)[0])
    run = plan(synced.installation()).summary.run
    before = memory(synced)
    assert preview_cleanup(synced.installation()).obstacles
    with pytest.raises(Refused, match=f"run {run} is planned"):
        run_cleanup(synced.installation(), confirm="ums")
    assert memory(synced) == before
    reject(synced.installation(), run, reason="not now")
    run_cleanup(synced.installation(), confirm="ums")


@pytest.mark.parametrize(
    ("type_", "error"), [(WindowType.FREEZE, Frozen), (WindowType.DELAY_DELETE, Refused)]
)
def test_it_is_refused_in_a_window_unless_said_so(
    synced: School, type_: WindowType, error: type[Exception]
) -> None:
    before = memory(synced)
    add_window(synced.installation(), Window(type_, DAY, DAY + dt.timedelta(days=3)))
    with pytest.raises(error, match="covers today"):
        run_cleanup(synced.installation(), confirm="ums")
    assert memory(synced) == before
    run_cleanup(synced.installation(), confirm="ums", despite_calendar=True)


def test_viewers_and_read_only_sessions_cannot(synced: School) -> None:
    with pytest.raises(NotAllowed):
        run_cleanup(synced.installation(read_only=True), confirm="ums")
    operators = Operators(viewers=["mk"], approvers=["boss"])
    with pytest.raises(NotAllowed, match="viewer"):
        run_cleanup(synced.installation(operators=operators), confirm="ums")
    assert preview_cleanup(synced.installation(read_only=True)).rows > 0


def test_all_organizations_only_when_asked_for(synced: School) -> None:
    """The published recipe wipes every school of the database."""
    synced.sql(
        "INSERT INTO itslearningOrganizationSettings (ID, Description, URL, Username, "
        "SourceOrganization, UMSCoursesCreated) SELECT 2, 'Other', URL, Username, 'r2', 1 "
        "FROM itslearningOrganizationSettings"
    )
    synced.sql("UPDATE itslearning_Teachers SET OrganizationSettings_ID = 2 WHERE ID % 2 = 0")
    with pytest.raises(Exception, match="several organizations"):
        run_cleanup(synced.installation(), confirm="ums")
    one = run_cleanup(synced.installation(), 1, confirm="ums")
    left = synced.rows("SELECT count(*) FROM itslearning_Teachers")[0][0]
    assert left
    everything = run_cleanup(synced.installation(), confirm="ums", everything=True)
    assert everything.tables["itslearning_Teachers"] == left
    flags = "SELECT max(UMSCoursesCreated) FROM itslearningOrganizationSettings"
    assert synced.rows(flags) == [(0,)]
    restore_cleanup(synced.installation(), everything.backup)
    restore_cleanup(synced.installation(), one.backup)


def test_a_backup_of_another_database_or_another_file_is_refused(synced: School) -> None:
    done = run_cleanup(synced.installation(), confirm="ums")
    other = run_cleanup(synced.installation(), confirm="ums")  # of an empty memory by now
    folder = synced.folder / "snapshots" / "backups"
    whole = (folder / done.backup).read_bytes()
    (folder / done.backup).write_bytes((folder / other.backup).read_bytes())
    with pytest.raises(BackupUnusable, match="audit trail"):
        restore_cleanup(synced.installation(), done.backup)
    (folder / done.backup).write_bytes(whole)
    (synced.folder / "twin.db").write_bytes((synced.folder / "ums.db").read_bytes())
    here = synced.installation()
    elsewhere = structs.replace(here.settings, ums=Ums(url="sqlite:///twin.db"))
    with pytest.raises(BackupUnusable, match="this database is twin"):
        restore_cleanup(replace(here, settings=elsewhere), done.backup)
    with pytest.raises(NotFound, match="cleanup backups"):
        restore_cleanup(here, "nothing.jsonl.gz")


def test_backups_go_when_their_day_is_over(synced: School) -> None:
    """They hold names and mail addresses, and nobody remembers them."""
    done = run_cleanup(synced.installation(), confirm="ums")
    assert [(entry.name, entry.due) for entry in backups(synced.installation())] == [
        (done.backup, False)
    ]
    assert remove_due_backups(synced.installation()) == []
    synced.now += dt.timedelta(days=91)
    assert remove_due_backups(synced.installation()) == [done.backup]
    assert backups(synced.installation()) == []
    assert audit_trail(synced.installation())[-1].action == "remove backup"


def test_a_run_that_was_cut_off_stands_in_the_way(synced: School) -> None:
    synced.sql("UPDATE Students SET Fornavne = 'Nyt' WHERE StudieNr = ?", synced.pupils(1)[0])
    run = plan(synced.installation()).summary.run
    synced.installation().recorder().begin(int(run), 1)
    synced.installation().recorder().set_state(int(run), RunState.APPLYING)
    with pytest.raises(Refused, match=f"umstui apply {run}"):
        run_cleanup(synced.installation(), confirm="ums")
