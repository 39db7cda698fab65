"""What the settings ask of every row, as SQL expressions over the columns of ``student``.

Criteria, choices, patterns and columns of the hierarchy are typed by an administrator, so this is
the one part of the rules whose SQL depends on data. All of it is evaluated in one pass over the
rows, each different criterion once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import duckdb

Criteria = Callable[[str], str]
Case = tuple[int, str]  # a number, and the condition under which a row has it
Like = Callable[[str, str], str]
Expressions = Mapping[str, str]  # the placeholders of rows.sql

NO_TEXTS = "[]::VARCHAR[]"
NO_NUMBERS = "[]::INTEGER[]"

# What a row says of rooms, groups and places, where persons alone are asked about.
NO_PLACES = MappingProxyType(
    {
        "activity_templates": NO_NUMBERS, "course_templates": NO_NUMBERS,
        "teacher_settings": NO_NUMBERS, "group_places": NO_TEXTS, "course_places": NO_TEXTS,
        "course_names": NO_TEXTS, "group_row": "false",
    }
)  # fmt: skip


@dataclass
class Criterion:
    """The criteria met so far, each a Boolean column of the inner query."""

    translate: Criteria
    columns: dict[str, str] = field(default_factory=dict)

    def column(self, text: str | None) -> str:
        """The name of the column that says whether a row meets the criterion; empty is true."""
        if text is None or not text.strip():
            return "true"
        return self.raw(self.translate(text))

    def raw(self, expression: str) -> str:
        """The name of the column of a DuckDB expression."""
        return self.columns.setdefault(expression, f"criterion_{len(self.columns) + 1}")

    def sql(self) -> str:
        """The select list of the inner query."""
        parts = [f"coalesce(({text}), false) AS {name}" for text, name in self.columns.items()]
        return ", ".join(parts) or "true AS criterion_0"


def row_expressions(
    workspace: duckdb.DuckDBPyConnection, organization: int, criteria: Criteria, like: Like
) -> Expressions:
    """The placeholders of rows.sql (rules.md 5, 6, 9, 13, 18; readings.md 7, 18, 32).

    Raises what ``criteria`` raises. Reports an empty filter and an unknown column of the hierarchy
    in ``problem``.
    """
    criterion = Criterion(criteria)
    employee = criterion.raw("UserTypes_ID IS DISTINCT FROM student_type()")
    return {
        **_templates(workspace, organization, criterion),
        **_teachers(workspace, organization, criterion, like, employee),
        **_places(workspace, organization, criterion),
        "group_row": criterion.column(_group_criteria(workspace, organization)),
        "criteria": criterion.sql(),
    }


def _templates(
    workspace: duckdb.DuckDBPyConnection, organization: int, criterion: Criterion
) -> dict[str, str]:
    rows = workspace.execute(
        """SELECT t.ID, t.UserTypes_ID, t.SQLFilter, t.itslearningSiteSettings_ID IS NOT NULL,
             s.ID, s.ActivitySites, s.ActivityFilter, s.CourseSites, s.CourseFilter,
             coalesce(s.CreateDaysBefore, default_create_days())
           FROM template t JOIN itslearning_setting s ON s.ID = t.itslearningSettings_ID
           WHERE s.OrganizationSettings_ID = ? ORDER BY t.ID""",
        [organization],
    ).fetchall()
    member: list[Case] = []
    days: dict[int, list[str]] = defaultdict(list)
    activity: list[Case] = []
    course: list[Case] = []
    reported: set[tuple[int, str]] = set()
    for number, user_type, text, makes_rooms, setting, *choices, create_days in rows:
        belongs = criterion.raw(f"UserTypes_ID = {int(user_type or 0)}")
        chosen = criterion.column(text)
        condition = _both(belongs, chosen)
        member.append((number, condition))
        days[create_days].append(condition)
        for taken, name, choice, chosen_filter in (
            (activity, "ActivityFilter", choices[0], choices[1]),
            (course, "CourseFilter", choices[2], choices[3]),
        ):
            if not makes_rooms:
                continue
            takes = _takes(criterion, choice, chosen_filter)
            if takes:
                taken.append((number, _both(condition, takes)))
            elif _is_filter(choice) and (setting, name) not in reported:
                reported.add((setting, name))
                report(workspace, "empty-filter", f"setting {setting}", f"{name} is empty")
    ahead = [f"CASE WHEN {' OR '.join(cases)} THEN {most} END" for most, cases in days.items()]
    return {
        "templates": _present(member),
        "create_days": f"greatest({', '.join([*ahead, 'NULL::INTEGER'])})",
        "activity_templates": _present(activity),
        "course_templates": _present(course),
    }


def _is_filter(choice: str | None) -> bool:
    return (choice or "").strip().casefold() == "filter"


def _takes(criterion: Criterion, choice: str | None, text: str | None) -> str:
    """The condition under which a row makes its room; empty where none does."""
    word = (choice or "").strip().casefold()
    if word == "all":
        return "true"
    if word == "lms":
        return criterion.raw("Skolefag_LMS <> 0")
    if _is_filter(choice) and text and text.strip():
        return criterion.column(text)
    return ""


def _teachers(
    workspace: duckdb.DuckDBPyConnection,
    organization: int,
    criterion: Criterion,
    like: Like,
    employee: str,
) -> dict[str, str]:
    rows = workspace.execute(
        "SELECT ID, SQLGroups FROM itslearning_setting WHERE OrganizationSettings_ID = ? "
        "AND SQLGroups IS NOT NULL ORDER BY ID",
        [organization],
    ).fetchall()
    cases: list[Case] = []
    for number, text in rows:
        patterns = [line.strip() for line in text.splitlines() if line.strip()]
        if patterns:
            tests = [criterion.raw(like("Aktivitet", pattern)) for pattern in patterns]
            cases.append((number, f"{employee} AND ({' OR '.join(tests)})"))
    return {"teacher_settings": _present(cases)}


def _places(
    workspace: duckdb.DuckDBPyConnection, organization: int, criterion: Criterion
) -> dict[str, str]:
    columns = {
        name.casefold(): f'"{name}"'
        for name, *_ in workspace.execute("DESCRIBE student").fetchall()
        if name != "row_number"
    }

    def value(setting: int, side: str, name: str | None) -> str:
        column = columns.get((name or "").strip().casefold())
        if column is None:
            said = f"{side} {setting} names the column {(name or '').strip()}, which Students lacks"
            report(workspace, "column", f"{side} {setting}", said)
            return "NULL"
        return f"folded({column}::VARCHAR)"

    groups = workspace.execute(
        "SELECT ID, DatabaseField, SQLCriteria FROM sub_account_setting "
        "WHERE OrganizationSettings_ID = ? ORDER BY ID",
        [organization],
    ).fetchall()
    courses = workspace.execute(
        "SELECT ID, DatabaseField, SQLCriteria, DatabaseFieldDisplayname "
        "FROM sub_account_courses_setting WHERE OrganizationSettings_ID = ? ORDER BY ID",
        [organization],
    ).fetchall()
    group_side, course_side = "sub account", "course sub account"
    return {
        "group_places": _texts(
            f"CASE WHEN {criterion.column(text)} THEN {value(number, group_side, name)} END"
            for number, name, text in groups
        ),
        "course_places": _texts(
            f"CASE WHEN {criterion.column(text)} THEN {value(number, course_side, name)} END"
            for number, name, text, _ in courses
        ),
        "course_names": _texts(
            value(number, course_side, name) if name and name.strip() else "NULL"
            for number, _, _, name in courses
        ),
    }


def _group_criteria(workspace: duckdb.DuckDBPyConnection, organization: int) -> str | None:
    row = workspace.execute(
        "SELECT SQLCriteria FROM organization_setting WHERE ID = ?", [organization]
    ).fetchone()
    return row[0] if row else None


def _both(one: str, other: str) -> str:
    """Both conditions, of which the second may be true for every row."""
    return one if other == "true" else f"{one} AND {other}"


def _present(cases: Sequence[Case]) -> str:
    """A list expression of the numbers whose condition holds."""
    if not cases:
        return NO_NUMBERS
    listed = ", ".join(f"CASE WHEN {condition} THEN {number} END" for number, condition in cases)
    return f"list_filter([{listed}], lambda number: number IS NOT NULL)"


def _texts(items: Iterable[str]) -> str:
    listed = list(items)
    return f"[{', '.join(listed)}]::VARCHAR[]" if listed else NO_TEXTS


def report(workspace: duckdb.DuckDBPyConnection, reason: str, key: str, detail: str) -> None:
    """Add one line to ``problem`` (readings.md 50)."""
    workspace.execute("INSERT INTO problem VALUES (?, ?, 1, ?)", [reason, key, detail])
