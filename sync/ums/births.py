"""Birth dates, for telling name-sakes from one person: in memory, and never as what they are.

The one place that selects BirthDay. What the workspace gets is a hash under a secret that is
forgotten with the process: it says whether two were born on one day, and nothing else.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence

import duckdb
import sqlalchemy as sa
from sqlalchemy import Engine

from sync.ums.database import reachable
from sync.ums.fetching import stream
from sync.ums.mapping import Mapping, inspect
from sync.ums.tables import STUDENTS, Column, Table

_BIRTHDAY = Column("BirthDay")
_TABLE = Table("Students", (STUDENTS.column("StudieNr"), _BIRTHDAY))
_MADE_UP = "('', '000000', '010100', '111111')"  # what is typed where nothing is known

# ddmmyy, of a date with or without dashes and century, whichever end comes first.
_DAY = """CASE
    WHEN regexp_matches(born, '^\\d{4}-\\d\\d-\\d\\d')
      THEN substr(born, 9, 2) || substr(born, 6, 2) || substr(born, 3, 2)
    WHEN length(regexp_replace(born, '\\D', '', 'g')) = 8
      THEN regexp_replace(regexp_replace(born, '\\D', '', 'g'), '(....)..(..)', '\\1\\2')
    ELSE regexp_replace(born, '\\D', '', 'g') END"""


class Births:
    """The temporary tables ``birth`` (person, birth) of those who have one birth date in UMS, and
    ``live_birth`` (user_name, birth) of accounts at itslearning; equal where two were born on one
    day."""

    def __init__(self, workspace: duckdb.DuckDBPyConnection) -> None:
        self._workspace = workspace
        self._secret = secrets.token_hex(16)
        for name, whose in (("birth", "person"), ("live_birth", "user_name")):
            workspace.execute(
                f"CREATE OR REPLACE TEMP TABLE {name} ({whose} VARCHAR, birth UHUGEINT)"
            )

    def add_ums(self, engine: Engine, mapping: Mapping) -> None:
        """Those of Students; none where the installation lacks the column. Raises
        DatabaseUnreachable."""
        schema = inspect(engine, mapping, [_TABLE])
        if not schema.has(_TABLE, _BIRTHDAY.name):
            return
        key = schema.column(_TABLE, "StudieNr")
        born = schema.column(_TABLE, _BIRTHDAY.name)
        query = sa.select(key, born).select_from(schema.table(_TABLE)).distinct()
        with reachable(engine), engine.connect() as connection:
            for rows in stream(connection, query):
                self._add("birth", rows)
        self._workspace.execute(
            """CREATE OR REPLACE TEMP TABLE birth AS
               SELECT person, min(birth) AS birth FROM birth GROUP BY person
               HAVING min(birth) = max(birth)"""
        )

    def add_live(self, accounts: Iterable[tuple[str, str]]) -> None:
        """Those that itslearning shows, as user name and date."""
        if born := [one for one in accounts if one[1]]:
            self._add("live_birth", born)

    def forget_live(self) -> None:
        """Where the reading broke off."""
        self._workspace.execute("DELETE FROM live_birth")

    def _add(self, table: str, rows: Sequence[Sequence[object]]) -> None:
        import pyarrow as pa  # noqa: PLC0415 (25 MB that a console seldom needs)

        whose, births = zip(*rows, strict=True)
        arriving = pa.table(
            {
                "whose": pa.array([_text(value) for value in whose], pa.string()),
                "born": pa.array([_text(value) for value in births], pa.string()),
            }
        )
        self._workspace.register("arriving_births", arriving)
        try:
            self._workspace.execute(
                f"""INSERT INTO {table} SELECT lower(regexp_replace(whose, '\\s', '', 'g')),
                      md5_number(? || day)
                    FROM (SELECT whose, {_DAY} AS day FROM arriving_births)
                    WHERE day NOT IN {_MADE_UP} AND whose <> ''""",
                [self._secret],
            )
        finally:
            self._workspace.unregister("arriving_births")


def _text(value: object) -> str:
    return "" if value is None else str(value).strip()
