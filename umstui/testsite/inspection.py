"""The state of a test installation as plain dicts, for tests and for the page."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from umstui.testsite.store import open_state

Rows = list[dict[str, Any]]

_PERSON = (
    "SELECT site.user_name AS site, person.id, person.key, person.user_name, first, last, prefix, "
    "nick, email, profile, phone, mobile, street1, street2, postcode, locality, extension, "
    "password_sent, key_generated, home.key AS home, created, trashed FROM person "
    "JOIN site ON site.id = person.site "
    "LEFT JOIN (SELECT id, key FROM hierarchy) home ON home.id = person.home "
)
_GROUP = (
    "SELECT site.user_name AS site, hierarchy.id, hierarchy.key, parent.key AS parent, "
    "hierarchy.type, hierarchy.title, hierarchy.long_text, hierarchy.full_text, "
    "hierarchy.extension FROM hierarchy JOIN site ON site.id = hierarchy.site "
    "LEFT JOIN hierarchy parent ON parent.id = hierarchy.parent "
)
_COURSE = (
    "SELECT site.user_name AS site, course.id, course.key, hierarchy.key AS hierarchy, "
    "course.title, code, credits, template, state, content, copied_from, owner, terms, "
    "detached FROM course JOIN site ON site.id = course.site "
    "LEFT JOIN hierarchy ON hierarchy.id = course.hierarchy "
)
_MEMBERSHIP = (
    "SELECT site.user_name AS site, membership.id, membership.key, "
    "person.key AS person, person.user_name, hierarchy.key AS hierarchy, hierarchy.title, "
    "membership.role FROM membership JOIN site ON site.id = membership.site "
    "JOIN person ON person.id = membership.person "
    "JOIN hierarchy ON hierarchy.id = membership.hierarchy "
)
_EVENT = (
    "SELECT site.user_name AS site, event.id, event.key, starts, ends, event.title, description, "
    "person.user_name AS creator, course.key AS course, hierarchy.key AS hierarchy "
    "FROM event JOIN site ON site.id = event.site JOIN person ON person.id = event.creator "
    "LEFT JOIN course ON course.id = event.course "
    "LEFT JOIN hierarchy ON hierarchy.id = event.hierarchy "
)
_REQUEST = (
    "SELECT site.user_name AS site, request.* FROM request LEFT JOIN site ON site.id = request.site"
)


class Inspection:
    """Looks into a state file beside the service that writes it; every method is a fresh look.

    ``site`` limits the rows to the site of that user name.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def _state(self) -> Iterator[sqlite3.Connection]:
        state = open_state(self.folder)
        try:
            yield state
        finally:
            state.close()

    def _rows(self, query: str, condition: str, order: str, site: str | None) -> Rows:
        values: tuple[str, ...] = ()
        if site is not None:
            condition += " AND site.user_name = ?"
            values = (site,)
        with self._state() as state:
            found = state.execute(f"{query} WHERE {condition} ORDER BY {order}", values)
            return [dict(row) for row in found.fetchall()]

    def persons(self, site: str | None = None) -> Rows:
        """Everybody who is not in the trash."""
        return self._rows(_PERSON, "person.trashed IS NULL", "person.id", site)

    def trash(self, site: str | None = None) -> Rows:
        """Everybody who is."""
        return self._rows(_PERSON, "person.trashed IS NOT NULL", "person.id", site)

    def groups(self, site: str | None = None) -> Rows:
        """All groups, the root included; ``parent`` is the parent's key."""
        return self._rows(_GROUP, "true", "hierarchy.id", site)

    def courses(self, site: str | None = None) -> Rows:
        """All courses; ``hierarchy`` is None where the course stands without its group."""
        return self._rows(_COURSE, "true", "course.id", site)

    def memberships(self, site: str | None = None) -> Rows:
        """All memberships, those of the root included."""
        return self._rows(_MEMBERSHIP, "true", "membership.id", site)

    def events(self, site: str | None = None) -> Rows:
        """All calendar events."""
        return self._rows(_EVENT, "true", "event.id", site)

    def requests(self, site: str | None = None) -> Rows:
        """The request log, oldest first."""
        return self._rows(_REQUEST, "true", "request.id", site)
