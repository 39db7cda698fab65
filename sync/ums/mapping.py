"""Logical names to physical ones, and what of them the live database has."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping as Names
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.sql import quoted_name

from sync.errors import SchemaMismatch, SettingsError
from sync.settings import Ums
from sync.ums import tables
from sync.ums.database import reachable
from sync.ums.tables import Column, Table

_TABLES = {table.name: table for table in tables.ALL_TABLES}
_SECRET_COLUMNS = {
    tables.ORGANIZATION_SETTINGS.name: (tables.PASSWORD.name, tables.API_SECRET.name),
    tables.STUDENTS.name: tables.NEVER_READ,
}


@dataclass(frozen=True, slots=True)
class Mapping:
    """[ums.tables] and [ums.columns]: logical name = physical name, only where they differ."""

    tables: Names[str, str] = field(default_factory=dict)
    columns: Names[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuses logical names that do not exist: a slip there would go unnoticed for ever. And
        columns that are never shown under a name that is: the mapping would be the way out."""
        for name in self.tables:
            if name not in _TABLES:
                raise SettingsError(_unknown("[ums.tables]", name, _TABLES))
        known = {
            f"{table.name}.{column}"
            for table in tables.ALL_TABLES
            for column in (
                *(column.name for column in table.columns),
                *_SECRET_COLUMNS.get(table.name, ()),
            )
        }
        for name in self.columns:
            if name not in known:
                raise SettingsError(_unknown("[ums.columns]", name, known))
        for name, physical in self.columns.items():
            table, _, logical = name.partition(".")
            secret = _SECRET_COLUMNS.get(table, ())
            hidden = {
                column.casefold() for own in secret for column in (own, self.column(table, own))
            }
            if logical not in secret and physical.casefold() in hidden:
                raise SettingsError(
                    f"[ums.columns]: '{name}' cannot be {physical}: what stands there is never "
                    "shown or kept, under no other name either"
                )

    @classmethod
    def of(cls, ums: Ums) -> Mapping:
        """The mapping that [ums] describes; SettingsError for a logical name that is none."""
        return cls(ums.tables, ums.columns)

    def table(self, logical: str) -> str:
        """The physical name of a table, possibly ``schema.name``."""
        return self.tables.get(logical, logical)

    def column(self, table: str, logical: str) -> str:
        """The physical name of a column."""
        return self.columns.get(f"{table}.{logical}", logical)


@dataclass(frozen=True, slots=True)
class Missing:
    """A table (``column`` empty) or column that the database lacks under its mapped name."""

    table: str
    column: str
    physical: str
    required: bool
    feature: str = ""

    def __str__(self) -> str:
        """The sentence for a person: what is missing, and the line that would mend it."""
        if not self.column:
            return (
                f"table '{self.physical}' is not there; if it has another name here, write "
                f'{self.table} = "…" under [ums.tables]'
            )
        mend = f'write "{self.table}.{self.column}" = "…" under [ums.columns]'
        if self.required:
            return f"column '{self.physical}' of {self.table} is not there; {mend}"
        return (
            f"column '{self.physical}' of {self.table} is not there, so this is off: "
            f"{self.feature}; if it has another name here, {mend}"
        )


@dataclass(frozen=True, slots=True)
class Schema:
    """What the live database has of the tables asked about."""

    present: Names[str, sa.TableClause]
    missing: tuple[Missing, ...]
    _columns: Names[tuple[str, str], str]

    def has(self, table: Table, column: str) -> bool:
        """True where the database has that logical column."""
        return (table.name, column) in self._columns

    def table(self, table: Table) -> sa.TableClause:
        """The physical table, for a statement; call ``require`` before."""
        return self.present[table.name]

    def column(self, table: Table, column: str) -> sa.ColumnClause[object]:
        """The physical column, for a statement."""
        physical = self._columns[table.name, column]
        found: sa.ColumnClause[object] = self.present[table.name].c[physical]
        return found

    def columns(self, table: Table) -> tuple[Column, ...]:
        """The logical columns of a table that the database has."""
        return tuple(column for column in table.columns if self.has(table, column.name))

    def require(self, *wanted: Table) -> None:
        """Raises SchemaMismatch naming everything required that is not there."""
        names = {table.name for table in wanted}
        lacking = [str(item) for item in self.missing if item.required and item.table in names]
        if lacking:
            raise SchemaMismatch("The UMS database does not fit: " + "; ".join(lacking))


def inspect(
    engine: Engine, mapping: Mapping, wanted: Iterable[Table] = tables.ALL_TABLES
) -> Schema:
    """Compares the mapping with the live database; raises DatabaseUnreachable."""
    present: dict[str, sa.TableClause] = {}
    columns: dict[tuple[str, str], str] = {}
    missing: list[Missing] = []
    with reachable(engine), engine.connect() as connection:
        for table in wanted:
            schema, name = split_name(mapping.table(table.name))
            found = _columns_of(connection, schema, name)
            if not found:
                missing.append(
                    Missing(table.name, "", mapping.table(table.name), not table.optional)
                )
                continue
            for column in (*table.columns, *_secrets(table)):
                physical = mapping.column(table.name, column.name)
                actual = found.get(physical.casefold())
                if actual is not None:
                    columns[table.name, column.name] = actual
                elif column.name not in _SECRET_COLUMNS.get(table.name, ()):
                    missing.append(
                        Missing(table.name, column.name, physical, column.required, column.feature)
                    )
            used = {columns[key] for key in columns if key[0] == table.name}
            present[table.name] = sa.table(
                quoted_name(name, quote=True),
                *(sa.column(quoted_name(column, quote=True)) for column in sorted(used)),
                schema=quoted_name(schema, quote=True) if schema else None,
            )
    return Schema(present, tuple(missing), columns)


def split_name(physical: str) -> tuple[str, str]:
    """``schema.name`` into its two parts; brackets around either are taken off."""
    schema, _, name = physical.rpartition(".")
    return schema.strip("[]"), name.strip("[]")


def physical_columns(connection: Connection, mapping: Mapping, table: Table) -> list[str]:
    """Every column that the database has of a table, in its order, ours or not."""
    return list(_columns_of(connection, *split_name(mapping.table(table.name))).values())


def _secrets(table: Table) -> tuple[Column, ...]:
    if table is tables.ORGANIZATION_SETTINGS:
        return (tables.PASSWORD, tables.API_SECRET)
    return ()


def _columns_of(connection: Connection, schema: str, name: str) -> dict[str, str]:
    """Physical column names by their folded spelling; names fold on every server we know."""
    if connection.dialect.name == "sqlite":
        try:
            found = sa.inspect(connection).get_columns(name, schema=schema or None)
        except sa.exc.NoSuchTableError:
            return {}
        names = [str(column["name"]) for column in found]
    else:
        statement = "SELECT COLUMN_NAME FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = :name"
        values = {"name": name}
        if schema:
            statement += " AND TABLE_SCHEMA = :schema"
            values["schema"] = schema
        statement += " ORDER BY ORDINAL_POSITION"
        names = list(connection.execute(sa.text(statement), values).scalars())
    return {column.casefold(): column for column in names}


def _unknown(section: str, name: str, known: Iterable[str]) -> str:
    folded = {item.casefold(): item for item in known}
    near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.5)
    hint = f"; did you mean '{folded[near[0]]}'?" if near else ""
    return f"{section}: '{name}' is not a name this program knows{hint}"
