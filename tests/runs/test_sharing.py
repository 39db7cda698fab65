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


CLASS = "KLH 1a 2026"


def makes_classes(school: School) -> None:
    """The second organization makes groups too, with the keys that the first one's have."""
    school.sql("UPDATE Templates SET itslearningCohortSettings_ID = 1 WHERE ID = 201")


def classmates(school: School) -> list[str]:
    """The pupils of one class."""
    found = school.rows(
        f"SELECT DISTINCT StudieNr FROM Students WHERE Aktivitet = '{CLASS}' AND UserTypes_ID = 1 "
        "AND StudieNr = lower(trim(StudieNr)) AND SlutDato = '31-07-2027' ORDER BY 1 LIMIT 4"
    )
    return [str(row[0]) for row in found]


def test_a_pupil_stays_in_a_class_that_both_have_put_her_into(synced: School) -> None:
    """A membership is one as well: the class of the other school would lose a pupil of its own."""
    leaver, other, *_ = classmates(synced)
    share(synced, leaver, other)
    makes_classes(synced)
    carry_out(synced, OTHER)
    in_class = f"{leaver}@UMSGroups_{CLASS}"

    lets_go(synced, leaver)
    first = carry_out(synced, 1)
    ops = {one.key: one for one in changes(synced, first, leaver)}
    assert ops[in_class].op == "forget"
    assert "organization 2, Vest, has it too" in ops[in_class].reason
    assert {one.op for key, one in ops.items() if "@UMSTemplate_" in key} == {"delete"}
    assert in_class in {one["key"] for one in synced.site.memberships()}
    assert plan(synced.installation(), 1).summary.changes == 0

    back = changes(synced, undo(synced.installation(), first.summary.run), leaver)
    assert {one.op for one in back if one.key in {leaver, in_class}} == {"create"}

    takes(synced, other)
    carry_out(synced, OTHER)
    left = {one["key"] for one in synced.site.memberships()}
    assert in_class not in left
    assert f"{other}@UMSGroups_{CLASS}" in left


def test_who_changes_schools_over_night_is_not_deleted_in_between(synced: School) -> None:
    """The run of the old school comes before that of the new one: a deleted account would lose its
    work, or lie in the trash until somebody looks."""
    mover, other = synced.pupils(2)
    share(synced, other)
    carry_out(synced, OTHER)
    account = {p["key"]: p["id"] for p in synced.site.persons()}[mover]

    lets_go(synced, mover)
    takes(synced, other, mover)
    first = plan(synced.installation(), 1)
    (person,) = (one for one in changes(synced, first, mover) if one.kind == "person")
    assert (person.op, person.status) == ("forget", "planned")
    assert "organization 2, Vest, wants this person too" in person.reason
    apply(synced.installation(), first.summary.run, confirm=confirmation(first))
    assert {p["key"]: p["id"] for p in synced.site.persons()}[mover] == account
    carry_out(synced, OTHER)
    assert {p["key"]: p["id"] for p in synced.site.persons()}[mover] == account
    assert remembered(synced, mover) == [(2,)]


def test_a_class_that_changes_schools_over_night_stays_with_its_pupils(synced: School) -> None:
    mates = classmates(synced)
    share(synced, *mates)
    carry_out(synced, OTHER)
    makes_classes(synced)
    synced.sql(
        "UPDATE itslearningOrganizationSettings SET SQLCriteria = ? WHERE ID = 1",
        f"Aktivitet NOT LIKE 'Lektiecafé %' AND Aktivitet <> '{CLASS}'",
    )
    first = plan(synced.installation(), 1)
    installation = synced.installation()
    every = ChangeFilter()
    with PlanReader(installation.run_files, installation.reader(), int(first.summary.run)) as run:
        found = {one.key: one for one in run.page(every, 0, run.count(every))}
    assert found[f"UMSGroups_{CLASS}"].op == "forget"
    assert "organization 2, Vest, wants it too" in found[f"UMSGroups_{CLASS}"].reason
    ops = {
        key.partition("@")[0]: one.op
        for key, one in found.items()
        if key.endswith(f"@UMSGroups_{CLASS}")
    }
    assert {name for name, op in ops.items() if op == "forget"} == set(mates)
    assert set(ops.values()) == {"forget", "delete"}  # nobody else is the other one's


def test_criteria_of_the_other_that_are_refused_stop_nobody_here(synced: School) -> None:
    mover, other = synced.pupils(2)
    share(synced, other)
    carry_out(synced, OTHER)
    lets_go(synced, mover)
    synced.sql("UPDATE Templates SET SQLFilter = 'no such column = 1' WHERE ID = 201")
    report = plan(synced.installation(), 1)
    assert [one.op for one in changes(synced, report, mover) if one.kind == "person"] == ["delete"]
    told = {problem.reason: problem for problem in report.problems}["other-organization"]
    assert told.key == "organization 2"
    assert "only what it has counts" in told.detail


def test_what_the_other_has_is_known_from_ums_where_its_run_files_are_lost(synced: School) -> None:
    (pupil,) = synced.pupils(1)
    share(synced, pupil)
    lost = carry_out(synced, OTHER).summary.run
    for file in synced.installation().run_files.folder.glob(f"run-*{int(lost)}.duckdb"):
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
