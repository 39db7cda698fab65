"""Makes things by hand, as an administrator would in itslearning itself, without a service call."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from sync.errors import NotFound, Refused
from umstui.testsite import courses, groups, persons
from umstui.testsite.context import Context, as_kept, utc_now
from umstui.testsite.store import fold, open_state, stored_sites
from umstui.testsite.texts import Refusal

TIMETABLE_USER = "UMSTimetableUser"


class Seeding:
    """One transaction of hand-made things on one site; nothing of it stays where it breaks off.

    Raises NotFound for what is not there, and Refused where the site's rules refuse.
    """

    def __init__(
        self, folder: Path, user_name: str, *, clock: Callable[[], dt.datetime] = utc_now
    ) -> None:
        self._state = open_state(folder)
        self._state.execute("BEGIN IMMEDIATE")
        for number, site in stored_sites(self._state).items():
            if site.user_name == user_name:
                self._context = Context(self._state, site, number, as_kept(clock()))
                return
        self._state.close()
        raise NotFound(f"There is no site with the user name {user_name}.")

    def __enter__(self) -> Seeding:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._state.execute("ROLLBACK" if kind else "COMMIT")
        self._state.close()

    def person(
        self,
        user_name: str,
        first: str,
        last: str,
        *,
        profile: str = "Student",
        key: str | None = None,
        email: str = "",
        external: bool = False,
    ) -> int:
        """A person, manual where it has no key; ``profile`` need not be a mapped one."""
        values = {
            "user_name": user_name,
            "first": first,
            "last": last,
            "profile": profile,
            "email": email,
            "external": int(external),
        }
        try:
            return persons.insert_by_hand(self._context, values, key)
        except Refusal as refusal:
            raise Refused(refusal.result.words) from None

    def administrator(self, user_name: str, *, key: str | None = None) -> int:
        """A person with the profile Administrator."""
        return self.person(user_name, "Anne", "Administrator", profile="Administrator", key=key)

    def system_administrator(self, user_name: str, *, key: str | None = None) -> int:
        """A person with a profile that no role is mapped to (4.2)."""
        profile = "System Administrator"
        return self.person(user_name, "Sys", "Administrator", profile=profile, key=key)

    def timetable_user(self) -> int:
        """The user that owns all timetable blocks; its key is its user name (8.1)."""
        return self.person(TIMETABLE_USER, "UMS", "Timetable", profile="Staff", key=TIMETABLE_USER)

    def group(
        self,
        title: str,
        *,
        parent: str | None = None,
        type: str = "Unspecified",  # noqa: A002 (the protocol's own word)
        key: str | None = None,
    ) -> int:
        """A group, without a key as one made in itslearning; under the root unless under
        the key ``parent``."""
        above = self._context.root if parent is None else self._group(parent)
        return groups.insert_by_hand(self._context, title, above, type_=type, key=key)

    def course_template(
        self, key: str, title: str, *, content: str = "", shown: bool = True
    ) -> int:
        """A course template; ``shown`` gives it a group that readGroup finds."""
        hierarchy = None
        if shown:
            hierarchy = groups.insert_by_hand(
                self._context, title, self._context.root, type_="Course", key=key
            )
        return courses.insert_template(self._context, key, title, content, hierarchy)

    def change_template(self, key: str, content: str) -> None:
        """Gives a template other content; copies that were made stay as they are."""
        self._state.execute(
            "UPDATE course SET content = ? WHERE site = ? AND key_folded = ? AND template",
            (content, self._context.number, fold(key)),
        )

    def membership(
        self, user_name: str, group: str, *, role: str = "Member", key: str | None = None
    ) -> int:
        """Puts the person of that user name into a group, without a key as made by hand."""
        added = self._state.execute(
            "INSERT INTO membership (site, key, key_folded, person, hierarchy, role) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (
                self._context.number,
                key,
                None if key is None else self._context.folded(key),
                self._person(user_name),
                self._group(group),
                role,
            ),
        )
        return int(added.lastrowid or 0)

    def throw_away(self, user_name: str) -> None:
        """Puts the person of that user name into the trash, key and all."""
        number = self._person(user_name)
        self._state.execute(
            "UPDATE person SET trashed = ?, home = NULL WHERE id = ?", (self._context.now, number)
        )
        self._state.execute("DELETE FROM membership WHERE person = ?", (number,))

    def event_flags(self, key: str, *, has_content: bool = False, locked: bool = False) -> None:
        """Gives a calendar event content of its own, or locks its period (8.3)."""
        self._state.execute(
            "UPDATE event SET has_content = ?, locked = ? WHERE site = ? AND key_folded = ?",
            (int(has_content), int(locked), self._context.number, fold(key)),
        )

    def _person(self, user_name: str) -> int:
        return _number(
            self._state.execute(
                "SELECT id FROM person WHERE site = ? AND user_folded = ? AND trashed IS NULL",
                (self._context.number, fold(user_name)),
            ).fetchone(),
            f"There is no person with the user name {user_name}.",
        )

    def _group(self, key: str) -> int:
        return _number(self._context.group(key), f"There is no group with the key {key}.")


def _number(row: sqlite3.Row | None, missing: str) -> int:
    if row is None:
        raise NotFound(missing)
    return int(row["id"])


def seed_default(folder: Path, user_name: str) -> None:
    """What a site usually has before anything is synchronised."""
    with Seeding(folder, user_name) as seeding:
        seeding.system_administrator("sysadmin")
        seeding.administrator("schooladmin")
        seeding.timetable_user()
        seeding.person("guest.teacher", "Gæst", "Lærer", profile="Staff")
        seeding.group("Made by hand")
        seeding.course_template("TEMPLATE", "Course template", content="Plan for the first weeks")
