"""The UMS tables and columns this program uses, by their logical names (ums-schema.sql).

Names marked K there are public facts; every other name may differ at an installation and goes
through the mapping. Required is what no plan can be made without, or what would be unsafe to do
without: identity, names, dates, activities, and the protection of addresses; of the settings
whatever decides how long a room or a person lives. A table's ``ID`` and the organization it
belongs to are always required. Every other column switches its feature off where it is missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Content(StrEnum):
    """What a column holds, as the workspace keeps it."""

    TEXT = "text"
    INTEGER = "integer"
    BIT = "bit"
    MOMENT = "moment"


@dataclass(frozen=True, slots=True)
class Column:
    """A logical column. ``instead`` is the value a missing optional one stands for, as DuckDB
    SQL; ``feature`` says what is off without it."""

    name: str
    content: Content = Content.TEXT
    required: bool = False
    instead: str = "NULL"
    feature: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A logical table; ``workspace`` is the table of workspace.sql that its rows are read into."""

    name: str
    columns: tuple[Column, ...]
    workspace: str = ""
    optional: bool = False

    def column(self, name: str) -> Column:
        """The column of that logical name; KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


def _required(*names: str, content: Content = Content.TEXT) -> tuple[Column, ...]:
    return tuple(Column(name, content, required=True) for name in names)


def _optional(feature: str, *names: str) -> tuple[Column, ...]:
    return tuple(Column(name, feature=feature) for name in names)


def _number(name: str, feature: str) -> Column:
    return Column(name, Content.INTEGER, feature=feature)


def _tick(name: str, feature: str, *, instead: str = "0") -> Column:
    return Column(name, Content.BIT, instead=instead, feature=feature)


_TITLES = "titles from ActivityDisplayName"
_HIERARCHY = "hierarchy and criteria over this column"

STUDENTS = Table(
    "Students",
    (
        *_required("UserTypes_ID", content=Content.INTEGER),
        *_required("StudieNr"),
        *_optional("criteria over this column", "SLI_ID"),
        *_optional(
            "protecting persons whose rows lack a user name", "UMS_IDFromAdministrativeSystem"
        ),
        *_required("Fornavne", "Efternavn"),
        # Without it nobody's address could be protected, so there is no going on without it.
        *_required("SecretAddress", content=Content.BIT),
        *_optional("criteria over this column", "UniLogin"),
        *_optional("mail addresses", "WorkMail", "PrivateMail"),
        *_optional("phone numbers", "PhoneNumber"),
        *_optional("mobile numbers", "MobilePhone"),
        *_optional("postal addresses", "Adresse", "PostNummer", "City"),
        *_required("StartDato", "SlutDato", "AktivitetsID", "Aktivitet"),
        *_optional(_TITLES, "ActivityDisplayName"),
        *_optional("short names in node ids", "Kort_Betegnelse"),
        *_optional("activity dates of their own", "Aktiviteter_StartDato", "Aktiviteter_SlutDato"),
        *_optional("course rooms", "Skolefag"),
        Column("Skolefag_LMS", Content.BIT, feature="the choice LMS"),
        *_optional("criteria over this column", "SKFA_ID"),
        *_optional(_HIERARCHY, "DepartmentID", "Department", "EducationID", "Education"),
        *_optional("limits and views per school", "Skolekode"),
        *_optional(_HIERARCHY, "ExtraField1"),
    ),
    workspace="student",
)

_ID = _required("ID", content=Content.INTEGER)
_OWNED = (*_ID, *_required("OrganizationSettings_ID", content=Content.INTEGER))

ORGANIZATION_SETTINGS = Table(
    "itslearningOrganizationSettings",
    (
        *_ID,
        *_optional("the organization's name", "Description"),
        *_required("URL", "Username", "SourceOrganization"),
        *_optional("limiting groups by criteria", "SQLCriteria"),
        *_optional("timetable events", "OrganizationAPIClientID", "OrganizationAPIURL"),
        _tick("UseTestInstallation", "showing test installations"),
        _number("InstallationID", "noticing organizations that share an installation"),
        *_required(
            "UMSCoursesCreated",
            "UMSTemplateGroupsCreated",
            "UMSGroupsCreated",
            "UMSCoursesArchiveCreated",
            content=Content.BIT,
        ),
    ),
    workspace="organization_setting",
)
FLAGS: tuple[str, ...] = tuple(
    column.name for column in ORGANIZATION_SETTINGS.columns if column.name.endswith("Created")
)
# Secrets are never part of a reading; organizations.py selects one, of one row, when it is needed.
PASSWORD = Column("Password")
API_SECRET = Column("OrganizationAPIClientSecret")
# Named in the contract so that a mapping may mention them; never selected by anything.
NEVER_READ: tuple[str, ...] = ("CPR", "BirthDay")

ITSLEARNING_SETTINGS = Table(
    "itslearningSettings",
    (
        *_ID,
        *_optional("the setting's name", "Description"),
        *_required("OrganizationSettings_ID", content=Content.INTEGER),
        _tick("MaintainTemplateGroups", "template groups"),
        *(
            _tick(f"{who}{what}", f"uploading {what} of {who}s")
            for who in ("Student", "Employee")
            for what in ("Address", "Phone", "MobilePhone", "Mail")
        ),
        *_optional("the language of new rooms", "Language"),
        *_optional("the category of new rooms", "CourseCategory"),
        Column("ActivitySites", instead="'None'", feature="activity rooms"),
        Column("CourseSites", instead="'None'", feature="course rooms"),
        *_optional("the choice Filter", "ActivityFilter", "CourseFilter"),
        _number("NodeStartIndex", "the semester roll"),
        _number("NodeLength", "the semester roll"),
        _tick("NodeAddShortDescription", "short names in node ids"),
        *_required("RemoveLearnerMethod", "DeleteSites"),
        _tick("SendMailToTeachers", "showing SendMailToTeachers"),
        *_required(
            "CreateDaysBefore",
            "StartPublishingDaysBefore",
            "DeleteDaysAfterEnd",
            content=Content.INTEGER,
        ),
        Column("TeacherRole", instead="'Instructor'", feature="another role than Instructor"),
        Column("StudentRole", instead="'Learner'", feature="another role than Learner"),
        *_optional("SQL groups", "SQLGroups"),
    ),
    workspace="itslearning_setting",
)

_COURSE_TEMPLATE = (
    *_ID,
    *_optional("the setting's name", "Description"),
    *_optional("course templates", "Template", "CourseCreator"),
)
SITE_SETTINGS = Table("itslearningSiteSettings", _COURSE_TEMPLATE, workspace="site_setting")
COHORT_SETTINGS = Table("itslearningCohortSettings", _COURSE_TEMPLATE, workspace="cohort_setting")

TEMPLATES = Table(
    "Templates",
    (
        *_ID,
        *_required("Name"),
        *_required("UserTypes_ID", content=Content.INTEGER),
        # Without the filter a template would hold everybody: too much to guess.
        *_required("SQLFilter"),
        *_required("itslearningSettings_ID", content=Content.INTEGER),
        _number("itslearningSiteSettings_ID", "rooms"),
        _number("itslearningCohortSettings_ID", "groups"),
    ),
    workspace="template",
)

_SUB_ACCOUNT = (
    *_OWNED,
    _number("Parent_ID", "nested sub accounts"),
    *_optional("the setting's name", "Description"),
    *_required("DatabaseField"),
)
SUB_ACCOUNT_SETTINGS = Table(
    "itslearningSubAccountSettings",
    (*_SUB_ACCOUNT, *_required("SQLCriteria")),
    workspace="sub_account_setting",
)
SUB_ACCOUNT_COURSES_SETTINGS = Table(
    "itslearningSubAccountCoursesSettings",
    (
        *_SUB_ACCOUNT,
        *_optional("display names of nodes", "DatabaseFieldDisplayname"),
        *_required("SQLCriteria"),
    ),
    workspace="sub_account_courses_setting",
)

_MOMENT = "remembering when"


def _moments(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, Content.MOMENT, feature=_MOMENT) for name in names)


_PERSON_MEMORY = (
    *_OWNED,
    *_required("UserName", "SyncKey"),
    *_optional("remembering names", "FirstName", "LastName"),
    *_optional("remembering mail addresses", "Mail"),
    *_moments("WhenCreated", "WhenUpdated"),
)
LEARNERS = Table("itslearning_Learners", _PERSON_MEMORY)
TEACHERS = Table("itslearning_Teachers", _PERSON_MEMORY)
SITES = Table(
    "itslearning_Sites",
    (
        *_OWNED,
        *_optional("remembering kinds of rooms", "SiteType"),
        *_optional("remembering node ids", "NodeID"),
        *_required("SyncKey", "Title"),
        *_optional("remembering parents", "ParentSyncKey"),
        *_moments("WhenCreated", "WhenArchived", "WhenEmpty"),
    ),
)
_NODE_MEMORY = (
    *_OWNED,
    *_required("SyncKey"),
    *_optional("remembering parents", "ParentSyncKey"),
    *_required("Title"),
)
SUB_ACCOUNT_COURSES = Table("itslearning_SubAccount_Courses", _NODE_MEMORY)
SUB_ACCOUNT = Table("itslearning_SubAccount", _NODE_MEMORY)
GROUPS = Table(
    "itslearning_Groups",
    (
        *_OWNED,
        *_optional("remembering node ids", "NodeID"),
        *_required("SyncKey", "Title"),
        *_optional("remembering parents", "ParentSyncKey"),
        *_moments("WhenCreated"),
    ),
)
TEMPLATE_GROUPS = Table(
    "itslearningTemplateGroups",
    (
        *_OWNED,
        *_required("Templates_ID", content=Content.INTEGER),
        *_required("SyncKey", "Title"),
    ),
)

TIMETABLE_BLOCKS = Table(
    "ImportFromDB_SkemaBrikker",
    (
        *_required("BlockKey", "AktivitetsID"),
        *_optional("events of course rooms", "Skolefag"),
        *_required("StartsAt", "EndsAt", content=Content.MOMENT),
        *_optional("titles of events", "Title"),
        *_optional("rooms of events", "Room"),
    ),
    workspace="timetable_block",
    optional=True,
)

SETTINGS_TABLES: tuple[Table, ...] = (
    ORGANIZATION_SETTINGS,
    ITSLEARNING_SETTINGS,
    SITE_SETTINGS,
    COHORT_SETTINGS,
    TEMPLATES,
    SUB_ACCOUNT_SETTINGS,
    SUB_ACCOUNT_COURSES_SETTINGS,
)
# The clean-up empties these seven, in this order (ums.md 2.14).
MEMORY_TABLES: tuple[Table, ...] = (
    LEARNERS,
    TEACHERS,
    SITES,
    SUB_ACCOUNT_COURSES,
    GROUPS,
    SUB_ACCOUNT,
    TEMPLATE_GROUPS,
)
ALL_TABLES: tuple[Table, ...] = (STUDENTS, *SETTINGS_TABLES, *MEMORY_TABLES, TIMETABLE_BLOCKS)
