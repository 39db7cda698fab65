"""What goes wrong between this program and a SQL Server, over real drivers: without these a plan
would be made of half a school, hang for ever, or send the password in the clear.

With UMSTUI_MSSQL_URL set, check and reading also run against that server, which is not written to.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import sqlalchemy as sa
from sqlalchemy import make_url

from sync.errors import DatabaseUnreachable, SourceIncomplete
from sync.itslearning.memberships import ROLES
from sync.model import ignore_progress
from sync.settings import Ums
from sync.ums.check import check_database
from sync.ums.database import open_database
from sync.ums.mapping import Mapping
from sync.ums.memory import write_memory
from sync.ums.reading import read_workspace
from tests.tds.process import Server, serving
from tests.tds.server import Fault
from tests.ums.conftest import DRIVERS, OPTIONS
from tests.ums.databases import ORGANIZATION, SCHEMA, ServedDatabase, new_workspace, student

CERTIFICATE = Path(__file__).parents[1] / "itslearning" / "loopback.pem"
DAY = dt.date(2026, 11, 21)
NOW = dt.datetime(2026, 11, 21, 6, 0, tzinfo=dt.UTC)
ROWS = 5_000


@pytest.fixture(params=list(DRIVERS))
def served(request: pytest.FixtureRequest) -> Iterator[ServedDatabase]:
    """A server with a few thousand students."""
    with serving(SCHEMA) as server:
        made = ServedDatabase(server, DRIVERS[request.param], **OPTIONS[request.param])
        made.insert("itslearningOrganizationSettings", ORGANIZATION)
        made.insert("Students", student(0))
        columns = "UserTypes_ID, Fornavne, Efternavn, AktivitetsID, Aktivitet"
        made.execute(
            f"INSERT INTO Students (StudieNr, {columns}) "
            f"SELECT 's' || i, {columns} FROM Students, range({ROWS - 1}) t(i)"
        )
        yield made


def read(served: ServedDatabase, workspace: duckdb.DuckDBPyConnection) -> int:
    engine = open_database(Ums(url=served.url))
    try:
        return read_workspace(engine, Mapping(), workspace, 1, ignore_progress).rows
    finally:
        engine.dispose()


def test_a_connection_cut_in_the_middle_of_the_rows_is_no_short_school(
    served: ServedDatabase, workspace: duckdb.DuckDBPyConnection
) -> None:
    served.server.fail(Fault(r"(?s)SELECT (?!count).*Students", rows=3_000))
    with pytest.raises(SourceIncomplete, match=f"of {ROWS} rows"):
        read(served, workspace)
    found = workspace.execute("SELECT count(*) FROM student").fetchone()
    assert found == (0,)


def test_a_table_that_may_not_be_read_is_named_as_a_missing_right(
    served: ServedDatabase, workspace: duckdb.DuckDBPyConnection
) -> None:
    served.server.deny("SELECT", "students")
    with pytest.raises(SourceIncomplete, match="lacks a right"):
        read(served, workspace)


def test_a_server_that_gives_way_is_said_to_have_done_so(
    served: ServedDatabase, workspace: duckdb.DuckDBPyConnection
) -> None:
    served.server.fail(Fault(r"(?s)count.*Students", number=1205, message="deadlock victim"))
    with pytest.raises(SourceIncomplete, match="try again"):
        read(served, workspace)
    with new_workspace() as again:
        assert read(served, again) == ROWS


def test_a_server_that_never_answers_ends_in_an_error(
    served: ServedDatabase,
    workspace: duckdb.DuckDBPyConnection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else the scheduler's job hangs and no sync runs ever again."""
    monkeypatch.setattr("sync.ums.database.STATEMENT_TIMEOUT_SECONDS", 1)
    served.server.fail(Fault(r"(?s)count.*Students", seconds=30))
    with pytest.raises(SourceIncomplete, match=r"in time|cannot be reached"):
        read(served, workspace)


@pytest.mark.parametrize(("what", "says"), [("password", "refused the login"),
                                            ("database", "may not open")])  # fmt: skip
def test_a_login_that_is_refused_says_why_without_the_password(
    served: ServedDatabase, what: str, says: str
) -> None:
    url = make_url(served.url).set(**{what: "not-this-one"})
    with pytest.raises(DatabaseUnreachable, match=says) as caught:
        open_database(Ums(url=url.render_as_string(hide_password=False)))
    assert "not-this-one" not in str(caught.value) or what == "database"
    assert Server.password not in str(caught.value)


