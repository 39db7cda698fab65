"""What the rules of one request work with: the site, its state, the time, and shared look-ups."""

from __future__ import annotations

import datetime as dt
import sqlite3
import uuid
from dataclasses import dataclass
from functools import cached_property

from umstui.testsite.sites import Site
from umstui.testsite.store import fold
from umstui.testsite.texts import DONE, Refusal, Result, noted

# A key may have 255 characters; above 64 the method pages of itslearning disagree (section 4).
KEY_LENGTH = 255
SAFE_KEY_LENGTH = 64


def utc_now() -> dt.datetime:
    """The time of this machine."""
    return dt.datetime.now(dt.UTC)


def as_kept(moment: dt.datetime) -> str:
    """A time as the state file keeps it: UTC, ISO 8601 with microseconds."""
    return moment.astimezone(dt.UTC).isoformat(timespec="microseconds")


@dataclass
class Context:
    """One site within one request; every rule reads and writes through it."""

    state: sqlite3.Connection
    site: Site
    number: int  # of the site in the state
    now: str  # UTC, ISO 8601

    def folded(self, key: str) -> str:
        """The key of a person or a membership as this site compares it."""
        return fold(key, capitals_matter=self.site.capitals_matter)

    def person(self, key: str) -> sqlite3.Row | None:
        """The person with that key, in the trash or not."""
        found: sqlite3.Row | None = self.state.execute(
            "SELECT * FROM person WHERE site = ? AND key_folded = ?",
            (self.number, self.folded(key)),
        ).fetchone()
        return found

    def active_person(self, key: str) -> sqlite3.Row:
        """The person with that key; one in the trash counts as unknown (4.1)."""
        found = self.person(key) if key else None
        if found is None or found["trashed"] is not None:
            raise Refusal("person-unknown", key=key)
        return found

    def group(self, key: str) -> sqlite3.Row | None:
        """The group with that key."""
        found: sqlite3.Row | None = self.state.execute(
            "SELECT * FROM hierarchy WHERE site = ? AND key_folded = ?", (self.number, fold(key))
        ).fetchone()
        return found

    def known_group(self, key: str) -> sqlite3.Row:
        """The group with that key; Refusal when there is none."""
        found = self.group(key) if key else None
        if found is None:
            raise Refusal("group-unknown", key=key)
        return found

    @cached_property
    def root(self) -> int:
        """The number of the site's root group."""
        row = self.state.execute(
            "SELECT id FROM hierarchy WHERE site = ? AND type = 'Site'", (self.number,)
        ).fetchone()
        return int(row[0])

    def usable_key(self, key: str, *, warn_above: int = SAFE_KEY_LENGTH) -> Result:
        """Refuses a key that cannot be one; the result warns of one that is uncomfortably long."""
        if not key:
            raise Refusal("no-key")
        if len(key) > KEY_LENGTH:
            raise Refusal("key-long", limit=KEY_LENGTH)
        return noted("key-warn") if len(key) > warn_above else DONE

    def fitting(self, field: str, value: str, limit: int) -> str:
        """``value`` where it has at most ``limit`` characters; else cut or refused (over_long)."""
        if len(value) <= limit:
            return value
        if self.site.over_long == "truncate":
            return value[:limit]
        raise Refusal("too-long", field=field, limit=limit)


def generated_key() -> str:
    """A key of the form that itslearning gives to objects without one (3.2)."""
    return f"itsla-{uuid.uuid4()}"
