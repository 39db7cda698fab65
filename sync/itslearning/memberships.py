"""Memberships between our words and the wire (imses-protocol.md 6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

from sync.itslearning import persons
from sync.itslearning.codec import occurrences
from sync.model import LiveMembership, Membership

LONGEST_KEY = 255
_KEYS = attrgetter("key", "person_key", "group_key")

# The order gives the numbers 01 to 08 that itslearning takes and may answer with (6.2).
_NUMBERED = (
    "Learner",
    "Instructor",
    "ContentDeveloper",
    "Member",
    "Manager",
    "Mentor",
    "Administrator",
    "TeachingAssistant",
)
_NAMES = {f"{number:02}": name for number, name in enumerate(_NUMBERED, start=1)}
ROLES = frozenset({*_NUMBERED, *_NAMES, "Default", "Guest"})


def role_name(role: str) -> str:
    """The literal name of a role that may be given by its number."""
    return _NAMES.get(role, role)


def refused(membership: Membership) -> str:
    """Why a membership cannot be sent, empty where it can. An unknown role would fail the whole
    batch, because it cannot be parsed."""
    if reason := persons.refused_key(membership.key, LONGEST_KEY):
        return reason
    if reason := persons.refused_key(membership.person_key):
        return f"of the person, {reason}"
    if reason := persons.refused_key(membership.group_key):
        return f"of the group, {reason}"
    if membership.role not in ROLES:
        return f"itslearning has no role named {membership.role or 'nothing'}"
    return ""


def harmless(batch: Sequence[Membership]) -> bool:
    """The quick yes to the many batches about which there is nothing to say: True only where
    ``refused`` says nothing of any membership."""
    own_keys, person_keys, group_keys = zip(*map(_KEYS, batch), strict=True)
    keys = own_keys + person_keys + group_keys
    text = "".join(keys)
    return (
        all(keys)
        and max(map(len, own_keys)) <= LONGEST_KEY
        and max(map(len, person_keys + group_keys)) <= persons.LONGEST_KEY
        and text.isprintable()
        and " " not in text
        and ROLES.issuperset([one.role for one in batch])
    )


def membership_pair(membership: Membership) -> dict[str, Any]:
    """A membershipIdPair."""
    return {
        "sourcedId": {"identifier": membership.key},
        "membership": {
            "groupSourcedId": {"identifier": membership.group_key},
            "member": {
                "memberSourcedId": {"identifier": membership.person_key},
                "role": [{"roleType": membership.role}],
            },
        },
    }


def live_membership(key: str | None, record: Mapping[str, Any] | None) -> LiveMembership:
    """A membership that was read."""
    record = record or {}
    member = record.get("member") or {}
    roles = occurrences(member.get("role"))
    return LiveMembership(
        key=key or None,
        person_key=(member.get("memberSourcedId") or {}).get("identifier") or "",
        group_key=(record.get("groupSourcedId") or {}).get("identifier") or "",
        role=role_name((roles[0].get("roleType") or "") if roles else ""),
    )


def live_membership_of_pair(pair: Mapping[str, Any]) -> LiveMembership:
    """A membership of a membershipIdPair."""
    return live_membership((pair.get("sourcedId") or {}).get("identifier"), pair.get("membership"))


def shows(live: LiveMembership | None, sent: Membership) -> bool:
    """True where itslearning shows the membership with the role that was sent."""
    return (
        live is not None
        and live.person_key.casefold() == sent.person_key.casefold()
        and live.group_key.casefold() == sent.group_key.casefold()
        and live.role == role_name(sent.role)
    )
