"""Courses: made through groups, copied from templates, detached and never deleted (5.2, 5.3)."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field

from umstui.testsite.context import Context
from umstui.testsite.store import fold
from umstui.testsite.texts import Refusal

TITLE_LENGTH = 64
_TERM = "course/template/terms/"


@dataclass
class CourseFields:
    """The course fields of a group's extension; None is what was not sent."""

    title: str | None = None
    code: str | None = None
    credits: str | None = None
    template_key: str | None = None
    creator_key: str | None = None
    terms: dict[str, str] = field(default_factory=dict)
    sent: bool = False

    def __bool__(self) -> bool:
        return self.sent


def is_course_field(name: str) -> bool:
    """Whether an extension field, in lower case, is one about the course."""
    return name == "course" or name.startswith("course/")


def fields_of(context: Context, extension: dict[str, str]) -> CourseFields:
    """The course fields among extension fields whose names are in lower case."""
    found = CourseFields()
    terms: dict[str, dict[str, str]] = {}
    for name, value in extension.items():
        if not is_course_field(name):
            continue
        found.sent = True
        if name == "course":
            found.title = context.fitting("course", value.strip(), TITLE_LENGTH)
        elif name == "course/code":
            found.code = context.fitting("course/code", value.strip(), TITLE_LENGTH)
        elif name in {"course/credits", "course/credit"}:
            found.credits = context.fitting("course/credits", value.strip(), TITLE_LENGTH)
        elif name == "course/template/synckey":
            found.template_key = value.strip()
        elif name == "course/template/coursecreatorsynckey":
            found.creator_key = value.strip()
        elif name.startswith(_TERM):
            term, _, end = name.removeprefix(_TERM).partition("/")
            terms.setdefault(term, {})[end.removesuffix("termsynckey")] = value.strip()
    for ends in terms.values():
        if not ends.get("source") or not ends.get("target"):
            raise Refusal("term-pair")
        found.terms[ends["source"]] = ends["target"]
    return found


def check(context: Context, course: CourseFields, before: sqlite3.Row | None) -> None:
    """Refuses what cannot become a course; a course that is there may keep its title."""
    is_new = before is None or before["type"] != "Course"
    if not course.title and (is_new or course.title is not None):
        raise Refusal("missing-field", field="course")
    if is_new and course.template_key:
        _template(context, course)


def _template(context: Context, course: CourseFields) -> sqlite3.Row:
    """The template to copy; template and creator must exist and be what they are taken for."""
    key = course.template_key or ""
    found: sqlite3.Row | None = context.state.execute(
        "SELECT * FROM course WHERE site = ? AND key_folded = ? ORDER BY template DESC",
        (context.number, fold(key)),
    ).fetchone()
    if found is None:
        raise Refusal("template-unknown", key=key)
    if not found["template"]:
        raise Refusal("template-ordinary", key=key)
    if not course.creator_key:
        raise Refusal("no-creator")
    creator = context.person(course.creator_key)
    if creator is None or creator["trashed"] is not None:
        raise Refusal("creator-unknown", key=course.creator_key)
    return found


def attach(context: Context, hierarchy: int, key: str, course: CourseFields) -> None:
    """Gives the group its course: updates the one it has, reconnects an archived one, or makes it.

    An archived course whose group comes back is connected again and stays archived
    (itslearning-operations.md 5.4); without archiving a new course is made.
    """
    state = context.state
    row = state.execute("SELECT id FROM course WHERE hierarchy = ?", (hierarchy,)).fetchone()
    if row is None:
        row = state.execute(
            "SELECT id FROM course WHERE site = ? AND key_folded = ? AND hierarchy IS NULL "
            "AND state = 'archived' ORDER BY id DESC",
            (context.number, fold(key)),
        ).fetchone()
    if row is not None:
        sent = {"title": course.title, "code": course.code, "credits": course.credits}
        values: dict[str, object] = {"hierarchy": hierarchy, "detached": None}
        values |= {name: value for name, value in sent.items() if value is not None}
        state.execute(
            f"UPDATE course SET {', '.join(f'{name} = ?' for name in values)} WHERE id = ?",
            (*values.values(), row["id"]),
        )
        return
    content, copied_from, owner = "", None, None
    if course.template_key:
        template = _template(context, course)
        content, copied_from, owner = template["content"], template["key"], course.creator_key
    state.execute(
        "INSERT INTO course (site, key, key_folded, hierarchy, title, code, credits, content, "
        "copied_from, owner, terms, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            context.number,
            key,
            fold(key),
            hierarchy,
            course.title,
            course.code or "",
            course.credits or "",
            content,
            copied_from,
            owner,
            json.dumps(course.terms),
            context.now,
        ),
    )


def detach(context: Context, hierarchy: int) -> None:
    """The course lives on without its group: archived where the site archives, else as a manual
    course. Its participants stay in it as manual ones, which the test site does not keep."""
    state = "archived" if context.site.course_archiving else "manual"
    context.state.execute(
        "UPDATE course SET hierarchy = NULL, state = CASE WHEN template THEN 'manual' ELSE ? END, "
        "detached = ? WHERE hierarchy = ?",
        (state, context.now, hierarchy),
    )


def insert_template(
    context: Context, key: str, title: str, content: str, hierarchy: int | None
) -> int:
    """A course template as a person prepares one in itslearning; its copies get ``content``."""
    added = context.state.execute(
        "INSERT INTO course (site, key, key_folded, hierarchy, title, template, state, content, "
        "created) VALUES (?, ?, ?, ?, ?, 1, 'manual', ?, ?)",
        (context.number, key, fold(key), hierarchy, title, content, context.now),
    )
    return int(added.lastrowid or 0)
