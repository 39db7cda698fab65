"""Two organizations in one UMS database. Without these one of them would delete the other's pupils,
or show, hold and decide what is the other's."""

from __future__ import annotations

import pytest

from sync.errors import SettingsError
from sync.model import Change, ChangeFilter, RunReport
from sync.runs import (
    add_exception,
    add_window,
    apply,
    confirmation,
    exceptions,
    plan,
    undo,
    windows,
)
from sync.runs.plan_reader import PlanReader
from sync.state.runs import StateReader
from sync.windows import KeepException, KeepTarget, Window, WindowType
from tests.runs.synced_school import DAY, School

OTHER = 2


def share(school: School, *pupils: str) -> None:
    """A second organization on the same site, with a root of its own, that has some pupils."""
    with school.site.seed("u") as seeding:
        seeding.group("Vest", key="root2", parent="root")
    school.sql(
        "INSERT INTO itslearningOrganizationSettings (ID, Description, URL, Username, Password, "
        "SourceOrganization, InstallationID) VALUES (2, 'Vest', ?, 'u', 'p', 'root2', 1)",
        school.site.url,
    )
    school.sql(
        "INSERT INTO itslearningSettings (ID, Description, OrganizationSettings_ID) "
        "VALUES (9, 'Vest', 2)"
    )
    school.sql(
        "INSERT INTO Templates (ID, Name, UserTypes_ID, SQLFilter, itslearningSettings_ID) "
        "VALUES (201, 'Vest', 1, '', 9)"
    )
    takes(school, *pupils)


def takes(school: School, *pupils: str) -> None:
    """From now on the second organization has these pupils."""
    names = ", ".join(f"'{name}'" for name in pupils)
    school.sql("UPDATE Templates SET SQLFilter = ? WHERE ID = 201", f"StudieNr IN ({names})")


def lets_go(school: School, pupil: str) -> None:
    """The first organization has no template for this pupil any more."""
    school.sql(
        "UPDATE Templates SET SQLFilter = '(' || coalesce(SQLFilter, '1 = 1') || ?"
        " WHERE ID < 200 AND UserTypes_ID = 1",
        f") AND StudieNr <> '{pupil}'",
    )


def carry_out(school: School, org: int) -> RunReport:
    """Plan and apply one organization."""
    installation = school.installation()
    report = plan(installation, org)
    return apply(installation, report.summary.run, confirm=confirmation(report))


def changes(school: School, report: RunReport, key: str) -> list[Change]:
    """The changes of a run that are about a person, as they were planned."""
    installation = school.installation()
    every = ChangeFilter()
    with PlanReader(installation.run_files, installation.reader(), int(report.summary.run)) as run:
        found = run.page(every, 0, run.count(every))
    return [one for one in found if one.key == key or one.key.startswith(f"{key}@")]


def remembered(school: School, pupil: str) -> list[tuple[object, ...]]:
    """The organizations that UMS's memory has a pupil for."""
    return school.rows(
        "SELECT OrganizationSettings_ID FROM itslearning_Learners "
        f"WHERE SyncKey = '{pupil}' ORDER BY 1"
    )


def test_a_pupil_of_both_is_deleted_by_the_last_that_lets_go(synced: School) -> None:
    """At itslearning an account is one, whoever has it."""
    leaver, both = synced.pupils(2)
    share(synced, leaver, both)
    carry_out(synced, OTHER)
    assert remembered(synced, leaver) == [(1,), (2,)]

    lets_go(synced, leaver)
    first = plan(synced.installation(), 1)
    of_leaver = changes(synced, first, leaver)
    assert [(one.kind, one.op) for one in of_leaver if one.kind == "person"] == [
        ("person", "forget")
    ]
    assert {one.op for one in of_leaver if one.kind == "membership"} == {"delete"}
    reason = next(one.reason for one in of_leaver if one.kind == "person")
    assert "organization 2, Vest, has this person too" in reason
    assert first.summary.counts["person"]["delete"] == 0

    ours = {one.key for one in of_leaver if one.kind == "membership"}
    carry_out(synced, 1)
    assert leaver in {person["key"] for person in synced.site.persons()}
    assert not ours & {membership["key"] for membership in synced.site.memberships()}
    assert remembered(synced, leaver) == [(2,)]
    again = plan(synced.installation(), 1)
    assert changes(synced, again, leaver) == []
    assert "memory" not in {problem.reason for problem in again.problems}

    takes(synced, both)
    last = carry_out(synced, OTHER)
    assert {(one.kind, one.op) for one in changes(synced, last, leaver)} == {("person", "delete")}
    keys = {person["key"] for person in synced.site.persons()}
    assert (leaver in keys, both in keys) == (False, True)
    assert remembered(synced, leaver) == []


