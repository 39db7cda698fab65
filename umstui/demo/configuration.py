"""The settings of the demo school's UMS: one organization, its templates and hierarchy.

The keys below have to exist on the site before the first sync (rules.md 15).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from umstui.demo.classes import BRIDGING, VOCATIONAL, School
from umstui.demo.people import EMPLOYEE, STUDENT

ORGANIZATION_ID = 1
COURSE_TEMPLATE_KEY = "UMSCourse_Skabelon"  # the course template of the site settings
GROUP_TEMPLATE_KEY = "UMSGroups_Skabelon"  # the course template of the cohort setting with courses
COURSE_CREATOR_KEY = "ums-kursusopretter"  # the user who owns the copies

COURSE_TEMPLATE_KEYS = (COURSE_TEMPLATE_KEY, GROUP_TEMPLATE_KEY)

ACADEMIC_SETTING, VOCATIONAL_SETTING, STAFF_SETTING = 1, 2, 3
PLAIN_COHORT, COURSE_COHORT = 1, 2
SITE_SETTING = 1
STAFF_TEMPLATE, BRIDGING_TEMPLATE, FIRST_SCHOOL_TEMPLATE = 1, 2, 10
GUIDANCE = "IT-vejledning"  # employees of this activity teach in every vocational room
HOMEWORK_CAFE = "Lektiecafé"  # an activity that becomes neither room nor group

Row = Mapping[str, str | int | None]


def write_configuration(
    connection: sqlite3.Connection,
    schools: Sequence[School],
    *,
    site_url: str,
    site_user: str,
    site_password: str,
    root_key: str,
) -> None:
    """Fill every settings table."""
    organization: Row = {
        "ID": ORGANIZATION_ID,
        "Description": "Demoskolerne",
        "URL": site_url,
        "Username": site_user,
        "Password": site_password,
        "SourceOrganization": root_key,
        "SQLCriteria": f"Aktivitet NOT LIKE '{HOMEWORK_CAFE} %'",
        "InstallationID": 1,
    }
    _insert(connection, "itslearningOrganizationSettings", [organization])
    _insert(connection, "itslearningSettings", _itslearning_settings())
    _insert(
        connection,
        "itslearningSiteSettings",
        [_blueprint(SITE_SETTING, "Rum fra kursusskabelon", COURSE_TEMPLATE_KEY)],
    )
    _insert(
        connection,
        "itslearningCohortSettings",
        [
            {"ID": PLAIN_COHORT, "Description": "Klasser som grupper"},
            _blueprint(COURSE_COHORT, "Hold som kurser", GROUP_TEMPLATE_KEY),
        ],
    )
    _insert(connection, "Templates", _templates(schools))
    _insert(connection, "itslearningSubAccountSettings", _group_hierarchy())
    _insert(connection, "itslearningSubAccountCoursesSettings", _course_hierarchy())


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[Row]) -> None:
    for row in rows:
        columns = ", ".join(row)
        marks = ", ".join("?" for _ in row)
        connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", tuple(row.values()))


def _blueprint(identity: int, description: str, key: str) -> Row:
    return {
        "ID": identity,
        "Description": description,
        "Template": key,
        "CourseCreator": COURSE_CREATOR_KEY,
    }


def _itslearning_settings() -> list[Row]:
    academic: Row = {
        "ID": ACADEMIC_SETTING,
        "Description": "Gymnasier, elever",
        "OrganizationSettings_ID": ORGANIZATION_ID,
        "MaintainTemplateGroups": 1,
        "StudentMobilePhone": 1,
        "Language": "da-DK",
        "CourseCategory": "Gymnasium",
        "ActivitySites": "Filter",
        "ActivityFilter": "Kort_Betegnelse LIKE '[1-3]%'",
        "CourseSites": "LMS",
    }
    vocational: Row = {
        "ID": VOCATIONAL_SETTING,
        "Description": "Erhvervsskoler, elever",
        "OrganizationSettings_ID": ORGANIZATION_ID,
        "MaintainTemplateGroups": 1,
        "StudentAddress": 1,
        "StudentPhone": 1,
        "Language": "da-DK",
        "CourseCategory": "Erhvervsuddannelse",
        "ActivitySites": "All",
        "CourseSites": "Filter",
        "CourseFilter": "Skolefag LIKE 'V_rksted%' OR Skolefag IN ('Arbejdsmiljø', 'Iværksætteri')",
        "NodeStartIndex": 1,
        "NodeLength": 4,
        "NodeAddShortDescription": 1,
        "RemoveLearnerMethod": "DeletedInAD",
        "DeleteSites": "Manual",
        "DeleteDaysAfterEnd": 60,
        "SQLGroups": f"{GUIDANCE}%",
    }
    staff: Row = {
        "ID": STAFF_SETTING,
        "Description": "Medarbejdere",
        "OrganizationSettings_ID": ORGANIZATION_ID,
        "MaintainTemplateGroups": 1,
        "EmployeePhone": 1,
        "Language": "da-DK",
    }
    return [academic, vocational, staff]


def _templates(schools: Sequence[School]) -> list[Row]:
    staff: Row = {
        "ID": STAFF_TEMPLATE,
        "Name": "Medarbejdere",
        "UserTypes_ID": EMPLOYEE,
        "itslearningSettings_ID": STAFF_SETTING,
    }
    bridging: Row = {
        "ID": BRIDGING_TEMPLATE,
        "Name": "Elever i brobygning",
        "UserTypes_ID": STUDENT,
        "SQLFilter": f"ExtraField1 = '{BRIDGING}'",
        "itslearningSettings_ID": VOCATIONAL_SETTING,
    }
    rows = [staff, bridging]
    for school in schools:
        vocational = school.kind == VOCATIONAL
        rows.append(
            {
                "ID": FIRST_SCHOOL_TEMPLATE + school.number,
                "Name": f"Elever, {school.name}",
                "UserTypes_ID": STUDENT,
                "SQLFilter": f"Skolekode = '{school.code}'",
                "itslearningSettings_ID": VOCATIONAL_SETTING if vocational else ACADEMIC_SETTING,
                "itslearningSiteSettings_ID": SITE_SETTING,
                "itslearningCohortSettings_ID": COURSE_COHORT if vocational else PLAIN_COHORT,
            }
        )
    return rows


def _group_hierarchy() -> list[Row]:
    """School, and under it education; classes in bridging have a place of their own."""
    return [
        _level(1, None, "Skole", "Department"),
        _level(2, 1, "Uddannelse", "Education"),
        _level(3, None, "Brobygning", "ExtraField1", criteria=f"ExtraField1 = '{BRIDGING}'"),
    ]


def _course_hierarchy() -> list[Row]:
    """The same by ids, whose nodes keep their place when a school gets a new name."""
    return [
        _level(1, None, "Skole", "DepartmentID", display="Department"),
        _level(2, 1, "Uddannelse", "EducationID", display="Education"),
        _level(3, None, "Brobygning", "ExtraField1", criteria=f"ExtraField1 = '{BRIDGING}'"),
    ]


def _level(
    identity: int,
    parent: int | None,
    description: str,
    database_field: str,
    *,
    display: str | None = None,
    criteria: str | None = None,
) -> Row:
    row: dict[str, str | int | None] = {
        "ID": identity,
        "OrganizationSettings_ID": ORGANIZATION_ID,
        "Parent_ID": parent,
        "Description": description,
        "DatabaseField": database_field,
        "SQLCriteria": criteria,
    }
    if display is not None:
        row["DatabaseFieldDisplayname"] = display
    return row
