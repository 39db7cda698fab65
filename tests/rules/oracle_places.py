"""Rooms, groups and their place in the hierarchy (rules.md 9 to 13, 18) in plain Python."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.rules.oracle_rows import (
    Facts,
    Predicate,
    Row,
    Template,
    column_of,
    most_frequent,
    word,
)

LONGEST_KEY = 64
ROOM_PREFIX, GROUP_PREFIX = "UMSCourse_", "UMSGroups_"


@dataclass(eq=False)
class Place:
    """A room or a group that the valid rows make, whether it exists on the day or not."""

    key: str
    node_id: str
    site_type: str | None
    template: Template
    activities: set[str] = field(default_factory=set)
    rows: list[Row] = field(default_factory=list)
    starts: dt.date | None = None
    ends: dt.date | None = None
    title: str = ""
    parts: list[tuple[str, str]] = field(default_factory=list)


class Activities:
    """What the valid rows of the organization's templates say of each activity."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows: dict[str, list[Row]] = {}
        for row in rows:
            if row.activity:
                self.rows.setdefault(row.activity, []).append(row)

    def node_id(self, activity: str, setting: Facts) -> str:
        """rules.md 10 and readings.md 20, where an empty short name is one of them."""
        rows = self.rows[activity]
        return node_id(
            setting,
            most_frequent(row["Aktivitet"] for row in rows),
            most_frequent((row["Kort_Betegnelse"] for row in rows), empty_counts=True),
        )

    def start(self, activity: str) -> dt.date | None:
        """rules.md 12 and readings.md 23; None is open."""
        rows = self.rows[activity]
        given = [date for row in rows if (date := row.dates["Aktiviteter_StartDato"])]
        if given:
            return min(given)
        own = [row.starts for row in rows]
        return None if None in own else min(date for date in own if date)

    def end(self, activity: str) -> dt.date | None:
        rows = self.rows[activity]
        given = [date for row in rows if (date := row.dates["Aktiviteter_SlutDato"])]
        if given:
            return max(given)
        own = [row.ends for row in rows]
        return None if None in own else max(date for date in own if date)


def node_id(setting: Facts, name: str, short_name: str) -> str:
    """The name without the characters of the semester roll, and the short name."""
    index, length = setting["NodeStartIndex"], setting["NodeLength"]
    if (index or 0) > 0 and (length or 0) > 0:
        name = name[: index - 1] + name[index - 1 + length :]
    name = name.strip()
    if setting["NodeAddShortDescription"] and short_name:
        name = f"{name}_{short_name}"
    return name


def _takes(choice: str, text: str | None, rows: Sequence[Row], holds: Predicate) -> bool:
    """rules.md 9 and readings.md 18."""
    if word(choice) == "lms":
        return any(row.facts["Skolefag_LMS"] for row in rows)
    if word(choice) == "filter":
        return bool(text and text.strip()) and any(holds(row.facts) for row in rows)
    return word(choice) == "all"


def make_rooms(
    templates: Sequence[Template],
    rows: Sequence[Row],
    activities: Activities,
    criteria: Callable[[str], Predicate],
    *,
    refused_too: bool = False,
) -> tuple[dict[str, Place], set[str]]:
    """Rooms by key, and the keys that are problems (rules.md 10 and 11, readings.md 19 to 22)."""
    rooms: dict[tuple[str, str], Place] = {}
    problems: set[str] = set()
    takers = [
        template
        for template in templates
        if template.site is not None and (refused_too or not template.refused)
    ]
    makers = _room_makers(takers, rows, criteria)
    for (site_type, activity, subject), template in makers.items():
        base = activities.node_id(activity, template.setting)
        if not base:
            problems.add("")
            continue
        identity = f"{base}_{subject}" if subject else base
        place = rooms.setdefault(
            (site_type, identity),
            Place(f"{ROOM_PREFIX}{identity}", identity, site_type, template),
        )
        _join(place, activities, activity, template, subject)
        place.parts.append((subject, base))
    made: dict[str, Place] = {}
    for (site_type, _), place in sorted(rooms.items(), key=lambda item: item[0]):
        # Activity sorts before Course: the course room of a pair with one key is the problem.
        if len(place.key) > LONGEST_KEY or (site_type == "Course" and place.key in made):
            problems.add(place.key)
            continue
        place.title = _room_title(place)
        made[place.key] = place
    return made, problems


def _room_makers(
    templates: Sequence[Template], rows: Sequence[Row], criteria: Callable[[str], Predicate]
) -> dict[tuple[str, str, str], Template]:
    """The lowest template that takes each activity, and each subject of it (rules.md 9)."""
    makers: dict[tuple[str, str, str], Template] = {}
    for template in templates:
        setting = template.setting
        by_activity: dict[str, list[Row]] = {}
        by_course: dict[tuple[str, str], list[Row]] = {}
        for row in rows:
            if template in row.templates and row.activity:
                by_activity.setdefault(row.activity, []).append(row)
                if row["Skolefag"]:
                    by_course.setdefault((row.activity, row["Skolefag"]), []).append(row)
        holds = criteria(setting["ActivityFilter"] or "")
        for activity, its_rows in by_activity.items():
            if _takes(setting["ActivitySites"], setting["ActivityFilter"], its_rows, holds):
                makers.setdefault(("Activity", activity, ""), template)
        holds = criteria(setting["CourseFilter"] or "")
        for (activity, subject), its_rows in by_course.items():
            if _takes(setting["CourseSites"], setting["CourseFilter"], its_rows, holds):
                makers.setdefault(("Course", activity, subject), template)
    return makers


