"""Putting a backup of UMS's memory back: identical rows, identity values too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine
from sqlalchemy.sql import quoted_name

from sync.cleanup.backup import Backup, Digest
from sync.cleanup.counting import counted, memory_schema, of_scope
from sync.cleanup.emptying import NOTHING, one_transaction, rows_of
from sync.errors import DatabaseUnreachable, NotFound, Refused, SchemaMismatch
from sync.ums import tables
from sync.ums.mapping import Mapping, Schema, physical_columns
from sync.ums.tables import Table

# A statement of SQL Server takes at most 2,100 parameters, but long before that they cost more than
# the round trips they save: over FreeTDS 200 were three times as fast as 500 and as 2,000.
_PARAMETERS = 200


def restore_memory(engine: Engine, mapping: Mapping, backup: Backup, *, replace: bool) -> None:
    """Put rows and flags of a backup back, in one transaction that is compared before its end.

    The rows that stand in their way are deleted where ``replace`` says so. Raises Refused where
    there are such rows, SchemaMismatch where the tables have other columns by now, NotFound for an
    organization that is gone, DatabaseUnreachable; then nothing was changed.
    """
    schema = memory_schema(engine, mapping)
    organization = backup.header.organization
    try:
        with one_transaction(engine) as connection:
            _check_columns(connection, mapping, backup)
            now = counted(connection, schema)
            gone = [org for org in backup.footer.flags if org not in now.flags]
            if gone:
                raise NotFound(
                    f"The backup is of organization {gone[0]}, which this database does not have "
                    f"any more. {NOTHING}"
                )
            if any(now.of(organization).values()) and not replace:
                raise Refused(
                    "UMS remembers things again that were not there when the backup was made: "
                    f"{_words(now.of(organization))}. Restoring would delete them; --replace does "
                    f"that, after a backup of them. {NOTHING}"
                )
            if replace:
                for table in tables.MEMORY_TABLES:
                    where = of_scope(schema, table, organization)
                    connection.execute(sa.delete(schema.table(table)).where(*where))
            for table in reversed(tables.MEMORY_TABLES):
                _insert(connection, mapping, schema, table, backup)
            for org, flags in backup.footer.flags.items():
                _set_flags(connection, schema, org, flags)
            _compare(connection, schema, backup)
            connection.commit()
    except DatabaseUnreachable as error:
        raise DatabaseUnreachable(f"{error} {NOTHING}") from None


def _words(rows: dict[str, int]) -> str:
    return ", ".join(f"{number} rows in {table}" for table, number in rows.items() if number)


def _check_columns(connection: Connection, mapping: Mapping, backup: Backup) -> None:
    for table in tables.MEMORY_TABLES:
        here = {name.casefold() for name in physical_columns(connection, mapping, table)}
        lacking = [name for name in backup.columns(table.name) if name.casefold() not in here]
        if lacking:
            raise SchemaMismatch(
                f"The backup has columns that {mapping.table(table.name)} does not have any more: "
                f"{', '.join(lacking)}. {NOTHING}"
            )


def _insert(
    connection: Connection, mapping: Mapping, schema: Schema, table: Table, backup: Backup
) -> None:
    if not backup.footer.rows[table.name]:
        return
    columns = backup.columns(table.name)
    quote = connection.dialect.identifier_preparer
    target = quote.format_table(schema.table(table))
    names = ", ".join(quote.quote(quoted_name(name, quote=True)) for name in columns)
    head = f"INSERT INTO {target} ({names}) VALUES "
    marks = f"({', '.join('?' * len(columns))})"
    server = connection.dialect.name == "mssql"
    numbered = server and bool(
        connection.execute(
            sa.text("SELECT OBJECTPROPERTY(OBJECT_ID(:name), 'TableHasIdentity')"),
            {"name": mapping.table(table.name)},
        ).scalar()
    )
    if numbered:
        connection.exec_driver_sql(f"SET IDENTITY_INSERT {target} ON")
    for part in backup.rows(table.name):
        if server:
            _send(connection, head, marks, part, max(1, _PARAMETERS // len(columns)))
        else:
            connection.exec_driver_sql(head + marks, [tuple(row) for row in part])
    if numbered:
        connection.exec_driver_sql(f"SET IDENTITY_INSERT {target} OFF")


def _send(
    connection: Connection, head: str, marks: str, rows: Sequence[Sequence[Any]], size: int
) -> None:
    """Many rows a statement: a statement a row costs a round trip each."""
    for start in range(0, len(rows), size):
        some = rows[start : start + size]
        connection.exec_driver_sql(
            head + ", ".join([marks] * len(some)), tuple(value for row in some for value in row)
        )


def _set_flags(connection: Connection, schema: Schema, org: int, flags: dict[str, int]) -> None:
    settings = tables.ORGANIZATION_SETTINGS
    connection.execute(
        sa.update(schema.table(settings))
        .where(schema.column(settings, "ID") == org)
        .values({schema.column(settings, name).name: value for name, value in flags.items()})
    )


def _compare(connection: Connection, schema: Schema, backup: Backup) -> None:
    """Every row, read back, is the row of the backup."""
    for table in tables.MEMORY_TABLES:
        digest = Digest(backup.columns(table.name))
        parts = rows_of(connection, schema, table, digest.columns, backup.header.organization)
        for part in parts:
            digest.take(part)
        if digest.hexdigest() != backup.footer.digests[table.name]:
            raise Refused(
                f"What stands in {table.name} after restoring is not what the backup holds; a "
                f"trigger or another type of a column changes it. {NOTHING}"
            )
