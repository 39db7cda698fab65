"""The few rows of Students that a question is about, read without the rest.

What is read goes into the same tables as a whole reading, so the same rules say what it means.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import duckdb
import sqlalchemy as sa
from sqlalchemy import Engine

from sync.ums import tables
from sync.ums.database import reachable
from sync.ums.fetching import Part, Rows, batches, parts
from sync.ums.loading import insert_few_rows, insert_rows
from sync.ums.mapping import Mapping, Schema, inspect
from sync.ums.tables import Table

_WANTED = (tables.STUDENTS, *tables.SETTINGS_TABLES)
_AT_ONCE = 500
_FEW = 1000  # rows that Arrow is not loaded for
_ADMINISTRATIVE_ID = "UMS_IDFromAdministrativeSystem"

_Item = TypeVar("_Item")


def escaped(text: str) -> str:
    """A text as a part of a LIKE pattern with the escape sign /."""
    return re.sub(r"([%_/\[])", r"/\1", text)


class LookUp:
    """One look into the UMS database; CPR, BirthDay and secrets are never selected.

    What is read waits until it is put into a workspace, so that a thread may read while another
    works with the workspace. Raises DatabaseUnreachable and SchemaMismatch.
    """

    def __init__(self, engine: Engine, mapping: Mapping) -> None:
        self._engine = engine
        self._schema: Schema = inspect(engine, mapping, _WANTED)
        self._schema.require(*_WANTED)
        self._settings: list[tuple[Table, Sequence[Sequence[Any]]]] = []

    @property
    def columns(self) -> list[str]:
        """The columns of Students that criteria may name."""
        return [column.name for column in self._schema.columns(tables.STUDENTS)]

    def settings(self, org: int) -> list[dict[str, object]]:
        """Read all settings, whole: they are few. Gives the itslearningSettings of an organization
        by logical name."""
        with reachable(self._engine), self._engine.connect() as connection:
            for table in tables.SETTINGS_TABLES:
                if table.name in self._schema.present:
                    query = sa.select(*self._chosen(table))
                    self._settings.append((table, connection.execute(query).fetchall()))
        names = [column.name for column in self._schema.columns(tables.ITSLEARNING_SETTINGS)]
        return [
            setting
            for table, rows in self._settings
            if table is tables.ITSLEARNING_SETTINGS
            for row in rows
            if str((setting := dict(zip(names, row, strict=True)))["OrganizationSettings_ID"])
            == str(org)
        ]

    def rows(
        self,
        *,
        key: str = "",
        administrative_ids: Sequence[str] = (),
        activities: Sequence[str] = (),
        patterns: Sequence[str] = (),
    ) -> list[Rows]:
        """Read in one look the rows of a person by StudieNr or administrative id, of some
        activities, and employees' rows on activities that a LIKE pattern may take.

        Capitals and blanks around a StudieNr do not matter, whatever the server thinks of them;
        what lies between brackets in a pattern, which servers read differently, is left open: the
        rules tell the rows apart.
        """
        activity, kind = self._column("Aktivitet"), self._column("UserTypes_ID")
        wanted: list[sa.ColumnElement[bool]] = []
        if key:
            wanted.append(self._is_key(key))
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
            return []
        chosen = self._chosen(tables.STUDENTS)

        table = self._schema.table(tables.STUDENTS)

        def read(part: Part) -> list[Rows]:
            return list(batches(part, table, chosen, sa.or_(*wanted)))

        return self._in_parts(read)

    def activities_named(self, patterns: Sequence[str]) -> list[tuple[str, str]]:
        """(AktivitetsID, Aktivitet) of the rows whose Aktivitet a LIKE pattern takes ("/" escapes),
        each once."""
        activity = self._column("Aktivitet")
        likes = [activity.like(pattern, escape="/") for pattern in patterns]
        query = sa.select(self._column("AktivitetsID"), activity).where(sa.or_(*likes)).distinct()

        def read(part: Part) -> list[tuple[str, str]]:
            return [
                (str(row[0] or ""), str(row[1] or ""))
                for row in part.connection.execute(query.where(part.rows))
            ]

        return sorted(set(self._in_parts(read)))

    def _in_parts(self, read: Callable[[Part], list[_Item]]) -> list[_Item]:
        """What a look through Students gives, its parts looked through side by side."""
        with (
            reachable(self._engine),
            parts(self._engine, self._schema.table(tables.STUDENTS)) as found,
            ThreadPoolExecutor(len(found), thread_name_prefix="looking") as threads,
        ):
            return [item for items in threads.map(read, found) for item in items]

    def _is_key(self, key: str) -> sa.ColumnElement[bool]:
        user_name = self._column("StudieNr")
        if self._engine.dialect.name == "sqlite":  # where two functions take thrice as long as one
            return sa.func.trim(user_name).collate("NOCASE") == key
        trimmed = sa.func.ltrim(sa.func.rtrim(user_name))  # TRIM is no word of older servers
        # What begins with a sign an index finds, and without one most rows fail at once.
        begins = [f"{escaped(key)}%", f" %{escaped(key)}%"]
        said = sa.or_(*(user_name.like(pattern, escape="/") for pattern in begins))
        return said & (sa.func.char_length(trimmed) == len(key))

    def _column(self, name: str) -> sa.ColumnClause[object]:
        return self._schema.column(tables.STUDENTS, name)

    def _chosen(self, table: Table) -> list[sa.ColumnClause[object]]:
        return [self._schema.column(table, column.name) for column in self._schema.columns(table)]

    def put_settings_into(self, workspace: duckdb.DuckDBPyConnection) -> None:
        """Put the settings into the tables of the workspace."""
        for table, rows in self._settings:
            insert_few_rows(workspace, table, self._schema.columns(table), rows)

    def put_rows_into(self, workspace: duckdb.DuckDBPyConnection, found: Sequence[Rows]) -> None:
        """Put rows of Students that were read into the workspace."""
        columns = self._schema.columns(tables.STUDENTS)
        number = 1
        with reachable(self._engine):  # a text that is none
            for rows in found:
                if len(rows) > _FEW:
                    insert_rows(workspace, tables.STUDENTS, columns, [(number, rows)])
                else:
                    insert_few_rows(workspace, tables.STUDENTS, columns, rows, numbered_from=number)
                number += len(rows)
