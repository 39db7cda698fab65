"""What the executor takes from a sealed plan, and how an item becomes a record to send."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sync.model import Event, Group, Kind, Membership, Operation, Person


@dataclass(frozen=True, slots=True)
class Item:
    """One change that goes. ``resent`` marks one whose answer was lost when a run was cut off."""

    seq: int
    stage: int
    depth: int
    kind: Kind
    op: Operation
    key: str
    person_key: str | None
    group_key: str | None
    before: Mapping[str, str | None]
    after: Mapping[str, str | None]
    resent: bool = False

    @property
    def creates(self) -> bool:
        """True where others can only follow if this one arrives."""
        return self.op in {
            Operation.CREATE,
            Operation.RESTORE,
            Operation.ADOPT,
            Operation.REKEY,
        }

    @property
    def is_place(self) -> bool:
        """True for a node, group or course."""
        return self.kind in {Kind.NODE, Kind.GROUP, Kind.COURSE}


_CONTACT = ("email", "phone", "mobile", "street", "postcode", "city")


def person_of(item: Item) -> Person:
    """The person to send: on a create all that is known, else only the fields that changed.

    What is not uploaded is left alone, so a contact field that did not change is not sent again
    (readings.md 16); key, names, role and user name always go along (imses-protocol.md 4.1).
    """
    contact = {
        name: item.after.get(name)
        for name in _CONTACT
        if item.op in {Operation.CREATE, Operation.RESTORE}
        or item.after.get(name) != item.before.get(name)
    }
    return Person(
        key=item.key,
        user_name=item.after["user_name"] or "",
        first_name=item.after["first_name"] or "",
        last_name=item.after["last_name"] or "",
        role=item.after["role"] or "",
        **contact,
    )


def group_of(item: Item, language_field: str = "", category_field: str = "") -> Group:
    """The group to send; template, language and category count at creation only (rules.md 15)."""
    after = item.after
    group_type = after.get("type") or "Unspecified"
    extension: list[tuple[str, str]] = []
    template = creator = None
    if item.op in {Operation.CREATE, Operation.RESTORE}:
        template, creator = after.get("template"), after.get("creator")
        for name, value in (
            (language_field, after.get("language")),
            (category_field, after.get("category")),
        ):
            if name and value:
                extension.append((name, value))
    return Group(
        key=item.key,
        title=after.get("title") or "",
        parent_key=after.get("parent") or "",
        type=group_type,
        course=group_type == "Course",
        template_key=template or None,
        creator_key=creator or None,
        extension=tuple(extension),
    )


def membership_of(item: Item) -> Membership:
    """The membership to send, under its own key (rules.md 21)."""
    return Membership(
        key=item.key,
        person_key=item.person_key or "",
        group_key=item.group_key or "",
        role=item.after["role"] or "",
    )


def event_of(item: Item) -> Event:
    """The timetable event to send (imses-protocol.md 8.3)."""
    after = item.after
    return Event(
        key=item.key,
        starts_at=dt.datetime.fromisoformat(after["starts_at"] or ""),
        ends_at=dt.datetime.fromisoformat(after["ends_at"] or ""),
        title=after.get("title") or "",
        description=after.get("description") or "",
        course_key=after.get("course") or "",
    )
