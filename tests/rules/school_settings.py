"""Settings of a random school: every switch of rules.md in some position."""

from __future__ import annotations

import random
from typing import Any

from tests.rules.criteria_pairs import PAIRS

ORGANIZATION, OTHER_ORGANIZATION = 1, 2

Facts = dict[str, Any]

# Start and length of the semester roll; most names are "E26 1a" or "NG E26 1a".
_CUTS = 3 * [(None, None)] + 2 * [(1, 4)] + [(1, 3), (5, 1), (4, 3), (60, 3), (1, 0), (1, 9)]
_CUTS += [(0, 3), (-1, 3), (2, -1), (None, 3), (2, None)]
_COLUMNS = ["Department", "DepartmentID", "Education", "Skolekode", "ExtraField1"]
_ODD_COLUMNS = [
    "education ",
    "SKOLEKODE",
    "UserTypes_ID",
    "Skolefag",
    "Kort_Betegnelse",
    "Skolefag_LMS",
]


class RandomSettings:
    """The settings tables by their workspace names; the same numbers make the same settings."""

    def __init__(self, numbers: random.Random) -> None:
        self._n = numbers

    def _chance(self, share: float) -> bool:
        return self._n.random() < share

    def _one_of(self, *values: Any) -> Any:
        return self._n.choice(values)

    def _criterion(self, share: float) -> str | None:
        texts = [text for text in PAIRS if text]
        return self._n.choice(texts) if self._chance(share) else self._one_of(None, "")

    def _word(self, *words: str) -> str:
        """A word of a setting, now and then typed by somebody in a hurry."""
        word: str = self._one_of(*words)
        return self._one_of(word.lower(), word.upper(), f" {word} ") if self._chance(0.1) else word

    def make(self) -> dict[str, list[Facts]]:
        organizations = [
            {
                "ID": identity,
                "Description": f"Organization {identity}",
                "URL": "http://127.0.0.1:1/",
                "Username": "ums",
                "SourceOrganization": f"root-{identity}",
                "SQLCriteria": self._criterion(0.5),
            }
            for identity in (ORGANIZATION, OTHER_ORGANIZATION)
        ]
        settings = [self._itslearning_setting(identity) for identity in (1, 2, 3, 9)]
        settings[-1]["OrganizationSettings_ID"] = OTHER_ORGANIZATION
        blueprint = {"Template": "UMSCourse_Skabelon", "CourseCreator": "opretter"}
        return {
            "organization_setting": organizations,
            "itslearning_setting": settings,
            "site_setting": [{"ID": 5, "Description": "Rum", **blueprint}],
            "cohort_setting": [
                {"ID": 6, "Description": "Grupper", "Template": None, "CourseCreator": None},
                {"ID": 7, "Description": "Kurser", **blueprint},
            ],
            "template": self._templates(),
            "sub_account_setting": self._sub_accounts(courses=False),
            "sub_account_courses_setting": self._sub_accounts(courses=True),
        }

    def _itslearning_setting(self, identity: int) -> Facts:
        create = self._one_of(7, 14, 14, 21)
        cut = self._n.choice(_CUTS)
        boxes = {
            f"{kind}{box}": int(self._chance(0.6))
            for kind in ("Student", "Employee")
            for box in ("Address", "Phone", "MobilePhone", "Mail")
        }
        return {
            "ID": identity,
            "Description": f"Setting {identity}",
            "OrganizationSettings_ID": ORGANIZATION,
            "MaintainTemplateGroups": int(self._chance(0.6)),
            **boxes,
            "Language": self._one_of(None, "da-DK"),
            "CourseCategory": self._one_of(None, "Fag"),
            "ActivitySites": self._word("All", "All", "LMS", "Filter", "None"),
            "CourseSites": self._word("All", "LMS", "LMS", "Filter", "None"),
            "ActivityFilter": self._criterion(0.8),
            "CourseFilter": self._criterion(0.8),
            "NodeStartIndex": cut[0],
            "NodeLength": cut[1],
            "NodeAddShortDescription": int(self._chance(0.4)),
            "RemoveLearnerMethod": self._word("Finished", "DeletedInAD"),
            "DeleteSites": self._word("Auto", "Auto", "Manual"),
            "CreateDaysBefore": create,
            "StartPublishingDaysBefore": create if self._chance(0.08) else self._one_of(0, 3, 6),
            "DeleteDaysAfterEnd": self._one_of(0, 1, 20, 30, 60),
            "TeacherRole": self._one_of("Instructor", "Instructor", "Member", " Instructor "),
            "StudentRole": self._one_of("Learner", "Learner", "Learner", "Member ", ""),
            "SQLGroups": self._one_of(None, "", "Vejl%\n\n  [ikl]t-%  ", "%1_\r\nintet"),
        }

    def _templates(self) -> list[Facts]:
        def template(identity: int, kind: int, setting: int, share: float) -> Facts:
            return {
                "ID": identity,
                "Name": f"  Template {identity} " + "x" * self._one_of(0, 0, 70),
                "UserTypes_ID": kind,
                "SQLFilter": self._criterion(share),
                "itslearningSettings_ID": setting,
                "itslearningSiteSettings_ID": self._one_of(5, 5, 5, None),
                "itslearningCohortSettings_ID": self._one_of(6, 6, 7, None),
            }

        found = [
            template(11, 1, self._one_of(1, 2), 0.7),
            template(4, 1, self._one_of(2, 3), 0.4),
            template(20, 1, 1, 0.2),
            template(7, 0, 3, 0.2),
            template(15, 0, self._one_of(1, 3), 0.8),
            template(2, 1, 9, 0.3),
            {**template(3, 1, 1, 0), "itslearningSettings_ID": None},
        ]
        self._n.shuffle(found)
        return found

    def _sub_accounts(self, *, courses: bool) -> list[Facts]:
        shape = self._one_of(
            [],
            [(1, None)],
            [(3, None), (2, 3)],
            [(8, None), (5, 8), (4, 5), (6, 8)],
            [(10, 0), (9, 10), (2, 9), (3, 9), (100, 10)],
            [(2, None), (1, None), (9, 1)],
        )
        found = []
        for identity, parent in shape:
            column = self._n.choice(_ODD_COLUMNS if self._chance(0.15) else _COLUMNS)
            row = {
                "ID": identity,
                "OrganizationSettings_ID": ORGANIZATION,
                "Parent_ID": parent,
                "Description": None,
                "DatabaseField": column,
                "SQLCriteria": self._criterion(0.3),
            }
            if courses:
                display = {"DepartmentID": "Department"}.get(column)
                row["DatabaseFieldDisplayname"] = display or self._one_of(None, "", "city")
            found.append(row)
        other = {**found[0], "ID": 99, "Parent_ID": None} if found else None
        if other:
            found.append({**other, "OrganizationSettings_ID": OTHER_ORGANIZATION})
        return found
