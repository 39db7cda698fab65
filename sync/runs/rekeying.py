"""Re-keying: every person's sync key becomes the user name, as UMS's
ChangeAllPersonIdentifiersToUserName has it, or the one under which UMS has the same person now.

The map of old and new keys is the run itself: its file is sealed before anything is sent.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from sync import comparison, guard
from sync.errors import NotConfirmed
from sync.model import ProgressListener, RunReport, RunState, ignore_progress
from sync.procedure import RekeyPreview
from sync.runs.applying import apply
from sync.runs.following import course_creators, rekey_preview
from sync.runs.guarding import guard_plan
from sync.runs.installation import Installation, choose_organization, organizations
from sync.runs.listing import refuse_other_organization
from sync.runs.live import load_live_persons
from sync.runs.refusing import refuse_overlap
from sync.runs.site import reading_site
from sync.runs.storing import Plan, load_held_now, nothing_held, store_plan
from sync.snapshots.run_file import attach
from sync.snapshots.workspace import open_workspace
from sync.ums.database import database_name
from sync.ums.organizations import Organization
from sync.ums.reading import read_workspace


def preview_rekey(
    installation: Installation,
    org: int | None = None,
    *,
    proposed_by: str | None = None,
    progress: ProgressListener = ignore_progress,
) -> RekeyPreview:
    """What re-keying would do, from the persons at itslearning now; stores and sends nothing.

    ``proposed_by`` is the run whose proposal is taken; without one keys become user names.
    Raises NotFound, SettingsError, SiteUnreachable, CredentialsRefused, SiteFault,
    DatabaseUnreachable, RunFileDamaged.
    """
    organization = choose_organization(organizations(installation), org)
    proposing = _proposing(installation, organization, proposed_by)
    engine = installation.source()
    try:
        with open_workspace() as workspace:
            read_workspace(
                engine, installation.mapping, workspace, organization.id, progress,
                timetable=False,
            )  # fmt: skip
            _work_out(installation, organization, workspace, proposing, progress)
            return rekey_preview(workspace, database_name(engine))
    finally:
        engine.dispose()


def plan_rekey(
    installation: Installation,
    org: int | None = None,
    *,
    proposed_by: str | None = None,
    progress: ProgressListener = ignore_progress,
) -> RunReport:
    """Store the run that re-keys everybody, or those of whom the run ``proposed_by`` says that UMS
    has them under another key; guarded like any other; sends nothing.

    Who cannot be re-keyed stands among its problems, with the reason. The run is carried out with
    the database's name typed, and undone like any other.
    """
    recorder = installation.recorder()
    organization = choose_organization(organizations(installation), org)
    proposing = _proposing(installation, organization, proposed_by)
    engine = installation.source()
    try:
        name = database_name(engine)
    finally:
        engine.dispose()
    with open_workspace() as workspace:
        base = load_held_now(installation, recorder, organization.id, workspace)
        _read(installation, organization, workspace, progress)
        facts = guard.live_facts(workspace, counted=_count(workspace))
        creators = course_creators(installation, organization.id)
        _choose(installation, workspace, proposing, creators)
        comparison.add_rekeys(workspace)
        comparison.want_what_is_held(workspace)
        workspace.execute("INSERT INTO problem SELECT reason, key, 1, detail FROM rekey_obstacle")
        comparison.put_in_order(workspace)
        guarded = guard_plan(
            installation, recorder, organization.id, workspace, installation.today, None,
            first=nothing_held(workspace), live=facts,
        )  # fmt: skip
        without_key = [
            row[0]
            for row in workspace.execute(
                "SELECT user_name FROM live_person WHERE coalesce(key, '') = '' ORDER BY 1"
            ).fetchall()
        ]
        return store_plan(
            installation,
            recorder,
            workspace,
            Plan(
                org=organization.id,
                day=installation.today,
                base=base,
                guarded=guarded,
                without_key=without_key,
                confirm=name,
            ),
        )


def run_rekey(
    installation: Installation,
    org: int | None = None,
    *,
    confirm: str | None,
    proposed_by: str | None = None,
    progress: ProgressListener = ignore_progress,
) -> RunReport:
    """Plan the re-keying and carry it out where the filter lets it through; a held run is stored
    and left for a decision. Raises NotConfirmed without the database's name, WriterBusy before
    anything is planned while a run is being carried out, and what plan and apply raise."""
    installation.require("approver", to="re-key everybody")
    engine = installation.source()
    try:
        name = database_name(engine)
    finally:
        engine.dispose()
    if (confirm or "").strip() != name:
        raise NotConfirmed(
            f"Type the name of the database to go on: --confirm {name}. Nothing was sent."
        )
    refuse_overlap(installation, choose_organization(organizations(installation), org).id)
    report = plan_rekey(installation, org, proposed_by=proposed_by, progress=progress)
    if report.summary.state is RunState.HELD:
        return report
    return apply(installation, report.summary.run, confirm=confirm, progress=progress)


def _proposing(
    installation: Installation, organization: Organization, run: str | None
) -> int | None:
    """The number of the run whose proposal is taken, before anybody is asked for anything. Raises
    NotFound, and SettingsError for another organization's run: its keys would be given."""
    if run is None:
        return None
    refuse_other_organization(installation, run, organization.id)
    return int(installation.reader().run(run).summary.run)


def _work_out(
    installation: Installation,
    organization: Organization,
    workspace: duckdb.DuckDBPyConnection,
    proposing: int | None,
    progress: ProgressListener,
) -> None:
    load_held_now(installation, installation.reader(), organization.id, workspace)
    _read(installation, organization, workspace, progress)
    creators = course_creators(installation, organization.id)
    _choose(installation, workspace, proposing, creators)


def _choose(
    installation: Installation,
    workspace: duckdb.DuckDBPyConnection,
    proposing: int | None,
    creators: Sequence[str],
) -> None:
    if proposing is None:
        comparison.rekey_to_user_names(workspace, creators)
        return
    attach(workspace, installation.run_files, proposing, "proposing_run")
    workspace.execute(
        "CREATE OR REPLACE TEMP TABLE proposing AS "
        "SELECT kind, op, key, before, after, memory, status FROM proposing_run.change "
        "WHERE kind = 'person'"
    )
    workspace.execute("DETACH proposing_run")
    comparison.rekey_as_proposed(workspace, creators)


def _read(
    installation: Installation,
    organization: Organization,
    workspace: duckdb.DuckDBPyConnection,
    progress: ProgressListener,
) -> None:
    with reading_site(installation, organization) as site:
        load_live_persons(workspace, site, progress)


def _count(workspace: duckdb.DuckDBPyConnection) -> int:
    row = workspace.execute("SELECT count(*) FROM live_person").fetchone()
    return 0 if row is None else int(row[0])
