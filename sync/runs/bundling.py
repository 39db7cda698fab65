"""A run file to send on: everything support needs to see what a run did and why, without mail,
phone and address (CPR numbers and birthdays are in no run file)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb

from sync.runs.fate import decided_plan
from sync.runs.installation import Installation
from sync.snapshots.arrow import registered
from sync.snapshots.bundle import leave_contacts_out
from sync.snapshots.held import load_held
from sync.snapshots.run_file import attach, seal_as
from sync.snapshots.workspace import open_workspace
from sync.state.runs import StateReader

_COPY = (
    "INSERT INTO change BY NAME SELECT * FROM original.change",
    "INSERT INTO problem SELECT * FROM original.problem",
    "INSERT INTO inverse SELECT * FROM original.inverse",
    "INSERT INTO goes_along SELECT * FROM original.goes_along",
)


def bundle(installation: Installation, run: str, to: Path) -> int:
    """Write the file; gives how many changes it holds.

    It is a run file like any other, a keyframe whatever the original was, with three tables more:
    ``fate`` (status and message of each change by now), ``decision`` and ``run`` (what the state
    database knows). Contact data that differ show that they do, not what they are. Raises NotFound,
    RunFileDamaged.
    """
    reader = installation.reader()
    number = int(reader.run(run).summary.run)
    with open_workspace() as workspace:
        header = load_held(workspace, installation.run_files, number)
        attach(workspace, installation.run_files, number, "original")
        for statement in _COPY:
            workspace.execute(statement)
        workspace.execute("DETACH original")
        leave_contacts_out(workspace)
        more = _what_became(installation, reader, number, workspace)
        seal_as(to, workspace, replace(header, base=None, steps=0), more)
        found = workspace.execute("SELECT count(*) FROM change").fetchall()
    return int(found[0][0])


def _what_became(
    installation: Installation,
    reader: StateReader,
    run: int,
    workspace: duckdb.DuckDBPyConnection,
) -> tuple[str, ...]:
    import pyarrow as pa  # noqa: PLC0415 (25 MB that a console seldom needs)

    with decided_plan(installation.run_files, reader, run) as plan:
        fate = plan.sql("SELECT seq, status, message, goes FROM fate").to_arrow_table()
    summary = reader.run(run).summary
    decisions = [item for item in reader.decisions(run) if not item.proposal]
    tables = {
        "fate": fate,
        "decision": pa.table(
            {
                "answer": pa.array([d.answer for d in decisions], pa.string()),
                "chosen": pa.array([d.count for d in decisions], pa.int64()),
                "reason": pa.array([d.reason for d in decisions], pa.string()),
                "operator": pa.array([d.operator for d in decisions], pa.string()),
                "decided_at": pa.array([d.decided_at.isoformat() for d in decisions], pa.string()),
            }
        ),
        "run": pa.table(
            {
                "run": [summary.run],
                "state": [summary.state.value],
                "verdict": [summary.verdict.value],
                "made_by": [summary.made_by],
                "ok": [summary.applied.ok],
                "failed": [summary.applied.failed],
                "skipped": [summary.applied.skipped],
                "message": [summary.message],
            }
        ),
    }
    for name, content in tables.items():
        with registered(workspace, incoming=content):
            workspace.execute(f"CREATE TABLE {name} AS FROM incoming")
    workspace.execute("UPDATE fate SET message = without_mail(message)")
    workspace.execute("UPDATE run SET message = without_mail(message)")
    return tuple(tables)
