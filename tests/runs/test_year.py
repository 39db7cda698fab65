"""A school year at a real site: what it shows after each sync is what the rules ask for.

UMSTUI_YEARS says how many schools have their whole year (default: one, half of its days) and
UMSTUI_YEAR_FIRST which number the first one has.
"""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from sync.model import Operator, RunState
from sync.runs import Installation, apply, approve, confirmation, plan
from sync.runs.storing import load_held_after
from sync.settings import Itslearning, Settings, Ums
from sync.snapshots.workspace import open_workspace
from tests.rules import oracle
from tests.rules.criteria_pairs import criteria, like
from tests.rules.oracle import Held, Wanted
from tests.rules.oracle_rows import UNTOUCHABLE, folded
from tests.rules.oracle_workspace import rows_of
from tests.rules.schools import SchoolYear, days_of
from tests.ums.databases import SqliteDatabase
from umstui.testsite import Site, start
from umstui.testsite.running import RunningSite

FIRST = int(os.environ.get("UMSTUI_YEAR_FIRST", "1"))
YEARS = int(os.environ.get("UMSTUI_YEARS", "1"))
EVERY = 1 if "UMSTUI_YEARS" in os.environ else 2

TABLES = {
    "organization_setting": "itslearningOrganizationSettings",
    "itslearning_setting": "itslearningSettings",
    "site_setting": "itslearningSiteSettings",
    "cohort_setting": "itslearningCohortSettings",
    "template": "Templates",
    "sub_account_setting": "itslearningSubAccountSettings",
    "sub_account_courses_setting": "itslearningSubAccountCoursesSettings",
}


class Year:
    """A school whose source changes, the site it is synced to, and a clock that is set."""

    def __init__(self, folder: Path, site: RunningSite, seed: int) -> None:
        self.site = site
        self.year = SchoolYear(seed, persons=60)
        self.database = SqliteDatabase(folder / "ums.db")
        self.now = dt.datetime(2026, 7, 20, 5, tzinfo=dt.UTC)
        settings = Settings(
            ums=Ums(url="sqlite:///ums.db"), itslearning=Itslearning(attempts=1), folder=folder
        )
        self.installation = Installation(settings, Operator("mk", "here"), lambda: self.now)
        organizations = "itslearningOrganizationSettings"
        self._insert(organizations, self.year.settings["organization_setting"])
        self.database.execute(
            f"UPDATE {organizations} SET URL = '{site.url}', Username = 'u', Password = 'p', "
            "SourceOrganization = 'root-1' WHERE ID = 1"
        )

    def _is_now(self, school: oracle.School) -> None:
        """The rows of the day, and the settings, which an administrator may have changed."""
        tables = {TABLES[table]: rows for table, rows in self.year.settings.items()}
        del tables["itslearningOrganizationSettings"]  # it has the flags of UMS's memory
        for table, rows in {"Students": school.students, **tables}.items():
            self.database.execute(f"DELETE FROM {table}")
            self._insert(table, rows)

    def _insert(self, table: str, rows: Iterable[Mapping[str, Any]]) -> None:
        with closing(sqlite3.connect(self.database.path)) as connection, connection:
            known = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
            for row in rows:
                given = {name: value for name, value in row.items() if name in known}
                marks = ", ".join("?" * len(given))
                connection.execute(
                    f"INSERT INTO {table} ({', '.join(given)}) VALUES ({marks})",
                    list(given.values()),
                )

    def promote_somebody(self, held: Held) -> set[str]:
        """Somebody whom the school has becomes an administrator at the site itself."""
        key = min(key for key in held.persons if folded(key) != UNTOUCHABLE)
        with closing(sqlite3.connect(self.site.folder / "testsite.db")) as connection, connection:
            connection.execute("UPDATE person SET profile = 'Administrator' WHERE key = ?", [key])
        return {key}

    def sync(self, day: dt.date) -> oracle.School:
        """Bring the site in step with the source of a day, whatever the filter says."""
        school = self.year.school
        self._is_now(school)
        self.now = dt.datetime.combine(day, dt.time(6), tzinfo=dt.UTC)
        report = plan(self.installation, 1)
        run = report.summary.run
        if report.summary.state is RunState.HELD:
            report = approve(self.installation, run, reason="the year of a test")
        report = apply(self.installation, run, confirm=confirmation(report))
        assert report.summary.state is RunState.APPLIED, report
        again = plan(self.installation, 1)
        assert again.summary.changes == 0, again.summary.counts
        return school


CONTACT = ("email", "phone", "mobile", "street", "postcode", "city")
AT_THE_SITE = {"street": "street1", "city": "locality"}


