"""What the clean-up screen asks for, answered by the verbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sync import runs
from sync.model import ProgressListener, RunReport
from sync.procedure import BackupEntry, Cleaned, CleanupPreview, Orphan, Procedure, RestorePreview
from sync.runs import Installation


class CleanupAnswers:
    """Each method is one verb of ``sync.runs``; rights are checked there."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def procedure(self, org: int) -> Procedure:
        """Where it stands."""
        return runs.procedure(self._installation, org)

    def preview(self, org: int, progress: ProgressListener, *, live: bool) -> CleanupPreview:
        """Every number before it happens."""
        return runs.preview_cleanup(self._installation, org, live=live, progress=progress)

    def clean(self, org: int, confirm: str, expected: Mapping[str, int]) -> Cleaned:
        """Empty UMS's memory of one organization."""
        return runs.run_cleanup(self._installation, org, confirm=confirm, expected=expected)

    def backups(self) -> Sequence[BackupEntry]:
        """The backups there are."""
        return runs.backups(self._installation)

    def preview_restore(self, backup: str) -> RestorePreview:
        """What restoring would do."""
        return runs.preview_restore(self._installation, backup)

    def restore(self, backup: str, *, replace: bool) -> RestorePreview:
        """Put a backup back."""
        return runs.restore_cleanup(self._installation, backup, replace=replace)

    def orphans(
        self, org: int, progress: ProgressListener, *, through_persons: bool
    ) -> Sequence[Orphan]:
        """Rooms and groups that nothing knows any more."""
        return runs.find_orphans(
            self._installation, org, through_persons=through_persons, progress=progress
        )

    def plan_orphans(
        self, org: int, keys: Sequence[str], progress: ProgressListener, *, adopt: bool
    ) -> RunReport:
        """Store the run that deletes or adopts them."""
        return runs.plan_orphans(self._installation, keys, org, adopt=adopt, progress=progress)

    def plan_rekey(
        self, org: int, progress: ProgressListener, proposed_by: str | None = None
    ) -> RunReport:
        """Store the run that changes keys."""
        return runs.plan_rekey(self._installation, org, proposed_by=proposed_by, progress=progress)

    def plan_users(self, org: int, progress: ProgressListener) -> RunReport:
        """Store a plan of persons alone."""
        return runs.plan(self._installation, org, users_only=True, progress=progress)
