"""The few rows of Students that a question is about, read without the rest.

What is read goes into the same tables as a whole reading, so the same rules say what it means.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from sync.ums import tables
from sync.ums.database import reachable
from sync.ums.loading import batches, insert_rows
from sync.ums.mapping import Mapping, Schema, inspect
from sync.ums.tables import Table

_WANTED = (tables.STUDENTS, *tables.SETTINGS_TABLES)
_AT_ONCE = 500
_ADMINISTRATIVE_ID = "UMS_IDFromAdministrativeSystem"


def escaped(text: str) -> str:
    """A text as a part of a LIKE pattern with the escape sign /."""
    return re.sub(r"([%_/\[])", r"/\1", text)


class LookUp:
    """One look into the UMS database; CPR, BirthDay and secrets are never selected.

    Raises DatabaseUnreachable and SchemaMismatch.
    """

    def __init__(
        self, engine: Engine, mapping: Mapping, workspace: duckdb.DuckDBPyConnection
    ) -> None:
        self._engine = engine
        self._workspace = workspace
        self._schema: Schema = inspect(engine, mapping, _WANTED)
        self._schema.require(*_WANTED)
        self._rows = 0

    @property
    def columns(self) -> list[str]:
        """The columns of Students that criteria may name."""
        return [column.name for column in self._schema.columns(tables.STUDENTS)]

    def settings(self) -> None:
        """All settings, whole: they are few."""
        with reachable(self._engine), self._engine.connect() as connection:
            for table in tables.SETTINGS_TABLES:
                if table.name in self._schema.present:
                    self._insert(connection, table, None)

    def rows(
        self,
        *,
        key: str = "",
        administrative_ids: Sequence[str] = (),
        activities: Sequence[str] = (),
        patterns: Sequence[str] = (),
    ) -> int:
        """In one look the rows of a person by StudieNr or administrative id, of some activities,
        and employees' rows on activities that a LIKE pattern may take; gives their number.

        Capitals and blanks around a StudieNr do not matter, whatever the server thinks of them;
        what lies between brackets in a pattern, which servers read differently, is left open: the
        rules tell the rows apart.
        """
        activity, kind = self._column("Aktivitet"), self._column("UserTypes_ID")
        wanted: list[sa.ColumnElement[bool]] = []
        if key:
            user_name = self._column("StudieNr")
            whole = sa.func.char_length(sa.func.trim(user_name)) == len(key)
            wanted.append(user_name.like(f"%{escaped(key)}%", escape="/") & whole)
        if administrative_ids and self._schema.has(tables.STUDENTS, _ADMINISTRATIVE_ID):
            wanted.append(self._column(_ADMINISTRATIVE_ID).in_(administrative_ids))
        number = self._column("AktivitetsID")
        wanted += [
            number.in_(activities[start : start + _AT_ONCE])
            for start in range(0, len(activities), _AT_ONCE)
        ]
        likes = [activity.like(re.sub(r"\[[^\]]*\]", "_", pattern)) for pattern in patterns]
        if likes:
            wanted.append(sa.and_(kind != 1, sa.or_(*likes)))
        if not wanted:
            return 0
        with reachable(self._engine), self._engine.connect() as connection:
            return self._insert(connection, tables.STUDENTS, sa.or_(*wanted))

    def activities_named(self, patterns: Sequence[str]) -> list[tuple[str, str]]:
        """(AktivitetsID, Aktivitet) of the rows whose Aktivitet a LIKE pattern takes ("/" escapes),
        each once."""
        activity = self._column("Aktivitet")
        likes = [activity.like(pattern, escape="/") for pattern in patterns]
        query = sa.select(self._column("AktivitetsID"), activity).where(sa.or_(*likes)).distinct()
        query = query.select_from(self._schema.table(tables.STUDENTS))
        with reachable(self._engine), self._engine.connect() as connection:
            return [(str(row[0] or ""), str(row[1] or "")) for row in connection.execute(query)]

    def _column(self, name: str) -> sa.ColumnClause[object]:
        return self._schema.column(tables.STUDENTS, name)

    def _insert(
        self, connection: Connection, table: Table, where: sa.ColumnElement[bool] | None
    ) -> int:
        columns = self._schema.columns(table)
        chosen = [self._schema.column(table, column.name) for column in columns]
        conditions = () if where is None else (where,)
        found = 0
        with batches(connection, chosen, *conditions) as arriving:
            for rows in arriving:
                first = self._rows + found + 1
                insert_rows(self._workspace, table, columns, rows, numbered_from=first)
                found += len(rows)
        if table is tables.STUDENTS:
            self._rows += found
        return found
