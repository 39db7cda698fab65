"""The settings in the UMS database: read, tried out, changed; and secrets put into the keyring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb
import keyring
from keyring.errors import KeyringError

from sync.errors import CriteriaRefused, NotFound, Refused, SettingsError
from sync.model import ProgressListener, ignore_progress
from sync.runs.installation import Installation, choose_organization
from sync.runs.planning import criteria_columns, make_wanted
from sync.runs.site import reading_site
from sync.runs.storing import load_held_now
from sync.snapshots.workspace import open_workspace
from sync.state import audit
from sync.ums import tables
from sync.ums.criteria import translate
from sync.ums.organizations import KEYRING_SERVICE, organizations
from sync.ums.reading import read_workspace
from sync.ums.settings_problems import CHOICES
from sync.ums.settings_writer import as_text, changeable, write_setting
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
SECRETS = ("password", "api-secret")

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
    criterion, field or template."""

    name: str
    kind: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A row of a settings table, its values as texts; secrets are not among them."""

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

    def why_not(self, row: SettingRow, column: str, text: str) -> str:
        """Why a value will not do; empty where it will."""
        found = next(known for known in row.columns if known.name == column)
        if not text:
            return ""
        if found.choices and text not in found.choices:
            return f"one of: {', '.join(found.choices)}"
        if found.kind == "number" and not text.removeprefix("-").isdecimal():
            return "a whole number"
        if found.kind == "field" and text.casefold() not in {c.casefold() for c in self._columns}:
            return f"'{text}' is no column of Students that this program reads"
        if found.kind == "criterion":
            try:
                self.taken(text)
            except CriteriaRefused as error:
                return str(error)
        return ""

    def hierarchy(self, row: SettingRow, values: Mapping[str, str]) -> list[TreeNode]:
        """The nodes that a sub account table makes for today with this row changed, parents first,
        each with what stands in it. Nothing is stored; the row is put back."""
        table = _BY_NAME[row.table]
        before = {name: row.values[name] for name in values}
        self._try(table, row.number, values)
        try:
            make_wanted(self._workspace, self._org, self._installation.today, self._columns)
            prefix, unsorted = _NODES[row.table]
            found = self._workspace.execute(
                _TREE, {"prefix": prefix, "unsorted": unsorted}
            ).fetchall()
        finally:
            self._try(table, row.number, before)
        return [TreeNode(int(depth), str(title), int(count)) for depth, title, count in found]

    def _try(self, table: Table, number: int, values: Mapping[str, str]) -> None:
        names = ", ".join(f"{name} = ?" for name in values)
        self._workspace.execute(
            f"UPDATE {table.workspace} SET {names} WHERE ID = ?",
            [*(text or None for text in values.values()), number],
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


def change_setting(installation: Installation, row: SettingRow, values: Mapping[str, str]) -> None:
    """Write changed values of a row into the UMS database, and into the audit trail.

    ``row`` is as it was read. Raises Refused where it is not so any more or where rooms would be
    published before they exist (rules.md 12), NotAllowed, NotFound.
    """
    installation.require("approver", to="change settings")
    changed = {name: text for name, text in values.items() if row.values.get(name, "") != text}
    if not changed:
        raise Refused("Nothing was changed.")
    after = {**row.values, **values}
    if row.table == tables.ITSLEARNING_SETTINGS.name:
        publishing, create = after["StartPublishingDaysBefore"], after["CreateDaysBefore"]
        if int(publishing or 0) >= int(create or 0):
            raise Refused(
                f"StartPublishingDaysBefore ({publishing}) has to be lower than CreateDaysBefore "
                f"({create}): a room must exist before learners join it."
            )
    source = installation.source(read_only=False)
    try:
        write_setting(
            source, installation.mapping, _BY_NAME[row.table], row.number,
            before={name: row.values.get(name, "") for name in changed}, after=changed,
        )  # fmt: skip
    finally:
        source.dispose()
    words = [f"{name}: {row.values.get(name, '') or '(empty)'} -> {text or '(empty)'}"
             for name, text in changed.items()]  # fmt: skip
    _record(installation, "change setting", f"{row.table} {row.number}: {'; '.join(words)}")


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


def store_secret(installation: Installation, org: int, which: str, secret: str) -> None:
    """Put an organization's ``password`` or ``api-secret`` into the operating system's keyring.

    The secret goes nowhere else; the audit trail says only that one was stored. Raises
    SettingsError where this machine has no keyring.
    """
    installation.require("approver", to="store a secret")
    if which not in SECRETS:
        raise NotFound(f"There is no secret '{which}'; there are {' and '.join(SECRETS)}.")
    if not secret:
        raise Refused("An empty secret is not stored.")
    variable = f"UMSTUI_ORG_{org}_{which.upper().replace('-', '_')}"
    try:
        keyring.set_password(KEYRING_SERVICE, f"org-{org}-{which}", secret)
    except (KeyringError, OSError, RuntimeError) as error:
        raise SettingsError(
            f"This machine's keyring takes no secret ({type(error).__name__}). Set {variable} in "
            "the environment of the scheduler and of those who work here."
        ) from None
    _record(installation, "store secret", f"{which} of organization {org} in the keyring")


def _record(installation: Installation, action: str, words: str) -> None:
    audit.record(
        installation.state, installation.operator, installation.clock(), action, reason=words
    )


def _columns(table: Table) -> tuple[SettingColumn, ...]:
    return tuple(_described(column.name, column.content) for column in changeable(table))


def _described(name: str, content: Content) -> SettingColumn:
    if name in CHOICES:
        return SettingColumn(name, "text", CHOICES[name])
    if name in CRITERIA:
        return SettingColumn(name, "criterion")
    if name in FIELDS:
        return SettingColumn(name, "field")
    if content is Content.BIT:
        return SettingColumn(name, "tick", ("0", "1"))
    if content is Content.INTEGER:
        return SettingColumn(name, "number")
    return SettingColumn(name, "template" if name in {"Template", "CourseCreator"} else "text")
