"""The settings in the UMS database, read once and tried out in memory; nothing is stored here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from sync.errors import CriteriaRefused
from sync.model import ProgressListener, ignore_progress
from sync.runs.installation import Installation, choose_organization
from sync.runs.planning import criteria_columns, make_wanted
from sync.runs.site import reading_site
from sync.runs.storing import load_held_now
from sync.snapshots.workspace import open_workspace
from sync.ums import tables
from sync.ums.criteria import translate
from sync.ums.organizations import organizations
from sync.ums.reading import read_workspace
from sync.ums.settings_problems import CHOICES
from sync.ums.settings_writer import GROWING, as_text, changeable, still_under
from sync.ums.tables import Content, Table

TABLES: tuple[Table, ...] = (
    tables.ORGANIZATION_SETTINGS,
    tables.TEMPLATES,
    tables.ITSLEARNING_SETTINGS,
    tables.SITE_SETTINGS,
    tables.COHORT_SETTINGS,
    tables.SUB_ACCOUNT_SETTINGS,
    tables.SUB_ACCOUNT_COURSES_SETTINGS,
)
CRITERIA = frozenset({"SQLCriteria", "SQLFilter", "ActivityFilter", "CourseFilter"})
FIELDS = frozenset({"DatabaseField", "DatabaseFieldDisplayname"})
NEEDED = frozenset({"DatabaseField"})  # what no row can be without

_BY_NAME = {table.name: table for table in TABLES}
# Keys of the nodes a table makes begin so; what has no place stands in the second (rules.md 18).
_NODES = {
    tables.SUB_ACCOUNT_SETTINGS.name: ("UMSNode_G_", "UMSGroups"),
    tables.SUB_ACCOUNT_COURSES_SETTINGS.name: ("UMSNode_C_", "UMSCourses"),
}

_TREE = """
WITH RECURSIVE tree AS (
  SELECT key, title, parent_key, 0 AS depth, [title] AS path FROM wanted_group
  WHERE kind = 'node' AND (key = $unsorted OR (starts_with(key, $prefix)
    AND NOT starts_with(parent_key, $prefix)))
  UNION ALL
  SELECT g.key, g.title, g.parent_key, t.depth + 1, list_append(t.path, g.title)
  FROM wanted_group g JOIN tree t ON g.parent_key = t.key WHERE g.kind = 'node'),
standing AS (
  SELECT parent_key, count(*) AS n FROM wanted_group
  WHERE kind IN ('course', 'group') GROUP BY parent_key)
SELECT t.depth, t.title, coalesce(s.n, 0) FROM tree t LEFT JOIN standing s ON s.parent_key = t.key
ORDER BY t.path
"""


@dataclass(frozen=True, slots=True)
class SettingColumn:
    """A column that may be changed. ``choices`` are all it can be; ``kind`` is text, number, tick,
    criterion, field, template or parent."""

    name: str
    kind: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A row of a settings table, its values as texts; secrets are not among them.

    Without a ``number`` it is not stored: the top of a tree of sub accounts, or a new one.
    """

    table: str
    number: int
    name: str
    values: Mapping[str, str]
    columns: tuple[SettingColumn, ...]


@dataclass(frozen=True, slots=True)
class TreeNode:
    """A node of the hierarchy that the settings make, and how much stands in it."""

    depth: int
    title: str
    count: int


