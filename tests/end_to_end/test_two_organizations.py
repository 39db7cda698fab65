"""Two organizations in one UMS database, each with a site of its own, under one installation.

Without these tests a command for one school could show, hold, undo or delete what is the other's.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.end_to_end.conftest import Program
from tests.end_to_end.test_calendar_commands import day, told
from tests.end_to_end.test_command_line import change
from umstui.demo.configuration import COURSE_CREATOR_KEY, COURSE_TEMPLATE_KEYS
from umstui.testsite import Site, start as start_site
from umstui.testsite.inspection import Inspection

ROOT = "VEST"
VOCATIONAL = "280065"  # the school that becomes an organization of its own
COLUMNS = "ID, Description, URL, Username, Password, SourceOrganization, InstallationID"
THEIRS = "--org", "2"
OURS = "--org", "1"


class Two(NamedTuple):
    """The folder of the installation, and what stands at the two sites."""

    folder: Path
    ours: Inspection
    theirs: Inspection


@pytest.fixture
def two(school: Path) -> Iterator[Two]:
    """The demo with one of its schools as a second organization; nothing has been sent yet."""
    with start_site(school / "vest", sites=[Site("vest", "p", ROOT)]) as site:
        with site.seed("vest") as seeding:
            for key in COURSE_TEMPLATE_KEYS:
                seeding.course_template(key, "Skabelon")
            seeding.person(
                COURSE_CREATOR_KEY, "Kursus", "Opretter", key=COURSE_CREATOR_KEY, profile="Staff"
            )
        added = f"2, 'Vest', '{site.url}', 'vest', 'p', '{ROOT}', 2"
        for statement in (
            f"INSERT INTO itslearningOrganizationSettings ({COLUMNS}) VALUES ({added})",
            "UPDATE itslearningSettings SET OrganizationSettings_ID = 2 WHERE ID = 2",
            "UPDATE Templates SET itslearningSettings_ID = 1 WHERE ID = 2",
        ):
            change(school, statement)
        yield Two(school, Inspection(school / "testsite"), Inspection(school / "vest"))


def keys(rows: list[dict[str, Any]]) -> set[str]:
    """The keys that a sync gave."""
    return {str(row["key"]) for row in rows if row["key"] not in {None, COURSE_CREATOR_KEY}}


def remembered(folder: Path, org: int) -> set[str]:
    """The pupils that UMS's memory has for an organization."""
    with closing(sqlite3.connect(folder / "ums.db")) as connection:
        rows = connection.execute(
            "SELECT SyncKey FROM itslearning_Learners WHERE OrganizationSettings_ID = ?", [org]
        )
        return {row[0] for row in rows}


def leave(folder: Path, school: str) -> str:
    """A pupil of a school leaves; gives the key."""
    with closing(sqlite3.connect(folder / "ums.db")) as connection, connection:
        (name,) = connection.execute(
            "SELECT min(StudieNr) FROM Students WHERE UserTypes_ID = 1 AND SlutDato LIKE '%-07-%' "
            "AND StudieNr = lower(trim(StudieNr)) AND length(StudieNr) > 4 AND Skolekode = ? "
            "AND StudieNr NOT IN (SELECT StudieNr FROM Students WHERE ExtraField1 IS NOT NULL)",
            [school],
        ).fetchone()
        connection.execute("DELETE FROM Students WHERE StudieNr = ?", [name])
    return str(name)


