"""What a plan has to tell people beside its changes (readings.md 50)."""

from __future__ import annotations

import duckdb

from sync.runs.installation import Installation
from sync.snapshots.run_file import attach
from sync.state.runs import StateReader

_COURSES = "(kind = 'course' OR after ->> '$.type' = 'Course' OR before ->> '$.type' = 'Course')"


def announce(
    installation: Installation, reader: StateReader, org: int, workspace: duckdb.DuckDBPyConnection
) -> None:
    """Add to ``problem`` the restores that wait for a person, and the courses that itslearning
    archived when a sync deleted them and that now come back (rules.md 16, readings.md 6)."""
    workspace.execute(
        "INSERT INTO problem SELECT 'restore-waits', key, 1, message FROM change "
        "WHERE kind = 'person' AND op = 'restore' AND status = 'held'"
    )
    if not installation.settings.itslearning.archives_courses(org):
        return
    workspace.execute(
        "CREATE OR REPLACE TEMP TABLE coming_course AS SELECT key, label FROM change "
        f"WHERE op IN ('create', 'restore') AND {_COURSES}"
    )
    if workspace.execute("SELECT 1 FROM coming_course LIMIT 1").fetchone() is None:
        return
    workspace.execute("CREATE OR REPLACE TEMP TABLE archived_course (key VARCHAR)")
    for run in reader.runs_that_deleted_courses(org):
        if installation.run_files.path(run).exists():
            _remember_deleted(installation, reader, run, workspace)
    workspace.execute(
        """INSERT INTO problem
           SELECT 'un-archive', key, 1, label || ': itslearning archived this course when it was '
             || 'deleted. It is created again and stays archived: un-archive it by hand, under '
             || 'Admin, Courses, with "Archived courses" ticked'
           FROM coming_course WHERE key IN (FROM archived_course) ORDER BY key"""
    )


def _remember_deleted(
    installation: Installation,
    reader: StateReader,
    run: int,
    workspace: duckdb.DuckDBPyConnection,
) -> None:
    attach(workspace, installation.run_files, run, "earlier")
    try:
        found = workspace.execute(
            "SELECT seq, key FROM earlier.change WHERE op = 'delete' "
            f"AND {_COURSES} AND key IN (SELECT key FROM coming_course)"
        ).fetchall()
    finally:
        workspace.execute("DETACH earlier")
    if not found:
        return
    arrived = {seq for batch in reader.settled_items(run) for seq in batch}
    arrived -= {seq for seq, _, _ in reader.outcomes(run)}
    workspace.execute(
        "INSERT INTO archived_course SELECT unnest(?::VARCHAR[])",
        [[key for seq, key in found if seq in arrived]],
    )
