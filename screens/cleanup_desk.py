"""What the clean-up asks for; the verbs of ``sync.runs`` on UMS's memory and on sync keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from sync.model import ProgressListener, RunReport
from sync.procedure import BackupEntry, Cleaned, CleanupPreview, Orphan, Procedure, RestorePreview


class CleanupDesk(Protocol):
    """The clean-up and what follows it. Called in a thread; raises as the verbs do."""

    def procedure(self, org: int) -> Procedure:
        """Where it stands: who did what, and what comes next."""

    def preview(self, org: int, progress: ProgressListener, *, live: bool) -> CleanupPreview:
        """Every number before it happens; ``live`` reads the persons at itslearning as well."""

    def clean(self, org: int, confirm: str, expected: Mapping[str, int]) -> Cleaned:
        """Empty UMS's memory, where it is still what was shown."""

    def backups(self) -> Sequence[BackupEntry]:
        """The backups there are, newest first."""

    def preview_restore(self, backup: str) -> RestorePreview:
        """What restoring a backup would do."""

    def restore(self, backup: str, *, replace: bool) -> RestorePreview:
        """Put a backup back; ``replace`` deletes what is in its way."""

    def orphans(
        self, org: int, progress: ProgressListener, *, through_persons: bool
    ) -> Sequence[Orphan]:
        """Rooms and groups at itslearning that nothing here knows any more."""

    def plan_orphans(
        self, org: int, keys: Sequence[str], progress: ProgressListener, *, adopt: bool
    ) -> RunReport:
        """Store the run that deletes orphans, or takes them up again."""

    def plan_rekey(
        self, org: int, progress: ProgressListener, proposed_by: str | None = None
    ) -> RunReport:
        """Store the run that changes all keys to user names, or those of which the run
        ``proposed_by`` found that they have changed in UMS."""

    def plan_users(self, org: int, progress: ProgressListener) -> RunReport:
        """Store a plan of persons alone."""
