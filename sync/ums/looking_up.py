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
from sync.ums.loading import insert_rows, stream
from sync.ums.mapping import Mapping, Schema, inspect
from sync.ums.tables import Table

_WANTED = (tables.STUDENTS, *tables.SETTINGS_TABLES)
_AT_ONCE = 500


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

    def person(self, key: str) -> int:
        """The rows whose StudieNr is this key, else is it but for case and blanks around it."""
        user_name = self._column("StudieNr")
        with reachable(self._engine), self._engine.connect() as connection:
            found = self._insert(connection, tables.STUDENTS, user_name == key)
            if not found:
                folded = sa.func.lower(sa.func.trim(user_name)) == key.strip().lower()
                found = self._insert(connection, tables.STUDENTS, folded)
        return found

    def activities(self, numbers: Sequence[str]) -> None:
        """All rows of some activities; call before :meth:`person` for somebody outside of them."""
        column = self._column("AktivitetsID")
        with reachable(self._engine), self._engine.connect() as connection:
            for start in range(0, len(numbers), _AT_ONCE):
                part = numbers[start : start + _AT_ONCE]
                self._insert(connection, tables.STUDENTS, column.in_(part))

    def employees_of(self, patterns: Sequence[str]) -> None:
        """Employees' rows on activities that a LIKE pattern may take; what lies between brackets,
        which servers read differently, is left to the rules."""
        activity, kind = self._column("Aktivitet"), self._column("UserTypes_ID")
        likes = [activity.like(re.sub(r"\[[^\]]*\]", "_", pattern)) for pattern in patterns]
        if likes:
            with reachable(self._engine), self._engine.connect() as connection:
                self._insert(connection, tables.STUDENTS, sa.and_(kind != 1, sa.or_(*likes)))

    def named_activities(self) -> list[tuple[str, str, str, str]]:
        """(AktivitetsID, Aktivitet, Kort_Betegnelse, Skolefag) of all rows, each once."""
        names = ("AktivitetsID", "Aktivitet", "Kort_Betegnelse", "Skolefag")
        chosen = [
            self._column(name) if self._schema.has(tables.STUDENTS, name) else sa.literal("")
            for name in names
        ]
        query = sa.select(*chosen).select_from(self._schema.table(tables.STUDENTS)).distinct()
        with reachable(self._engine), self._engine.connect() as connection:
            return [
                (str(row[0] or ""), str(row[1] or ""), str(row[2] or ""), str(row[3] or ""))
                for rows in stream(connection, query)
                for row in rows
            ]

    def _column(self, name: str) -> sa.ColumnClause[object]:
        return self._schema.column(tables.STUDENTS, name)

    def _insert(
        self, connection: Connection, table: Table, where: sa.ColumnElement[bool] | None
    ) -> int:
        columns = self._schema.columns(table)
        query = sa.select(*(self._schema.column(table, column.name) for column in columns))
        query = query.select_from(self._schema.table(table))
        if where is not None:
            query = query.where(where)
        found = 0
        for rows in stream(connection, query):
            insert_rows(self._workspace, table, columns, rows, numbered_from=self._rows + found + 1)
            found += len(rows)
        if table is tables.STUDENTS:
            self._rows += found
        return found
