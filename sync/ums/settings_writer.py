"""Writes one row of the settings in the UMS database; the only code that changes them."""

from __future__ import annotations

from collections.abc import Mapping as Values

import sqlalchemy as sa
from sqlalchemy import Engine

from sync.errors import NotFound, Refused
from sync.ums import tables
from sync.ums.database import reachable
from sync.ums.mapping import Mapping, inspect
from sync.ums.tables import Column, Content, Table

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
    known = {column.name: column for column in changeable(table)}
    schema = inspect(engine, mapping, [table])
    schema.require(table)
    names = [name for name in after if name in known and schema.has(table, name)]
    identity = schema.column(table, "ID")
    with reachable(engine), engine.begin() as connection:
        row = connection.execute(
            sa.select(*(schema.column(table, name).label(name) for name in names)).where(
                identity == number
            )
        ).first()
        if row is None:
            raise NotFound(f"{table.name} has no row {number} any more; read the settings again.")
        for name, value in zip(names, row, strict=True):
            if as_text(value) != before.get(name, ""):
                raise Refused(
                    f"{table.name} {number} was changed meanwhile ({name}). Read the settings "
                    "again and look at it before you change it."
                )
        connection.execute(
            sa.update(schema.table(table))
            .where(identity == number)
            .values({
                schema.column(table, name).name: _stored(known[name], after[name])
                for name in names
            })
        )  # fmt: skip


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
