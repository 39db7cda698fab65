"""A few rows put into a workspace without Arrow: a diagnosis that read a value otherwise than the
plan does would give support a reason that is not the plan's."""

from __future__ import annotations

import datetime as dt
import json

import duckdb
import pytest
import sqlalchemy as sa

from sync.ums import tables
from sync.ums.fetching import JsonRows
from sync.ums.loading import insert_few_rows, insert_rows, make_tables

ODD = [
    (1, " Mona1 ", dt.date(2026, 8, 12), dt.datetime(2026, 12, 1, 9, 30), True, b"7B"),  # noqa: DTZ001 (as drivers give it)
    ("2", "\ud800æ", None, "31-12-2026", 0, "nul"),
    ("none", None, "", "12-08-2026", "x", 7),
]
NAMES = ("UserTypes_ID", "StudieNr", "StartDato", "SlutDato", "SecretAddress", "Aktivitet")


def _workspace() -> duckdb.DuckDBPyConnection:
    workspace = duckdb.connect()
    make_tables(workspace, [tables.STUDENTS])
    return workspace


def _rows(workspace: duckdb.DuckDBPyConnection) -> list[tuple[object, ...]]:
    return workspace.execute("FROM student ORDER BY row_number").fetchall()


def test_a_few_rows_of_a_driver_say_what_many_would() -> None:
    columns = [tables.STUDENTS.column(name) for name in NAMES]
    few = _workspace()
    insert_few_rows(few, tables.STUDENTS, columns, ODD, numbered_from=4)
    for size in (1, 2, 3):  # Arrow guesses a type from all the values of a batch
        many = _workspace()
        arriving = [(4 + start, ODD[start : start + size]) for start in range(0, len(ODD), size)]
        insert_rows(many, tables.STUDENTS, columns, arriving)
        assert _rows(many) == _rows(few)


def test_a_few_rows_that_sqlite_wrote_say_what_many_would() -> None:
    columns = [tables.STUDENTS.column(name) for name in NAMES]
    lines = (["1", " ø ", "12-08-2026", None, "1", 'a "b" [c]'], ["x", "", "", "", "", "5"])
    rows = JsonRows(json.dumps(lines).encode(), 2)
    few, many = _workspace(), _workspace()
    insert_few_rows(few, tables.STUDENTS, columns, rows, numbered_from=1)
    insert_rows(many, tables.STUDENTS, columns, [(1, rows)])
    assert _rows(few) == _rows(many)


def test_a_text_that_is_none_is_refused_without_the_row() -> None:
    """The error stands in an answer and in the log; the row has an address and a phone number."""
    columns = [tables.STUDENTS.column(name) for name in ("StudieNr", "Adresse")]
    rows = JsonRows(b'[["mona1", "Elmevej 7 \xff"]]', 1)
    with pytest.raises(sa.exc.DataError, match="a text is not UTF-8") as refused:
        insert_few_rows(_workspace(), tables.STUDENTS, columns, rows)
    assert "Elmevej" not in str(refused.value)