def test_two_organizations_on_two_sites(program: Program, two: Two) -> None:
    folder = two.folder
    asked = program("plan", folder=folder)
    assert asked.returncode == 2
    assert "--org" in asked.stderr

    first = told(program, folder, "sync", *OURS)
    assert keys(two.theirs.persons()) == set()
    assert remembered(folder, 2) == set()
    second = told(program, folder, "sync", *THEIRS)
    assert (first["org"], second["org"]) == (1, 2)
    ours, theirs = remembered(folder, 1), remembered(folder, 2)
    assert ours <= keys(two.ours.persons())
    assert theirs == keys(two.theirs.persons())
    assert theirs
    assert {g["parent"] for g in two.theirs.groups() if g["key"] == "UMSGroups"} == {ROOT}

    listed = {run["run"]: run["org"] for run in told(program, folder, "runs", "list")["runs"]}
    assert listed == {first["run"]: 1, second["run"]: 2}
    (own,) = told(program, folder, "runs", "list", *THEIRS)["runs"]
    assert own["run"] == second["run"]
    refused = program("runs", "diff", first["run"], second["run"], folder=folder)
    assert (refused.returncode, "runs of one organization" in refused.stderr) == (2, True)
    for command in (("runs", "show"), ("undo",), ("apply",), ("reject", "--reason", "no")):
        wrong = program(*command, second["run"], *OURS, folder=folder)
        assert (wrong.returncode, "one of organization 2" in wrong.stderr) == (2, True), command

    # A freeze of one, a window and a keep-list of one.
    told(program, folder, "calendar", "add", "freeze", "--from", day(0), "--to", day(1), *OURS)
    gone_there = leave(folder, VOCATIONAL)
    gone_here = leave(folder, "280051")
    assert program("sync", *OURS, folder=folder).returncode == 6
    after = told(program, folder, "sync", *THEIRS)
    assert after["counts"]["person"]["delete"] == 1
    assert gone_there not in keys(two.theirs.persons())
    assert gone_here in keys(two.ours.persons())
    assert told(program, folder, "calendar", "list", *THEIRS)["windows"] == []
    (window,) = told(program, folder, "calendar", "list", *OURS)["windows"]
    wrong = program("calendar", "remove", str(window["id"]), *THEIRS, folder=folder)
    assert wrong.returncode == 2, wrong.stdout
    assert program("calendar", "remove", str(window["id"]), *OURS, folder=folder).returncode == 0

    # Its undo touches nothing of the other one's.
    before = keys(two.ours.persons()), remembered(folder, 1)
    back = told(program, folder, "undo", after["run"], *THEIRS)
    assert back["org"] == 2
    told(program, folder, "apply", back["run"], *THEIRS)
    assert gone_there in keys(two.theirs.persons())
    assert (keys(two.ours.persons()), remembered(folder, 1)) == before

    # Questions about one are answered from that one.
    found = told(program, folder, "duplicates", "list", *THEIRS)["findings"]
    named = {account["key"] for finding in found for account in finding["accounts"]}
    assert not named & ours
    here = told(program, folder, "diagnose", "person", gone_here, *OURS)
    there = told(program, folder, "diagnose", "person", gone_here, *THEIRS)
    assert "itslearning" in here["summary"]
    held = {fact["what"]: fact["value"] for fact in there["facts"]}
    assert here["summary"] != there["summary"], held


def test_limits_and_exceptions_count_for_one_organization(program: Program, two: Two) -> None:
    folder = two.folder
    settings = folder / "umstui.toml"
    limits = "\n[filter]\nminimum_population = 1\n[filter.person]\ndelete = { count = 1 }\n"
    settings.write_text(settings.read_text(encoding="utf-8") + limits, encoding="utf-8")
    for org in (OURS, THEIRS):
        told(program, folder, "sync", *org)
    here, there = leave(folder, "280051"), leave(folder, VOCATIONAL)
    told(
        program, folder, "exceptions", "add", "--person", here, "--until", day(30), "--reason",
        "comes back", *OURS,
    )  # fmt: skip
    assert told(program, folder, "exceptions", "list", *THEIRS)["exceptions"] == []
    ours = told(program, folder, "plan", *OURS)["counts"]["person"]
    assert (ours["delete"], ours["postpone"]) == (0, 1)
    # One delete there passes a limit of one, though one waits here.
    theirs = told(program, folder, "sync", *THEIRS)
    assert theirs["counts"]["person"]["delete"] == 1
    assert there not in keys(two.theirs.persons())
    leave(folder, VOCATIONAL)
    leave(folder, VOCATIONAL)
    assert told(program, folder, "sync", *THEIRS, code=3)["verdict"] == "hold"
    assert told(program, folder, "plan", *OURS)["verdict"] != "hold"
    assert json.loads(program("runs", "list", *OURS, "--json", folder=folder).stdout)["runs"]
