"""Reading what itslearning holds into the live_* tables of a workspace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import duckdb

from sync.errors import RunFileDamaged
from sync.model import LivePerson, Progress, ProgressListener
from sync.runs.installation import Installation
from sync.snapshots.arrow import registered
from sync.snapshots.live_file import keep_live

if TYPE_CHECKING:
    from sync.itslearning import SiteReader

_PERSON = (
    "key", "user_name", "first_name", "last_name", "role", "email", "phone", "mobile", "street",
    "postcode", "city", "nick",
)  # fmt: skip
_GROUP = ("key", "title", "parent_key", "type")
_MEMBERSHIP = ("key", "person_key", "group_key", "role")
_GROUPS_AT_ONCE = 50


def load_live_persons(
    workspace: duckdb.DuckDBPyConnection, reader: SiteReader, progress: ProgressListener
) -> None:
    """Fill ``live_person`` with everybody the site shows, page by page."""
    for page in reader.read_all_persons(progress):
        insert_live_persons(workspace, page)


def keep_reading(
    installation: Installation,
    org: int,
    workspace: duckdb.DuckDBPyConnection,
    remarks: list[str] | None = None,
) -> None:
    """Keep live_person for later questions; a folder that takes no file only costs that."""
    if installation.read_only:
        return
    try:
        keep_live(workspace, installation.run_files.folder, org, installation.clock())
    except RunFileDamaged as error:
        if remarks is not None:
            remarks.append(str(error))


def load_live(
    workspace: duckdb.DuckDBPyConnection, reader: SiteReader, progress: ProgressListener
) -> None:
    """Fill live_person, and live_group and live_membership for every group that is held.

    itslearning gives memberships that were made by hand a key of its own when they are read, so
    this is only done where a person asked for live data (imses-protocol.md 6.1).
    """
    load_live_persons(workspace, reader, progress)
    rows = workspace.execute("SELECT key FROM held_group ORDER BY key").fetchall()
    keys = [row[0] for row in rows]
    found: list[str] = []
    for start in range(0, len(keys), _GROUPS_AT_ONCE):
        progress(Progress("reading groups at itslearning", start, len(keys)))
        groups = reader.read_groups(keys[start : start + _GROUPS_AT_ONCE])
        there = [group for group in groups.values() if group is not None and group.key]
        found += [group.key for group in there if group.key]
        _insert(workspace, "live_group", _GROUP, there)
    for _, memberships in reader.read_memberships_of_groups(found, progress):
        _insert(workspace, "live_membership", _MEMBERSHIP, memberships)


def insert_live_persons(
    workspace: duckdb.DuckDBPyConnection, persons: Sequence[LivePerson]
) -> None:
    """Append persons to ``live_person``."""
    _insert(workspace, "live_person", _PERSON, persons)


def _insert(
    workspace: duckdb.DuckDBPyConnection, table: str, names: Sequence[str], values: Sequence[object]
) -> None:
    import pyarrow as pa  # noqa: PLC0415 (25 MB that a console seldom needs)

    if not values:
        return
    columns = {
        name: pa.array([getattr(value, name) for value in values], pa.string()) for name in names
    }
    with registered(workspace, incoming=pa.table(columns)):
        workspace.execute(f"INSERT INTO {table} BY NAME FROM incoming")
