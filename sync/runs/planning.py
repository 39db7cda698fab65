"""plan: from Students to a sealed run file. Writes nothing to UMS or itslearning."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import duckdb

from sync import comparison, guard, rules
from sync.errors import RunFileDamaged
from sync.model import (
    Progress,
    ProgressListener,
    RunReport,
    ignore_progress,
)
from sync.runs.announcing import announce
from sync.runs.beside import beside
from sync.runs.carrying import inherit
from sync.runs.guarding import guard_plan
from sync.runs.installation import Installation, choose_organization
from sync.runs.live import keep_reading, load_live, load_live_persons
from sync.runs.phases import phase
from sync.runs.rebuilding import rebuild_held
from sync.runs.recollecting import Disagreement, disagreement, recollect
from sync.runs.sharing import mark_shared
from sync.runs.site import in_parts, load_ahead, reading_site
from sync.runs.storing import Base, Plan, load_held_now, nothing_held, store_plan
from sync.snapshots.arrow import registered
from sync.snapshots.filling import work_out_differences
from sync.snapshots.workspace import another_connection, open_workspace
from sync.state.runs import StateWriter
from sync.ums.criteria import like, translate
from sync.ums.organizations import Organization, organizations
from sync.ums.reading import SourceReading, read_workspace
from sync.ums.tables import SETTINGS_TABLES

if TYPE_CHECKING:
    import pyarrow as pa

# How many profiles are asked for between two words of progress: many calls, side by side.
_PROFILES_AT_ONCE = 2000


def plan(
    installation: Installation,
    org: int | None = None,
    *,
    as_of: dt.date | None = None,
    users_only: bool = False,
    live: bool = False,
    to_be_sent: bool = False,
    progress: ProgressListener = ignore_progress,
) -> RunReport:
    """Compute and store a run for a day (today unless given) and give its report.

    ``users_only`` plans persons alone (rules.md 24); ``live`` plans against what itslearning holds
    now instead of what was last sent, and so mends drift. A plan for today, or one ``to_be_sent``,
    keeps the ledger of postponed deletes; a plan for another day only asks. Raises the errors of
    sync.errors; a plan that fails stores nothing.
    """
    recorder = installation.recorder()
    day = as_of or installation.today
    source = installation.source()
    try:
        organization = choose_organization(organizations(source, installation.mapping), org)
        with open_workspace() as workspace:
            planner = _Planner(
                installation, organization, workspace, day, users_only, live, progress,
                to_be_sent or day == installation.today,
            )  # fmt: skip
            with beside(workspace, partial(planner.recall, recorder)) as recalled:
                with phase("reading UMS"), another_connection(workspace) as tables:
                    reading = read_workspace(
                        source,
                        installation.mapping,
                        tables,
                        organization.id,
                        progress,
                        timetable=bool(organization.api_client_id),
                    )
                progress(Progress("recalling what itslearning holds"))
                base, told = planner.recalled(recorder, recalled)
            return planner.make(recorder, reading, base, told)
    finally:
        source.dispose()


@dataclass(frozen=True, slots=True)
class _Planner:
    installation: Installation
    organization: Organization
    workspace: duckdb.DuckDBPyConnection
    day: dt.date
    users_only: bool
    live: bool
    progress: ProgressListener
    keeps_ledger: bool

    def recall(self, recorder: StateWriter) -> tuple[Base, Disagreement]:
        """What is held, and how UMS's memory disagrees with it; needs nothing that is read."""
        with phase("rebuilding what is held"):
            base = load_held_now(self.installation, recorder, self.organization.id, self.workspace)
            if base.steps:
                work_out_differences(self.workspace)
        with phase("comparing with UMS's memory"):
            return base, self._disagreement(recorder, base)

    def recalled(
        self, recorder: StateWriter, found: Future[tuple[Base, Disagreement]]
    ) -> tuple[Base, Disagreement]:
        """What ``recall`` found, once UMS is read; rebuilt where run files are lost."""
        try:
            return found.result()
        except RunFileDamaged as error:
            if not self.live:
                raise
            lost = str(error)
        base = rebuild_held(self.installation, recorder, self.organization, self.workspace, lost)
        return base, self._disagreement(recorder, base)

    def make(
        self, recorder: StateWriter, reading: SourceReading, base: Base, told: Disagreement
    ) -> RunReport:
        first = nothing_held(self.workspace) or recorder.only_resolved(self.organization.id)
        doubted = recollect(self.organization, self.workspace, *told)
        live = self.live or doubted
        with phase("reading itslearning"):
            seen, without_key = self._read_live(live=doubted or (live and not first), first=first)
        first = first and (not doubted or nothing_held(self.workspace))
        self.progress(Progress("working out what itslearning should hold"))
        columns = criteria_columns(self.workspace, reading)
        with ThreadPoolExecutor(1, "loading") as thread, phase("working out what is wanted"):
            thread.submit(load_ahead)
            self._make_wanted(columns)
        with phase("asking for templates"):
            refused = self._refuse_settings()
        if refused:
            self._make_wanted(columns)
        self.progress(Progress("comparing with what itslearning holds"))
        with phase("asking who else has what leaves"):
            want = partial(want_there, self.workspace, self.day, columns)
            mark_shared(self.installation, recorder, self.organization.id, self.workspace, want)
        with phase("comparing"):
            comparison.compare(self.workspace)
        with phase("reading profiles"):
            self._spare_administrators()
        with phase("putting in order"):
            comparison.put_in_order(self.workspace)
        with phase("giving reasons"):
            rules.explain(self.workspace)
        org = self.organization.id
        with phase("carrying decisions over"):
            announce(self.installation, recorder, org, self.workspace)
            inherited = inherit(self.installation, recorder, org, self.day, self.workspace)
        with phase("guarding"):
            guarded = guard_plan(
                self.installation, recorder, org, self.workspace, self.day, reading, first=first,
                live=seen,
            )  # fmt: skip
        return store_plan(
            self.installation,
            recorder,
            self.workspace,
            Plan(
                org=org,
                day=self.day,
                # What the site itself says does not follow from the file before.
                base=replace(base, steps=0) if live else base,
                guarded=guarded,
                inherited=inherited,
                keeps_ledger=self.keeps_ledger,
                source_digest=reading.digest,
                settings_digest=reading.settings_digest,
                users_only=self.users_only,
                without_key=without_key,
            ),
        )

    def _disagreement(self, recorder: StateWriter, base: Base) -> Disagreement:
        if base.run is not None and recorder.only_resolved(self.organization.id):
            return "", 0
        source = self.installation.source()
        try:
            return disagreement(self.installation, source, self.organization, self.workspace, base)
        finally:
            source.dispose()

    def _read_live(
        self, *, live: bool, first: bool
    ) -> tuple[guard.ReadingFacts | None, list[str] | None]:
        """Read from the site what the plan needs (rules.md 23 and 24): what that reading counted,
        for its judgement, and the users without a key where the plan lists them."""
        if not (first or self.users_only or live):
            return None, None
        with reading_site(self.installation, self.organization) as reader:
            load = load_live if live else load_live_persons
            load(self.workspace, reader, self.progress)
        keep_reading(self.installation, self.organization.id, self.workspace)
        # The reader refuses a list that ends early; here it is judged against the one before.
        facts = guard.live_facts(self.workspace, counted=_persons_read(self.workspace))
        if live:
            comparison.hold_live(self.workspace)
        if not self.users_only:
            return facts, None
        rows = self.workspace.execute(
            "SELECT user_name FROM live_person WHERE coalesce(key, '') = '' ORDER BY 1"
        ).fetchall()
        return facts, [row[0] for row in rows]

    def _make_wanted(self, columns: Sequence[str]) -> None:
        make_wanted(
            self.workspace, self.organization.id, self.day, columns, users_only=self.users_only
        )

    def _refuse_settings(self) -> bool:
        """Ask the site for the course creators and templates of rooms to be created.

        A creator who is no user there, or a template that is no course, refuses the setting
        (rules.md 15); a template the site does not show is tried when it is first used
        (readings.md 3). Returns True where a setting was refused.
        """
        used = self.workspace.execute(
            """SELECT DISTINCT template_key, creator_key FROM wanted_group
               WHERE template_key IS NOT NULL AND key NOT IN (SELECT key FROM held_group)"""
        ).fetchall()
        if not used:
            return False
        with reading_site(self.installation, self.organization) as reader:
            persons = reader.read_persons(sorted({row[1] for row in used if row[1]}))
            groups = reader.read_groups(sorted({row[0] for row in used}))
        refused = False
        for template, creator in used:
            group = groups.get(template)
            if not creator or persons.get(creator) is None:
                reason = f"its course creator {creator or '(none)'} is no user at itslearning"
            elif group is not None and not group.course:
                reason = (
                    f"its template {template} is no course; a template that UMS made is called "
                    f"UMSCourse_… or UMSGroups_…, prefix included"
                )
            else:
                continue
            refused = True
            for table in ("site_setting", "cohort_setting"):
                self.workspace.execute(
                    f"""INSERT INTO refused_setting SELECT '{table}', ID, ? FROM {table}
                        WHERE trim(Template) = ? AND coalesce(trim(CourseCreator), '') = ?""",
                    [reason, template, creator or ""],
                )
        return refused

    def _spare_administrators(self) -> None:
        """Read the profiles of the persons that would be touched (rules.md 8, readings.md 4)."""
        keys = comparison.touched_persons(self.workspace)
        if not keys:
            return
        found: list[str] = []
        with reading_site(self.installation, self.organization) as reader:
            for done, part in enumerate(in_parts(keys, _PROFILES_AT_ONCE)):
                self.progress(Progress("reading profiles", done * _PROFILES_AT_ONCE, len(keys)))
                persons = reader.read_persons(part)
                found += [key for key, person in persons.items() if person and person.administrator]
        for key in found:
            self.workspace.execute("INSERT INTO administrator VALUES (?)", [key])