@pytest.mark.parametrize("served", ["freetds"], indirect=True)
def test_memory_is_written_in_one_transaction_that_breaks_off_whole(
    served: ServedDatabase, workspace: duckdb.DuckDBPyConnection
) -> None:
    workspace.execute(
        "INSERT INTO held_person (key, user_name, first_name, last_name, role) "
        "SELECT 's' || i, 's' || i, 'Åse', 'Ærø', 'Student' FROM range(50) t(i)"
    )
    workspace.execute(
        "INSERT INTO held_group (kind, key, title, parent_key) VALUES "
        "('node', 'UMSCourses', 'UMS Courses', 'root')"
    )
    engine = open_database(Ums(url=served.url), read_only=False)
    served.server.fail(
        Fault("UPDATE .*itslearningOrganizationSettings", number=229, message="denied")
    )
    with pytest.raises(DatabaseUnreachable):
        write_memory(engine, Mapping(), 1, workspace, NOW)
    assert served.rows("SELECT count(*) FROM itslearning_Learners") == [(0,)]
    write_memory(engine, Mapping(), 1, workspace, NOW)
    assert served.rows("SELECT count(*) FROM itslearning_Learners") == [(50,)]
    assert served.rows("SELECT UMSCoursesCreated FROM itslearningOrganizationSettings") == [(1,)]
    engine.dispose()


def test_the_login_is_encrypted_where_the_url_asks_for_it() -> None:
    """FreeTDS calls it Encryption; a server that cannot encrypt is then refused."""
    with serving(SCHEMA, certificate=CERTIFICATE, require_tls=True) as server:
        url = ServedDatabase(server, DRIVERS["freetds"], Encryption="require").url
        engine = open_database(Ums(url=url))
        with engine.connect() as connection:
            assert connection.execute(sa.text("SELECT count(*) FROM Students")).scalar_one() == 0
        engine.dispose()
        assert all(server.encrypted())
    with serving(SCHEMA) as server:
        url = ServedDatabase(server, DRIVERS["freetds"], Encryption="require").url
        with pytest.raises(DatabaseUnreachable):
            open_database(Ums(url=url))


def servers() -> list[str]:
    """The driver's name for the double, and the real server where one is named."""
    return [*DRIVERS, *(["real"] if os.environ.get("UMSTUI_MSSQL_URL") else [])]


@pytest.mark.parametrize("driver", servers())
def test_check_and_reading_agree_on_what_is_there(
    driver: str, workspace: duckdb.DuckDBPyConnection
) -> None:
    if driver == "real":
        _check_and_read(os.environ["UMSTUI_MSSQL_URL"], workspace)
        return
    with serving(SCHEMA) as server:
        made = ServedDatabase(server, DRIVERS[driver], **OPTIONS[driver])
        made.insert("itslearningOrganizationSettings", ORGANIZATION)
        made.insert("Students", *(student(number) for number in range(20)))
        _check_and_read(made.url, workspace)


def _check_and_read(url: str, workspace: duckdb.DuckDBPyConnection) -> None:
    engine = open_database(Ums(url=url))
    lines = check_database(engine, Mapping(), DAY, ROLES)
    found = read_workspace(engine, Mapping(), workspace, 1, ignore_progress)
    told = [re.search(r"(\d+) rows of Students", line.message) for line in lines]
    assert [int(match[1]) for match in told if match] == [found.rows]
    engine.dispose()


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_server_that_wants_encryption_never_sees_a_password_in_the_clear(driver: str) -> None:
    """FreeTDS encrypts whatever the URL says, and looks at certificates by freetds.conf alone;
    Microsoft's driver refuses one that nobody vouches for."""
    options = {"freetds": {"Encryption": "off"}, "microsoft": {"Encrypt": "yes"}}[driver]
    with serving(SCHEMA, certificate=CERTIFICATE, require_tls=True) as server:
        url = ServedDatabase(server, DRIVERS[driver], **options).url
        if driver == "microsoft":
            with pytest.raises(DatabaseUnreachable):
                open_database(Ums(url=url))
            assert server.statements() == []
            return
        open_database(Ums(url=url)).dispose()
        assert server.encrypted()
        assert all(server.encrypted())
