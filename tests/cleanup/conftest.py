"""A UMS database with memory of two organizations, on SQLite and behind a real ODBC driver."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from sync.cleanup import Maker
from sync.settings import Ums
from sync.ums import tables
from sync.ums.database import open_database
from tests.ums.conftest import database
from tests.ums.databases import ORGANIZATION, UmsDatabase

__all__ = ["database"]

NOW = dt.datetime(2026, 11, 24, 7, 0, tzinfo=dt.UTC)
MAKER = Maker("ums", "the test", "mk", "ums-01", NOW)
FLAGS = tables.FLAGS


def person(org: int, name: str, **values: object) -> dict[str, object]:
    """A row of Learners or Teachers."""
    return {
        "OrganizationSettings_ID": org, "UserName": name, "SyncKey": name, "FirstName": "Ærø",
        "LastName": 'O"Brien\n', "WhenCreated": "2026-08-10 06:30:15.123000", **values,
    }  # fmt: skip


@pytest.fixture
def filled(database: UmsDatabase) -> UmsDatabase:
    """Both organizations remember things in all seven tables; identity values have gaps."""
    database.insert("itslearningOrganizationSettings", {**ORGANIZATION, "ID": 2})
    flags = ", ".join(f"{name} = 1" for name in FLAGS)
    database.execute(f"UPDATE itslearningOrganizationSettings SET {flags}")
    for org in (1, 2):
        people = [
            person(org, f"p{org}{n}", Mail=None if n % 2 else "a@b.example") for n in range(5)
        ]
        database.insert("itslearning_Learners", *people)
        database.insert("itslearning_Teachers", person(org, f"t{org}"))
        common = {"OrganizationSettings_ID": org, "Title": "1A", "NodeID": "1A"}
        room = {**common, "SiteType": "Activity", "SyncKey": "UMSCourse_1A"}
        database.insert("itslearning_Sites", {**room, "WhenEmpty": "2026-09-01 00:00:00"}, room)
        node = {"OrganizationSettings_ID": org, "SyncKey": "UMSNode_C_1", "Title": "Nord"}
        database.insert("itslearning_SubAccount_Courses", node)
        group = {**common, "SyncKey": "UMSGroups_1A"}
        database.insert("itslearning_Groups", group)
        database.insert("itslearning_SubAccount", node)
        database.insert("itslearningTemplateGroups", {**node, "Templates_ID": 4})
    database.execute("DELETE FROM itslearning_Learners WHERE UserName = 'p12'")
    return database


@pytest.fixture
def writable(filled: UmsDatabase) -> Iterator[Engine]:
    """That database, opened for writing."""
    opened = open_database(Ums(url=filled.url), read_only=False)
    yield opened
    opened.dispose()


@pytest.fixture
def backups(tmp_path: Path) -> Path:
    """Where backups go; the folder is not there yet."""
    return tmp_path / "state" / "backups"
