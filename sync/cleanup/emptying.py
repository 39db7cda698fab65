"""Emptying UMS's memory: backup, deletes in the documented order and flags in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping as Values, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from sync.cleanup.backup import Backup, Maker, remove_backup, write_backup
from sync.cleanup.counting import counted, memory_schema, of_scope
from sync.errors import BackupUnusable, DatabaseUnreachable, Refused
from sync.ums import tables
from sync.ums.database import reachable
from sync.ums.fetching import stream
from sync.ums.mapping import Mapping, Schema, physical_columns
from sync.ums.tables import Table

NOTHING = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class Emptied:
    """What a clean-up did: the rows deleted of each table, and the flags as they are now."""

    backup: Backup
    tables: Values[str, int]
    flags: Values[str, int]


@contextmanager
def one_transaction(engine: Engine) -> Iterator[Connection]:
    """A connection on which everything or nothing happens.

    Nobody else can add, change or delete what was read before the end. The database's errors
    become sentences; whatever goes wrong is rolled back.
    """
    with reachable(engine), engine.connect() as connection:
        if engine.dialect.name == "mssql":
            connection.exec_driver_sql(
                "SET XACT_ABORT ON; SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"
            )
        yield connection


def back_up_memory(
    engine: Engine, mapping: Mapping, organization: int | None, folder: Path, maker: Maker
) -> Backup:
    """Write a verified backup and change nothing. Raises what ``empty_memory`` raises."""
    schema = memory_schema(engine, mapping)
    with one_transaction(engine) as connection:
        return _backed_up(connection, mapping, schema, organization, folder, maker)


def empty_memory(
    engine: Engine,
    mapping: Mapping,
    organization: int | None,
    folder: Path,
    maker: Maker,
    expected: Values[str, int] | None = None,
    expected_rows: int | None = None,
) -> Emptied:
    """Delete the rows of one organization (None: of all) and set its flags to 0.

    One transaction: back up and verify, compare with ``expected`` and ``expected_rows`` (what a
    person was shown, by table or in all),
    delete in the documented order, compare what was deleted with the backup, commit. A backup of a
    clean-up that did not happen is taken away again. Raises SchemaMismatch, DatabaseUnreachable,
    BackupUnusable and Refused; then nothing was changed.
    """
    schema = memory_schema(engine, mapping)
    backup: Backup | None = None
    committing = False
    try:
        with one_transaction(engine) as connection:
            now = counted(connection, schema).of(organization)
            if expected is not None:
                _compare(now, expected)
            if expected_rows not in {None, sum(now.values())}:
                raise Refused(
                    f"The preview showed {expected_rows} rows, there are {sum(now.values())} now. "
                    f"Something writes to them: stop UMS's jobs, then look again. {NOTHING}"
                )
            backup = _backed_up(connection, mapping, schema, organization, folder, maker)
            _delete(connection, schema, organization, backup.footer.rows)
            committing = True
            connection.commit()
    except BaseException as error:
        if committing:
            raise _unknown_end(error, backup) from error
        if backup is not None:
            with suppress(BackupUnusable):
                remove_backup(backup.path)
        if isinstance(error, DatabaseUnreachable):
            raise DatabaseUnreachable(f"{error} {NOTHING}") from None
        raise
    assert backup is not None
    return Emptied(backup, backup.footer.rows, dict.fromkeys(tables.FLAGS, 0))


def _unknown_end(error: BaseException, backup: Backup | None) -> BaseException:
    if not isinstance(error, DatabaseUnreachable) or backup is None:
        return error
    return DatabaseUnreachable(
        f"{error} It hung up while the clean-up was being completed: `umstui cleanup preview` "
        f"shows whether it happened. The backup {backup.name} is kept."
    )


def _compare(found: Values[str, int], expected: Values[str, int]) -> None:
    different = [
        f"{table} had {expected.get(table, 0)} rows and has {number} now"
        for table, number in found.items()
        if number != expected.get(table, 0)
    ]
    if different:
        raise Refused(
            f"The memory is not what the preview showed: {'; '.join(different)}. Something writes "
            f"to it: stop UMS's jobs, then look at a new preview. {NOTHING}"
        )


def _delete(
    connection: Connection, schema: Schema, organization: int | None, expected: Values[str, int]
) -> None:
    deleted: dict[str, int] = {}
    for table in tables.MEMORY_TABLES:
        where = of_scope(schema, table, organization)
        result = connection.execute(sa.delete(schema.table(table)).where(*where))
        # A trigger that counts for itself can hide the number; then the rows left decide.
        deleted[table.name] = result.rowcount if result.rowcount >= 0 else expected[table.name]
    settings = tables.ORGANIZATION_SETTINGS
    connection.execute(
        sa.update(schema.table(settings))
        .where(*of_scope(schema, settings, organization))
        .values({schema.column(settings, name).name: 0 for name in tables.FLAGS})
    )
    left = counted(connection, schema)
    rows, flags = left.of(organization), left.flags_of(organization)
    _compare(deleted, expected)
    if any(rows.values()) or any(flags.values()):
        raise Refused(
            "Rows or flags are still there after they were deleted; a trigger of this database "
            f"puts them back. {NOTHING}"
        )


def _backed_up(
    connection: Connection,
    mapping: Mapping,
    schema: Schema,
    organization: int | None,
    folder: Path,
    maker: Maker,
) -> Backup:
    flags = {
        org: dict(values)
        for org, values in counted(connection, schema).flags.items()
        if organization in (None, org)
    }
    return write_backup(
        folder, maker, organization, _content(connection, mapping, schema, organization), flags
    )


def _content(
    connection: Connection, mapping: Mapping, schema: Schema, organization: int | None
) -> Iterator[tuple[str, list[str], Iterator[Sequence[Sequence[object]]]]]:
    for table in tables.MEMORY_TABLES:
        columns = physical_columns(connection, mapping, table)
        yield table.name, columns, rows_of(connection, schema, table, columns, organization)


def rows_of(
    connection: Connection,
    schema: Schema,
    table: Table,
    columns: Sequence[str],
    organization: int | None,
) -> Iterator[Sequence[Sequence[object]]]:
    """Every row of a table in the order of its ID, with every column it has, in parts."""
    chosen: list[sa.ColumnClause[object]] = [
        sa.column(sa.sql.quoted_name(name, quote=True)) for name in columns
    ]
    return stream(
        connection,
        sa.select(*chosen)
        .select_from(schema.table(table))
        .where(*of_scope(schema, table, organization))
        .order_by(schema.column(table, "ID")),
    )
