"""One database a test; the server tests run on is chosen here."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import Engine

from sync.settings import Ums
from sync.ums import tables
from sync.ums.database import open_database
from sync.ums.mapping import Mapping
from tests.tds.process import serving
from tests.ums.databases import (
    ORGANIZATION,
    SCHEMA,
    ServedDatabase,
    SqliteDatabase,
    UmsDatabase,
    freetds_driver,
    microsoft_driver,
    new_workspace,
)

# FreeTDS belongs to every test run on Linux; Microsoft's driver is an extra (licence of its own).
DRIVERS = {"freetds": freetds_driver()} if sys.platform.startswith("linux") else {}
if (found := microsoft_driver()) is not None:
    DRIVERS["microsoft"] = found
# The login has the rights it needs and no more: writing anything else is an error 229.
_WRITABLE = {table.name for table in tables.MEMORY_TABLES}
NEEDLESS_RIGHTS = {
    (what, table.name.lower())
    for table in tables.ALL_TABLES
    for what in ("INSERT", "UPDATE", "DELETE")
    if table.name not in _WRITABLE
} - {("UPDATE", tables.ORGANIZATION_SETTINGS.name.lower())}
OPTIONS = {"freetds": {}, "microsoft": {"Encrypt": "no"}}


@pytest.fixture(params=["sqlite", *DRIVERS])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[UmsDatabase]:
    """A UMS database with one organization and nothing else."""
    if request.param == "sqlite":
        made = SqliteDatabase(tmp_path / "ums.db")
        made.insert("itslearningOrganizationSettings", ORGANIZATION)
        yield made
        return
    with serving(SCHEMA, denied=frozenset(NEEDLESS_RIGHTS)) as server:
        served = ServedDatabase(server, DRIVERS[request.param], **OPTIONS[request.param])
        served.insert("itslearningOrganizationSettings", ORGANIZATION)
        yield served


@pytest.fixture
def engine(database: UmsDatabase) -> Iterator[Engine]:
    """That database, opened for reading."""
    opened = open_database(Ums(url=database.url))
    yield opened
    opened.dispose()


@pytest.fixture
def mapping() -> Mapping:
    """The mapping of a database with the contract's own names."""
    return Mapping()


@pytest.fixture
def workspace() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty workspace."""
    made = new_workspace()
    yield made
    made.close()