def _join(
    place: Place, activities: Activities, activity: str, template: Template, subject: str
) -> None:
    """Adds an activity, or a subject of it, to a room that other ones may share."""
    if template.id < place.template.id:
        place.template = template
    first = not place.parts
    starts, ends = activities.start(activity), activities.end(activity)
    if first:
        place.starts, place.ends = starts, ends
    else:
        place.starts = min(place.starts, starts) if place.starts and starts else None
        place.ends = max(place.ends, ends) if place.ends and ends else None
    place.activities.add(activity)
    for row in activities.rows[activity]:
        wanted = not subject or row["Skolefag"] == subject
        subjectless_teacher = row.is_employee and not row["Skolefag"]
        if (wanted or subjectless_teacher) and row not in place.rows:
            place.rows.append(row)


def _room_title(place: Place) -> str:
    """rules.md 11 and readings.md 22."""
    shown = most_frequent(row["ActivityDisplayName"] for row in place.rows)
    name = shown or most_frequent(base for _, base in place.parts)
    subject = most_frequent(subject for subject, _ in place.parts)
    return f"{subject} {name}" if subject else name


def make_groups(
    templates: Sequence[Template],
    rows: Sequence[Row],
    activities: Activities,
    holds: Predicate,
) -> tuple[dict[str, Place], set[str]]:
    """Groups by key (rules.md 9 to 11); ``holds`` is the organization's SQLCriteria."""
    makers: dict[str, Template] = {}
    for template in templates:
        if template.cohort is None:
            continue
        for row in rows:
            if template in row.templates and row.activity and holds(row.facts):
                makers.setdefault(row.activity, template)
    groups: dict[str, Place] = {}
    problems: set[str] = set()
    for activity, template in makers.items():
        identity = activities.node_id(activity, template.setting)
        key = f"{GROUP_PREFIX}{identity}"
        if not identity or len(key) > LONGEST_KEY:
            problems.add(key if identity else "")
            continue
        place = groups.setdefault(key, Place(key, identity, None, template))
        if template.id < place.template.id:
            place.template = template
        place.activities.add(activity)
        place.rows += [row for row in activities.rows[activity] if holds(row.facts)]
        place.title = identity
    return groups, problems


@dataclass(frozen=True)
class Level:
    """One chosen node of a path: the setting and the value of its column."""

    setting: Facts
    value: str


class Hierarchy:
    """One of the two lists of sub accounts (rules.md 18, readings.md 32 to 34)."""

    def __init__(
        self, letter: str, settings: Iterable[Facts], criteria: Callable[[str], Predicate]
    ) -> None:
        self._letter = letter
        self._by_id = {
            int(facts["ID"]): {
                **facts,
                "Parent_ID": facts["Parent_ID"] or None,
                "DatabaseField": column_of(facts["DatabaseField"]),
                "DatabaseFieldDisplayname": column_of(facts.get("DatabaseFieldDisplayname")),
            }
            for facts in settings
        }
        self._holds = {
            identity: criteria(facts["SQLCriteria"] or "")
            for identity, facts in self._by_id.items()
        }
        parents = {facts["Parent_ID"] for facts in self._by_id.values()}
        branches = []
        for identity in self._by_id:
            if identity in parents:
                continue
            path, above = [identity], self._by_id[identity]["Parent_ID"]
            while above is not None:
                path.insert(0, above)
                above = self._by_id[above]["Parent_ID"]
            branches.append(path)
        self._branches = sorted(branches)

    def path(self, place: Place) -> list[Level]:
        """The nodes from the top that the place stands under; empty where it is unsorted."""
        for branch in self._branches:
            path = self._path(branch, place.rows)
            if path:
                return path
        return []

    def _path(self, branch: Sequence[int], rows: Sequence[Row]) -> list[Level]:
        path: list[Level] = []
        for identity in branch:
            setting = self._by_id[identity]
            column = setting["DatabaseField"]
            rows = [row for row in rows if self._holds[identity](row.facts)]
            learners = [row for row in rows if row.is_student]
            value = most_frequent(row[column] for row in learners or rows)
            if not value:
                return []
            rows = [row for row in rows if row[column] == value]
            path.append(Level(setting, value))
        return path

    def key(self, path: Sequence[Level]) -> str:
        text = "\x1f".join(f"{level.setting['ID']}={level.value}" for level in path)
        digest = hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]
        return f"UMSNode_{self._letter}_{digest}"

    def nodes(
        self, paths: Mapping[str, Sequence[Level]], places: Mapping[str, Place], root: str
    ) -> dict[str, dict[str, Any]]:
        """The nodes that the places stand under, by key."""
        found: dict[str, dict[str, Any]] = {}
        rows: dict[str, list[Row]] = {}
        for place_key, path in paths.items():
            above = root
            for depth, level in enumerate(path):
                key = self.key(path[: depth + 1])
                rows.setdefault(key, []).extend(places[place_key].rows)
                found[key] = {"parent_key": above, "depth": depth, "level": level}
                above = key
        for key, node in found.items():
            level = node.pop("level")
            column = level.setting.get("DatabaseFieldDisplayname")
            node["title"] = _display(column, rows[key]) or level.value
            node["school"] = most_frequent(row["Skolekode"] for row in rows[key])
        return found


def _display(column: str | None, rows: Iterable[Row]) -> str:
    return most_frequent(row[column] for row in rows) if column else ""
