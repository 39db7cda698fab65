"""Persons, places and memberships that several organizations on one site have: the last of them
deletes.

An account is one, whoever has it, and so is a room, and a pupil in it. Another organization has
what its runs left and what UMS's memory says of it, and it wants what its own rules make of the
same rows of Students; any of these is enough to let something live.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import duckdb

from sync.errors import CriteriaRefused, RunFileDamaged
from sync.runs.installation import Installation, organizations
from sync.runs.storing import load_held_now
from sync.snapshots.arrow import registered
from sync.snapshots.workspace import open_workspace
from sync.state.runs import StateReader
from sync.ums.memory import hold_memory, read_memory
from sync.ums.organizations import Organization, on_one_site

if TYPE_CHECKING:
    import pyarrow as pa

# Fills wanted_* of another organization's workspace, in which its held_* stand: given that
# workspace, the organization, and what leaves here (a person's key or a node id in each row).
Want = Callable[[duckdb.DuckDBPyConnection, Organization, "pa.Table"], None]

REASON = "other-organization"
_LEAVING = """
  SELECT 'held_person' AS held, key, key AS person, NULL AS group_key, NULL AS node_id
  FROM held_person ANTI JOIN wanted_person USING (key)
  UNION ALL
  SELECT 'held_group', key, NULL, key, node_id FROM held_group ANTI JOIN wanted_group USING (key)
  UNION ALL
  SELECT 'held_membership', h.person_key || '@' || h.group_key, h.person_key, h.group_key, g.node_id
  FROM (FROM held_membership ANTI JOIN wanted_membership USING (person_key, group_key)) h
  LEFT JOIN held_group g ON g.key = h.group_key
"""
_TOO = """
  SELECT held, key, $named AS organization, $word AS word FROM leaving
  WHERE held = 'held_person' AND lower(key) IN (SELECT lower(key) FROM {state}_person)
    OR held = 'held_group' AND key IN (SELECT key FROM {state}_group)
    OR held = 'held_membership'
       AND (lower(person), group_key) IN (SELECT (lower(person_key), group_key)
                                          FROM {state}_membership)
"""
_NOT_YET = "SELECT person, node_id FROM leaving ANTI JOIN shared USING (held, key)"


def mark_shared(
    installation: Installation,
    reader: StateReader,
    org: int,
    workspace: duckdb.DuckDBPyConnection,
    want: Want,
) -> None:
    """Fill ``shared`` from held_*, wanted_* and the other organizations on the same site.

    Nothing is read where there is no other one or nothing would be deleted. What another one wants
    is not known where its criteria are refused: ``problem`` then says that only what it has was
    minded. Raises DatabaseUnreachable, SchemaMismatch and SourceIncomplete.
    """
    neighbours = _neighbours(installation, org)
    if not neighbours:
        return
    leaving: pa.Table = workspace.sql(_LEAVING).to_arrow_table()
    if not leaving.num_rows:
        return
    for other in neighbours:
        with open_workspace() as theirs:
            _load(installation, reader, other, theirs)
            _mark(workspace, theirs, leaving, other, "has")
            with registered(workspace, leaving=leaving):
                left = workspace.sql(_NOT_YET).to_arrow_table()
            if not left.num_rows:
                continue
            try:
                want(theirs, other, left)
            except CriteriaRefused as error:
                told = (
                    f"{_named(other)} wants what cannot be told, only what it has counts: {error}"
                )
                workspace.execute(
                    "INSERT INTO problem VALUES (?, ?, 1, ?)",
                    [REASON, f"organization {other.id}", told],
                )
                continue
            _mark(workspace, theirs, leaving, other, "wants")


def _mark(
    workspace: duckdb.DuckDBPyConnection,
    theirs: duckdb.DuckDBPyConnection,
    leaving: pa.Table,
    other: Organization,
    word: str,
) -> None:
    values = {"named": _named(other), "word": word}
    query = _TOO.format(state={"has": "held", "wants": "wanted"}[word])
    with registered(theirs, leaving=leaving):
        found = theirs.sql(query, params=values).to_arrow_table()
    with registered(workspace, found=found):
        workspace.execute("INSERT INTO shared FROM found ANTI JOIN shared USING (held, key)")


def _named(other: Organization) -> str:
    return f"organization {other.id}, {other.description},"


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