def make_wanted(
    workspace: duckdb.DuckDBPyConnection,
    organization: int,
    day: dt.date,
    columns: Sequence[str],
    *,
    users_only: bool = False,
) -> None:
    """What itslearning should hold on a day; ``columns`` are those that criteria may name."""
    rules.make_wanted(
        workspace,
        organization=organization,
        day=day,
        users_only=users_only,
        criteria=partial(translate, columns=columns, day=day),
        like=like,
    )


def want_there(
    workspace: duckdb.DuckDBPyConnection,
    day: dt.date,
    columns: Sequence[str],
    theirs: duckdb.DuckDBPyConnection,
    other: Organization,
    leaving: pa.Table,
) -> None:
    """What another organization wants on a day of what leaves here, into a workspace of its own
    (see ``sharing.Want``): by its own settings, from those rows of Students that may matter."""
    incoming = {"student": rules.rows_of_leaving(workspace, other.id, leaving)}
    for table in SETTINGS_TABLES:
        incoming[table.workspace] = workspace.sql(f"FROM {table.workspace}").to_arrow_table()
    for name, rows in incoming.items():
        with registered(theirs, incoming=rows):
            theirs.execute(f"INSERT INTO {name} BY NAME FROM incoming")
    make_wanted(theirs, other.id, day, columns)


def _persons_read(workspace: duckdb.DuckDBPyConnection) -> int:
    row = workspace.execute("SELECT count(*) FROM live_person").fetchone()
    return 0 if row is None else int(row[0])


def criteria_columns(workspace: duckdb.DuckDBPyConnection, reading: SourceReading) -> Sequence[str]:
    """The columns of Students that criteria may name: all that were read."""
    missing = {name.lower() for name in reading.missing_columns}
    return [
        name
        for name, *_ in workspace.execute("DESCRIBE student").fetchall()
        if name != "row_number" and f"students.{name.lower()}" not in missing
    ]
