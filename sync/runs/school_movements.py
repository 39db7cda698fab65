"""What a run means to a school, in names: who leaves, who starts, who changes class, which courses
are put away. Read by people who never see a sync key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sync.model import ChangeStatus
from sync.rules.constants import CONSTANTS
from sync.runs.fate import decided_plan
from sync.runs.installation import Installation
from sync.snapshots.arrow import registered
from sync.snapshots.held import load_held
from sync.snapshots.workspace import open_workspace
from sync.sql_files import run_statements


@dataclass(frozen=True, slots=True)
class Movement:
    """A person, or a course, with the classes before and after."""

    name: str
    before: str
    after: str
    status: ChangeStatus


@dataclass(slots=True)
class Movements:
    """The first movements of one sort by name, and how many there are of it."""

    first: list[Movement] = field(default_factory=list)
    count: int = 0


@dataclass(slots=True)
class SchoolMovements:
    """The movements of one school; ``school`` is empty where the rows name none."""

    school: str
    leavers: Movements = field(default_factory=Movements)
    starters: Movements = field(default_factory=Movements)
    moves: Movements = field(default_factory=Movements)
    archived: Movements = field(default_factory=Movements)


MOST = 200
"""Movements of one sort that are named of one school: more than a year group of most schools, and
as many as somebody still reads."""


_AT_ONCE = 100_000  # rows that go from one database to the other
_TOLD = """
SELECT kind, op, key, label, school, person_key, group_key, status,
  memory->>'$.site_type' AS site_type, seq
FROM shown WHERE kind IN ('person', 'group', 'course', 'membership')
"""

# A class is a cohort where the organization keeps those, else the room of an activity.
_PREPARE = """
CREATE TEMP TABLE place AS
SELECT key, title, kind, site_type FROM held_group
UNION ALL
SELECT key, label, kind, site_type FROM told
WHERE kind IN ('group', 'course') AND key NOT IN (SELECT key FROM held_group);
CREATE TEMP TABLE cohort AS
SELECT key, title FROM place WHERE kind = 'group' AND NOT starts_with(key, $template_groups);
INSERT INTO cohort
SELECT key, title FROM place WHERE kind = 'course' AND site_type IS DISTINCT FROM 'Course'
  AND NOT EXISTS (FROM cohort);
CREATE TEMP TABLE person_name AS
SELECT key, label AS name FROM told WHERE kind = 'person'
UNION ALL
SELECT key, trim(first_name || ' ' || last_name) FROM held_person
WHERE key NOT IN (SELECT key FROM told WHERE kind = 'person');
CREATE TEMP TABLE joined AS
SELECT t.person_key, string_agg(c.title, ', ' ORDER BY c.title) AS classes,
  min(t.school) AS school, min(t.status) AS status
FROM told t JOIN cohort c ON c.key = t.group_key
WHERE t.kind = 'membership' AND t.op = 'create' GROUP BY t.person_key;
CREATE TEMP TABLE left_class AS
SELECT t.person_key, string_agg(c.title, ', ' ORDER BY c.title) AS classes,
  min(t.school) AS school, min(t.status) AS status
FROM told t JOIN cohort c ON c.key = t.group_key
WHERE t.kind = 'membership' AND t.op IN ('delete', 'forget') GROUP BY t.person_key;
CREATE TEMP TABLE was_in AS
SELECT m.person_key, string_agg(c.title, ', ' ORDER BY c.title) AS classes
FROM held_membership m JOIN cohort c ON c.key = m.group_key
WHERE m.person_key IN (SELECT key FROM told WHERE kind = 'person' AND op = 'delete')
GROUP BY m.person_key;
"""

_MOVEMENTS = """
SELECT part, school, name, before, after, status, number FROM (
SELECT *, count(*) OVER sort AS number, row_number() OVER (sort ORDER BY name, before, after) AS nth
FROM (SELECT 'leavers' AS part, t.school, t.label AS name, coalesce(w.classes, '') AS before,
  '' AS after, t.status
FROM told t LEFT JOIN was_in w ON w.person_key = t.key
WHERE t.kind = 'person' AND t.op = 'delete'
UNION ALL
SELECT 'starters', t.school, t.label, '', coalesce(j.classes, ''), t.status
FROM told t LEFT JOIN joined j ON j.person_key = t.key
WHERE t.kind = 'person' AND t.op IN ('create', 'restore', 'adopt')
UNION ALL
SELECT 'moves', coalesce(nullif(j.school, ''), nullif(l.school, ''), ''),
  coalesce(n.name, ''), coalesce(l.classes, ''), coalesce(j.classes, ''),
  coalesce(j.status, l.status)
FROM joined j FULL JOIN left_class l ON l.person_key = j.person_key
JOIN person_name n ON n.key = coalesce(j.person_key, l.person_key)
WHERE coalesce(j.person_key, l.person_key) NOT IN (
  SELECT key FROM told WHERE kind = 'person' AND op IN ('create', 'restore', 'adopt', 'delete'))
UNION ALL
SELECT 'archived', school, label, '', '', status
FROM told WHERE kind = 'course' AND op IN ('archive', 'delete', 'forget'))
WINDOW sort AS (PARTITION BY part, school))
WHERE nth <= $most ORDER BY school, part, nth
"""


def movements(installation: Installation, run: str, most: int = MOST) -> list[SchoolMovements]:
    """The movements of a run, school by school, ``most`` of each sort by name. Raises NotFound,
    RunFileDamaged."""
    reader = installation.reader()
    number = int(reader.run(run).summary.run)
    with open_workspace() as workspace:
        load_held(workspace, installation.run_files, number)
        with decided_plan(installation.run_files, reader, number) as plan:
            told = plan.sql(_TOLD).to_arrow_reader(_AT_ONCE)
            with registered(workspace, incoming=told):
                workspace.execute("CREATE TEMP TABLE told AS FROM incoming")
        run_statements(workspace, _PREPARE, {"template_groups": CONSTANTS["template_group_prefix"]})
        return _by_school(workspace.execute(_MOVEMENTS, {"most": most}).fetchall())


def _by_school(rows: Iterable[tuple[str, str, str, str, str, str, int]]) -> list[SchoolMovements]:
    schools: dict[str, SchoolMovements] = {}
    for part, school, name, before, after, status, number in rows:
        found = getattr(schools.setdefault(school, SchoolMovements(school)), part)
        found.first.append(Movement(name, before, after, ChangeStatus(status)))
        found.count = number
    return list(schools.values())