def test_what_the_other_has_is_known_from_ums_where_its_run_files_are_lost(synced: School) -> None:
    (pupil,) = synced.pupils(1)
    share(synced, pupil)
    lost = carry_out(synced, OTHER).summary.run
    for file in synced.installation().run_files.glob(f"run-*{int(lost)}.duckdb"):
        file.unlink()
    lets_go(synced, pupil)
    found = changes(synced, plan(synced.installation(), 1), pupil)
    assert [one.op for one in found if one.kind == "person"] == ["forget"]


def test_organizations_with_different_installations_delete_each_for_itself(synced: School) -> None:
    """Many sites answer at one address."""
    (pupil,) = synced.pupils(1)
    share(synced, pupil)
    carry_out(synced, OTHER)
    synced.sql(
        "UPDATE itslearningOrganizationSettings SET InstallationID = 2, Username = 'w' WHERE ID = 2"
    )
    lets_go(synced, pupil)
    found = changes(synced, plan(synced.installation(), 1), pupil)
    assert [one.op for one in found if one.kind == "person"] == ["delete"]


def test_an_undo_deletes_nobody_whom_the_other_has(synced: School) -> None:
    (pupil,) = synced.pupils(1)
    share(synced, pupil)
    made = carry_out(synced, OTHER)
    back = undo(synced.installation(), made.summary.run)
    assert back.summary.counts["person"]["delete"] == 0
    assert pupil in {person["key"] for person in synced.site.persons()}


def test_runs_of_one_are_not_shown_held_or_built_on_by_the_other(synced: School) -> None:
    """A first plan of the second organization is a first plan, and the first one's stays fresh."""
    pupils = synced.pupils(3)
    share(synced, *pupils)
    installation = synced.installation()
    before = plan(installation, 1)
    second = carry_out(synced, OTHER)
    assert second.summary.org == OTHER
    assert {run.org for run in StateReader(installation.state).runs(1)} == {1}
    assert {run.org for run in StateReader(installation.state).runs(OTHER)} == {OTHER}
    after = plan(installation, 1)
    assert after.summary.fingerprint == before.summary.fingerprint
    held = synced.rows(
        "SELECT count(*) FROM itslearning_Learners WHERE OrganizationSettings_ID = 2"
    )
    assert held == [(3,)]


def test_no_command_guesses_which_organization_is_meant(synced: School) -> None:
    share(synced, *synced.pupils(1))
    with pytest.raises(SettingsError, match="--org"):
        plan(synced.installation())


def test_calendar_exceptions_and_limits_of_one_bind_only_that_one(synced: School) -> None:
    """A window that protects one school must neither let the other's deletes wait nor be its way
    out of them."""
    ours, theirs = synced.pupils(2)
    share(synced, ours, theirs)
    carry_out(synced, OTHER)
    installation = synced.installation()
    add_window(installation, Window(WindowType.DELAY_DELETE, DAY, DAY.replace(month=12)), 1)
    kept = KeepException(KeepTarget.PERSON, theirs, DAY.replace(month=12), "moves to Vest")
    add_exception(installation, kept, 1)
    assert windows(installation, OTHER) == []
    assert list(exceptions(installation, OTHER).all) == []
    lets_go(synced, ours)
    first = changes(synced, plan(installation, 1), ours)
    assert {one.status for one in first} == {"postponed"}
    takes(synced, ours)
    second = changes(synced, plan(installation, OTHER), theirs)
    assert [(one.op, one.status) for one in second] == [("forget", "planned")]
