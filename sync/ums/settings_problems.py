"""Settings in the UMS database that cannot be meant, found before a plan stumbles over them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

import duckdb

from sync.model import CheckLine
from sync.ums import tables

CHOICES = {
    "ActivitySites": ("None", "LMS", "Filter", "All"),
    "CourseSites": ("None", "LMS", "Filter", "All"),
    "RemoveLearnerMethod": ("Finished", "DeletedInAD"),
    "DeleteSites": ("Auto", "Manual"),
}


def settings_problems(
    workspace: duckdb.DuckDBPyConnection, roles: Collection[str]
) -> Iterator[CheckLine]:
    """Everything wrong with the settings that reading put into the workspace; ``roles`` are those
    of memberships that itslearning takes (imses-protocol.md 6.2)."""
    yield from _organizations(workspace)
    yield from _populations(workspace)
    yield from _publishing(workspace)
    yield from _choices(workspace)
    yield from _numbers(workspace)
    yield from _roles(workspace, roles)
    yield from _empty_filters(workspace)
    yield from _loose_ends(workspace)
    yield from _hierarchy(workspace, "sub_account_setting", "itslearningSubAccountSettings")
    yield from _hierarchy(
        workspace, "sub_account_courses_setting", "itslearningSubAccountCoursesSettings"
    )


def _organizations(workspace: duckdb.DuckDBPyConnection) -> Iterator[CheckLine]:
    """One URL should be one installation (ums.md 2.3): two that do not know of each other are
    where duplicate users come from."""
    rows = workspace.execute(
        "SELECT ID, lower(trim(URL, ' /')), InstallationID FROM organization_setting ORDER BY ID"
    ).fetchall()
    by_url: dict[str, dict[int | None, list[int]]] = defaultdict(lambda: defaultdict(list))
    by_installation: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for number, url, installation in rows:
        by_url[url][installation].append(number)
        if installation is not None:
            by_installation[installation][url].append(number)
    for installations in by_url.values():
        if len(installations) > 1:
            named = _listed(installations.values())
            message = (
                f"organizations {named} have one URL and different InstallationID: with a number "
                "each they are taken for different sites, else for one"
            )
            yield CheckLine("warning", "organizations", message)
    yield from _two_roots(workspace)
    for installation, urls in by_installation.items():
        if len(urls) > 1:
            named = _listed(urls.values())
            message = f"organizations {named} share InstallationID {installation}, not the URL"
            yield CheckLine("warning", "organizations", message)


def _populations(workspace: duckdb.DuckDBPyConnection) -> Iterator[CheckLine]:
    """An organization whom no template leads to wants nobody, so a plan would delete everybody."""
    rows = workspace.execute(
        """SELECT ID, trim(coalesce(SourceOrganization, '')) = '', ID IN (
             SELECT s.OrganizationSettings_ID FROM template t
             JOIN itslearning_setting s ON s.ID = t.itslearningSettings_ID)
           FROM organization_setting ORDER BY ID"""
    ).fetchall()
    if not rows:
        message = "it has no row: set up a connection to itslearning in UMS first"
        yield CheckLine("error", "itslearningOrganizationSettings", message)
    for number, rootless, peopled in rows:
        subject = f"itslearningOrganizationSettings {number}"
        if rootless:
            message = "SourceOrganization is empty; it is the sync key of the site's root"
            yield CheckLine("error", subject, message)
        if not peopled:
            message = "no template of Templates leads to it, so it wants nobody at itslearning"
            yield CheckLine("warning", subject, message)
    for number, kind in workspace.execute(
        "SELECT ID, UserTypes_ID FROM template WHERE UserTypes_ID NOT IN (0, 1) ORDER BY ID"
    ).fetchall():
        message = f"UserTypes_ID is {kind}; 0 is an employee and 1 a student"
        yield CheckLine("warning", f"Templates {number}", message)


def _two_roots(workspace: duckdb.DuckDBPyConnection) -> Iterator[CheckLine]:
    """The four nodes of rules.md 17 have fixed keys, so a site has each of them once."""
    rows = workspace.execute(
        """SELECT a.ID, b.ID, a.SourceOrganization, b.SourceOrganization
           FROM organization_setting a JOIN organization_setting b
             ON a.ID < b.ID AND lower(trim(a.URL, ' /')) = lower(trim(b.URL, ' /'))
             AND coalesce(a.InstallationID = b.InstallationID, true)
           WHERE trim(a.SourceOrganization) <> trim(b.SourceOrganization) ORDER BY ALL"""
    ).fetchall()
    for one, other, root, other_root in rows:
        message = (
            f"organizations {one}, {other} write to one site under {root} and {other_root}: "
            "UMS Groups, UMS Courses and the other two have one key there each, and stand under "
            "the root of whoever makes them last"
        )
        yield CheckLine("warning", "organizations", message)


def _listed(groups: Iterable[list[int]]) -> str:
    numbers = sorted(number for group in groups for number in group)
    return ", ".join(str(number) for number in numbers)


def _publishing(workspace: duckdb.DuckDBPyConnection) -> Iterator[CheckLine]:
    rows = workspace.execute(
        "SELECT ID, StartPublishingDaysBefore, CreateDaysBefore FROM itslearning_setting "
        "WHERE StartPublishingDaysBefore >= CreateDaysBefore ORDER BY ID"
    ).fetchall()
    for number, publishing, create in rows:
        message = (
            f"StartPublishingDaysBefore ({publishing}) must be lower than CreateDaysBefore "
            f"({create}); until then its templates make no rooms"
        )
        yield CheckLine("error", f"itslearningSettings {number}", message)


def _choices(workspace: duckdb.DuckDBPyConnection) -> Iterator[CheckLine]:
    for column, known in CHOICES.items():
        rows = workspace.execute(
            f"SELECT ID, {column} FROM itslearning_setting ORDER BY ID"
        ).fetchall()
        for number, value in rows:
            if str(value or "").strip().casefold() not in {word.casefold() for word in known}:
                message = f"{column} is '{value or ''}'; it can be {', '.join(known)}"
                yield CheckLine("error", f"itslearningSettings {number}", message)


def _numbers(workspace: duckdb.DuckDBPyConnection) -> Iterator[CheckLine]:
    for column in ("CreateDaysBefore", "StartPublishingDaysBefore", "DeleteDaysAfterEnd"):
        for number, days in workspace.execute(
            f"SELECT ID, {column} FROM itslearning_setting WHERE {column} < 0 ORDER BY ID"
        ).fetchall():
            message = f"{column} is {days}; days before and after are counted from 0 on"
            yield CheckLine("warning", f"itslearningSettings {number}", message)
    for number, start, length in workspace.execute(
        """SELECT ID, NodeStartIndex, NodeLength FROM itslearning_setting
           WHERE (coalesce(NodeStartIndex, 0) <> 0 OR coalesce(NodeLength, 0) <> 0)
             AND NOT (coalesce(NodeStartIndex, 0) >= 1 AND coalesce(NodeLength, 0) >= 1)
           ORDER BY ID"""
    ).fetchall():
        message = (
            f"NodeStartIndex is {start or 'empty'} and NodeLength {length or 'empty'}, so nothing "
            "is cut from a name; both have to be 1 or more"
        )
        yield CheckLine("warning", f"itslearningSettings {number}", message)


def _roles(workspace: duckdb.DuckDBPyConnection, roles: Collection[str]) -> Iterator[CheckLine]:
    known = ", ".join(sorted(role for role in roles if not role.isdigit()))
    rows = workspace.execute(
        "SELECT ID, trim(TeacherRole), trim(StudentRole) FROM itslearning_setting ORDER BY ID"
    ).fetchall()
    for number, teacher, learner in rows:
        subject = f"itslearningSettings {number}"
        for column, role in (("TeacherRole", teacher), ("StudentRole", learner)):
            if role and role not in roles:
                message = f"{column} is '{role}'; itslearning takes {known}, written like this"
                yield CheckLine("error", subject, message)
        if teacher and learner and teacher.casefold() == learner.casefold():
            message = f"TeacherRole and StudentRole are both {teacher}"
            yield CheckLine("warning", subject, message)


def _empty_filters(workspace: duckdb.DuckDBPyConnection) -> Iterator[CheckLine]:
    for choice, criterion in (("ActivitySites", "ActivityFilter"), ("CourseSites", "CourseFilter")):
        rows = workspace.execute(
            f"SELECT ID FROM itslearning_setting WHERE lower(trim({choice})) = 'filter' "
            f"AND trim(coalesce({criterion}, '')) = '' ORDER BY ID"
        ).fetchall()
        for (number,) in rows:
            message = f"{choice} is Filter and {criterion} is empty, so it takes nothing"
            yield CheckLine("warning", f"itslearningSettings {number}", message)


_LOOSE_ENDS = (
    ("template", "itslearningSettings_ID", "itslearning_setting", "Templates"),
    ("template", "itslearningSiteSettings_ID", "site_setting", "Templates"),
    ("template", "itslearningCohortSettings_ID", "cohort_setting", "Templates"),
    ("itslearning_setting", "OrganizationSettings_ID", "organization_setting",
     "itslearningSettings"),
)  # fmt: skip


def _loose_ends(workspace: duckdb.DuckDBPyConnection) -> Iterator[CheckLine]:
    for table, column, target, name in _LOOSE_ENDS:
        rows = workspace.execute(
            f"SELECT ID, {column} FROM {table} WHERE {column} IS NOT NULL "
            f"AND {column} NOT IN (SELECT ID FROM {target} WHERE ID IS NOT NULL) ORDER BY ID"
        ).fetchall()
        for number, pointed in rows:
            message = f"{column} is {pointed}, and there is no such row"
            yield CheckLine("warning", f"{name} {number}", message)


def _hierarchy(workspace: duckdb.DuckDBPyConnection, table: str, name: str) -> Iterator[CheckLine]:
    rows = workspace.execute(
        "SELECT ID, nullif(Parent_ID, 0), OrganizationSettings_ID, "
        f"trim(coalesce(DatabaseField, '')) FROM {table} ORDER BY ID"
    ).fetchall()
    parents = {number: parent for number, parent, *_ in rows}
    owners = {number: owner for number, _, owner, _ in rows}
    for number, parent, owner, field in rows:
        subject = f"{name} {number}"
        if parent is not None and parent not in parents:
            yield CheckLine("error", subject, f"its parent {parent} is not there")
        elif parent is not None and owners[parent] != owner:
            yield CheckLine("error", subject, f"its parent {parent} is another organization's")
        elif _circular(number, parents):
            yield CheckLine("error", subject, "it stands under itself")
        if not field:
            yield CheckLine("error", subject, "DatabaseField is empty, so it makes no node")
    fields = ["DatabaseField"]
    if table == "sub_account_courses_setting":
        fields.append("DatabaseFieldDisplayname")
    known = {column.name.casefold() for column in tables.STUDENTS.columns}
    for field in fields:
        for number, value in workspace.execute(
            f"SELECT ID, {field} FROM {table} WHERE trim(coalesce({field}, '')) <> '' ORDER BY ID"
        ).fetchall():
            if value.strip().casefold() not in known:
                message = f"{field} '{value}' is no column of Students that this program reads"
                yield CheckLine("error", f"{name} {number}", message)


def _circular(number: int, parents: dict[int, int | None]) -> bool:
    seen: set[int] = set()
    at: int | None = number
    while at is not None and at not in seen:
        seen.add(at)
        at = parents.get(at)
    return at == number
