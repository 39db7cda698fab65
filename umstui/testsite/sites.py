"""A site of the test installation: its credentials, its root, and what it does where sites differ.

Whatever imses-protocol.md section 10 leaves open is a switch here, so that a person who has
learned what their own site does can make the test site do the same.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from sync.errors import SettingsError

# Role text -> profile of the site, as itslearning delivers it (imses-protocol.md 4.2).
DEFAULT_PROFILES: Mapping[str, str] = MappingProxyType(
    {
        "Student": "Student",
        "Staff": "Staff",
        "Guest": "Guest",
        "Administrator": "Administrator",
        "Carer": "Parent",
    }
)

CALENDAR_MESSAGES = ("Create.Calendar.Event", "Update.Calendar.Event", "Delete.Calendar.Event")
# Other message types of the Organisation API; they are queued, and nothing follows from them here.
QUEUED_MESSAGES = (
    "Create.Extension.Instance",
    "Update.Extension.Instance",
    "Delete.Extension.Instance",
)

# What the state file keeps in columns of its own; everything else of a Site is a switch.
_COLUMNS = ("user_name", "password", "root_key")


@dataclass(frozen=True)
class Site:
    """One site, chosen by ``user_name`` and ``password``; ``root_key`` is the key of its root.

    Every other value is a switch with itslearning's documented, else its likeliest, behaviour as
    the default.
    """

    user_name: str
    password: str = field(repr=False)
    root_key: str
    title: str = "Test site"

    # Keys of persons and memberships; itslearning's own answer is not known (10.12)
    capitals_matter: bool = False  # keys that differ in capitals alone are two

    # Persons
    import_user_name: bool = True  # else the site makes user names itself
    import_password: bool = True
    default_profile: str = "Student"  # "default profile for external enrolment"
    profiles: Mapping[str, str] = field(default_factory=lambda: dict(DEFAULT_PROFILES))
    strict_roles: bool = False  # a role outside the schema is a fault
    trash_holds_user_names: bool = True
    parent_portal: bool = True
    read_all_persons: bool = True

    # Groups and courses
    course_archiving: bool = False
    groups_for_person: str = "groups"  # "groups" without keys, or "pairs" with keys (3.3)

    # Memberships
    root_memberships: bool = True  # every new person becomes a member of the root
    second_membership: str = "refuse"  # or "rekey": same person and group under another key

    # Lengths and limits
    over_long: str = "fail"  # or "truncate"
    strict_order: bool = True  # elements out of schema order are a fault
    batch_maximum: int = 0  # items a request; 0 = no limit
    operations_maximum: int = 0  # unprocessed items at once; 0 = no limit

    # Organisation API, with credentials of its own; none = the site has no contract for it
    api_user_name: str = ""
    api_password: str = field(default="", repr=False)
    api_messages: tuple[str, ...] = CALENDAR_MESSAGES
    api_first_message_id: int = 49  # ids differ between environments (8.2)
    api_create_again: str = "update"  # or "refuse": a create whose event key exists

    def __post_init__(self) -> None:
        """Raises ValueError for a switch with a value that does not exist."""
        for name, allowed in (
            ("groups_for_person", ("groups", "pairs")),
            ("second_membership", ("refuse", "rekey")),
            ("over_long", ("fail", "truncate")),
            ("api_create_again", ("update", "refuse")),
        ):
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name} must be one of {', '.join(allowed)}")

    @cached_property
    def roles(self) -> dict[str, str]:
        """Profile -> the role text that reads show it with."""
        return {profile: role for role, profile in self.profiles.items()}

    @cached_property
    def folded_profiles(self) -> dict[str, str]:
        """Role text without case -> profile."""
        return {role.lower(): profile for role, profile in self.profiles.items()}

    def profile_for(self, role: str) -> str:
        """The profile a role text leads to; an empty or unmapped one to the default (4.2)."""
        profile = self.folded_profiles.get(role.strip().lower())
        if profile is None:
            profile = self.default_profile
        return profile if profile in self.roles else "Student"

    def role_of(self, profile: str) -> str:
        """The role text shown for a profile; an unmapped profile shows the default one (4.5)."""
        role = self.roles.get(profile)
        if role is None:
            role = self.roles.get(self.default_profile, "Student")
        return role

    def switches(self) -> str:
        """The switches as JSON for the state file."""
        values = {
            entry.name: getattr(self, entry.name)
            for entry in fields(self)
            if entry.name not in _COLUMNS
        }
        return json.dumps(values, default=dict)

    @classmethod
    def stored(cls, user_name: str, password: str, root_key: str, switches: str) -> Site:
        """A site as the state file has it."""
        values = json.loads(switches)
        values["api_messages"] = tuple(values.get("api_messages", CALENDAR_MESSAGES))
        known = {entry.name for entry in fields(cls)}
        values = {name: value for name, value in values.items() if name in known}
        return cls(user_name, password, root_key, **values)


# A key that itslearning made (3.2, 6.1).
GENERATED_KEY = re.compile(r"itsla-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)

# Beside the state file: the sites of an installation, for those who want other switches or more.
SITES_FILE = "sites.toml"


def sites_in(folder: Path) -> list[Site]:
    """The sites that ``sites.toml`` in the folder names, each a [[site]] table with
    ``user_name``, ``password``, ``root_key`` and any switch; none where there is no such file.

    Raises SettingsError, with the place, for what cannot be meant.
    """
    path = folder / SITES_FILE
    if not path.exists():
        return []
    known = {entry.name for entry in fields(Site)}
    found = []
    try:
        tables: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        for number, table in enumerate(tables.get("site", []), 1):
            unknown = sorted(set(table) - known)
            if unknown:
                raise ValueError(
                    f"site {number} has the unknown key {unknown[0]}; "
                    f"there are {', '.join(sorted(known))}"
                )
            found.append(msgspec.convert(table, Site))
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise SettingsError(f"{path} cannot be used: {error}.") from error
    if not found:
        raise SettingsError(f"{path} names no [[site]].")
    return found
