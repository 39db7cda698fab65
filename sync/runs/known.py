"""Which persons, places, schools and roles are known: held, planned last, or in the source."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

import sqlalchemy as sa

from sync.errors import UmstuiError
from sync.runs.installation import Installation
from sync.runs.storing import load_held_now
from sync.snapshots.run_file import load_changes
from sync.snapshots.workspace import open_workspace
from sync.ums import tables
from sync.ums.database import reachable
from sync.ums.mapping import inspect

_PLACES = "('node', 'group', 'course')"


@dataclass(frozen=True, slots=True)
class Known:
    """Schools and roles, all of them; persons and places that have the key that was asked for."""

    schools: frozenset[str] = field(default_factory=frozenset)
    roles: frozenset[str] = field(default_factory=frozenset)
    persons: frozenset[str] = field(default_factory=frozenset)
    places: frozenset[str] = field(default_factory=frozenset)


def known(installation: Installation, org: int, *, key: str = "") -> Known:
    """What an organization's calendar can be about. Keys compare without regard to case.

    Raises RunFileDamaged, StateUnusable; a source that does not answer adds nothing.
    """
    reader = installation.reader()
    with open_workspace() as workspace:
        load_held_now(installation, reader, org, workspace)
        newest = reader.newest_plan(org)
        if newest is not None:
            load_changes(workspace, installation.run_files, newest)

        def column(query: str) -> frozenset[str]:
            parameters = [key] * query.count("?")
            return frozenset(row[0] for row in workspace.execute(query, parameters).fetchall())

        schools = column(
            "SELECT school FROM held_person UNION SELECT school FROM held_group "
            "UNION SELECT school FROM held_membership UNION SELECT school FROM change"
        )
        roles = column(
            "SELECT role FROM held_person UNION SELECT role FROM held_membership UNION "
            "SELECT after ->> '$.role' FROM change WHERE kind IN ('person', 'membership')"
        )
        persons = column(
            "SELECT key FROM held_person WHERE lower(key) = lower(?) UNION "
            "SELECT key FROM change WHERE kind = 'person' AND lower(key) = lower(?)"
        )
        places = column(
            "SELECT key FROM held_group WHERE lower(key) = lower(?) UNION "
            f"SELECT key FROM change WHERE kind IN {_PLACES} AND lower(key) = lower(?)"
        )
    in_source, keys = _in_source(installation, key)
    return Known(
        frozenset(filter(None, schools | in_source)),
        frozenset(filter(None, roles)),
        persons or keys,
        places,
    )


def _in_source(installation: Installation, key: str) -> tuple[frozenset[str], frozenset[str]]:
    """The schools of Students, and the user name that equals the key."""
    engine = installation.source()
    try:
        schema = inspect(engine, installation.mapping, [tables.STUDENTS])
        schema.require(tables.STUDENTS)
        students = schema.table(tables.STUDENTS)
        with reachable(engine), engine.connect() as connection:
            schools: list[object] = []
            if schema.has(tables.STUDENTS, "Skolekode"):
                school = schema.column(tables.STUDENTS, "Skolekode")
                schools = list(
                    connection.scalars(sa.select(school).select_from(students).distinct())
                )
            user_name = schema.column(tables.STUDENTS, "StudieNr")
            same = sa.func.lower(sa.func.trim(user_name)) == key.strip().lower()
            names = list(
                connection.scalars(sa.select(user_name).select_from(students).where(same).limit(1))
            )
    except UmstuiError:
        return frozenset(), frozenset()
    finally:
        engine.dispose()
    return frozenset(map(_folded, schools)), frozenset(map(_folded, names if key else ()))


def _folded(value: object) -> str:
    """A text as the rules have it (rules.md 4)."""
    return unicodedata.normalize("NFC", " ".join(str(value or "").split()))
