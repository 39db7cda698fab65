"""UMS's memory as a double: a clean-up, its backup and its steps, as the verbs answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from sync.errors import Refused
from sync.model import Applied, Progress, ProgressListener, RunReport, RunState, RunSummary, Verdict
from sync.procedure import (
    BackupEntry,
    Cleaned,
    CleanupPreview,
    FollowUp,
    Forgotten,
    OrganizationMemory,
    Orphan,
    Procedure,
    RekeyObstacle,
    RekeyPreview,
    RestorePreview,
    Step,
)

TABLES = {
    "itslearning_Learners": 912, "itslearning_Teachers": 92, "itslearning_Sites": 402,
    "itslearning_SubAccount_Courses": 41, "itslearning_Groups": 118, "itslearning_SubAccount": 38,
    "itslearningTemplateGroups": 6,
}  # fmt: skip
FLAGS = {
    "UMSCoursesCreated": 1, "UMSTemplateGroupsCreated": 1, "UMSGroupsCreated": 1,
    "UMSCoursesArchiveCreated": 1,
}  # fmt: skip
TITLES = {
    "cleanup": "empty UMS's memory", "rekey": "change all sync keys to user names",
    "users-only": "users only", "users-only-again": "users only, once more",
    "report": "users without sync key",
}  # fmt: skip
CLEANED = dt.datetime(2026, 11, 21, 19, 12, tzinfo=dt.timezone(dt.timedelta(hours=1)))
BACKUP = "ums-org1-20261121-191200.jsonl.gz"


def follow_up() -> FollowUp:
    """What a live read found."""
    obstacles = [RekeyObstacle("key-taken", "fj104998", "the key fj1 is already on Bo Dahl")]
    sample = [("FJ-104482", "fj104482", "Sofie Jensen"), ("FJ-104517", "fj104517", "[b]Victor")]
    rekey = RekeyPreview("UMS", 731, 6120, 273, 2, 14, 9, obstacles, sample)
    return FollowUp(rekey, 11, 3, ["manual01", "Åse"])


@dataclass
class DoubleCleanup:
    """Answers as the real verbs do; ``done`` counts the steps that lie behind."""

    written: list[tuple[object, ...]]
    done: int = 0
    tables: dict[str, int] = field(default_factory=lambda: dict(TABLES))
    obstacles: Sequence[str] = ()
    refusal: Refused | None = None
    kept: list[BackupEntry] = field(default_factory=list)

    def procedure(self, org: int) -> Procedure:
        steps = []
        for place, (name, title) in enumerate(TITLES.items()):
            if place < self.done:
                words = "1 609 rows" if name == "cleanup" else f"run {310 + place}, 731 sent"
                run = "" if name == "cleanup" else str(310 + place)
                steps.append(Step(name, title, "done", "mk", CLEANED, words, run))
            else:
                steps.append(Step(name, title, "next" if place == self.done else "later"))
        return Procedure(steps, ["manual01"] if self.done == len(TITLES) else None)

    def preview(self, org: int, progress: ProgressListener, *, live: bool) -> CleanupPreview:
        progress(Progress("reading Students", 412, 1204))
        return CleanupPreview(
            confirm="UMS", organization=org, tables=dict(self.tables), flags=FLAGS,
            organizations=[OrganizationMemory(1, "Fjordby", self.tables, FLAGS)],
            forgotten=[
                Forgotten("course", "UMSCourse_9Z 2019", "9Z 2019", False),
                Forgotten("person", "fj100211", "[red]Bo Dahl", False),
                Forgotten("person", "fj100212", "Ea Friis", True),
            ],
            obstacles=self.obstacles, calendar=(), backups=self.kept,
            follow_up=follow_up() if live else None,
        )  # fmt: skip

    def clean(self, org: int, confirm: str, expected: Mapping[str, int]) -> Cleaned:
        self.written.append(("clean", org, confirm, sum(expected.values())))
        if self.refusal is not None:
            raise self.refusal
        self.kept.insert(
            0, BackupEntry(BACKUP, 1, "2026-11-21T19:12:00", "mk", dt.date(2027, 2, 19), False)
        )
        cleaned = Cleaned(BACKUP, self.tables, dict.fromkeys(FLAGS, 0), dt.date(2027, 2, 19))
        self.tables, self.done = dict.fromkeys(TABLES, 0), 1
        return cleaned

    def backups(self) -> Sequence[BackupEntry]:
        return self.kept

    def preview_restore(self, backup: str) -> RestorePreview:
        return RestorePreview(
            backup, 1, "2026-11-21T19:12:00", "mk", TABLES, {1: FLAGS}, dict(self.tables), ()
        )

    def restore(self, backup: str, *, replace: bool) -> RestorePreview:
        self.written.append(("restore", backup, replace))
        shown = self.preview_restore(backup)
        self.tables, self.done = dict(TABLES), 0
        return shown

    def orphans(
        self, org: int, progress: ProgressListener, *, through_persons: bool
    ) -> Sequence[Orphan]:
        found = [
            Orphan("UMSCourse_9Z 2019", "9Z 2019", "course", "UMSCoursesArchive", "a backup"),
            Orphan("UMSGroups_8X", "[b]8X", "group", "UMSGroups", "UMS's memory"),
        ]
        return found if through_persons else found[:1]

    def plan_orphans(
        self, org: int, keys: Sequence[str], progress: ProgressListener, *, adopt: bool
    ) -> RunReport:
        self.written.append(("plan orphans", tuple(keys), adopt))
        return self._planned()

    def plan_rekey(
        self, org: int, progress: ProgressListener, proposed_by: str | None = None
    ) -> RunReport:
        self.written.append(("plan rekey", org, *([proposed_by] if proposed_by else [])))
        return self._planned()

    def plan_users(self, org: int, progress: ProgressListener) -> RunReport:
        self.written.append(("plan users", org))
        return self._planned()

    def _planned(self) -> RunReport:
        self.done += 1
        summary = RunSummary(
            "315", 1, CLEANED.date(), RunState.PLANNED, Verdict.PASS, "c0ffee", {}, Applied(),
            CLEANED, "mk",
        )  # fmt: skip
        return RunReport(replace(summary, run=str(310 + self.done)))
