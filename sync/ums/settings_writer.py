"""Writes rows of the settings in the UMS database; the only code that changes them."""

from __future__ import annotations

from collections.abc import Mapping as Values
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from sync.errors import NotFound, Refused
from sync.ums import tables
from sync.ums.database import reachable
from sync.ums.mapping import Mapping, Schema, inspect
from sync.ums.tables import Column, Content, Table

# The tables whose rows come and go: sub accounts, which hang together by Parent_ID.
GROWING: tuple[Table, ...] = (tables.SUB_ACCOUNT_SETTINGS, tables.SUB_ACCOUNT_COURSES_SETTINGS)

# Who a row belongs to, what it is called by others, and what UMS itself keeps in it.
_FIXED = frozenset({"ID", "OrganizationSettings_ID", "UserTypes_ID", *tables.FLAGS})


def changeable(table: Table) -> tuple[Column, ...]:
    """The columns of a settings table that may be changed; secrets are none of them."""
    return tuple(column for column in table.columns if column.name not in _FIXED)


def write_setting(
    engine: Engine,
    mapping: Mapping,
    table: Table,
    number: int,
    *,
    before: Values[str, str],
    after: Values[str, str],
) -> None:
    """Give columns of one row other values, as texts; empty means NULL.

    The row has to be as ``before`` says, else somebody else changed it meanwhile: Refused. Raises
    NotFound, SchemaMismatch, DatabaseUnreachable.
    """
    schema = _schema(engine, mapping, table)
    with reachable(engine), engine.begin() as connection:
        _unchanged(
            connection, schema, table, number, {name: before.get(name, "") for name in after}
        )
        connection.execute(
            sa.update(schema.table(table))
            .where(schema.column(table, "ID") == number)
            .values(_physical(schema, table, after))
        )


def add_setting(
    engine: Engine, mapping: Mapping, table: Table, org: int, values: Values[str, str]
) -> int:
    """Store a new row of a table of ``GROWING``, and give its ID: one more than the highest.

    Raises Refused where another program took that ID in the same moment, SchemaMismatch,
    DatabaseUnreachable.
    """
    schema = _schema(engine, mapping, table)
    physical = schema.table(table)
    identity = schema.column(table, "ID")
    owner = schema.column(table, "OrganizationSettings_ID")
    row = {owner.name: org, **_physical(schema, table, values)}
    with reachable(engine):
        try:
            with engine.begin() as connection:
                number = _highest(connection, identity) + 1
                connection.execute(sa.insert(physical).values({identity.name: number, **row}))
        except sa.exc.IntegrityError as error:
            if _COUNTS_ITSELF not in str(error.orig):
                raise Refused(
                    f"Another program added a row to {table.name} in the same moment. Read the "
                    "settings again, and add it once more."
                ) from None
            with engine.begin() as connection:  # the server counts the rows itself
                connection.execute(sa.insert(physical).values(row))
                number = _highest(connection, identity)
    return number


# A value was given for a column that SQL Server counts: its sentence is in the server's language.
_COUNTS_ITSELF = "(544)"


def _highest(connection: Connection, identity: sa.ColumnClause[object]) -> int:
    highest: Any = connection.execute(sa.select(sa.func.max(identity))).scalar()
    return int(highest or 0)


def remove_setting(
    engine: Engine, mapping: Mapping, table: Table, number: int, *, before: Values[str, str]
) -> None:
    """Take a row of a table of ``GROWING`` out; it has to be as ``before`` says.

    Raises Refused where it is not, or where rows stand under it; NotFound, SchemaMismatch,
    DatabaseUnreachable.
    """
    schema = _schema(engine, mapping, table)
    identity = schema.column(table, "ID")
    with reachable(engine), engine.begin() as connection:
        _unchanged(connection, schema, table, number, before)
        if schema.has(table, "Parent_ID"):
            below = connection.execute(
                sa.select(identity)
                .where(schema.column(table, "Parent_ID") == number)
                .order_by(identity)
            ).scalars()
            if numbers := ", ".join(str(found) for found in below):
                raise Refused(still_under(number, numbers))
        connection.execute(sa.delete(schema.table(table)).where(identity == number))


def still_under(number: int, numbers: str) -> str:
    """Why a sub account cannot be taken out yet."""
    return f"{numbers} stand under {number}; move them elsewhere, or take them out first."


def _schema(engine: Engine, mapping: Mapping, table: Table) -> Schema:
    schema = inspect(engine, mapping, [table])
    schema.require(table)
    return schema


def _unchanged(
    connection: Connection, schema: Schema, table: Table, number: int, before: Values[str, str]
) -> None:
    """The row is there, and these of its columns are as they were read."""
    names = [name for name in before if schema.has(table, name)]
    row = connection.execute(
        sa.select(*(schema.column(table, name).label(name) for name in names)).where(
            schema.column(table, "ID") == number
        )
    ).first()
    if row is None:
        raise NotFound(f"{table.name} has no row {number} any more; read the settings again.")
    for name, value in zip(names, row, strict=True):
        if as_text(value) != before[name]:
            raise Refused(
                f"{table.name} {number} was changed meanwhile ({name}). Read the settings "
                "again and look at it before you change it."
            )


def _physical(
    schema: Schema, table: Table, values: Values[str, str]
) -> dict[str, str | int | None]:
    known = {column.name: column for column in changeable(table)}
    return {
        schema.column(table, name).name: _stored(known[name], text)
        for name, text in values.items()
        if name in known and schema.has(table, name)
    }


def as_text(value: object) -> str:
    """A value as the screens have it: ticks as 0 and 1, nothing as an empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return str(value).strip()


def _stored(column: Column, text: str) -> str | int | None:
    if not text:
        return None
    return int(text) if column.content in {Content.INTEGER, Content.BIT} else text
