"""A small school in a workspace: settings and rows by the handful, days to plan for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from importlib import resources
from typing import Any

import duckdb

from sync.comparison import compare, put_in_order
from sync.rules import explain, make_wanted
from sync.snapshots.held import take_arrived

ROOT = "root"
DAY = dt.date(2026, 9, 1)

STUDENT = {
    "UserTypes_ID": 1,
    "Fornavne": "Anna",
    "Efternavn": "Berg",
    "StartDato": "10-08-2026",
    "SlutDato": "30-06-2027",
}


def criteria(text: str) -> str:
    """Criteria of these tests are written in DuckDB's SQL already."""
    return text


def like(column: str, pattern: str) -> str:
    return f"{column} ILIKE '{pattern}'"


class SmallSchool:
    """Organization 1 with one setting and the templates 1 (students) and 2 (employees)."""

    def __init__(
        self, *, settings: Mapping[str, Any] | None = None, templates: bool = True
    ) -> None:
        self.workspace = duckdb.connect()
        self.workspace.execute("SET threads = 1")
        text = resources.files("sync.snapshots").joinpath("workspace.sql").read_text("utf-8")
        self.workspace.execute(text)
        self.rows = 0
        self.put("organization_setting", ID=1, SourceOrganization=ROOT)
        self.put("site_setting", ID=1, Template="UMSCourse_blank", CourseCreator="boss")
        self.put("cohort_setting", ID=1)
        self.setting(1, **(settings or {}))
        if templates:
            self.template(1, UserTypes_ID=1)
            self.template(2, UserTypes_ID=0)

    def put(self, table: str, **values: Any) -> None:
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join("?" for _ in values)
        self.workspace.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values())
        )

    def setting(self, number: int, **values: Any) -> None:
        default = {
            "OrganizationSettings_ID": 1,
            "ActivitySites": "All",
            "CourseSites": "None",
            "CreateDaysBefore": 14,
            "StartPublishingDaysBefore": 7,
            "DeleteDaysAfterEnd": 30,
            "RemoveLearnerMethod": "Finished",
            "DeleteSites": "Auto",
            "TeacherRole": "Instructor",
            "StudentRole": "Learner",
        }
        self.put("itslearning_setting", ID=number, **{**default, **values})

    def template(self, number: int, **values: Any) -> None:
        default = {
            "Name": f"Template {number}",
            "itslearningSettings_ID": 1,
            "itslearningSiteSettings_ID": 1,
            "itslearningCohortSettings_ID": 1,
        }
        self.put("template", ID=number, **{**default, **values})

    def row(self, user_name: str | None, activity: str | None = None, **values: Any) -> None:
        """A row of Students; ``activity`` is both AktivitetsID and Aktivitet."""
        self.rows += 1
        default: dict[str, Any] = {**STUDENT, "StudieNr": user_name}
        if activity is not None:
            default |= {"AktivitetsID": activity, "Aktivitet": activity}
        self.put("student", row_number=self.rows, **{**default, **values})

    def teacher(self, user_name: str, activity: str | None = None, **values: Any) -> None:
        self.row(user_name, activity, **{"UserTypes_ID": 0, "Fornavne": "Tea", **values})

    def change(self, sql: str) -> None:
        self.workspace.execute(sql)

    def wanted(self, day: dt.date = DAY, *, users_only: bool = False) -> SmallSchool:
        """Work out what is wanted on the day."""
        make_wanted(
            self.workspace,
            organization=1,
            day=day,
            users_only=users_only,
            criteria=criteria,
            like=like,
        )
        return self

    def sync(self, day: dt.date = DAY, *, users_only: bool = False) -> list[tuple[str, str, str]]:
        """Plan and carry out; the (kind, op, key) of what was done, notes left out."""
        self.planned(day, users_only=users_only)
        done = self.workspace.execute(
            "SELECT kind, op, key FROM change WHERE op <> 'note' ORDER BY kind, op, key"
        ).fetchall()
        take_arrived(self.workspace)
        return done

    def planned(self, day: dt.date = DAY, *, users_only: bool = False) -> dict[str, str]:
        """Plan only: the reason of each change by ``op key``."""
        self.wanted(day, users_only=users_only)
        self.workspace.execute("DELETE FROM change")
        compare(self.workspace)
        put_in_order(self.workspace)
        explain(self.workspace)
        return dict(
            self.workspace.execute("SELECT op || ' ' || key, reason FROM change").fetchall()
        )

    def rows_of(self, table: str) -> list[dict[str, Any]]:
        result = self.workspace.execute(f"SELECT * FROM {table} ORDER BY ALL")
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def persons(self) -> dict[str, dict[str, Any]]:
        return {row["key"]: row for row in self.rows_of("wanted_person")}

    def places(self, kind: str | None = None) -> dict[str, dict[str, Any]]:
        rows = self.rows_of("wanted_group")
        return {row["key"]: row for row in rows if kind is None or row["kind"] == kind}

    def members(self, group: str) -> dict[str, str]:
        rows = self.rows_of("wanted_membership")
        return {row["person_key"]: row["role"] for row in rows if row["group_key"] == group}

    def leaving(self) -> dict[str, str]:
        return {row["key"]: row["op"] for row in self.rows_of("leaving_group")}

    def problems(self) -> set[tuple[str, str]]:
        return {(row["reason"], row["key"]) for row in self.rows_of("problem")}

    def place_of(self, key: str) -> list[str]:
        """The titles from the root down to the place."""
        places, path = self.places(), []
        while key in places:
            path.append(places[key]["title"])
            key = places[key]["parent_key"]
        return path[::-1]


def day(text: str) -> dt.date:
    """A date as dd-mm-yyyy."""
    return dt.datetime.strptime(text, "%d-%m-%Y").replace(tzinfo=dt.UTC).date()
