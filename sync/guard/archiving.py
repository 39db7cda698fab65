"""What becomes of a room that leaves (itslearning-operations.md 5.4).

When the group of a course goes, itslearning detaches the course and makes its participants manual
ones. Whether it archives the course as well is a setting of the site that no service tells, so it
is a setting here: ``[itslearning] course_archiving``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import duckdb

from sync.model import Problem

_COURSE = "(c.kind = 'course' OR h.type = 'Course')"


class Fate(StrEnum):
    """What itslearning makes of a course whose group goes."""

    ARCHIVED = "archived"
    MANUAL = "manual"
    FORGOTTEN = "forgotten"


WORDS = {
    Fate.ARCHIVED: "itslearning will archive the course; it is never un-archived by a sync",
    Fate.MANUAL: "the course lives on as a manual course with its members left in",
    Fate.FORGOTTEN: "the course stays at itslearning as it is, no longer kept in step",
}


@dataclass(frozen=True, slots=True)
class EndingRoom:
    """A room that leaves with this plan. ``members`` are those that would be left in it."""

    key: str
    title: str
    school: str
    fate: Fate
    words: str
    members: int


def announce_endings(workspace: duckdb.DuckDBPyConnection, course_archiving: bool) -> None:
    """Write at every planned delete of a course what itslearning will make of the course."""
    fate = Fate.ARCHIVED if course_archiving else Fate.MANUAL
    workspace.execute(
        "UPDATE change SET message = CASE c.op WHEN 'delete' THEN ? ELSE ? END "
        "FROM change c JOIN held_group h ON h.key = c.key WHERE change.seq = c.seq "
        f"AND {_COURSE} AND c.op IN ('delete', 'forget') AND c.status = 'planned'",
        [WORDS[fate], WORDS[Fate.FORGOTTEN]],
    )


def ending_rooms(
    workspace: duckdb.DuckDBPyConnection,
    course_archiving: bool,
    *,
    offset: int = 0,
    limit: int = 100,
) -> list[EndingRoom]:
    """One page of the rooms that leave, whatever their status, by title."""
    kept = Fate.ARCHIVED if course_archiving else Fate.MANUAL
    rows = workspace.execute(
        "SELECT c.key, c.label, c.school, c.op, "
        "(SELECT count(*) FROM held_membership m WHERE m.group_key = c.key) "
        "FROM change c JOIN held_group h ON h.key = c.key "
        f"WHERE {_COURSE} AND c.op IN ('delete', 'forget') "
        "ORDER BY c.label, c.key LIMIT ? OFFSET ?",
        [limit, offset],
    ).fetchall()
    rooms = []
    for key, title, school, op, members in rows:
        fate = kept if op == "delete" else Fate.FORGOTTEN
        rooms.append(EndingRoom(key, title, school, fate, WORDS[fate], members))
    return rooms


def rooms_to_unarchive(workspace: duckdb.DuckDBPyConnection) -> list[Problem]:
    """The rooms that came back and that a person has to un-archive by hand (rules.md 16)."""
    return [
        Problem(*row)
        for row in workspace.execute(
            "SELECT reason, key, count, detail FROM problem "
            "WHERE reason = 'un-archive' ORDER BY key"
        ).fetchall()
    ]
