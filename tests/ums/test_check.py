"""Without these a mistake in a setting would show itself only when a plan is made, or never."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine

from sync.itslearning.memberships import ROLES
from sync.model import CheckLine
from sync.ums.check import check_database, used_templates
from sync.ums.mapping import Mapping
from tests.ums.databases import ORGANIZATION, UmsDatabase, student

DAY = dt.date(2026, 8, 10)


def setting(number: int, **values: object) -> dict[str, object]:
    return {"ID": number, "Description": "S", "OrganizationSettings_ID": 1, **values}


def template(number: int, **values: object) -> dict[str, object]:
    return {
        "ID": number, "Name": "T", "UserTypes_ID": 1, "itslearningSettings_ID": 1, **values
    }  # fmt: skip


def lines(engine: Engine, level: str = "") -> list[str]:
    found = check_database(engine, Mapping(), DAY, ROLES)
    return [f"{line.subject}: {line.message}" for line in found if level in ("", line.level)]


def test_a_good_database_has_nothing_to_complain_of(database: UmsDatabase, engine: Engine) -> None:
    database.insert("Students", student(1), student(2, UserTypes_ID=0))
    database.insert("itslearningSettings", setting(1, SQLGroups="1a%"))
    database.insert("Templates", template(1, SQLFilter="Skolekode = '280051'"))
    found = check_database(engine, Mapping(), DAY, ROLES)
    assert {line.level for line in found} == {"ok"}
    assert found[0].message.endswith("2 rows of Students")
    assert CheckLine("ok", "Templates 1 SQLFilter", "takes 2 of 2 rows") in found
    assert CheckLine("ok", "itslearningSettings 1 SQLGroups", "'1a%' takes 1 employees") in found


def test_a_criterion_that_is_refused_or_takes_nobody(database: UmsDatabase, engine: Engine) -> None:
    database.insert("Students", student(1))
    database.insert("itslearningSettings", setting(
        1, ActivitySites="Filter", ActivityFilter="Aktivitet LIKE 'x%'", CourseSites="LMS",
        CourseFilter="not read, so not looked at", SQLGroups="Math%\n\n[abc\n",
    ))  # fmt: skip
    database.insert("Templates", template(1, SQLFilter="CPR LIKE '0101%'"))
    assert lines(engine, "error") == [
        "Templates 1 SQLFilter: 'CPR' is never read, so no criterion can use it",
        (
            "itslearningSettings 1 SQLGroups: the pattern '[abc' has a '[' without a ']' and takes "
            "nothing"
        ),
    ]
    assert lines(engine, "warning") == [
        "itslearningSettings 1 ActivityFilter: takes 0 of 1 rows",
        "itslearningSettings 1 SQLGroups: 'Math%' takes 0 employees",
    ]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"StartPublishingDaysBefore": 14}, "must be lower than CreateDaysBefore (14)"),
        ({"ActivitySites": "Some"}, "ActivitySites is 'Some'; it can be None, LMS, Filter, All"),
        ({"DeleteSites": "never"}, "DeleteSites is 'never'"),
        ({"CreateDaysBefore": 3, "StartPublishingDaysBefore": -1}, "StartPublishingDaysBefore is"),
        ({"NodeLength": 4}, "NodeStartIndex is empty and NodeLength 4, so nothing is cut"),
        ({"TeacherRole": "Teacher"}, "TeacherRole is 'Teacher'; itslearning takes Administrator, "),
        ({"TeacherRole": "instructor"}, "TeacherRole is 'instructor'; itslearning takes"),
        ({"StudentRole": "Instructor "}, "TeacherRole and StudentRole are both Instructor"),
        ({"CourseSites": "Filter"}, "CourseSites is Filter and CourseFilter is empty"),
        ({"OrganizationSettings_ID": 9}, "OrganizationSettings_ID is 9, and there is no such row"),
    ],
)
def test_a_setting_that_cannot_be_meant(
    database: UmsDatabase, engine: Engine, values: dict[str, object], says: str
) -> None:
    database.insert("itslearningSettings", setting(4, **values))
    told = [line for line in lines(engine) if line.startswith("itslearningSettings 4")]
    assert len(told) == 1
    assert says in told[0]


def test_words_count_however_they_are_spelled(database: UmsDatabase, engine: Engine) -> None:
    """The rules take them, so the check does not call them wrong, and looks at their filters."""
    values = {"ActivitySites": " filter", "ActivityFilter": "City =", "DeleteSites": "AUTO"}
    database.insert("itslearningSettings", setting(4, **values))
    (told,) = [line for line in lines(engine, "error") if line.startswith("itslearningSettings 4")]
    assert told.startswith("itslearningSettings 4 ActivityFilter: ")


def test_an_organization_that_wants_nobody(database: UmsDatabase, engine: Engine) -> None:
    """A plan for it would delete everybody."""
    database.execute("UPDATE itslearningOrganizationSettings SET SourceOrganization = ' '")
    database.insert("itslearningSettings", setting(1))
    database.insert("Templates", template(1, itslearningSettings_ID=None, UserTypes_ID=2))
    name = "itslearningOrganizationSettings"
    assert f"{name} 1: SourceOrganization is empty" in "".join(lines(engine, "error"))
    told = lines(engine, "warning")
    assert f"{name} 1: no template of Templates leads to it" in "".join(told)
    assert "Templates 1: UserTypes_ID is 2; 0 is an employee and 1 a student" in told
    database.execute(f"DELETE FROM {name}")
    assert f"{name}: it has no row" in "".join(lines(engine, "error"))


@pytest.mark.parametrize(
    ("second", "says"),
    [
        ({"URL": "HTTPS://site.example/soap/", "InstallationID": 2}, "one URL and different"),
        ({"URL": "https://other.example", "InstallationID": 1}, "share InstallationID 1"),
        ({"URL": "https://other.example", "InstallationID": 2}, ""),
        ({"InstallationID": 1}, ""),
        ({"InstallationID": 1, "SourceOrganization": "vest"}, "under sonderby and vest"),
    ],
)
def test_two_organizations_and_one_installation(
    database: UmsDatabase, engine: Engine, second: dict[str, object], says: str
) -> None:
    database.execute("UPDATE itslearningOrganizationSettings SET InstallationID = 1")
    database.insert("itslearningOrganizationSettings", {**ORGANIZATION, "ID": 2, **second})
    told = [line for line in lines(engine) if line.startswith("organizations")]
    assert len(told) == bool(says)
    assert says in "".join(told)


def test_a_hierarchy_that_leads_nowhere(database: UmsDatabase, engine: Engine) -> None:
    own = {"OrganizationSettings_ID": 1, "DatabaseField": "Department"}
    database.insert(
        "itslearningSubAccountSettings",
        {"ID": 1, **own, "Parent_ID": 2},
        {"ID": 2, **own, "Parent_ID": 1},
        {"ID": 3, **own, "Parent_ID": 9, "DatabaseField": "CPR"},
        {"ID": 4, **own, "Parent_ID": 0},
        {"ID": 5, **own, "OrganizationSettings_ID": 2, "Parent_ID": 4, "DatabaseField": " "},
    )
    database.insert(
        "itslearningSubAccountCoursesSettings",
        {"ID": 1, **own, "DatabaseFieldDisplayname": "Departement"},
    )
    name = "itslearningSubAccountSettings"
    assert lines(engine, "error") == [
        f"{name} 1: it stands under itself",
        f"{name} 2: it stands under itself",
        f"{name} 3: its parent 9 is not there",
        f"{name} 5: its parent 4 is another organization's",
        f"{name} 5: DatabaseField is empty, so it makes no node",
        f"{name} 3: DatabaseField 'CPR' is no column of Students that this program reads",
        (
            "itslearningSubAccountCoursesSettings 1: DatabaseFieldDisplayname 'Departement' is no "
            "column of Students that this program reads"
        ),
    ]


def test_what_is_missing_is_said_and_ends_the_check(database: UmsDatabase, engine: Engine) -> None:
    database.execute("ALTER TABLE Students DROP COLUMN Skolekode")
    database.execute("DROP TABLE itslearning_Sites")
    assert "column 'Skolekode' of Students is not there" in lines(engine, "warning")[0]
    assert "table 'itslearning_Sites' is not there" in lines(engine, "error")[0]


def test_course_templates_in_use(database: UmsDatabase, engine: Engine) -> None:
    database.insert("itslearningOrganizationSettings", {**ORGANIZATION, "ID": 2})
    database.insert("itslearningSettings", setting(1), setting(2, OrganizationSettings_ID=2))
    named = {"Description": "x", "Template": " UMSCourse_T ", "CourseCreator": "boss"}
    database.insert("itslearningSiteSettings", {"ID": 1, **named}, {"ID": 2, **named},
                    {"ID": 3, "Description": "x", "Template": ""})  # fmt: skip
    database.insert(
        "itslearningCohortSettings", {"ID": 5, "Description": "x", "Template": "UMSGroups_T"}
    )
    database.insert(
        "Templates",
        template(1, itslearningSiteSettings_ID=1, itslearningCohortSettings_ID=5),
        template(2, itslearningSiteSettings_ID=1),
        template(3, itslearningSiteSettings_ID=3),
        template(4, itslearningSettings_ID=2, itslearningSiteSettings_ID=2),
    )
    assert used_templates(engine, Mapping(), 1) == [
        ("itslearningSiteSettings 1", "UMSCourse_T", "boss"),
        ("itslearningCohortSettings 5", "UMSGroups_T", ""),
    ]
    assert used_templates(engine, Mapping(), 2) == [
        ("itslearningSiteSettings 2", "UMSCourse_T", "boss")
    ]
