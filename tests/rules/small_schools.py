"""Hypothesis strategies: schools of a few rows, so that what fails is small enough to read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from tests.rules.criteria_pairs import PAIRS
from tests.rules.oracle import School
from tests.rules.schools import written

Facts = dict[str, Any]

_DAYS = [dt.date(2026, 8, day) for day in (1, 10, 11, 24)]
_CLASSES: list[Mapping[str, Any]] = [
    {},
    {"AktivitetsID": "A1", "Aktivitet": "E26 1a", "Kort_Betegnelse": "x"},
    {"AktivitetsID": "A2", "Aktivitet": "F27 1a", "Kort_Betegnelse": "x"},
    {"AktivitetsID": "A3", "Aktivitet": "E26 1a_Da"},
    {"AktivitetsID": "A4", "Aktivitet": ""},
]
# Columns that stay empty where a row says nothing else.
_CONTACT = (
    "WorkMail",
    "PrivateMail",
    "PhoneNumber",
    "MobilePhone",
    "Adresse",
    "PostNummer",
    "City",
)
_ACTIVITY = ("AktivitetsID", "Aktivitet", "ActivityDisplayName", "Kort_Betegnelse")
_OTHER = ("SLI_ID", "UniLogin", "SKFA_ID", "EducationID", "Education", "ExtraField1")
_NOTHING = (*_CONTACT, *_ACTIVITY, *_OTHER, "Aktiviteter_StartDato", "Aktiviteter_SlutDato")


def _one_of(*values: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from(values)


_dates = _one_of(None, "", "31-02-2026", *(written(day) for day in _DAYS))


@st.composite
def rows(draw: st.DrawFn) -> Facts:
    """One row of ``Students``."""
    name = draw(_one_of("anna", "Anna", "bo", "carl", None))
    subject = draw(_one_of(None, "Da", "Ma"))
    return {
        **dict.fromkeys(_NOTHING),
        "UserTypes_ID": draw(_one_of(0, 1)),
        "StudieNr": name,
        "UMS_IDFromAdministrativeSystem": draw(_one_of(None, "1")) if name else "1",
        "Fornavne": draw(_one_of("Anna", "Anna", "Anna", " Anna ", "Åse")),
        "Efternavn": "Ærø",
        "SecretAddress": draw(_one_of(0, 1)),
        "MobilePhone": draw(_one_of(None, "1", "2")),
        **draw(_one_of(*_CLASSES)),
        "StartDato": draw(_dates),
        "SlutDato": draw(_dates),
        "Aktiviteter_SlutDato": draw(_one_of(None, None, written(_DAYS[1]))),
        "Skolefag": subject,
        "Skolefag_LMS": draw(_one_of(0, 1)) if subject else None,
        "DepartmentID": draw(_one_of(None, "D10", "D20")),
        "Department": draw(_one_of("Business", None)),
        "Skolekode": "280051",
    }


@st.composite
def _settings(draw: st.DrawFn, identity: int) -> Facts:
    boxes = {
        f"{kind}{box}": int(box == "MobilePhone" and identity == 1)
        for kind in ("Student", "Employee")
        for box in ("Address", "Phone", "MobilePhone", "Mail")
    }
    cut = draw(_one_of((None, None), (1, 4)))
    return {
        "ID": identity,
        "Description": "",
        "OrganizationSettings_ID": 1,
        "MaintainTemplateGroups": draw(_one_of(0, 1)),
        **boxes,
        "Language": None,
        "CourseCategory": None,
        "ActivitySites": draw(_one_of("All", "LMS", "Filter")),
        "CourseSites": draw(_one_of("All", "None")),
        "ActivityFilter": draw(st.sampled_from(sorted(PAIRS))),
        "CourseFilter": None,
        "NodeStartIndex": cut[0],
        "NodeLength": cut[1],
        "NodeAddShortDescription": draw(_one_of(0, 1)),
        "RemoveLearnerMethod": draw(_one_of("Finished", "DeletedInAD")),
        "DeleteSites": draw(_one_of("Auto", "Manual")),
        "CreateDaysBefore": draw(_one_of(1, 10)),
        "StartPublishingDaysBefore": 0,
        "DeleteDaysAfterEnd": draw(_one_of(0, 1)),
        "TeacherRole": "Instructor",
        "StudentRole": "Learner",
        "SQLGroups": draw(_one_of(None, "e26%")),
    }


@st.composite
def schools(draw: st.DrawFn) -> tuple[School, School]:
    """A school on one day, and the same school later with some rows gone and some new."""
    text = st.sampled_from(sorted(PAIRS))

    def template(identity: int, kind: int, setting: int) -> Facts:
        return {
            "ID": identity,
            "Name": f"T{identity}",
            "UserTypes_ID": kind,
            "SQLFilter": draw(text) if identity == 2 else None,
            "itslearningSettings_ID": setting,
            "itslearningSiteSettings_ID": 5,
            "itslearningCohortSettings_ID": 6 if identity == 3 else None,
        }

    level = {"ID": 1, "OrganizationSettings_ID": 1, "Parent_ID": None, "SQLCriteria": draw(text)}
    level |= {"DatabaseField": "DepartmentID", "DatabaseFieldDisplayname": "Department"}
    blueprint = {"Description": "", "Template": None, "CourseCreator": None}
    organization = {"ID": 1, "SourceOrganization": "root", "SQLCriteria": draw(text)}
    settings: dict[str, list[Facts]] = {
        "organization_setting": [organization],
        "itslearning_setting": [draw(_settings(1)), draw(_settings(2))],
        "site_setting": [{"ID": 5, **blueprint}],
        "cohort_setting": [{"ID": 6, **blueprint}],
        "template": [template(2, 1, 2), template(3, 1, 1), template(4, 0, 1)],
        "sub_account_setting": [],
        "sub_account_courses_setting": [level],
    }
    first = draw(st.lists(rows(), min_size=1, max_size=6))
    gone = draw(st.sets(st.integers(0, len(first) - 1)))
    stayed = [row for number, row in enumerate(first) if number not in gone]
    second = stayed + draw(st.lists(rows(), max_size=3))
    return School(first, 1, settings), School(second, 1, settings)