class SettingsReader:
    """The settings of one organization beside the rows of Students; changes are tried in here."""

    def __init__(
        self,
        installation: Installation,
        workspace: duckdb.DuckDBPyConnection,
        org: int,
        columns: Sequence[str],
    ) -> None:
        self._installation = installation
        self._workspace = workspace
        self._org = org
        self._columns = columns

    def rows(self) -> list[SettingRow]:
        """All rows that this organization's rooms, groups and persons depend on."""
        found: list[SettingRow] = []
        for table in TABLES:
            names = [column.name for column in changeable(table)]
            listed = self._workspace.execute(
                f"SELECT ID, {', '.join(names)} FROM {table.workspace} WHERE {self._own(table)} "
                "ORDER BY ID"
            ).fetchall()
            for number, *values in listed:
                texts = dict(zip(names, map(as_text, values), strict=True))
                called = texts.get("Description") or texts.get("Name") or f"{table.name} {number}"
                found.append(SettingRow(table.name, int(number), called, texts, _columns(table)))
        return found

    def tops(self) -> list[SettingRow]:
        """The top of the tree of groups and of that of rooms, which stand in no table."""
        return [
            SettingRow(table.name, 0, "top of the tree", {}, _columns(table)) for table in GROWING
        ]

    def _own(self, table: Table) -> str:
        org = int(self._org)
        mine = f"SELECT ID FROM itslearning_setting WHERE OrganizationSettings_ID = {org}"
        if table is tables.ORGANIZATION_SETTINGS:
            return f"ID = {org}"
        if table is tables.TEMPLATES:
            return f"itslearningSettings_ID IN ({mine})"
        if table in {tables.SITE_SETTINGS, tables.COHORT_SETTINGS}:
            return (
                f"ID IN (SELECT {table.name}_ID FROM template "
                f"WHERE itslearningSettings_ID IN ({mine}))"
            )
        return f"OrganizationSettings_ID = {org}"

    def taken(self, criterion: str) -> tuple[int, int]:
        """How many rows of Students a criterion takes, and of how many. Raises CriteriaRefused."""
        condition = translate(criterion, self._columns, self._installation.today)
        row = self._workspace.execute(
            f"SELECT count(*) FILTER (WHERE {condition}), count(*) FROM student"
        ).fetchone()
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def why_not(self, row: SettingRow, column: str, text: str) -> str:  # noqa: PLR0911 (a kind each)
        """Why a value will not do; empty where it will."""
        found = next(known for known in row.columns if known.name == column)
        if not text:
            return "it is needed" if column in NEEDED else ""
        if found.choices:
            return "" if text in found.choices else f"one of: {', '.join(found.choices)}"
        if found.kind == "number" and not text.removeprefix("-").isdecimal():
            return "a whole number"
        if found.kind == "parent" and text not in {str(n) for n in self.parents(row)}:
            return f"{row.number or 'a new one'} cannot stand under '{text}'"
        if found.kind == "field" and text.casefold() not in {c.casefold() for c in self._columns}:
            return f"'{text}' is no column of Students that this program reads"
        if found.kind == "criterion":
            try:
                self.taken(text)
            except CriteriaRefused as error:
                return str(error)
        return ""

    def parents(self, row: SettingRow) -> list[int]:
        """The sub accounts that this one may stand under: all but itself and what is below it."""
        above = dict(
            self._workspace.execute(
                f"SELECT ID, Parent_ID FROM {_BY_NAME[row.table].workspace} "
                f"WHERE {self._own(_BY_NAME[row.table])} ORDER BY ID"
            ).fetchall()
        )
        return [number for number in above if row.number not in _line_up(number, above)]

    def why_not_remove(self, row: SettingRow) -> str:
        """Why a sub account cannot be taken out; empty where it can."""
        below = self._workspace.execute(
            f"SELECT ID FROM {_BY_NAME[row.table].workspace} WHERE Parent_ID = ? ORDER BY ID",
            [row.number],
        ).fetchall()
        return still_under(row.number, ", ".join(str(n) for (n,) in below)) if below else ""

    def hierarchy(self, row: SettingRow, values: Mapping[str, str] | None) -> list[TreeNode]:
        """The nodes that a sub account table makes for today with this row changed, parents first,
        each with what stands in it. A row without a number is added; without ``values`` the row is
        taken out. Nothing is stored, here neither."""
        table = _BY_NAME[row.table]
        self._workspace.execute("BEGIN")
        try:
            self._try(table, row.number, values)
            make_wanted(self._workspace, self._org, self._installation.today, self._columns)
            prefix, unsorted = _NODES[row.table]
            found = self._workspace.execute(
                _TREE, {"prefix": prefix, "unsorted": unsorted}
            ).fetchall()
        finally:
            self._workspace.execute("ROLLBACK")
        return [TreeNode(int(depth), str(title), int(count)) for depth, title, count in found]

    def _try(self, table: Table, number: int, values: Mapping[str, str] | None) -> None:
        name = table.workspace
        if values is None:
            self._workspace.execute(f"DELETE FROM {name} WHERE ID = ?", [number])
        elif number and values:
            names = ", ".join(f"{column} = ?" for column in values)
            self._workspace.execute(
                f"UPDATE {name} SET {names} WHERE ID = ?",
                [*(text or None for text in values.values()), number],
            )
        elif values:
            marks = ", ".join("?" for _ in values)
            self._workspace.execute(
                f"INSERT INTO {name} (ID, OrganizationSettings_ID, {', '.join(values)}) "
                f"SELECT coalesce(max(ID), 0) + 1, ?, {marks} FROM {name}",
                [self._org, *(text or None for text in values.values())],
            )


