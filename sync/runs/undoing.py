"""undo: the run that takes another one back, planned, guarded and carried out like any other."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import duckdb

from sync import comparison, rules
from sync.errors import Refused
from sync.model import RunReport, ignore_progress
from sync.runs.guarding import guard_plan
from sync.runs.installation import Installation
from sync.runs.planning import criteria_columns, make_wanted
from sync.runs.refusing import refuse_overlap
from sync.runs.sharing import mark_shared
from sync.runs.storing import Plan, load_held_after, load_held_now, store_plan
from sync.snapshots.filling import HELD_TABLES
from sync.snapshots.held import load_held
from sync.snapshots.run_file import attach
from sync.snapshots.workspace import open_workspace
from sync.state.runs import StateReader
from sync.ums.organizations import Organization
from sync.ums.reading import read_workspace

if TYPE_CHECKING:
    import pyarrow as pa


def undo(installation: Installation, run: str) -> RunReport:
    """Store the run that puts everything ``run`` touched back to what it was before.

    Deleted persons come back from the trash by their key, memberships and groups are made again,
    moves and renames are put back. What cannot come back was written down with the plan of ``run``
    and stands among the problems of the new run (itslearning-operations.md 5.4, 11.1). Raises
    Refused where the run was never carried out, or gave a key to another account, WriterBusy while
    a run is being carried out.
    """
    recorder = installation.recorder()
    stored = recorder.run(run)
    number = int(stored.summary.run)
    if stored.started is None:
        raise Refused(f"Run {run} was not carried out, so there is nothing to take back.")
    if "resolves" in stored.reading:
        raise Refused(
            f"Run {run} gave a sync key to another account; a key cannot be taken away again by a "
            "run. Look for duplicates once more, and resolve what is found the other way round, or "
            "change the keys by hand in itslearning."
        )
    org = stored.summary.org
    refuse_overlap(installation, org)
    with open_workspace() as workspace:
        _remember_before(installation, recorder, number, workspace)
        base = load_held_now(installation, recorder, org, workspace)
        comparison.want_as_before(workspace)
        mark_shared(installation, recorder, org, workspace, partial(_want_there, installation))
        comparison.compare(workspace)
        comparison.take_rekeys_back(workspace)
        comparison.add_rekeys(workspace)
        comparison.put_in_order(workspace)
        workspace.execute("UPDATE change SET reason = ?", [f"takes back run {run}"])
        rules.explain_shared(workspace)
        guarded = guard_plan(
            installation, recorder, org, workspace, installation.today, None, first=False
        )
        plan = Plan(
            org=org,
            day=installation.today,
            base=base,
            guarded=guarded,
            takes_back=number,
            confirm=stored.summary.confirm,
        )
        return store_plan(installation, recorder, workspace, plan)


def _want_there(
    installation: Installation,
    theirs: duckdb.DuckDBPyConnection,
    other: Organization,
    _leaving: pa.Table,
) -> None:
    """What another organization wants today (see ``sharing.Want``); an undo reads UMS for it."""
    source = installation.source()
    try:
        reading = read_workspace(source, installation.mapping, theirs, other.id, ignore_progress)
    finally:
        source.dispose()
    columns = criteria_columns(theirs, reading)
    make_wanted(theirs, other.id, installation.today, columns)


def _remember_before(
    installation: Installation, reader: StateReader, run: int, workspace: duckdb.DuckDBPyConnection
) -> None:
    """Make before_* (held before the run), touched_* (keys it changed), undone (what arrived)."""
    load_held(workspace, installation.run_files, run)
    for table in HELD_TABLES:
        kind = table.name.removeprefix("held_")
        workspace.execute(f"CREATE TABLE before_{kind} AS FROM {table.name}")
        workspace.execute(f"DELETE FROM {table.name}")
    load_held_after(installation, reader, run, workspace)
    for table in HELD_TABLES:
        kind = table.name.removeprefix("held_")
        workspace.execute(f"CREATE TABLE touched_{kind} AS FROM differs_{table.name}")
        workspace.execute(f"DELETE FROM {table.name}")
    workspace.execute("CREATE TABLE undone AS FROM arrived")
    attach(workspace, installation.run_files, run, "taken_back")
    workspace.execute("CREATE TABLE undone_inverse AS FROM taken_back.inverse")
    workspace.execute("DETACH taken_back")
    workspace.execute("CREATE TABLE undone_key AS FROM new_person_key")
    # A changed key is taken back as such: without this it would be a delete and a create.
    for before, column in (("before_person", "key"), ("before_membership", "person_key")):
        workspace.execute(
            f"UPDATE {before} SET {column} = new_key FROM undone_key WHERE {column} = old_key"
        )
