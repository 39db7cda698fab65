"""Calendar messages of the Organisation API (imses-protocol.md 8.3)."""

from __future__ import annotations

import datetime as dt
import sqlite3
from dataclasses import dataclass
from typing import Any

from lxml import etree

from umstui.testsite.context import Context
from umstui.testsite.protocol import CALENDAR
from umstui.testsite.reading import (
    Element,
    Reading,
    Unreadable,
    children,
    sequence,
    skip,
    text,
    to_boolean,
    to_integer,
    to_moment,
    typed,
)
from umstui.testsite.store import fold
from umstui.testsite.texts import TEXTS, Refusal

TITLE_LENGTH = 80


@dataclass(frozen=True)
class Detail:
    """One line of StatusDetails: Info, Warning or Error about one event."""

    type: str
    message: str
    key: str = ""
    entity: str = "CalendarEvent"


def warning(name: str, key: str) -> Detail:
    """A documented warning about the event of that key."""
    return Detail("Warning", TEXTS[name].words.format(key=key), key)


class Unusable(Exception):
    """The document in a message is not one that can be carried out."""


_EVENT = sequence(
    (CALENDAR, "SiteId", typed("site", to_integer)),
    (CALENDAR, "VendorId", skip),
    (CALENDAR, "StartDateTime", text("StartDateTime")),
    (CALENDAR, "EndDateTime", text("EndDateTime")),
    (CALENDAR, "Title", text("title")),
    (CALENDAR, "TitleReadOnlyInUi", typed("title_fixed", to_boolean)),
    (CALENDAR, "Description", text("description")),
    (CALENDAR, "SyncKeyRef", text("reference")),
    (CALENDAR, "IsLesson", skip),
    (CALENDAR, "UserId", typed("user_id", to_integer)),
    (CALENDAR, "UserSyncKey", text("user_key")),
    (CALENDAR, "CourseId", typed("course_id", to_integer)),
    (CALENDAR, "CourseSyncKey", text("course_key")),
    (CALENDAR, "GroupHierarchyId", typed("hierarchy_id", to_integer)),
    (CALENDAR, "GroupHierarchySyncKey", text("hierarchy_key")),
)


def carried_out(context: Context, type_: str, document: str) -> list[Detail]:
    """Carries out one calendar message; what it says about its events, one by one.

    Raises Unusable where the document as a whole cannot be read.
    """
    root = _parsed(document)
    reading = Reading(strict_order=True, strict_roles=False)
    keys = _keys(root)
    if type_.startswith("Delete."):
        return _delete(context, root, [key for _, key in keys])
    references = dict(keys)
    details: list[Detail] = []
    for element in root.iterfind(f"{{{CALENDAR}}}Events/{{{CALENDAR}}}Event"):
        event: dict[str, Any] = {}
        key = ""
        try:
            children(element, _EVENT, event, reading)
            key = references.get(event.get("reference", "").strip(), "")
            _store(context, key, event, creating=type_.startswith("Create."))
        except Refusal as refusal:
            details.append(Detail("Error", refusal.result.words, key))
        except Unreadable as error:
            details.append(Detail("Error", str(error), key))
    return details


def _parsed(document: str) -> Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(document.strip().encode(), parser)
    except etree.XMLSyntaxError as error:
        raise Unusable(error.msg) from None
    if root.tag != f"{{{CALENDAR}}}Message" or root.getroottree().docinfo.doctype:
        raise Unusable(f"its root is no Message of {CALENDAR}")
    return root


def _keys(root: Element) -> list[tuple[str, str]]:
    """(ID, key) of every SyncKey."""
    return [
        (element.get("ID", ""), (element.text or "").strip())
        for element in root.iterfind(f"{{{CALENDAR}}}SyncKeys/{{{CALENDAR}}}SyncKey")
    ]


def _moment(event: dict[str, Any], field: str) -> dt.datetime:
    sent = event.get(field, "").strip()
    try:
        moment = to_moment(sent)
    except ValueError:
        raise Refusal("event-time", field=field) from None
    if not sent.endswith(("Z", "+00:00")):
        raise Refusal("event-time", field=field)
    return moment


