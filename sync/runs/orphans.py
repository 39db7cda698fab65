"""Rooms and groups at itslearning that UMS once made and nothing here knows any more.

No call of itslearning's lists groups. So names are gathered wherever something was once known:
UMS's memory, the backups of clean-ups, rooms that past runs forgot, and, where it is asked for, the
groups of every person. What itslearning still shows of them is an orphan; course templates that
settings name are none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import duckdb
import sqlalchemy as sa

from sync import cleanup, comparison
from sync.errors import BackupUnusable, NotFound, Refused
from sync.model import (
    ChangeFilter,
    LiveGroup,
    Operation,
    Progress,
    ProgressListener,
    RunReport,
    ignore_progress,
)
from sync.procedure import Orphan
from sync.runs.cleaning import backup_folder
from sync.runs.guarding import guard_plan
from sync.runs.installation import Installation, choose_organization, organizations
from sync.runs.plan_reader import PlanReader
from sync.runs.planning import criteria_columns, make_wanted
from sync.runs.site import in_parts, reading_site
from sync.runs.storing import Plan, load_held_now, nothing_held, store_plan
from sync.snapshots.arrow import registered
from sync.snapshots.workspace import open_workspace
from sync.ums import tables
from sync.ums.check import used_templates
from sync.ums.database import reachable
from sync.ums.mapping import inspect
from sync.ums.memory import read_memory
from sync.ums.organizations import Organization
from sync.ums.reading import read_workspace

if TYPE_CHECKING:
    from sync.itslearning import SiteReader

PREFIXES = ("UMSCourse_", "UMSGroups_")  # rules.md 11
_AT_ONCE = 50
_FORGOTTEN = ChangeFilter(operations=frozenset({Operation.FORGET.value}))


def find_orphans(
    installation: Installation,
    org: int | None = None,
    *,
    through_persons: bool = False,
    progress: ProgressListener = ignore_progress,
) -> list[Orphan]:
    """The orphans of an organization, by key; reads itslearning, changes nothing.

    ``through_persons`` also asks for the groups of every person, one call each. Raises
    SiteUnreachable, CredentialsRefused, SiteFault, DatabaseUnreachable, ...
    """
    organization = choose_organization(organizations(installation), org)
    with open_workspace() as workspace:
        _load_known(installation, organization, workspace, progress)
        found: dict[str, str] = {}
        for key, where in _once_known(installation, organization, workspace):
            found.setdefault(key, where)
        with reading_site(installation, organization) as site:
            if through_persons:
                for key in _of_persons(site, progress):
                    found.setdefault(key, "a person's groups")
            templates = _templates(installation, organization)
            unknown = [key for key in _unknown(workspace, found) if key not in templates]
            live = _live(site, unknown, progress)
    return [
        Orphan(key, group.title, "course" if group.course else "group", group.parent_key or "",
               found[key])
        for key, group in sorted(live.items())
    ]  # fmt: skip


def plan_orphans(
    installation: Installation,
    keys: Sequence[str],
    org: int | None = None,
    *,
    adopt: bool,
    progress: ProgressListener = ignore_progress,
) -> RunReport:
    """Store the run that deletes orphans, or takes them up again; guarded like any other.

    An adopted room is held from then on, so that the rules archive and delete it in their time.
    Raises NotFound for a key that is no orphan, Refused where something known stands below one.
    """
    installation.require("approver", "scheduler", to="plan what becomes of orphans")
    recorder = installation.recorder()
    organization = choose_organization(organizations(installation), org)
    wanted = list(dict.fromkeys(keys))
    with open_workspace() as workspace:
        base = load_held_now(installation, recorder, organization.id, workspace)
        with reading_site(installation, organization) as site:
            held = {row[0] for row in workspace.execute("SELECT key FROM held_group").fetchall()}
            live = _live(site, [key for key in wanted if key not in held], progress)
        templates = _templates(installation, organization)
        for key in wanted:
            if key not in live or key in templates or not key.startswith(PREFIXES):
                raise NotFound(
                    f"{key} is no orphan: itslearning does not show it, UMS did not make it, or it "
                    "is held here. `umstui cleanup orphans list` lists them; nothing was stored."
                )
        _refuse_parents(workspace, [] if adopt else wanted)
        comparison.want_what_is_held(workspace)
        setting = _lowest_setting(installation, organization) if adopt else None
        _add_changes(workspace, live, adopt=adopt, setting=setting)
        comparison.put_in_order(workspace)
        guarded = guard_plan(
            installation, recorder, organization.id, workspace, installation.today, None,
            first=nothing_held(workspace),
        )  # fmt: skip
        plan = Plan(org=organization.id, day=installation.today, base=base, guarded=guarded)
        return store_plan(installation, recorder, workspace, plan)


def _templates(installation: Installation, organization: Organization) -> frozenset[str]:
    engine = installation.source()
    try:
        found = used_templates(engine, installation.mapping, organization.id)
    finally:
        engine.dispose()
    return frozenset(template for _, template, _ in found)


def _lowest_setting(installation: Installation, organization: Organization) -> int | None:
    """The setting that an adopted room gets, as one that several settings could have made."""
    engine = installation.source()
    table = tables.ITSLEARNING_SETTINGS
    try:
        schema = inspect(engine, installation.mapping, [table])
        schema.require(table)
        query = sa.select(sa.func.min(schema.column(table, "ID"))).where(
            schema.column(table, "OrganizationSettings_ID") == organization.id
        )
        with reachable(engine), engine.connect() as connection:
            found = connection.execute(query).scalar()
    finally:
        engine.dispose()
    return None if found is None else int(str(found))


def _load_known(
    installation: Installation,
    organization: Organization,
    workspace: duckdb.DuckDBPyConnection,
    progress: ProgressListener,
) -> None:
    """What is held, what is wanted today, and what UMS remembers."""
    engine = installation.source()
    try:
        reading = read_workspace(
            engine, installation.mapping, workspace, organization.id, progress, timetable=False
        )
        load_held_now(installation, installation.reader(), organization.id, workspace)
        columns = criteria_columns(workspace, reading)
        make_wanted(workspace, organization.id, installation.today, columns)
        read_memory(engine, installation.mapping, workspace, organization.id)
    finally:
        engine.dispose()


def _once_known(
    installation: Installation, organization: Organization, workspace: duckdb.DuckDBPyConnection
) -> Iterator[tuple[str, str]]:
    """Keys that were known once, each with where that is from."""
    rows = workspace.execute("SELECT key FROM memory_row WHERE title IS NOT NULL").fetchall()
    yield from ((key, "UMS's memory") for (key,) in rows)
    for path in cleanup.backup_files(backup_folder(installation)):
        try:
            backup = cleanup.read_backup(path)
        except BackupUnusable:
            continue  # it is said where somebody wants to restore it
        if backup.header.organization not in {None, organization.id}:
            continue
        for table in (tables.SITES, tables.GROUPS):
            names = [name.casefold() for name in backup.columns(table.name)]
            physical = installation.mapping.column(table.name, "SyncKey").casefold()
            owner = installation.mapping.column(table.name, "OrganizationSettings_ID").casefold()
            place, org = names.index(physical), names.index(owner)
            for part in backup.rows(table.name):
                yield from ((str(r[place]), "a backup") for r in part if r[org] == organization.id)
    reader = installation.reader()
    for run in reader.runs(organization.id):
        if any(numbers.get(Operation.FORGET.value) for numbers in run.counts.values()):
            with PlanReader(installation.run_files, reader, int(run.run)) as plan:
                for change in plan.page(_FORGOTTEN, 0, plan.count(_FORGOTTEN)):
                    yield change.key, f"run {run.run}, which forgot it"


def _of_persons(site: SiteReader, progress: ProgressListener) -> Iterator[str]:
    """Keys of groups that persons are in. Some sites name groups by their title alone
    (imses-protocol.md 3.3): then the keys it could stand for are looked for."""
    for page in site.read_all_persons(progress):
        for person in page:
            if person.key:
                for group in site.read_groups_of_person(person.key):
                    if group.key:
                        yield group.key
                    else:
                        yield from (prefix + group.title for prefix in PREFIXES)


def _unknown(workspace: duckdb.DuckDBPyConnection, found: Mapping[str, str]) -> list[str]:
    """Those with the prefixes that are neither held nor wanted."""
    import pyarrow as pa  # noqa: PLC0415 (25 MB that a console seldom needs)

    keys = pa.table({"key": pa.array([k for k in found if k.startswith(PREFIXES)], pa.string())})
    with registered(workspace, once_known=keys):
        rows = workspace.execute(
            "SELECT key FROM once_known WHERE key NOT IN (SELECT key FROM held_group) "
            "AND key NOT IN (SELECT key FROM wanted_group) ORDER BY key"
        ).fetchall()
    return [row[0] for row in rows]


def _live(
    site: SiteReader, keys: Sequence[str], progress: ProgressListener
) -> dict[str, LiveGroup]:
    live: dict[str, LiveGroup] = {}
    for done, part in enumerate(in_parts(keys, _AT_ONCE)):
        progress(Progress("looking for orphans at itslearning", done * _AT_ONCE, len(keys)))
        live |= {key: group for key, group in site.read_groups(part).items() if group is not None}
    return live


def _refuse_parents(workspace: duckdb.DuckDBPyConnection, keys: Sequence[str]) -> None:
    """Deleting a group takes everything below along (imses-protocol.md 5.3)."""
    rows = workspace.execute(
        "SELECT key, parent_key FROM held_group WHERE parent_key IN (SELECT unnest(?::VARCHAR[])) "
        "ORDER BY 1 LIMIT 1",
        [list(keys)],
    ).fetchall()
    for key, parent in rows:
        raise Refused(f"{key} stands under {parent} and would be deleted too; nothing was stored.")


def _add_changes(
    workspace: duckdb.DuckDBPyConnection,
    live: Mapping[str, LiveGroup],
    *,
    adopt: bool,
    setting: int | None,
) -> None:
    import pyarrow as pa  # noqa: PLC0415 (25 MB that a console seldom needs)

    groups = list(live.items())
    columns = pa.table(
        {
            "key": pa.array([key for key, _ in groups], pa.string()),
            "title": pa.array([group.title for _, group in groups], pa.string()),
            "parent": pa.array([group.parent_key or "" for _, group in groups], pa.string()),
            "type": pa.array([group.type for _, group in groups], pa.string()),
            "course": pa.array([group.course for _, group in groups], pa.bool_()),
        }
    )
    with registered(workspace, orphan=columns):
        workspace.execute(
            """INSERT INTO change (seq, stage, depth, kind, op, key, label, school, group_key,
                                   before, after, memory, reason)
               SELECT 0, 0, 0, CASE WHEN course THEN 'course' ELSE 'group' END, $op, key, title, '',
                 parent, record, CASE WHEN $adopt THEN record END,
                 CASE WHEN $adopt THEN json_object('site_type', 'Activity', 'depth', 1,
                   'setting_id', $setting,
                   'node_id', regexp_replace(key, '^UMS(Course|Groups)_', '')) END,
                 CASE WHEN $adopt THEN 'an orphan: looked after from now on'
                      ELSE 'an orphan: nothing here knows it; an undo does not bring it back' END
               FROM (SELECT *, json_object('title', title, 'parent', parent, 'type', type) AS record
                     FROM orphan)""",
            {"op": "update" if adopt else "delete", "adopt": adopt, "setting": setting},
        )
