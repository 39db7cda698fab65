"""How much UMS remembers: rows of the seven tables and the four flags, by organization."""

from __future__ import annotations

from collections.abc import Mapping as Values
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from sync.ums import tables
from sync.ums.database import reachable
from sync.ums.mapping import Mapping, Schema, inspect
from sync.ums.tables import Table

OWNER = "OrganizationSettings_ID"


@dataclass(frozen=True, slots=True)
class MemoryCounts:
    """Rows by table and organization, flags by organization; tables in the documented order."""

    rows: Values[str, Values[int, int]]
    flags: Values[int, Values[str, int]]

    def of(self, organization: int | None) -> dict[str, int]:
        """Rows of each table: of one organization, or of all (None)."""
        return {
            table: sum(number for org, number in found.items() if organization in (None, org))
            for table, found in self.rows.items()
        }

    def flags_of(self, organization: int | None) -> dict[str, int]:
        """Each flag: 0 or 1 of one organization, how many have it set of all."""
        return {
            name: sum(
                values[name] for org, values in self.flags.items() if organization in (None, org)
            )
            for name in tables.FLAGS
        }


def memory_schema(engine: Engine, mapping: Mapping) -> Schema:
    """The seven tables and the settings as this database has them. Names are never guessed:
    raises SchemaMismatch for a table or column that is not there under its mapped name."""
    wanted = (*tables.MEMORY_TABLES, tables.ORGANIZATION_SETTINGS)
    schema = inspect(engine, mapping, wanted)
    schema.require(*wanted)
    return schema


def count_memory(engine: Engine, mapping: Mapping) -> MemoryCounts:
    """Counts everything in one transaction. Raises SchemaMismatch and DatabaseUnreachable."""
    schema = memory_schema(engine, mapping)
    with reachable(engine), engine.connect() as connection:
        return counted(connection, schema)


def counted(connection: Connection, schema: Schema) -> MemoryCounts:
    """The same inside a transaction of the caller's."""
    rows: dict[str, dict[int, int]] = {}
    for table in tables.MEMORY_TABLES:
        owner = schema.column(table, OWNER)
        query = sa.select(owner, sa.func.count()).select_from(schema.table(table)).group_by(owner)
        rows[table.name] = {
            0 if org is None else int(str(org)): int(number)
            for org, number in connection.execute(query)
        }
    settings = tables.ORGANIZATION_SETTINGS
    columns = [schema.column(settings, name) for name in ("ID", *tables.FLAGS)]
    flags = {
        int(str(row[0])): {
            name: int(bool(value)) for name, value in zip(tables.FLAGS, row[1:], strict=True)
        }
        for row in connection.execute(sa.select(*columns).order_by(columns[0]))
    }
    return MemoryCounts(rows, flags)


def of_scope(
    schema: Schema, table: Table, organization: int | None
) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions that choose an organization's rows of a table; none for all of them."""
    if organization is None:
        return ()
    column = "ID" if table is tables.ORGANIZATION_SETTINGS else OWNER
    return (schema.column(table, column) == organization,)
