"""What was gathered of a room, a group or a place of the hierarchy."""

from __future__ import annotations

import datetime as dt

from sync.diagnosis import KnownRoom
from sync.model import RunSummary
from sync.runs.gathering import Gathered, exceptions_of
from sync.snapshots.about import About
from sync.windows import KeepTarget


def known_room(gathered: Gathered) -> KnownRoom:
    """What was gathered of the room, group or place."""
    key = gathered.room_key
    columns = "kind, title, parent_key, ended, archived, empty_since"
    wanted = gathered.one(f"SELECT {columns} FROM wanted_group WHERE key = ?", key)
    held = gathered.one(f"SELECT {columns} FROM held_group WHERE key = ?", key)
    row = wanted or held
    members = gathered.one("SELECT count(*) FROM held_membership WHERE group_key = ?", key)
    past = gathered.past
    made_by = past.made_by("'node', 'group', 'course'", key) if held is not None else None
    changes, error = past.changes(About("key", [key], "kind <> 'membership'"))
    rows, starts, ends, reason = _ums_of_room(gathered, wanted is not None)
    stands = wanted is not None if gathered.ums else held is not None
    if held is not None and held[0] == "node" and wanted is None:
        # What keeps a place is everything under it, which is not read for one question.
        leaves = [change for change in changes if change.op == "delete"]
        stands = not leaves
        reason = "as last planned; " + (
            "nothing stands in it any more" if leaves else "it stands while something is under it"
        )
    title = row[1] if row else ""
    if not title and gathered.live_group is not None:
        title = gathered.live_group.title
    return KnownRoom(
        key=key,
        title=title or key,
        kind=row[0] if row else "course",
        rows=rows,
        wanted=stands,
        reason=reason,
        held=held is not None,
        since=past.since(made_by) if held is not None else "",
        starts=starts,
        ends=ends,
        archived=held[4] if held else None,
        empty_since=held[5] if held else None,
        members=members[0] if members else 0,
        path=_path(gathered, key),
        decided_by=_decided_by(gathered, key),
        live=gathered.live_group,
        live_known=gathered.group_known,
        staying=_staying(gathered, key),
        changes=changes,
        error=error,
        problems=_problems(gathered, past.plan, key),
        problems_then=_problems(gathered, made_by, key),
        exceptions=exceptions_of(gathered, KeepTarget.ROOM, key, ""),
    )


def _staying(gathered: Gathered, key: str) -> list[str]:
    """The learners in a room that has ended, by key."""
    if not gathered.ums:
        return []
    rows = gathered.workspace.execute(
        """SELECT m.person_key FROM held_membership m
           JOIN held_group g ON g.key = m.group_key AND g.archived IS NOT NULL
           JOIN rule_room_end n ON n.key = m.group_key AND n.inactive
           JOIN rule_setting s ON s.setting_id = n.setting_id AND s.learner_role = m.role
           WHERE m.group_key = $key ORDER BY m.person_key""",
        {"key": key},
    ).fetchall()
    return [str(row[0]) for row in rows]


def _ums_of_room(
    gathered: Gathered, wanted: bool
) -> tuple[int, dt.date | None, dt.date | None, str]:
    """How many rows stand for it, its dates, and why it is wanted or not."""
    if not gathered.ums:
        return 0, None, None, "UMS was not read; as last sent"
    key, day = gathered.room_key, gathered.installation.today
    said = gathered.one("SELECT reason FROM change WHERE key = ? AND kind <> 'membership'", key)
    reason = said[0] if said and wanted else ""
    rows = _rows_of(gathered)
    room = gathered.one(
        """SELECT r.start_on, r.end_on, t.create_days, r.refused, t.setting_id
           FROM rule_room r JOIN rule_template t ON t.template_id = r.template_id
           WHERE r.key = ?""",
        key,
    )
    if room is None:
        if not rows:
            reason = reason or "no row of UMS stands for it"
        elif not wanted:
            reason = (
                "no setting's choice takes what UMS has of it (ActivitySites, CourseSites, their "
                "filters, or SQLCriteria)"
            )
        return rows, None, None, reason or "no row of it counts today"
    starts, ends, days, refused, setting = room
    if not wanted:
        if refused:
            reason = f"setting {setting} publishes later than it creates and makes no room"
        elif ends is not None and ends < day:
            reason = f"it ended {ends}"
        elif starts is not None and starts - dt.timedelta(days=days) > day:
            begins = starts - dt.timedelta(days=days)
            reason = f"it starts {starts} and is made from {begins} (setting {setting})"
        else:
            reason = reason or f"setting {setting} does not make it"
    return rows, starts, ends, reason


def _rows_of(gathered: Gathered) -> int:
    """How many rows of UMS stand for it; teachers' rows without a course stand in every course."""
    row = gathered.workspace.execute(
        """SELECT count(DISTINCT t.row_number) FROM rule_text t
           JOIN (SELECT unnest($activities::VARCHAR[]) AS activity,
                   unnest($courses::VARCHAR[]) AS course) c ON c.activity = t.activity
           WHERE c.course IS NULL OR c.course = t.course OR (t.course = '' AND NOT t.student)""",
        {
            "activities": [activity for activity, _ in gathered.cells],
            "courses": [course for _, course in gathered.cells],
        },
    ).fetchone()
    return int(row[0]) if row else 0


def _problems(gathered: Gathered, run: RunSummary | None, key: str) -> list[str]:
    if run is None:
        return []
    problems = gathered.reader.run(run.run).report.problems
    return [f"{one.reason}: {one.detail}" for one in problems if one.key == key]


def _path(gathered: Gathered, key: str) -> list[str]:
    """The titles from the root down to what the room stands under."""
    rows = gathered.workspace.execute(
        """SELECT key, any_value(title), any_value(parent_key) FROM (
             SELECT key, title, parent_key FROM wanted_group
             UNION ALL SELECT key, title, parent_key FROM held_group
               WHERE key NOT IN (SELECT key FROM wanted_group)) GROUP BY key"""
    ).fetchall()
    parents = {row[0]: (row[1], row[2]) for row in rows}
    path: list[str] = []
    above = parents.get(key, ("", ""))[1]
    while above in parents and len(path) < 20:
        title, following = parents[above]
        path.insert(0, title or above)
        above = following
    return path


def _decided_by(gathered: Gathered, key: str) -> str:
    """Which sub account setting chose the place (rules.md 18)."""
    if not gathered.ums:
        return ""
    row = gathered.workspace.execute(
        """SELECT u.side, u.setting_id, u.value,
             coalesce(g.Description, c.Description, g.DatabaseField, c.DatabaseField, '')
           FROM rule_under u
           LEFT JOIN rule_room r ON u.side = 'C' AND r.room_no = u.place_no
           LEFT JOIN rule_group p ON u.side = 'G' AND p.group_no = u.place_no
           LEFT JOIN sub_account_setting g ON u.side = 'G' AND g.ID = u.setting_id
           LEFT JOIN sub_account_courses_setting c ON u.side = 'C' AND c.ID = u.setting_id
           WHERE u.directly AND coalesce(r.key, p.key) = $key""",
        {"key": key},
    ).fetchall()
    if row:
        _, setting, value, words = row[0]
        return f"sub account setting {setting} ({words}): {value}"
    held = gathered.one("SELECT archived FROM held_group WHERE key = ?", key)
    if held is not None and held[0] is not None:
        return "archived (rules.md 14)"
    return "no branch has a value at every level (rules.md 18)"
