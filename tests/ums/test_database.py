"""Without these a wrong URL would create a database, hang, or print the password."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import make_url

from sync.errors import DatabaseUnreachable, SettingsError
from sync.settings import Ums
from sync.ums.database import database_name, explain, is_microsoft_driver, open_database, reachable
from tests.ums.databases import SqliteDatabase


def test_a_relative_path_starts_at_the_folder_of_the_settings_file(tmp_path: Path) -> None:
    SqliteDatabase(tmp_path / "ums.db")
    engine = open_database(Ums(url="sqlite:///ums.db"), folder=tmp_path)
    assert database_name(engine) == "ums"
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM Students")).scalar_one() == 0


def test_a_mistyped_path_is_an_error_and_no_new_file(tmp_path: Path) -> None:
    for read_only in (True, False):
        with pytest.raises(DatabaseUnreachable, match="check \\[ums\\] url"):
            open_database(Ums(url="sqlite:///usm.db"), folder=tmp_path, read_only=read_only)
    assert list(tmp_path.iterdir()) == []


def test_a_path_with_signs_of_an_uri_is_still_that_path(tmp_path: Path) -> None:
    folder = tmp_path / "år 2026 #1?"
    folder.mkdir()
    SqliteDatabase(folder / "ums 100%.db")
    assert database_name(open_database(Ums(url="sqlite:///ums 100%.db"), folder=folder))


def test_reading_cannot_write(tmp_path: Path) -> None:
    database = SqliteDatabase(tmp_path / "ums.db")
    engine = open_database(Ums(url=database.url))
    with pytest.raises(DatabaseUnreachable), reachable(engine), engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM Students"))
    writable = open_database(Ums(url=database.url), read_only=False)
    with reachable(writable), writable.begin() as connection:
        connection.execute(sa.text("DELETE FROM Students"))


def test_what_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "ums.db").write_text("no database at all, but long enough to be looked at" * 20)
    with pytest.raises(DatabaseUnreachable, match="no SQLite database"):
        open_database(Ums(url="sqlite:///ums.db"), folder=tmp_path)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "not a database URL"),
        ("Server=db;Password=topsecret", "not a database URL"),
        ("msql+pyodbc://u:topsecret@db/ums", "no driver for 'msql\\+pyodbc'"),
        ("oracle+cx_oracle://u:topsecret@db/ums", "no driver for 'oracle\\+cx_oracle'"),
    ],
)
def test_an_url_that_cannot_be_meant(url: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        open_database(Ums(url=url))
    assert "topsecret" not in str(caught.value)


def test_the_password_is_in_no_error() -> None:
    url = "mssql+pyodbc://ums:topsecret@127.0.0.1:1/ums?driver=NoSuchDriver"
    with pytest.raises(DatabaseUnreachable, match="driver") as caught:
        open_database(Ums(url=url))
    assert "topsecret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_driver_that_quotes_the_password_is_silenced() -> None:
    url = make_url("mssql+pyodbc://ums:topsecret@db:1433/ums")
    error = sa.exc.OperationalError(None, None, Exception("bad attribute PWD=topsecret"))
    assert "topsecret" not in explain(url, error)
    assert "PWD=***" in explain(url, error)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[28000] [18456] Login failed for user 'ums'", "refused the login"),
        ("[42000] Cannot open database 'ums' requested by the login (4060)", "may not open"),
        ("[01000] Can't open lib 'x.so' : file not found", "driver was not found"),
        ("[08001] SSL Provider: certificate verify failed:self-signed", "no trusted TLS"),
        ("[HYT00] Login timeout expired", "in time"),
        ("[40001] (1205) deadlock victim", "gave way"),
        ("[42000] (229) The SELECT permission was denied on the object", "lacks a right"),
        ("[08S01] Communication link failure", "hung up"),
    ],
)
def test_the_usual_causes_are_named(text: str, says: str) -> None:
    error = sa.exc.OperationalError("SELECT 1", {"name": "Åse"}, Exception(text))
    told = explain(make_url("mssql+pyodbc://ums@db/ums"), error)
    assert says in told
    assert "Åse" not in told


@pytest.mark.parametrize(
    ("query", "microsoft"),
    [
        ("driver=FreeTDS", False),
        ("driver=/usr/lib/x86_64-linux-gnu/odbc/libtdsodbc.so", False),
        ("driver=ODBC+Driver+18+for+SQL+Server", True),
        ("driver=/opt/lib/libmsodbcsql-18.6.so.2.1", True),
        ("odbc_connect=DRIVER%3DFreeTDS%3BSERVER%3Ddb", False),
    ],
)
def test_freetds_never_gets_fast_executemany(query: str, *, microsoft: bool) -> None:
    """It would end the whole process."""
    assert is_microsoft_driver(make_url(f"mssql+pyodbc://u@db/ums?{query}")) is microsoft


@pytest.mark.parametrize(
    "told",
    [
        "(2628) String data would be truncated in table 'x'. Truncated value: 'åse@home.example'.",
        "(245) Conversion failed when converting the nvarchar value 'åse@home.example' to int.",
        "(2627) Cannot insert duplicate key. The duplicate key value is (åse@home.example).",
        "(2628) would be truncated. Truncated value: 'åse@home.exampl",
    ],
)
def test_a_value_of_a_person_is_left_out_of_what_a_server_says(told: str) -> None:
    error = sa.exc.DataError(None, None, Exception("22001", told))
    said = explain(make_url("mssql+pyodbc://u@db/ums"), error)
    assert "home" not in said
    assert told[:6] in said
