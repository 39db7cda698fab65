"""Without these a text field in UMS would be a door into the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import given, settings, strategies as st

from sync.errors import CriteriaRefused
from sync.ums import tables
from sync.ums.criteria import translate
from tests.ums.databases import new_workspace
from tests.ums.hostile_criteria import HARMLESS, HOSTILE, REFUSED

COLUMNS = [column.name for column in tables.STUDENTS.columns]


@pytest.mark.parametrize(
    ("text", "named"),
    REFUSED + HOSTILE,
    ids=[text[:50].strip() for text, _ in REFUSED + HOSTILE],
)
def test_what_is_no_harmless_condition_is_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(CriteriaRefused) as caught:
        translate(text, COLUMNS, dt.date(2026, 8, 10))
    assert named in str(caught.value)
    assert len(str(caught.value)) < 500


def test_conversions_around_conversions_do_not_fill_the_memory() -> None:
    text = "SlutDato"
    for _ in range(25):
        text = f"CONVERT(nvarchar(10), CONVERT(date, {text}, 105), 105)"
    with pytest.raises(CriteriaRefused, match="nested"):
        translate(f"{text} = 'x'", COLUMNS)


def test_a_column_the_installation_lacks_is_refused_too() -> None:
    with pytest.raises(CriteriaRefused, match="no column 'City'"):
        translate("City = 'x'", [name for name in COLUMNS if name != "City"])


WORDS = """
    StudieNr City UserTypes_ID SecretAddress GETDATE() LEN( CONVERT( CAST( AS date int nvarchar(3)
    105 , ( ) = <> < + - * / % 'a' N'å' '' NULL NOT AND OR IN LIKE BETWEEN IS CASE WHEN THEN ELSE
    END ISNULL( LEFT( DATEADD( day DATEDIFF( YEAR( 1 0 2.5 ESCAPE COLLATE Danish_Norwegian_CI_AS
    ; -- SELECT CPR @x [ ] ' " . 9999999999999 SUBSTRING( CHARINDEX( REPLACE( ABS(
    decimal( max char( tinyint
"""


@pytest.fixture(scope="module")
def students() -> Iterator[duckdb.DuckDBPyConnection]:
    """A workspace with a row of values and a row of NULLs."""
    workspace = new_workspace()
    workspace.execute(
        "INSERT INTO student (row_number, UserTypes_ID, StudieNr, City, SecretAddress) "
        "VALUES (1, 1, 'a', '2.5', 0), (2, 0, '', NULL, NULL)"
    )
    yield workspace
    workspace.close()


@pytest.mark.parametrize("text", HARMLESS, ids=[text[:50] for text in HARMLESS])
def test_what_only_looks_hostile_is_a_condition(
    students: duckdb.DuckDBPyConnection, text: str
) -> None:
    sql = translate(text, COLUMNS, dt.date(2026, 8, 10))
    assert len(sql) < 200_000
    students.execute(f"SELECT count(*) FROM student WHERE {sql}").fetchall()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=14))
def test_any_heap_of_words_is_refused_or_runs(
    students: duckdb.DuckDBPyConnection, words: list[str]
) -> None:
    """Whatever gets through must never stop a plan in the middle."""
    try:
        sql = translate(" ".join(words), COLUMNS, dt.date(2026, 8, 10))
    except CriteriaRefused:
        return
    students.execute(f"SELECT count(*) FROM student WHERE {sql}").fetchall()
