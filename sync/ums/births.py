"""Birth dates, for telling name-sakes from one person: in memory, and never as what they are.

The one place that selects BirthDay. What the workspace gets is a hash under a secret that is
forgotten with the process: it says whether two were born on one day, and nothing else.
"""

from __future__ import annotations

import secrets

import duckdb
import sqlalchemy as sa
from sqlalchemy import Engine

from sync.ums.database import reachable
from sync.ums.loading import stream
from sync.ums.mapping import Mapping, inspect
from sync.ums.tables import STUDENTS, Column, Table

_BIRTHDAY = Column("BirthDay")
_TABLE = Table("Students", (STUDENTS.column("StudieNr"), _BIRTHDAY))
_MADE_UP = "('', '000000', '010100', '111111')"  # what is typed where nothing is known


def load_births(engine: Engine, mapping: Mapping, workspace: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table ``birth`` (person, birth) of those with one birth date.

    Stays empty where the installation lacks the column. Raises DatabaseUnreachable.
    """
    import pyarrow as pa  # noqa: PLC0415 (25 MB that a console seldom needs)

    workspace.execute("CREATE OR REPLACE TEMP TABLE birth (person VARCHAR, birth UHUGEINT)")
    schema = inspect(engine, mapping, [_TABLE])
    if not schema.has(_TABLE, _BIRTHDAY.name):
        return
    key = schema.column(_TABLE, "StudieNr")
    born = schema.column(_TABLE, _BIRTHDAY.name)
    query = sa.select(key, born).select_from(schema.table(_TABLE)).distinct()
    secret = secrets.token_hex(16)
    with reachable(engine), engine.connect() as connection:
        for rows in stream(connection, query):
            keys, births = zip(*rows, strict=True)
            arriving = pa.table(
                {
                    "person": pa.array([_text(value) for value in keys], pa.string()),
                    "born": pa.array([_text(value) for value in births], pa.string()),
                }
            )
            workspace.register("arriving_births", arriving)
            try:
                workspace.execute(
                    f"""INSERT INTO birth SELECT lower(regexp_replace(person, '\\s', '', 'g')),
                          md5_number(? || regexp_replace(born, '\\D', '', 'g'))
                        FROM arriving_births
                        WHERE regexp_replace(born, '\\D', '', 'g') NOT IN {_MADE_UP}
                          AND person <> ''""",
                    [secret],
                )
            finally:
                workspace.unregister("arriving_births")
    workspace.execute(
        """CREATE OR REPLACE TEMP TABLE birth AS
           SELECT person, min(birth) AS birth FROM birth GROUP BY person
           HAVING min(birth) = max(birth)"""
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)