@contextmanager
def open_settings(
    installation: Installation,
    org: int | None = None,
    *,
    progress: ProgressListener = ignore_progress,
) -> Iterator[SettingsReader]:
    """Read the settings and Students once, to look at them and to try changes out in memory."""
    source = installation.source()
    try:
        organization = choose_organization(organizations(source, installation.mapping), org)
        with open_workspace() as workspace:
            reading = read_workspace(
                source, installation.mapping, workspace, organization.id, progress
            )
            load_held_now(installation, installation.reader(), organization.id, workspace)
            columns = criteria_columns(workspace, reading)
            yield SettingsReader(installation, workspace, organization.id, columns)
    finally:
        source.dispose()


def template_on_site(
    installation: Installation, key: str, creator: str, org: int | None = None
) -> str:
    """What the site says of a course template and the person who will own its copies; one
    sentence (readings.md 3)."""
    source = installation.source()
    try:
        organization = choose_organization(organizations(source, installation.mapping), org)
    finally:
        source.dispose()
    with reading_site(installation, organization) as reader:
        group = reader.read_groups([key]).get(key) if key else None
        person = reader.read_persons([creator]).get(creator) if creator else None
    if key and person is None:
        return f"the course creator {creator or '(none)'} is no user at itslearning"
    if not key:
        return "without a template key rooms are made empty, groups as plain groups"
    if group is None:
        return f"itslearning does not show the template {key}; it is tried with the first course"
    if not group.course:
        return f"{key} is no course, so it cannot be a course template"
    return f"the template {key} ({group.title}) is there, {creator} is a user"


def _columns(table: Table) -> tuple[SettingColumn, ...]:
    return tuple(_described(column.name, column.content) for column in changeable(table))


def _line_up(number: int, above: Mapping[int, int | None]) -> set[int]:
    """A sub account and everything it stands under."""
    seen: set[int] = set()
    at: int | None = number
    while at is not None and at not in seen:
        seen.add(at)
        at = above.get(at)
    return seen


def _described(name: str, content: Content) -> SettingColumn:  # noqa: PLR0911 (a kind each)
    if name in CHOICES:
        return SettingColumn(name, "text", CHOICES[name])
    if name in CRITERIA:
        return SettingColumn(name, "criterion")
    if name in FIELDS:
        return SettingColumn(name, "field")
    if name == "Parent_ID":
        return SettingColumn(name, "parent")
    if content is Content.BIT:
        return SettingColumn(name, "tick", ("0", "1"))
    if content is Content.INTEGER:
        return SettingColumn(name, "number")
    return SettingColumn(name, "template" if name in {"Template", "CourseCreator"} else "text")
