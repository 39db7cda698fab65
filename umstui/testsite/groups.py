"""What a site does with groups: the hierarchy and its rules (imses-protocol.md 5, 5.1, 5.3)."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from umstui.testsite import courses
from umstui.testsite.context import Context
from umstui.testsite.protocol import GROUP_TYPES, KNOWN_LEVELS, LEVELS
from umstui.testsite.store import fold
from umstui.testsite.texts import DONE, Refusal, Result, noted, together

Record = dict[str, Any]

TITLE_LENGTH = 64
LONG_LENGTH = 256
FULL_LENGTH = 2048

# Everything below and including one group, or everything above and including it.
_BELOW = (
    "WITH RECURSIVE below (id) AS (SELECT ? UNION "
    "SELECT child.id FROM hierarchy child JOIN below ON child.parent = below.id) "
)
_ABOVE = (
    "WITH RECURSIVE above (id, parent, type) AS ("
    "SELECT id, parent, type FROM hierarchy WHERE id = ? UNION "
    "SELECT up.id, up.parent, up.type FROM hierarchy up JOIN above ON up.id = above.parent) "
)


def create(context: Context, key: str, record: Record | None) -> Result:
    """createGroup: makes or updates the group with that key."""
    return _write(context, key, record, inserted=DONE)


def update(context: Context, key: str, record: Record | None) -> Result:
    """updateGroup: changes what is sent; a missing group is inserted with a warning."""
    return _write(context, key, record, inserted=noted("inserted"))


def replace(context: Context, key: str, record: Record | None) -> Result:
    """replaceGroup: as update, and clears the descriptions that are not sent."""
    if record is not None:
        record = {"long_text": "", "full_text": "", **record}
    return update(context, key, record)


def _write(context: Context, key: str, record: Record | None, *, inserted: Result) -> Result:
    warning = context.usable_key(key)
    if record is None:
        raise Refusal("no-data")
    before = context.group(key)
    if before is not None and before["type"] == "Site":
        raise Refusal("site-fixed")
    extension = {name.lower(): value for name, value in record.get("extension", {}).items()}
    course = courses.fields_of(context, extension)
    type_ = _type(record, before, has_course=bool(course))
    parent = _parent(context, record)
    _check_place(context, type_, parent, before)
    values = _values(context, record, before)
    if type_ == "Course":
        courses.check(context, course, before)
    values["type"] = type_
    values["parent"] = parent["id"]
    values["changed"] = context.now
    if before is None:
        values |= {
            "site": context.number,
            "key": key,
            "key_folded": fold(key),
            "created": context.now,
        }
        added = context.state.execute(
            f"INSERT INTO hierarchy ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",
            tuple(values.values()),
        )
        number = int(added.lastrowid or 0)
        result = inserted
    else:
        number = before["id"]
        key = before["key"]
        context.state.execute(
            f"UPDATE hierarchy SET {', '.join(f'{name} = ?' for name in values)} WHERE id = ?",
            (*values.values(), number),
        )
        result = DONE
    if type_ == "Course":
        courses.attach(context, number, key, course)
    return together(result, warning) if warning.words else result


def _type(record: Record, before: sqlite3.Row | None, *, has_course: bool) -> str:
    """The type the group shall have; Refusal where it may not have it (5, 5.1, 5.2)."""
    sent = record.get("type", "").strip()
    level = record.get("level")
    if sent and sent not in GROUP_TYPES:
        raise Refusal("type-unknown", type=sent)
    if level is not None:
        named = sent or KNOWN_LEVELS.get(level, "")
        if not named:
            raise Refusal("type-unknown", type=level)
        if LEVELS[named] != level:
            raise Refusal("type-and-level")
        sent = named
    if sent == "Site":
        raise Refusal("site-fixed")
    if has_course and sent not in {"", "Course"}:
        raise Refusal("course-type")
    old = None if before is None else str(before["type"])
    wanted = sent or ("Course" if has_course else old or "Unspecified")
    if old is not None and wanted != old:
        changeable = {old, wanted} == {"School", "Unspecified"}
        if not changeable and (old, wanted) != ("Unspecified", "Course"):
            raise Refusal("type-fixed", old=old, new=wanted)
    return wanted


def _parent(context: Context, record: Record) -> sqlite3.Row:
    """The parent, which every create and every update must name (5.1)."""
    key = record.get("parent", "")
    if not key:
        raise Refusal("no-parent")
    parent = context.group(key)
    if parent is None:
        raise Refusal("parent-unknown", key=key)
    return parent


def _check_place(
    context: Context, type_: str, parent: sqlite3.Row, before: sqlite3.Row | None
) -> None:
    """No group under itself, no School under a School, a CourseGroup only under a Course."""
    above = context.state.execute(
        f"{_ABOVE} SELECT id, type FROM above", (parent["id"],)
    ).fetchall()
    school_above = any(row["type"] == "School" for row in above)
    if type_ == "CourseGroup" and parent["type"] != "Course":
        raise Refusal("course-group-parent")
    if before is None:
        if type_ == "School" and school_above:
            raise Refusal("nested-school")
        return
    if any(row["id"] == before["id"] for row in above):
        raise Refusal("cycle")
    if type_ == "School" and school_above:
        raise Refusal("nested-school")
    moved_or_retyped = parent["id"] != before["parent"] or type_ != before["type"]
    if (school_above or type_ == "School") and moved_or_retyped:
        below = context.state.execute(
            f"{_BELOW} SELECT count(*) FROM hierarchy JOIN below USING (id) "
            "WHERE type = 'School' AND id <> ?",
            (before["id"], before["id"]),
        ).fetchone()
        if below[0]:
            raise Refusal("nested-school")


def _values(context: Context, record: Record, before: sqlite3.Row | None) -> Record:
    values: Record = {}
    title = record.get("title")
    if title is not None or before is None:
        title = (title or "").strip()
        if not title:
            raise Refusal("missing-field", field="descShort")
        values["title"] = context.fitting("descShort", title, TITLE_LENGTH)
    if "long_text" in record:
        values["long_text"] = context.fitting("descLong", record["long_text"], LONG_LENGTH)
    if "full_text" in record:
        values["full_text"] = context.fitting("descFull", record["full_text"], FULL_LENGTH)
    others = {
        name: value
        for name, value in record.get("extension", {}).items()
        if not courses.is_course_field(name.lower())
    }
    if others:
        kept = {} if before is None else json.loads(before["extension"])
        values["extension"] = json.dumps(kept | others, ensure_ascii=False)
    return values


def delete(context: Context, key: str) -> Result:
    """deleteGroup: the group, all below it and their memberships; courses are detached (5.3)."""
    group = context.known_group(key)
    if group["type"] == "Site":
        raise Refusal("site-fixed")
    state = context.state
    doomed = [
        row[0] for row in state.execute(f"{_BELOW} SELECT id FROM below", (group["id"],)).fetchall()
    ]
    for number in doomed:
        courses.detach(context, number)
        state.execute("UPDATE person SET home = NULL WHERE home = ?", (number,))
        state.execute("UPDATE event SET hierarchy = NULL WHERE hierarchy = ?", (number,))
        state.execute("DELETE FROM membership WHERE hierarchy = ?", (number,))
        state.execute("DELETE FROM hierarchy WHERE id = ?", (number,))
    return DONE


def change_identifier(context: Context, old: str, new: str) -> Result:
    """changeGroupIdentifier: keeps the group and its course, swaps the key."""
    group = context.known_group(old)
    warning = context.usable_key(new)
    if group["type"] == "Site":
        raise Refusal("site-fixed")
    holder = context.group(new)
    if holder is not None and holder["id"] != group["id"]:
        raise Refusal("new-key-taken", key=new)
    context.state.execute(
        "UPDATE hierarchy SET key = ?, key_folded = ?, changed = ? WHERE id = ?",
        (new, fold(new), context.now, group["id"]),
    )
    context.state.execute(
        "UPDATE course SET key = ?, key_folded = ? WHERE hierarchy = ?",
        (new, fold(new), group["id"]),
    )
    return warning


def insert_by_hand(
    context: Context, title: str, parent: int, *, type_: str = "Unspecified", key: str | None = None
) -> int:
    """A group as an administrator makes one in itslearning itself: usually without a key (5.1)."""
    added = context.state.execute(
        "INSERT INTO hierarchy (site, key, key_folded, parent, type, title, created, changed) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            context.number,
            key,
            None if key is None else fold(key),
            parent,
            type_,
            title,
            context.now,
            context.now,
        ),
    )
    return int(added.lastrowid or 0)