def _store(context: Context, key: str, event: dict[str, Any], *, creating: bool) -> None:
    """Makes or changes one event; Refusal where it cannot be."""
    state = context.state
    before = find(context, key) if key else None
    if not creating:
        if not key:
            raise Refusal("event-no-key")
        if before is None:
            raise Refusal("event-missing", key=key)
    elif before is not None and context.site.api_create_again == "refuse":
        raise Refusal("event-key-taken", key=key)
    starts, ends = _moment(event, "StartDateTime"), _moment(event, "EndDateTime")
    if ends <= starts:
        raise Refusal("event-order")
    if len(event.get("title", "")) > TITLE_LENGTH:
        raise Refusal("event-title")
    values: dict[str, object] = {
        "starts": starts.isoformat(),
        "ends": ends.isoformat(),
        "changed": context.now,
    }
    values |= {name: event[name] for name in ("title", "description") if name in event}
    if before is None or "user_id" in event or "user_key" in event:
        values["creator"] = _creator(context, event)
    values |= _target(context, event, needed=before is None)
    if before is not None:
        state.execute(
            f"UPDATE event SET {', '.join(f'{name} = ?' for name in values)} WHERE id = ?",
            (*values.values(), before["id"]),
        )
        return
    values |= {"site": context.number, "key": key or None, "key_folded": fold(key) or None}
    state.execute(
        f"INSERT INTO event ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
        tuple(values.values()),
    )


def find(context: Context, key: str) -> sqlite3.Row | None:
    """The event with that key."""
    found: sqlite3.Row | None = context.state.execute(
        "SELECT * FROM event WHERE site = ? AND key_folded = ?", (context.number, fold(key))
    ).fetchone()
    return found


def _creator(context: Context, event: dict[str, Any]) -> int:
    return _known(
        context,
        "person",
        event.get("user_id"),
        event.get("user_key", ""),
        missing="event-no-creator",
        active=" AND trashed IS NULL",
    )


def _target(context: Context, event: dict[str, Any], *, needed: bool) -> dict[str, object]:
    """The course or the hierarchy that the event stands in."""
    if "course_id" in event or "course_key" in event:
        number, key = event.get("course_id"), event.get("course_key", "")
        course = _known(context, "course", number, key, missing="event-no-course")
        return {"course": course, "hierarchy": None}
    if "hierarchy_id" in event or "hierarchy_key" in event:
        number, key = event.get("hierarchy_id"), event.get("hierarchy_key", "")
        hierarchy = _known(context, "hierarchy", number, key, missing="event-no-group")
        return {"course": None, "hierarchy": hierarchy}
    if needed:
        raise Refusal("event-no-target")
    return {}


def _known(
    context: Context, table: str, number: int | None, key: str, *, missing: str, active: str = ""
) -> int:
    column, value = ("id", number) if number is not None else ("key_folded", fold(key.strip()))
    row = context.state.execute(
        f"SELECT id FROM {table} WHERE site = ? AND {column} = ?{active} ORDER BY id DESC",
        (context.number, value),
    ).fetchone()
    if row is None:
        raise Refusal(missing, key=key if number is None else number)
    return int(row["id"])


def _delete(context: Context, root: Element, keys: list[str]) -> list[Detail]:
    """Deletes events; what has content or is locked stays, what is not there is a warning."""
    try:
        protected = to_boolean(root.findtext(f"{{{CALENDAR}}}DeleteProtection") or "false")
    except ValueError as error:
        raise Unusable(f"DeleteProtection: {error}") from None
    state = context.state
    details: list[Detail] = []
    for key in keys:
        event = find(context, key)
        if event is None:
            details.append(warning("event-missing", key))
        elif event["locked"]:
            words = TEXTS["event-locked"].words.format(key=key, id=event["course"])
            details.append(Detail("Error", words, key))
        elif protected and event["has_content"]:
            state.execute("UPDATE event SET deletable = 1 WHERE id = ?", (event["id"],))
            details.append(warning("event-content", key))
        else:
            state.execute("DELETE FROM event WHERE id = ?", (event["id"],))
    return details


def count_of(document: str) -> int:
    """How many events a calendar document is about; 0 where it cannot be read."""
    try:
        root = _parsed(document)
    except Unusable:
        return 0
    events = root.findall(f"{{{CALENDAR}}}Events/{{{CALENDAR}}}Event")
    return len(events) or len(_keys(root))
