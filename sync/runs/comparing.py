"""Two runs compared, and what itslearning holds against what was last sent: changes like any."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from sync import comparison
from sync.errors import SettingsError
from sync.model import ProgressListener, ignore_progress
from sync.runs.installation import Installation, choose_organization, organizations
from sync.runs.live import keep_reading, load_live
from sync.runs.plan_reader import ChangeReader
from sync.runs.site import reading_site
from sync.runs.storing import load_held_after, load_held_now
from sync.snapshots.filling import HELD_TABLES
from sync.snapshots.held import take_arrived
from sync.snapshots.run_file import load_changes
from sync.snapshots.workspace import open_workspace
from sync.state.runs import StateReader


@contextmanager
def compare_runs(installation: Installation, one: str, other: str) -> Iterator[ChangeReader]:
    """What changed from run ``one`` to run ``other``.

    A run that was carried out counts with what was held after it, a plan with what all of it
    would lead to, held by the filter or not. Raises NotFound, RunFileDamaged, and SettingsError
    where the two are of different organizations.
    """
    reader = installation.reader()
    orgs = [reader.run(run).summary.org for run in (one, other)]
    if orgs[0] != orgs[1]:
        raise SettingsError(
            f"Run {one} is one of organization {orgs[0]} and run {other} of organization "
            f"{orgs[1]}: what one has and the other has not was never added or removed. Name two "
            "runs of one organization."
        )
    with open_workspace() as workspace:
        _load_end(installation, reader, other, workspace)
        _turn_into_wanted(workspace)
        _load_end(installation, reader, one, workspace)
        comparison.compare(workspace)
        comparison.put_in_order(workspace)
        workspace.execute("UPDATE change SET reason = ?", [f"from run {one} to run {other}"])
        yield ChangeReader(workspace)


@contextmanager
def drift(
    installation: Installation,
    org: int | None = None,
    *,
    progress: ProgressListener = ignore_progress,
) -> Iterator[ChangeReader]:
    """What itslearning holds now against what was last sent: ``before`` is what was sent, ``after``
    what is there.

    Reads every person, and every group with its memberships; itslearning gives memberships made by
    hand a key of its own when they are read (imses-protocol.md 6.1).
    """
    organization = choose_organization(organizations(installation), org)
    with open_workspace() as workspace:
        load_held_now(installation, installation.reader(), organization.id, workspace)
        with reading_site(installation, organization) as site:
            load_live(workspace, site, progress)
        keep_reading(installation, organization.id, workspace)
        comparison.want_live(workspace)
        comparison.compare(workspace)
        comparison.put_in_order(workspace)
        workspace.execute("UPDATE change SET reason = 'differs at itslearning from what was sent'")
        yield ChangeReader(workspace)


def _load_end(
    installation: Installation, reader: StateReader, run: str, workspace: duckdb.DuckDBPyConnection
) -> None:
    number = int(reader.run(run).summary.run)
    load_held_after(installation, reader, number, workspace)
    if reader.run(run).started is None:
        load_changes(workspace, installation.run_files, number)
        # What the filter holds is planned all the same: the comparison shows what it would lead to.
        workspace.execute("UPDATE change SET status = 'planned' WHERE status = 'held'")
        take_arrived(workspace)
        workspace.execute("DELETE FROM change")


def _turn_into_wanted(workspace: duckdb.DuckDBPyConnection) -> None:
    """What is held becomes what is wanted, by another name and without a copy."""
    for table in HELD_TABLES:
        if table.name == "held_trash":
            continue
        wanted = table.name.replace("held_", "wanted_")
        workspace.execute(f"DROP TABLE {wanted}")
        workspace.execute(f"ALTER TABLE {table.name} RENAME TO {wanted}")
        workspace.execute(f"CREATE TABLE {table.name} AS FROM {wanted} LIMIT 0")
    workspace.execute("DELETE FROM held_trash")
