"""Hierarchy nodes, groups and courses between our words and the wire (imses-protocol.md 5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync.itslearning.codec import fits_xml, occurrences
from sync.itslearning.persons import refused_key
from sync.model import Group, LiveGroup

LONGEST_TITLE = 64
_SCHEME = "ItslearningOrganisationTypes"
_COURSE = "course"
_TEMPLATE = "course/template/synckey"
_CREATOR = "course/template/coursecreatorsynckey"


def refused(group: Group) -> str:
    """Why a group cannot be sent, empty where it can."""
    parent = refused_key(group.parent_key)
    reasons = (
        (True, refused_key(group.key)),
        (bool(parent), f"of its parent, {parent}"),
        (
            group.parent_key.casefold() == group.key.casefold(),
            "it cannot be its own parent",
        ),
        (not group.title.strip(), "it has no title"),
        (
            len(group.title) > LONGEST_TITLE,
            f"its title is longer than {LONGEST_TITLE} characters",
        ),
        (
            group.type.casefold() == "site",
            "the site itself cannot be made or changed",
        ),
        (not all(map(fits_xml, _texts(group))), "a value holds a control character"),
    )
    return next((reason for applies, reason in reasons if applies and reason), "")


def _texts(group: Group) -> list[str]:
    texts = [group.title, group.type, group.template_key or "", group.creator_key or ""]
    texts.extend(text for field in group.extension for text in field)
    return texts


def group_pair(group: Group, *, creating: bool) -> dict[str, Any]:
    """A groupIdPair. The parent goes with every update (5.1). Template, creator and further fields
    go with a creation only: itslearning copies them once (rules.md 15)."""
    carries_course = group.course or bool(group.template_key)
    fields: list[tuple[str, str]] = []
    if carries_course:
        fields.append((_COURSE, group.title))
    if creating:
        if group.template_key:
            fields.append((_TEMPLATE, group.template_key))
            if group.creator_key:
                fields.append((_CREATOR, group.creator_key))
        fields.extend((name, value) for name, value in group.extension if name and value)
    kind = "Course" if carries_course else group.type
    record: dict[str, Any] = {
        "groupType": [{"scheme": _SCHEME, "typeValue": [{"type": kind}]}],
        "relationship": [{"relation": "Parent", "sourceId": {"identifier": group.parent_key}}],
        "description": {"descShort": group.title},
    }
    if fields:
        record["extension"] = {
            "extensionField": [
                {"fieldName": name, "fieldType": "String", "fieldValue": value}
                for name, value in fields
            ]
        }
    return {"sourcedId": {"identifier": group.key}, "group": record}


def live_group(key: str | None, record: Mapping[str, Any] | None) -> LiveGroup:
    """A group that was read."""
    record = record or {}
    parent = None
    for relationship in occurrences(record.get("relationship")):
        if (relationship.get("relation") or "").casefold() in {"parent", "1"}:
            parent = (relationship.get("sourceId") or {}).get("identifier") or None
            break
    kind = ""
    for group_type in occurrences(record.get("groupType")):
        for value in occurrences(group_type.get("typeValue")):
            kind = kind or value.get("type") or ""
    fields = {
        (field.get("fieldName") or "").casefold()
        for field in occurrences((record.get("extension") or {}).get("extensionField"))
    }
    return LiveGroup(
        key=key or None,
        title=(record.get("description") or {}).get("descShort") or "",
        parent_key=parent,
        type=kind,
        course=kind.casefold() == "course" or _COURSE in fields,
    )


def live_group_of_pair(pair: Mapping[str, Any]) -> LiveGroup:
    """A group of a groupIdPair."""
    return live_group((pair.get("sourcedId") or {}).get("identifier"), pair.get("group"))


def shows(live: LiveGroup | None, sent: Group) -> bool:
    """True where itslearning shows the title under the parent that were sent."""
    return (
        live is not None
        and live.title == sent.title
        and (live.parent_key or "").casefold() == sent.parent_key.casefold()
    )
