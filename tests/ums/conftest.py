"""One database a test; the server tests run on is chosen here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from sqlalchemy import Engine

from sync.settings import Ums
from sync.ums.database import open_database
from sync.ums.mapping import Mapping
from tests.ums.databases import ORGANIZATION, SqliteDatabase, UmsDatabase, new_workspace


@pytest.fixture(params=["sqlite"])
def database(tmp_path: Path) -> UmsDatabase:
    """A UMS database with one organization and nothing else."""
    made = SqliteDatabase(tmp_path / "ums.db")
    made.insert("itslearningOrganizationSettings", ORGANIZATION)
    return made


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
