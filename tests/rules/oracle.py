"""What itslearning should hold, worked out by loops over dictionaries: the second opinion.

Follows contract/rules.md 1 to 21 with readings.md 1 to 39 and nothing else; sync.rules says the
same in SQL, and test_against_oracle.py compares the two item by item.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tests.rules.oracle_persons import person_of
from tests.rules.oracle_places import (
    Activities,
    Hierarchy,
    Place,
    make_groups,
    make_rooms,
)
from tests.rules.oracle_rooms import end_rooms
from tests.rules.oracle_rows import (
    UNTOUCHABLE,
    Facts,
    Predicate,
    Row,
    attach_templates,
    clean,
    cut_title,
    folded,
    most_frequent,
    read_rows,
    role_of,
    templates_of,
    word,
)
from tests.rules.oracle_shelter import Shelter
from tests.rules.oracle_values import Held, Item, School, Wanted

__all__ = ["Held", "School", "Wanted", "make_wanted"]

ROOTS = {
    "UMSGroups": "UMS Groups",
    "UMSTemplateGroups": "UMS Template Groups",
    "UMSCourses": "UMS Courses",
    "UMSCoursesArchive": "UMS Courses archive",
}


def make_wanted(
    school: School,
    held: Held,
    day: dt.date,
    criteria: Callable[[str], Predicate],
    like: Callable[[str, str], bool],
) -> Wanted:
    """All of rules.md for one organization and one day."""
    return _Plan(school, held, day, criteria, like).make()


class _Plan:
    def __init__(
        self,
        school: School,
        held: Held,
        day: dt.date,
        criteria: Callable[[str], Predicate],
        like: Callable[[str, str], bool],
    ) -> None:
        self.held, self.day, self.like, self.criteria = held, day, like, criteria
        self.settings = school.settings
        self.organization_id = school.organization
        [self.organization] = [
            row
            for row in school.settings["organization_setting"]
            if row["ID"] == school.organization
        ]
        self.templates = templates_of(school.organization, school.settings)
        rows = read_rows(school.students)
        self.problem_rows = [row for row in rows if row.faults]
        valid = [row for row in rows if not row.faults]
        attach_templates(valid, self.templates, criteria)
        self.rows = [row for row in valid if row.templates]
        self.activities = Activities(self.rows)
        self.spelling = self._spelling_at_the_site()
        self.spelling |= {folded(key): key for key in held.persons}
        self.wanted = Wanted()

    def make(self) -> Wanted:
        self._report_rows()
        self._persons()
        self._roots()
        self._template_groups()
        self._rooms_and_groups()
        self._keep_memberships()
        end_rooms(self.wanted, self.held, self.settings, self.day, self.sheltered)
        self._keep_parents()
        self.wanted.problems = {
            (reason, key)
            for reason, key in self.wanted.problems
            if reason != "title-cut" or key in self.wanted.groups
        }
        return self.wanted

    def _spelling_at_the_site(self) -> dict[str, str]:
        """rules.md 4 and 23: by key, else of the person without one who is to be adopted."""
        adopted = {
            folded(person["user_name"]): person["user_name"]
            for person in self.held.live
            if not person["key"] or person["key"].startswith("itsla-")
        }
        keyed = {folded(person["key"]): person["key"] for person in self.held.live if person["key"]}
        in_trash = {folded(key): key for key in self.held.trash}  # readings.md 37
        return in_trash | adopted | keyed

    # Persons ---------------------------------------------------------------------------------

    def _report_rows(self) -> None:
        for row in self.problem_rows:
            key = row["StudieNr"] or row["UMS_IDFromAdministrativeSystem"]
            self.wanted.problem_rows.update((fault, key.casefold()) for fault in row.faults)

    def _untouchable(self, person: str) -> bool:
        """rules.md 8 and readings.md 5."""
        return person == UNTOUCHABLE or person in {folded(key) for key in self.held.administrators}

    def _persons(self) -> None:
        counting: dict[str, list[Row]] = {}
        for row in self.rows:
            if row.counts(self.day):
                counting.setdefault(row.person, []).append(row)
        self.present = {person for person in counting if not self._untouchable(person)}
        for person in self.present:
            rows = counting[person]
            key = self.spelling.get(person) or most_frequent(row["StudieNr"] for row in rows)
            item = person_of(rows, self.day, key)
            if key in self.held.persons:
                item["user_name"] = self.held.persons[key]["user_name"]
            if any(len(rows[0][column]) > 64 for column in ("Fornavne", "Efternavn")):
                self.wanted.problems.add(("name-cut", key.casefold()))
            self.spelling.setdefault(person, key)
            self.wanted.persons[item["key"]] = item
        self.protected = self._protected_persons()
        for key, item in self.held.persons.items():
            if self._untouchable(folded(key)) or (
                key in self.protected and key not in self.wanted.persons
            ):
                self.wanted.persons[key] = {**item, "kept": True}

    def _protected_persons(self) -> set[str]:
        """Held persons that a problem row may stand for (rules.md 2, readings.md 8)."""
        names = {row.person for row in self.problem_rows if row["StudieNr"]}
        ids = {
            row["UMS_IDFromAdministrativeSystem"]
            for row in self.problem_rows
            if not row["StudieNr"]
        }
        return {
            key
            for key, item in self.held.persons.items()
            if folded(key) in names or clean(item["administrative_id"]) in ids - {""}
        }

    # Groups that are always the same ------------------------------------------------------------

    def _add(
        self, kind: str, key: str, title: str, parent_key: str, depth: int, **more: Any
    ) -> Item:
        if len(title) > 64:
            self.wanted.problems.add(("title-cut", key))
        item: Item = {"kind": kind, "key": key, "title": cut_title(title), "parent_key": parent_key}
        item |= {"depth": depth, "school": ""}
        item |= {"type": "Unspecified", "node_id": None, "site_type": None, "setting_id": None}
        item |= {
            "ums_template_id": None,
            "empty_since": None,
            "kept": False,
            "ended": None,
            "archived": None,
        }
        self.wanted.groups[key] = item | more
        return self.wanted.groups[key]

    def _enrol(self, group: str, setting: Facts, rows: Iterable[Row]) -> None:
        """Teacher and learner at once is a teacher (rules.md 13)."""
        by_person: dict[str, list[Row]] = {}
        for row in rows:
            if row.person in self.present:
                by_person.setdefault(row.person, []).append(row)
        for person, own in by_person.items():
            learner = all(row.is_student for row in own)
            self.wanted.memberships[self.spelling[person], group] = {
                "role": role_of(setting, learner=learner),
                "school": most_frequent(row["Skolekode"] for row in own),
                "learner": learner,
                "kept": False,
            }

    def _roots(self) -> None:
        for key, title in ROOTS.items():
            self._add("node", key, title, self.organization["SourceOrganization"], 0)

    def _template_groups(self) -> None:
        """rules.md 20 and readings.md 35."""
        for template in self.templates:
            if not template.setting["MaintainTemplateGroups"]:
                continue
            key, title = f"UMSTemplate_{template.id}", clean(template.facts["Name"])
            rows = [
                row
                for row in self.rows
                if template in row.templates and row.counts_for(template, self.day)
            ]
            school = most_frequent(row["Skolekode"] for row in rows)
            more = {"ums_template_id": template.id, "school": school}
            self._add("group", key, title, "UMSTemplateGroups", 1, **more)
            self._enrol(key, template.setting, rows)

    # Rooms and groups ---------------------------------------------------------------------------

    def _rooms_and_groups(self) -> None:
        limits = self.criteria(self.organization["SQLCriteria"] or "")
        self.rooms, too_long = make_rooms(self.templates, self.rows, self.activities, self.criteria)
        groups, also_too_long = make_groups(self.templates, self.rows, self.activities, limits)
        for key in too_long | also_too_long:
            self.wanted.problems.add(("key-too-long" if len(key) > 64 else "place", key))
        self._problem_places(groups)
        # readings.md 24 says that a refused setting makes no room, not what becomes of one.
        others, _ = make_rooms(
            self.templates, self.rows, self.activities, self.criteria, refused_too=True
        )
        self.wanted.doubtful |= (others.keys() - self.rooms.keys()) & self.held.groups.keys()

        rooms = {key: room for key, room in self.rooms.items() if self._exists(room)}
        for room in rooms.values():
            self._room_members(room)
        self._gone_rooms()
        groups = {
            key: group
            for key, group in groups.items()
            if any(row.counts(self.day) for row in group.rows)
        }
        for group in groups.values():
            rows = [row for row in group.rows if row.counts(self.day)]
            self._enrol(group.key, group.template.setting, rows)
        self._keep_groups(groups)

        active = {key: room for key, room in rooms.items() if not self._is_over(room)}
        self._sort("G", "group", "sub_account_setting", groups, "UMSGroups")
        self._sort("C", "course", "sub_account_courses_setting", active, "UMSCourses")
        for key, room in rooms.items():
            if key not in active:
                self._add_place(room, "course", "UMSCoursesArchive", 1)

    def _is_over(self, room: Place) -> bool:
        return room.ends is not None and self.day > room.ends

    def _exists(self, room: Place) -> bool:
        """rules.md 12 and 14, readings.md 25."""
        if room.key in self.held.groups:
            return True
        if room.ends == self.day:  # rules.md 14: "inactive or ended on D"
            self.wanted.doubtful.add(room.key)
        begun = room.starts is None or self.day + room.template.lead >= room.starts
        return begun and not self._is_over(room)

    def _room_members(self, room: Place) -> None:
        """rules.md 13 and readings.md 26 and 27."""
        setting = room.template.setting
        members = self._employees_of(setting)
        published = room.starts is None or self.day + room.template.publish_lead >= room.starts
        for row in room.rows:
            if room.ends is not None and self.day > room.ends:
                stays = row.lasted_to(room.ends)
                stays &= not row.is_student or word(setting["RemoveLearnerMethod"]) == "deletedinad"
            else:
                stays = row.counts(self.day) and (published or not row.is_student)
            if stays:
                members.append(row)
        self._enrol(room.key, setting, members)

    def _employees_of(self, setting: Facts) -> list[Row]:
        """SQLGroups of rules.md 13."""
        patterns = [line.strip() for line in (setting["SQLGroups"] or "").splitlines()]
        return [
            row
            for row in self.rows
            if row.is_employee
            and row.activity
            and row.is_active(self.day)
            and any(self.like(str(row.facts["Aktivitet"]), line) for line in patterns if line)
        ]

    def _sort(
        self, letter: str, kind: str, table: str, places: Mapping[str, Place], unsorted: str
    ) -> None:
        settings = [
            facts
            for facts in self.settings[table]
            if facts["OrganizationSettings_ID"] == self.organization_id
        ]
        hierarchy = Hierarchy(letter, settings, self.criteria)
        paths = {key: hierarchy.path(place) for key, place in places.items()}
        root = self.organization["SourceOrganization"]
        for key, node in hierarchy.nodes(paths, places, root).items():
            self._add("node", key, **node)
        for key, path in paths.items():
            parent = hierarchy.key(path) if path else unsorted
            self._add_place(places[key], kind, parent, max(len(path), 1))

    def _add_place(self, place: Place, kind: str, parent: str, depth: int) -> None:
        template = place.template
        blueprint = template.site if kind == "course" else template.cohort
        assert blueprint is not None
        course = kind == "course" or bool(clean(blueprint["Template"]))
        self._add(
            kind,
            place.key,
            place.title,
            parent,
            depth,
            type="Course" if course else "Unspecified",
            node_id=place.node_id,
            site_type=place.site_type,
            setting_id=template.setting["ID"],
            template_key=(clean(blueprint["Template"]) or None) if course else None,
            creator_key=(clean(blueprint["CourseCreator"]) or None) if course else None,
            language=(clean(template.setting["Language"]) or None) if course else None,
            category=(clean(template.setting["CourseCategory"]) or None) if course else None,
            school=most_frequent(row["Skolekode"] for row in place.rows),
            ended=place.ends if kind == "course" else None,
        )

    def _gone_rooms(self) -> None:
        """Held rooms that no valid row makes any more (rules.md 14, readings.md 10 and 14)."""
        by_id = {facts["ID"]: facts for facts in self.settings["itslearning_setting"]}
        for key, item in self.held.groups.items():
            if item["kind"] != "course" or key in self.rooms:
                continue
            setting = by_id[item["setting_id"]]
            if key in self.sheltered:
                self.wanted.groups[key] = {**item, "kept": True}
                # readings.md 10 keeps those of rule 2, rule 13 wants these in every room.
                teachers = {row.person for row in self._employees_of(setting)} & self.present
                self.wanted.doubtful_members |= {(self.spelling[who], key) for who in teachers}
                continue
            yesterday = self.day - dt.timedelta(days=1)
            self.wanted.groups[key] = {
                **item,
                "parent_key": "UMSCoursesArchive",
                "depth": 1,
                "ended": min(item["ended"] or yesterday, yesterday),
                "kept": False,
            }
            self._enrol(key, setting, self._employees_of(setting))

    # What problem rows keep -----------------------------------------------------------------------

    def _problem_places(self, groups: Mapping[str, Place]) -> None:
        """Held rooms and groups that a problem row's activity may stand for (rules.md 2).

        Where valid rows make the place, its activities tell; else the names in the problem rows
        are cut as the held place's setting says (readings.md 10).
        """
        self.broken = {row.activity for row in self.problem_rows if row.activity}
        self._shelter = Shelter(self.problem_rows, self.activities, self.templates)
        self.sheltered = {
            place.key
            for place in (*self.rooms.values(), *groups.values())
            if place.activities & self.broken
        }
        if self._shelter.anything:
            self.wanted.doubtful |= {
                key for key, item in self.held.groups.items() if item["node_id"]
            }
        for key, item in self.held.groups.items():
            place = self.rooms.get(key) or groups.get(key)
            if not item["node_id"]:
                continue
            if place is None:
                certain = self._shelter.stands_for(item)
            else:
                alike = self.rooms if key in self.rooms else groups
                kind = {other for other in alike.values() if other.site_type == place.site_type}
                made = frozenset().union(*(other.activities for other in kind))
                certain = self._shelter.stands_for(item, made=made)
            if certain is None:
                self.wanted.doubtful.add(key)
            elif certain:
                self.sheltered.add(key)

    def _keep_groups(self, groups: Iterable[str]) -> None:
        for key, item in self.held.groups.items():
            if item["kind"] == "group" and key in self.sheltered and key not in groups:
                self.wanted.groups[key] = {**item, "kept": True}

    def _keep_memberships(self) -> None:
        """rules.md 2 and 3: of persons with a problem row, and of those never touched."""
        for (person, group), item in self.held.memberships.items():
            stays = person in self.protected or self._untouchable(folded(person))
            if stays and group in self.wanted.groups:
                self.wanted.memberships.setdefault((person, group), {**item, "kept": True})

    def _keep_parents(self) -> None:
        for item in list(self.wanted.groups.values()):
            above = item["parent_key"]
            while above in self.held.groups and above not in self.wanted.groups:
                self.wanted.groups[above] = {**self.held.groups[above], "kept": True}
                above = self.wanted.groups[above]["parent_key"]
