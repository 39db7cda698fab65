"""What is held where run files are lost or damaged: UMS's memory, itslearning laid over it."""

from __future__ import annotations

import duckdb

from sync.model import RunState
from sync.runs.installation import Installation
from sync.runs.storing import Base
from sync.snapshots.filling import HELD_TABLES
from sync.state import audit
from sync.state.runs import StateWriter
from sync.ums.memory import hold_memory, read_memory
from sync.ums.organizations import Organization


def rebuild_held(
    installation: Installation,
    recorder: StateWriter,
    organization: Organization,
    workspace: duckdb.DuckDBPyConnection,
    lost: str,
) -> Base:
    """Fill the held_* tables from UMS's memory, because a run file that they build on is lost. Only
    for a plan that reads itslearning itself and is stored whole; it needs what reading UMS filled.
    """
    for table in HELD_TABLES:
        workspace.execute(f"DELETE FROM {table.name}")
    engine = installation.source()
    try:
        read_memory(engine, installation.mapping, workspace, organization.id)
    finally:
        engine.dispose()
    hold_memory(workspace, organization.id)
    last = recorder.last_started(organization.id)
    assert last is not None  # else no file would have been looked for
    number = int(last.summary.run)
    if last.summary.state is RunState.APPLYING:
        message = "its file is lost; what had not arrived is planned anew"
        recorder.end(
            number, RunState.APPLIED_WITH_FAILURES, done=[], now=installation.clock(),
            message=message,
        )  # fmt: skip
    audit.record(
        installation.state,
        installation.operator,
        installation.clock(),
        "rebuild",
        run=number,
        reason=f"held taken from UMS's memory and itslearning: {lost}",
    )
    return Base(last, recorder.settled_batches(number), 0)
