"""The demo school is what a newcomer meets first: it must hold every case, whatever the day."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from umstui.demo.configuration import COURSE_CREATOR_KEY, COURSE_TEMPLATE_KEYS
from umstui.demo.school import make_school

TODAY = dt.date(2026, 11, 21)
WORKSPACE = Path(__file__).parents[2] / "sync" / "snapshots" / "workspace.sql"
SECRET = {"CPR", "BirthDay", "Password", "OrganizationAPIClientSecret"}
WORKSPACE_TABLES = {
    "Students": "student",
    "itslearningOrganizationSettings": "organization_setting",
    "itslearningSettings": "itslearning_setting",
    "itslearningSiteSettings": "site_setting",
    "itslearningCohortSettings": "cohort_setting",
    "Templates": "template",
    "itslearningSubAccountSettings": "sub_account_setting",
    "itslearningSubAccountCoursesSettings": "sub_account_courses_setting",
    "ImportFromDB_SkemaBrikker": "timetable_block",
}

Row = dict[str, Any]


def school(
    path: Path, *, persons: int = 600, seed: int = 1, today: dt.date = TODAY
) -> dict[str, list[Row]]:
    """A demo school, read back table by table."""
    make_school(
        path,
        persons=persons,
        seed=seed,
        today=today,
        site_url="http://127.0.0.1:9/imses",
        site_user="ums",
        site_password="hemmelig",
        root_key="root-1",
    )
    return tables(path)


def tables(path: Path) -> dict[str, list[Row]]:
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {
            name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")]
            for (name,) in names
        }


def day(text: str | None) -> dt.date | None:
    return dt.datetime.strptime(text, "%d-%m-%Y").date() if text else None  # noqa: DTZ007


def fault(row: Row) -> str:
    """Why rules.md 1 calls the row a problem, or nothing."""
    try:
        starts, ends = day(row["StartDato"]), day(row["SlutDato"])
    except ValueError:
        return "date"
    if starts and ends and ends < starts:
        return "ends-before-start"
    if not row["StudieNr"]:
        return "user-name"
    if not (row["Fornavne"] or "").strip() or not (row["Efternavn"] or "").strip():
        return "name"
    return "activity" if bool(row["AktivitetsID"]) != bool(row["Aktivitet"]) else ""


def conflicts(rows: list[Row]) -> set[str]:
    names: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        if not fault(row):
            name = (row["Fornavne"].strip(), row["Efternavn"].strip())
            names.setdefault(row["StudieNr"].lower(), set()).add(name)
    return {user_name for user_name, different in names.items() if len(different) > 1}


def broken(rows: list[Row]) -> list[Row]:
    in_conflict = conflicts(rows)
    return [row for row in rows if fault(row) or row["StudieNr"].lower() in in_conflict]


def test_tables_have_the_columns_the_program_reads(tmp_path: Path) -> None:
    made = school(tmp_path / "ums.db")
    workspace = duckdb.connect()
    workspace.execute(WORKSPACE.read_text(encoding="utf-8"))
    with closing(sqlite3.connect(tmp_path / "ums.db")) as connection:
        for table, read in WORKSPACE_TABLES.items():
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
            wanted = [row[0] for row in workspace.execute(f"DESCRIBE {read}").fetchall()]
            assert [column for column in columns if column not in SECRET] == [
                column for column in wanted if column != "row_number"
            ], table
    assert {name for name in made if name.startswith("itslearning")} >= {
        "itslearning_Learners",
        "itslearning_Teachers",
        "itslearning_Sites",
        "itslearning_SubAccount_Courses",
        "itslearning_Groups",
        "itslearning_SubAccount",
        "itslearningTemplateGroups",
    }


def test_same_seed_same_school_and_another_seed_another(tmp_path: Path) -> None:
    first = school(tmp_path / "1.db", seed=4)
    assert school(tmp_path / "2.db", seed=4) == first
    assert school(tmp_path / "3.db", seed=5)["Students"] != first["Students"]


@pytest.mark.parametrize("persons", [20, 60, 600, 3000])
def test_there_are_as_many_persons_as_asked_for(tmp_path: Path, persons: int) -> None:
    rows = school(tmp_path / "ums.db", persons=persons)["Students"]
    assert len({row["StudieNr"].lower() for row in rows if row["StudieNr"]}) == persons
    assert len({row["Skolekode"] for row in rows}) >= 3


def test_every_odd_case_a_newcomer_should_see_is_there(tmp_path: Path) -> None:
    rows = school(tmp_path / "ums.db")["Students"]
    persons = {row["StudieNr"].lower(): row for row in reversed(rows) if row["StudieNr"]}
    assert {letter for row in persons.values() for letter in row["Fornavne"]} >= set("æøåØ")

    people = persons.values()
    namesakes = Counter((row["Fornavne"], row["Efternavn"]) for row in people)
    assert max(namesakes.values()) > 1
    twins = Counter((row["Efternavn"], row["BirthDay"], row["Adresse"]) for row in people)
    assert max(twins.values()) > 1
    assert sum(row["SecretAddress"] for row in people) >= 3
    assert any(len(row["Fornavne"]) > 64 for row in people)

    kinds: dict[str, set[int]] = {}
    for row in rows:
        kinds.setdefault(row["StudieNr"].lower(), set()).add(row["UserTypes_ID"])
    assert {0, 1} in kinds.values(), "nobody is staff and student"
    accounts: dict[str, set[str]] = {}
    for row in rows:
        accounts.setdefault(row["SLI_ID"], set()).add(row["StudieNr"].lower() or "-")
    assert any(len(names - {"-"}) == 2 for names in accounts.values()), "nobody has two accounts"

    sound = [row for row in rows if not fault(row)]
    ends = dict.fromkeys(persons, dt.date.min)
    starts = dict.fromkeys(persons, dt.date.max)
    for row in sound:
        name = row["StudieNr"].lower()
        ends[name] = max(ends[name], day(row["SlutDato"]) or dt.date.max)
        starts[name] = min(starts[name], day(row["StartDato"]) or dt.date.min)
    assert sum(end < TODAY for end in ends.values()) >= 10, "leavers"
    late = [start for start in starts.values() if TODAY < start < dt.date.max]
    assert any(start <= TODAY + dt.timedelta(days=14) for start in late), "starters in the lead"
    assert any(start > TODAY + dt.timedelta(days=14) for start in late), "starters beyond it"
    activity_ends = {day(row["Aktiviteter_SlutDato"]) for row in sound}
    assert any(end and end < TODAY for end in activity_ends), "classes that are over"


def test_broken_rows_are_few_enough_for_deletes_to_go_on(tmp_path: Path) -> None:
    for persons in (20, 600, 5000):
        rows = school(tmp_path / f"{persons}.db", persons=persons)["Students"]
        assert 0 < len(broken(rows)) <= len(rows) / 100, persons
        reasons = {fault(row) for row in rows}
        if persons >= 600:
            assert reasons == {"", "date", "ends-before-start", "user-name", "name", "activity"}
            assert len(conflicts(rows)) == 1


@pytest.mark.parametrize("month", range(1, 13))
def test_somebody_is_at_school_on_any_day(tmp_path: Path, month: int) -> None:
    """A demo in July or on the first day of a half year is as full as one in November."""
    today = dt.date(2027, month, 1)
    rows = school(tmp_path / "ums.db", persons=120, today=today)["Students"]
    sound = [row for row in rows if not fault(row)]
    present = {
        row["StudieNr"].lower()
        for row in sound
        if (day(row["StartDato"]) or dt.date.min) <= today <= (day(row["SlutDato"]) or dt.date.max)
    }
    assert len(present) > 90


def test_settings_lead_from_template_to_organization(tmp_path: Path) -> None:
    made = school(tmp_path / "ums.db")
    [organization] = made["itslearningOrganizationSettings"]
    assert organization["URL"] == "http://127.0.0.1:9/imses"
    assert (organization["Username"], organization["Password"]) == ("ums", "hemmelig")
    assert organization["SourceOrganization"] == "root-1"
    settings = {row["ID"]: row for row in made["itslearningSettings"]}
    for setting in settings.values():
        assert setting["OrganizationSettings_ID"] == organization["ID"]
        assert setting["StartPublishingDaysBefore"] < setting["CreateDaysBefore"]
    assert {row["itslearningSettings_ID"] for row in made["Templates"]} == set(settings)
    blueprints = made["itslearningSiteSettings"] + made["itslearningCohortSettings"]
    assert {row["Template"] for row in blueprints} - {None} == set(COURSE_TEMPLATE_KEYS)
    assert {row["CourseCreator"] for row in blueprints} - {None} == {COURSE_CREATOR_KEY}
    columns = set(made["Students"][0])
    for table in ("itslearningSubAccountSettings", "itslearningSubAccountCoursesSettings"):
        nested = made[table]
        assert {row["DatabaseField"] for row in nested} <= columns
        assert {row["Parent_ID"] for row in nested} & {row["ID"] for row in nested}


def test_a_school_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "ums.db"
    school(path, persons=20)
    before = path.read_bytes()
    with pytest.raises(FileExistsError, match=r"ums\.db exists already"):
        school(path, persons=20)
    assert path.read_bytes() == before


def test_too_few_persons_are_refused_and_leave_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 20 persons, not 19"):
        school(tmp_path / "ums.db", persons=19)
    assert list(tmp_path.iterdir()) == []