def shown(site: RunningSite) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Persons, groups and memberships that have a key of ours, as the site holds them."""
    persons = {
        p["key"]: {
            "user_name": p["user_name"],
            "first_name": p["first"],
            "last_name": p["last"],
            "role": p["profile"],
            **{name: p[AT_THE_SITE.get(name, name)] for name in CONTACT},
        }
        for p in site.persons()
        if p["key"] not in {None, "opretter"}
        and not p["key"].startswith("itsla-")
        and p["profile"] != "Administrator"
    }
    courses = {course["hierarchy"] for course in site.courses()}
    groups = {
        g["key"]: (g["parent"], g["title"], "Course" if g["key"] in courses else g["type"])
        for g in site.groups()
        if str(g["key"]).startswith("UMS") and g["key"] != "UMSCourse_Skabelon"
    }
    memberships = {m["key"]: m["role"] for m in site.memberships() if "@UMS" in str(m["key"])}
    return persons, groups, memberships


def expected(
    wanted: Wanted, held: Held, at_the_site: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """The same from the second opinion on the rules.

    What is not sent stays as it is (readings.md 16), and so does the type of a place that is there.
    """
    names = ("user_name", "first_name", "last_name", "role", *CONTACT)
    persons = {
        key: {
            name: at_the_site.get(key, {}).get(name) if item[name] is None else item[name]
            for name in names
        }
        for key, item in wanted.persons.items()
        if folded(key) not in {folded(name) for name in held.administrators}
    }
    groups = {
        key: (item["parent_key"], item["title"], held.groups.get(key, item)["type"])
        for key, item in wanted.groups.items()
    }
    memberships = {
        f"{person}@{group}": item["role"]
        for (person, group), item in wanted.memberships.items()
        if person in wanted.persons and group in groups
    }
    return persons, groups, memberships


def remembered(installation: Installation) -> Held:
    """What umstui believes that the site holds."""
    reader = installation.reader()
    last = reader.last_started(1)
    if last is None:
        return Held()
    with open_workspace() as workspace:
        load_held_after(installation, reader, int(last.summary.run), workspace)
        persons, groups, members = (
            rows_of(workspace, f"SELECT * FROM held_{kind}")
            for kind in ("person", "group", "membership")
        )
        trash = rows_of(workspace, "SELECT key FROM held_trash")
    return Held(
        {row["key"]: row for row in persons},
        {row["key"]: row for row in groups},
        {(row["person_key"], row["group_key"]): row for row in members},
        trash=[row["key"] for row in trash],
    )


def some_are_there_already(site: RunningSite, wanted: Iterable[str]) -> set[str]:
    """The site has some of those wanted at first already; gives the keys of administrators."""
    names = sorted(name for name in wanted if folded(name) != UNTOUCHABLE)
    administrators: set[str] = set()
    with site.seed("u") as seeding:
        for number, name in enumerate(names[::3]):
            match number % 6:
                case 0:  # synced by another program, spelled in its way
                    seeding.person(name.upper(), "Fra", "Før", key=name.upper())
                case 1:  # made by hand
                    seeding.person(name.upper(), "Fra", "Før")
                case 2:  # converted by itslearning
                    seeding.person(
                        name, "Fra", "Før", key=f"itsla-{UUID(int=number)}", profile="Staff"
                    )
                case 3:  # the key is ours and the user name is not
                    seeding.person(f"gammel-{number}", "Fra", "Før", key=name)
                case 4 if len(administrators) < 2:
                    seeding.administrator(name, key=name)
                    administrators.add(name)
    return administrators


def people_of(site: RunningSite) -> list[dict[str, Any]]:
    return [
        {"key": p["key"], "user_name": p["user_name"], "role": p["profile"]} for p in site.persons()
    ]


@pytest.mark.parametrize("seed", range(FIRST, FIRST + YEARS))
def test_the_site_shows_what_the_rules_ask_for_all_year(tmp_path: Path, seed: int) -> None:
    """Rules that are right and a sync that sends something else would be no help to anybody."""
    with start(tmp_path / "site", sites=[Site("u", "p", "root-1")]) as site:
        with site.seed("u") as seeding:
            seeding.course_template("UMSCourse_Skabelon", "Skabelon")
            seeding.person("opretter", "Kursus", "Opretter", key="opretter", profile="Staff")
            seeding.administrator("admin")
        days = days_of(seed)[::EVERY]
        year = Year(tmp_path, site, seed)
        first = oracle.make_wanted(year.year.school, Held(), days[0], criteria, like)
        administrators = some_are_there_already(site, first.persons)
        forgotten: set[str] = set()  # rooms that stay at the site and are no longer ours
        for day in days:
            held = remembered(year.installation)
            held.administrators |= administrators
            held.live = [] if held.persons else people_of(site)
            school = year.sync(day)
            wanted = oracle.make_wanted(school, held, day, criteria, like)
            forgotten |= {key for key, op in wanted.leaving.items() if op == "forget"}
            now = remembered(year.installation)
            left_out = wanted.unsure(wanted.groups, held.groups, now.groups) | forgotten
            # Whether an administrator keeps a room from being empty is not said (readings.md 5).
            theirs = {folded(name) for name in administrators}
            left_out |= {room for person, room in held.memberships if folded(person) in theirs}
            there_now = shown(site)
            asked_for = expected(wanted, held, there_now[0])
            for there, asked in zip(there_now, asked_for, strict=True):
                differ = {
                    key: (there.get(key), asked.get(key))
                    for key in there.keys() | asked.keys()
                    if there.get(key) != asked.get(key)
                    and not {key, key.partition("@")[2]} & left_out
                }
                assert differ == {}, f"school {seed} on {day}: the site against the rules"
            if day == days[len(days) // 3]:
                administrators |= year.promote_somebody(now)
            year.year.pass_time()
