"""The one object that writes to a site while a run is carried out."""

from __future__ import annotations

from collections.abc import Sequence

from sync.errors import CredentialsRefused
from sync.itslearning import Connection, EventWriter, SiteReader, SiteWriter
from sync.model import LiveMembership, LivePerson, Outcome


class SendingSite(SiteWriter):
    """What the executor needs of a site: all writes, and the profiles they are checked against.

    ``others_converted`` counts persons that got an ``itsla-`` key because they stood on a page
    with somebody who was adopted (readings.md 1).
    """

    def __init__(self, connection: Connection, events: EventWriter | None) -> None:
        super().__init__(connection)
        self._reader = SiteReader(connection)
        self._events = events
        self.others_converted = 0

    def read_persons(self, keys: Sequence[str]) -> dict[str, LivePerson | None]:
        """The persons of some keys as they are now."""
        return self._reader.read_persons(keys)

    def read_memberships(self, keys: Sequence[str]) -> dict[str, LiveMembership | None]:
        """The memberships of some keys as they are now."""
        return self._reader.read_memberships(keys)

    def adopt(self, wanted: Sequence[tuple[str, str]]) -> list[Outcome]:
        """Adopt persons, given as (user name, wanted key)."""
        adoption = self.adopt_persons(wanted)
        self.others_converted += adoption.others
        return adoption.outcomes

    @property
    def events(self) -> EventWriter:
        """Writes timetable events. Raises CredentialsRefused without an Organisation API client."""
        if self._events is None:
            raise CredentialsRefused(
                "The plan holds timetable events, but the organization has no "
                "OrganizationAPIClientID any more. Put it back, or plan again."
            )
        return self._events
