"""What the login may do in the UMS database, and whether that is what it needs."""

from __future__ import annotations

import os
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from sync.model import CheckLine
from sync.ums import tables
from sync.ums.database import reachable
from sync.ums.mapping import Mapping, Schema
from sync.ums.tables import Table

SUBJECT = "login rights"
_WRITING = ("INSERT", "UPDATE", "DELETE")


def check_rights(engine: Engine, mapping: Mapping, schema: Schema) -> Iterator[CheckLine]:
    """Says what the login lacks, and where it may write more than it needs.

    It needs to read everything, to write the seven memory tables, and to set the four flags.
    """
    if engine.dialect.name == "sqlite":
        yield _file(engine)
    elif engine.dialect.name == "mssql":
        with reachable(engine), engine.connect() as connection:
            yield from _server(connection, mapping, schema)


def _file(engine: Engine) -> CheckLine:
    path = engine.url.database or ""
    if path in ("", ":memory:") or os.access(path, os.W_OK):
        return CheckLine("ok", SUBJECT, "the file may be read and written")
    message = "the file may not be written: UMS's memory cannot be kept in step"
    return CheckLine("error", SUBJECT, message)


def _server(connection: Connection, mapping: Mapping, schema: Schema) -> Iterator[CheckLine]:
    here = [table for table in tables.ALL_TABLES if table.name in schema.present]
    unread = [t.name for t in here if not _may(connection, mapping, t, "SELECT")]
    memory = [t for t in here if t in tables.MEMORY_TABLES]
    unwritten = [
        t.name for t in memory if not all(_may(connection, mapping, t, what) for what in _WRITING)
    ]
    flags = tables.ORGANIZATION_SETTINGS
    if flags in here and not _may(connection, mapping, flags, "UPDATE"):
        unwritten.append(flags.name)
    needless = [
        t.name
        for t in here
        if t not in memory
        and t is not flags
        and any(_may(connection, mapping, t, what) for what in _WRITING)
    ]
    if unread:
        yield CheckLine("error", SUBJECT, f"the login may not read {', '.join(unread)}")
    if unwritten:
        message = f"the login may not write {', '.join(unwritten)}: UMS's memory cannot be kept"
        yield CheckLine("error", SUBJECT, message)
    role = _role(connection)
    if role:
        message = f"the login is {role}; db_datareader and writing the memory tables are enough"
        yield CheckLine("warning", SUBJECT, message)
    elif needless:
        message = f"the login may write {', '.join(needless)}, which this program never does"
        yield CheckLine("warning", SUBJECT, message)
    if not (unread or unwritten or role or needless):
        yield CheckLine("ok", SUBJECT, "the login has the rights it needs and no more")


def _may(connection: Connection, mapping: Mapping, table: Table, what: str) -> bool:
    name = mapping.table(table.name)
    asked = sa.text("SELECT HAS_PERMS_BY_NAME(:name, 'OBJECT', :what)")
    return connection.execute(asked, {"name": name, "what": what}).scalar() == 1


def _role(connection: Connection) -> str:
    asked = sa.text("SELECT IS_SRVROLEMEMBER('sysadmin'), IS_MEMBER('db_owner')")
    administrator, owner = connection.execute(asked).one()
    if administrator == 1:
        return "a system administrator of the server"
    return "the owner of the database" if owner == 1 else ""
