"""plan: from Students to a sealed run file. Writes nothing to UMS or itslearning."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import duckdb

from sync import comparison, rules
from sync.model import (
    FilterCell,
    Operation,
    Problem,
    Progress,
    ProgressListener,
    RunReport,
    RunState,
    Verdict,
    ignore_progress,
)
from sync.runs.guarding import Guarded, guard_plan
from sync.runs.installation import Installation, choose_organization
from sync.runs.site import in_parts, load_live_persons, reading_site
from sync.snapshots.held import STEPS_BETWEEN_KEYFRAMES, apply_outcome, load_held
from sync.snapshots.run_file import Header, seal
from sync.snapshots.workspace import open_workspace
from sync.state import audit
from sync.state.runs import NewRun, StateWriter, StoredRun
from sync.ums.criteria import like, translate
from sync.ums.organizations import Organization, organizations
from sync.ums.reading import SourceReading, read_workspace

# How many persons are asked for in one call when profiles are looked up (imses-protocol.md 3.5).
_PROFILES_AT_ONCE = 50


def plan(
    installation: Installation,
    org: int | None = None,
    *,
    as_of: dt.date | None = None,
    users_only: bool = False,
    live: bool = False,
    progress: ProgressListener = ignore_progress,
) -> RunReport:
    """Compute and store a run for a day (today unless given) and give its report.

    ``users_only`` plans persons alone (rules.md 24). Raises the errors of sync.errors; a plan that
    fails stores nothing.
    """
    recorder = installation.recorder()
    day = as_of or installation.today
    source = installation.source()
    try:
        organization = choose_organization(organizations(source, installation.mapping), org)
        with open_workspace() as workspace:
            reading = read_workspace(
                source,
                installation.mapping,
                workspace,
                organization.id,
                progress,
                timetable=bool(organization.api_client_id),
            )
            planner = _Planner(installation, organization, workspace, day, users_only, progress)
            return planner.make(recorder, reading)
    finally:
        source.dispose()


@dataclass(frozen=True, slots=True)
class _Base:
    """The run whose outcome is held now, and where its file stands in the chain."""

    run: StoredRun | None
    settled: int
    steps: int

    @property
    def number(self) -> int | None:
        return None if self.run is None else int(self.run.summary.run)


@dataclass(frozen=True, slots=True)
class _Planner:
    installation: Installation
    organization: Organization
    workspace: duckdb.DuckDBPyConnection
    day: dt.date
    users_only: bool
    progress: ProgressListener

    def make(self, recorder: StateWriter, reading: SourceReading) -> RunReport:
        base = self._load_held(recorder)
        without_key = self._read_live(first=base.run is None)
        self.progress(Progress("working out what itslearning should hold"))
        self._make_wanted()
        if self._refuse_settings():
            self._make_wanted()
        self.progress(Progress("comparing with what itslearning holds"))
        comparison.compare(self.workspace)
        self._spare_administrators()
        comparison.put_in_order(self.workspace)
        rules.explain(self.workspace)
        guarded = guard_plan(
            self.installation,
            recorder,
            self.organization.id,
            self.workspace,
            self.day,
            reading,
            first=base.run is None,
        )
        return self._store(recorder, base, reading, guarded, without_key)

    def _load_held(self, recorder: StateWriter) -> _Base:
        run = recorder.last_started(self.organization.id)
        if run is None:
            return _Base(None, 0, 0)
        number = int(run.summary.run)
        settled = recorder.settled_batches(number)
        header = load_held(self.workspace, self.installation.run_files, number)
        apply_outcome(
            self.workspace,
            self.installation.run_files,
            number,
            recorder.settled_items(number),
            [seq for seq, _, _ in recorder.outcomes(number)],
        )
        return _Base(run, settled, header.steps + 1)

    def _read_live(self, *, first: bool) -> list[str] | None:
        """Read the live persons where the plan needs them (rules.md 23 and 24)."""
        if not (first or self.users_only):
            return None
        with reading_site(self.installation, self.organization) as reader:
            load_live_persons(self.workspace, reader, self.progress)
        if not self.users_only:
            return None
        rows = self.workspace.execute(
            "SELECT user_name FROM live_person WHERE coalesce(key, '') = '' ORDER BY 1"
        ).fetchall()
        return [row[0] for row in rows]

    def _make_wanted(self) -> None:
        rules.make_wanted(
            self.workspace,
            organization=self.organization.id,
            day=self.day,
            users_only=self.users_only,
            criteria=partial(translate, day=self.day),
            like=like,
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

    def _store(
        self,
        recorder: StateWriter,
        base: _Base,
        reading: SourceReading,
        guarded: Guarded,
        without_key: list[str] | None,
    ) -> RunReport:
        now = self.installation.clock()
        fingerprint = comparison.fingerprint(self.workspace)
        run = recorder.store_run(
            NewRun(
                org=self.organization.id,
                as_of=self.day,
                users_only=self.users_only,
                takes_back=None,
                state=RunState.FAILED,
                verdict=guarded.verdict,
                fingerprint=fingerprint,
                source_digest=reading.digest,
                settings_digest=reading.settings_digest,
                base=base.number,
                base_settled=base.settled,
                counts=counts(self.workspace),
                filter=guarded.cells,
                problems=problems(self.workspace),
                without_key=without_key,
                unapprovable=guarded.unapprovable,
                reading=guarded.reading,
            ),
            now,
        )
        keyframe = base.number is None or base.steps > STEPS_BETWEEN_KEYFRAMES
        seal(
            self.workspace,
            self.installation.run_files,
            Header(
                run=run,
                org=self.organization.id,
                as_of=self.day,
                made_at=now.isoformat(timespec="seconds"),
                fingerprint=fingerprint,
                base=None if keyframe else base.number,
                steps=0 if keyframe else base.steps,
            ),
        )
        # Only now is it a plan: until its file is sealed the run counts as failed.
        held = guarded.verdict is Verdict.HOLD
        recorder.set_state(run, RunState.HELD if held else RunState.PLANNED)
        report = recorder.run(run).report
        audit.record(
            self.installation.state,
            self.installation.operator,
            now,
            "plan",
            run=run,
            count=report.summary.changes,
        )
        return report


# Every operation a kind can have, so that a reader of the JSON never misses one (cli.md).
_OPERATIONS: dict[str, tuple[str, ...]] = {
    "person": ("create", "update", "delete", "adopt", "restore", "postpone"),
    "node": ("create", "update", "move", "delete", "postpone"),
    "group": ("create", "update", "move", "delete", "postpone"),
    "course": ("create", "update", "move", "delete", "archive", "forget", "postpone"),
    "membership": ("create", "update", "delete", "postpone"),
    "event": ("create", "update", "delete", "postpone"),
}


def counts(workspace: duckdb.DuckDBPyConnection) -> dict[str, dict[str, int]]:
    """How many changes by kind and operation; postponed ones stand under ``postpone`` (cli.md)."""
    result = {kind: dict.fromkeys(names, 0) for kind, names in _OPERATIONS.items()}
    for kind, op, number in workspace.execute(
        """SELECT kind, CASE status WHEN 'postponed' THEN 'postpone' ELSE op END AS op, count(*)
           FROM change WHERE op <> ? GROUP BY ALL ORDER BY ALL""",
        [Operation.NOTE.value],
    ).fetchall():
        result[kind][op] = number
    return result


def problems(workspace: duckdb.DuckDBPyConnection) -> list[Problem]:
    """The problems of the source, most serious reason first, then by key (readings.md 50)."""
    rows = workspace.execute(
        "SELECT reason, key, sum(count)::BIGINT, min(detail) FROM problem GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    return [Problem(reason, key, count, detail or "") for reason, key, count, detail in rows]


def worst_cells(cells: Iterable[FilterCell]) -> Sequence[FilterCell]:
    """Cells that warn or hold, those that hold first."""
    order = {Verdict.HOLD: 0, Verdict.WARN: 1}
    return sorted(
        (cell for cell in cells if cell.level in order), key=lambda cell: order[cell.level]
    )
