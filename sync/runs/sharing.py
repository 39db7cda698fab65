"""Persons and places that several organizations on one site have: the last of them deletes.

An account is one, whoever has it, and so is a room. What another organization has is what its runs
left and what UMS's memory says of it; either is enough to let it live.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import duckdb

from sync.errors import RunFileDamaged
from sync.runs.installation import Installation, organizations
from sync.runs.storing import load_held_now
from sync.snapshots.arrow import registered
from sync.snapshots.workspace import open_workspace
from sync.state.runs import StateReader
from sync.ums.memory import hold_memory, read_memory
from sync.ums.organizations import Organization, on_one_site

if TYPE_CHECKING:
    import pyarrow as pa

_LEAVING = """
  SELECT 'held_person' AS held, key FROM held_person ANTI JOIN wanted_person USING (key)
  UNION ALL
  SELECT 'held_group', key FROM held_group ANTI JOIN wanted_group USING (key)
"""
_HELD_TOO = """
  SELECT held, key, ? AS organization FROM leaving
  WHERE held = 'held_person' AND lower(key) IN (SELECT lower(key) FROM held_person)
    OR held = 'held_group' AND key IN (SELECT key FROM held_group)
"""


def mark_shared(
    installation: Installation,
    reader: StateReader,
    org: int,
    workspace: duckdb.DuckDBPyConnection,
) -> None:
    """Fill ``shared`` from held_*, wanted_* and the other organizations on the same site.

    Asks nobody where nothing would be deleted. Raises DatabaseUnreachable and SchemaMismatch.
    """
    leaving: pa.Table = workspace.sql(_LEAVING).to_arrow_table()
    if not leaving.num_rows:
        return
    for other in _neighbours(installation, org):
        with open_workspace() as theirs:
            _load(installation, reader, other, theirs)
            with registered(theirs, leaving=leaving):
                named = f"organization {other.id}, {other.description},"
                found = theirs.sql(_HELD_TOO, params=[named]).to_arrow_table()
        with registered(workspace, found=found):
            workspace.execute("INSERT INTO shared FROM found ANTI JOIN shared USING (held, key)")


def _neighbours(installation: Installation, org: int) -> Sequence[Organization]:
    found = organizations(installation)
    own = next(one for one in found if one.id == org)
    return [other for other in found if other.id != org and on_one_site(own, other)]


def _load(
    installation: Installation,
    reader: StateReader,
    other: Organization,
    workspace: duckdb.DuckDBPyConnection,
) -> None:
    with suppress(RunFileDamaged):  # UMS's memory still says what it has
        load_held_now(installation, reader, other.id, workspace)
    source = installation.source()
    try:
        read_memory(source, installation.mapping, workspace, other.id)
    finally:
        source.dispose()
    hold_memory(workspace, other.id)
