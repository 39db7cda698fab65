"""What duplicates and diagnosis ask for; the verbs of ``sync.runs`` on who is who."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sync.findings import Diagnosis, Finding, Resolution, Search
from sync.model import ProgressListener


class PeopleDesk(Protocol):
    """Who is who. Called in a thread; raises as the verbs do."""

    def last_search(self, org: int) -> Search | None:
        """What the last search for duplicates found; None where none was made."""

    def search(self, org: int, progress: ProgressListener, *, live: bool) -> Search:
        """Search for duplicates; ``live`` reads the persons at itslearning first."""

    def resolve(self, org: int, number: int, keep: str, progress: ProgressListener) -> Resolution:
        """Store the run that gives the key to the account to keep."""

    def dismiss(self, org: int, number: int, reason: str) -> Finding:
        """Remember that they are different people."""

    def put_off(self, org: int, number: int, reason: str) -> Finding:
        """Remember that somebody looks at it later."""

    def support_pack(self, org: int, numbers: Sequence[int]) -> str:
        """The text for itslearning's support."""

    def diagnose(self, org: int, person: str, room: str, *, live: bool) -> Diagnosis:
        """Where a person is, where a room is, or why the one is not in the other."""
