"""What the screens of duplicates and diagnosis ask for, answered by the verbs."""

from __future__ import annotations

from collections.abc import Sequence

from sync import runs
from sync.findings import Diagnosis, Finding, Resolution, Search
from sync.model import ProgressListener
from sync.runs import Installation


class PeopleAnswers:
    """Each method is one verb of ``sync.runs``; rights are checked there."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def last_search(self, org: int) -> Search | None:
        """What the last search for duplicates found."""
        return runs.last_search(self._installation, org)

    def search(self, org: int, progress: ProgressListener, *, live: bool) -> Search:
        """Search for duplicates."""
        return runs.find_duplicates(self._installation, org, live=live, progress=progress)

    def resolve(self, org: int, number: int, keep: str, progress: ProgressListener) -> Resolution:
        """Store the run that gives the key to the account to keep."""
        return runs.resolve(self._installation, number, org, keep=keep, progress=progress)

    def dismiss(self, org: int, number: int, reason: str) -> Finding:
        """Remember that they are different people."""
        return runs.dismiss(self._installation, number, org, reason=reason)

    def put_off(self, org: int, number: int, reason: str) -> Finding:
        """Remember that somebody looks at it later."""
        return runs.put_off(self._installation, number, org, reason=reason)

    def support_pack(self, org: int, numbers: Sequence[int]) -> str:
        """The text for itslearning's support."""
        return runs.support_pack(self._installation, numbers, org)

    def diagnose(self, org: int, person: str, room: str, *, live: bool) -> Diagnosis:
        """Where a person is, where a room is, or why the one is not in the other."""
        if person and room:
            return runs.diagnose_membership(self._installation, person, room, org, live=live)
        if room:
            return runs.diagnose_room(self._installation, room, org, live=live)
        return runs.diagnose_person(self._installation, person, org, live=live)
