"""What ``umstui check`` says of the UMS database: names, settings, criteria, rights."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import duckdb
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from sync.errors import CriteriaRefused
from sync.model import CheckLine, ignore_progress
from sync.ums import tables
from sync.ums.criteria import is_broken, like, server_predicate, translate
from sync.ums.database import database_name, explain, reachable
from sync.ums.loading import make_tables
from sync.ums.mapping import Mapping, Schema, inspect
from sync.ums.reading import read_workspace
from sync.ums.rights import check_rights
from sync.ums.settings_problems import settings_problems

SUBJECT = "UMS database"


@dataclass(frozen=True, slots=True)
class Criterion:
    """A criterion of the settings and where it stands."""

    subject: str
    text: str


def check_database(
    engine: Engine, mapping: Mapping, day: dt.date, roles: Collection[str]
) -> list[CheckLine]:
    """Looks at everything in the UMS database that a plan for ``day`` needs; writes nothing.
    ``roles`` are those that itslearning takes.

    Criteria are counted over the rows as they stand, and on a SQL Server by the server as well:
    two different counts mean that one of the two reads the criterion differently. Raises
    DatabaseUnreachable and SourceIncomplete.
    """
    schema = inspect(engine, mapping)
    lines = [
        CheckLine("error" if item.required else "warning", SUBJECT, str(item))
        for item in schema.missing
    ]
    lines.extend(check_rights(engine, mapping, schema))
    if any(item.required for item in schema.missing):
        return lines
    with duckdb.connect() as workspace:
        make_tables(workspace, (tables.STUDENTS, *tables.SETTINGS_TABLES))
        found = read_workspace(engine, mapping, workspace, 0, ignore_progress)
        message = f"{database_name(engine)} on {engine.dialect.name}: {found.rows} rows of Students"
        lines.insert(0, CheckLine("ok" if found.rows else "warning", SUBJECT, message))
        lines.extend(settings_problems(workspace, roles))
        lines.extend(_criteria(engine, schema, workspace, day, found.rows))
        lines.extend(_patterns(workspace))
    return lines


def used_templates(
    engine: Engine, mapping: Mapping, organization: int
) -> list[tuple[str, str, str]]:
    """The course templates that settings of one organization name (rules.md 15).

    One (setting, template key, course creator key) for each site or cohort setting in use that has
    a template; the creator may be empty. Raises SchemaMismatch and DatabaseUnreachable.
    """
    wanted = (*tables.SETTINGS_TABLES,)
    schema = inspect(engine, mapping, wanted)
    schema.require(*wanted)
    found: list[tuple[str, str, str]] = []
    for setting, reference in (
        (tables.SITE_SETTINGS, "itslearningSiteSettings_ID"),
        (tables.COHORT_SETTINGS, "itslearningCohortSettings_ID"),
    ):
        if schema.has(setting, "Template") and schema.has(tables.TEMPLATES, reference):
            found.extend(_templates_of(engine, schema, setting, reference, organization))
    return found


def _templates_of(
    engine: Engine, schema: Schema, setting: tables.Table, reference: str, organization: int
) -> Iterator[tuple[str, str, str]]:
    template, own = tables.TEMPLATES, tables.ITSLEARNING_SETTINGS
    used = (
        sa.select(schema.column(template, reference))
        .select_from(
            schema.table(template).join(
                schema.table(own),
                schema.column(template, "itslearningSettings_ID") == schema.column(own, "ID"),
            )
        )
        .where(schema.column(own, "OrganizationSettings_ID") == organization)
    )
    names = [name for name in ("ID", "Template", "CourseCreator") if schema.has(setting, name)]
    query = (
        sa.select(*(schema.column(setting, name).label(name) for name in names))
        .where(schema.column(setting, "ID").in_(used))
        .order_by(schema.column(setting, "ID"))
    )
    with reachable(engine), engine.connect() as connection:
        rows = connection.execute(query).mappings().all()
    for row in rows:
        key = str(row["Template"] or "").strip()
        if key:
            creator = str(row.get("CourseCreator") or "").strip()
            yield f"{setting.name} {row['ID']}", key, creator


def _criteria(
    engine: Engine,
    schema: Schema,
    workspace: duckdb.DuckDBPyConnection,
    day: dt.date,
    rows: int,
) -> Iterator[CheckLine]:
    columns = {
        column.name: schema.column(tables.STUDENTS, column.name).name
        for column in schema.columns(tables.STUDENTS)
    }
    for criterion in _written(workspace):
        try:
            condition = translate(criterion.text, columns, day)
        except CriteriaRefused as error:
            yield CheckLine("error", criterion.subject, str(error))
            continue
        counted = workspace.execute(f"SELECT count(*) FROM student WHERE {condition}").fetchone()
        taken = int(counted[0]) if counted else 0
        level = "ok" if taken else "warning"
        yield CheckLine(level, criterion.subject, f"takes {taken} of {rows} rows")
        if engine.dialect.name == "mssql":
            yield from _on_server(engine, schema, columns, criterion, day, taken)


def _on_server(
    engine: Engine,
    schema: Schema,
    columns: dict[str, str],
    criterion: Criterion,
    day: dt.date,
    taken: int,
) -> Iterator[CheckLine]:
    quote = engine.dialect.identifier_preparer.quote_identifier
    condition = server_predicate(criterion.text, columns, day, quote)
    students = schema.table(tables.STUDENTS)
    name = engine.dialect.identifier_preparer.format_table(students)
    try:
        with engine.connect() as connection:
            statement = f"SELECT COUNT(*) FROM {name} WHERE {condition}"
            counted = connection.exec_driver_sql(statement).scalar_one()
    except SQLAlchemyError as error:
        message = f"the server itself cannot evaluate it: {explain(engine.url, error)}"
        yield CheckLine("warning", criterion.subject, message)
        return
    if counted != taken:
        message = f"the server itself takes {counted} rows; the difference shows how it compares"
        yield CheckLine("warning", criterion.subject, message)


_FILTERED = "lower(trim({})) = 'filter'"
_CRITERIA = (
    ("organization_setting", "SQLCriteria", "itslearningOrganizationSettings", "true"),
    ("template", "SQLFilter", "Templates", "true"),
    (
        "itslearning_setting",
        "ActivityFilter",
        "itslearningSettings",
        _FILTERED.format("ActivitySites"),
    ),
    ("itslearning_setting", "CourseFilter", "itslearningSettings", _FILTERED.format("CourseSites")),
    ("sub_account_setting", "SQLCriteria", "itslearningSubAccountSettings", "true"),
    ("sub_account_courses_setting", "SQLCriteria", "itslearningSubAccountCoursesSettings", "true"),
)


def _written(workspace: duckdb.DuckDBPyConnection) -> list[Criterion]:
    """Every criterion that is read, in the order of tables and IDs."""
    found: list[Criterion] = []
    for table, column, name, read in _CRITERIA:
        rows = workspace.execute(
            f"SELECT ID, {column} FROM {table} "
            f"WHERE trim(coalesce({column}, '')) <> '' AND {read} ORDER BY ID"
        ).fetchall()
        found.extend(Criterion(f"{name} {number} {column}", text) for number, text in rows)
    return found


def _patterns(workspace: duckdb.DuckDBPyConnection) -> Iterator[CheckLine]:
    """SQLGroups: LIKE patterns on the activities of employees, one a line (rules.md 13)."""
    rows: Sequence[tuple[int, str]] = workspace.execute(
        "SELECT ID, SQLGroups FROM itslearning_setting "
        "WHERE trim(coalesce(SQLGroups, '')) <> '' ORDER BY ID"
    ).fetchall()
    for number, text in rows:
        for pattern in filter(None, (line.strip() for line in text.splitlines())):
            subject = f"itslearningSettings {number} SQLGroups"
            if is_broken(pattern):
                message = f"the pattern '{pattern}' has a '[' without a ']' and takes nothing"
                yield CheckLine("error", subject, message)
                continue
            counted = workspace.execute(
                "SELECT count(DISTINCT StudieNr) FROM student "
                f"WHERE UserTypes_ID = 0 AND {like('Aktivitet', pattern)}"
            ).fetchone()
            taken = int(counted[0]) if counted else 0
            level = "ok" if taken else "warning"
            yield CheckLine(level, subject, f"'{pattern}' takes {taken} employees")
