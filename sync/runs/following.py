"""What comes after a clean-up: what UMS will have forgotten, and what re-keying and users-only do.

A clean-up takes away UMS's memory only. What this program holds stays known to it, so the next plan
makes nobody a second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from sync import comparison
from sync.errors import CriteriaRefused, SourceIncomplete
from sync.model import Progress, ProgressListener
from sync.procedure import FollowUp, Forgotten, RekeyObstacle, RekeyPreview
from sync.runs.installation import Installation
from sync.runs.live import load_live_persons
from sync.runs.planning import criteria_columns, make_wanted
from sync.runs.site import reading_site
from sync.runs.storing import load_held_now
from sync.snapshots.workspace import open_workspace
from sync.ums.check import used_templates
from sync.ums.database import database_name
from sync.ums.memory import read_memory
from sync.ums.organizations import Organization
from sync.ums.reading import read_workspace

_SAMPLE = 20

# What is remembered and would not be made again from today's rows: rooms past their end, persons
# who left, nodes that nothing stands in. Persons are looked for by key and by user name.
_FORGOTTEN = """
SELECT CASE WHEN place IN ('itslearning_Learners', 'itslearning_Teachers') THEN 'person'
            WHEN place = 'itslearning_Sites' THEN 'course'
            WHEN place IN ('itslearning_Groups', 'itslearningTemplateGroups') THEN 'group'
            ELSE 'node' END AS kind,
  coalesce(m.key, m.user_name, '') AS key,
  coalesce(m.title, trim(coalesce(m.first_name, '') || ' ' || coalesce(m.last_name, ''))) AS label,
  lower(coalesce(m.key, m.user_name)) IN (SELECT lower(key) FROM held_person)
    OR coalesce(m.key IN (SELECT key FROM held_group), false) AS known
FROM memory_row m
WHERE CASE WHEN place IN ('itslearning_Learners', 'itslearning_Teachers')
  THEN lower(coalesce(m.key, '')) NOT IN (SELECT lower(key) FROM wanted_person)
    AND lower(coalesce(m.user_name, '')) NOT IN (SELECT lower(key) FROM wanted_person)
  ELSE coalesce(m.key, '') NOT IN (SELECT key FROM wanted_group) END
ORDER BY kind, key
"""

_REKEYED = """
SELECT (SELECT count(*) FROM rekey_wanted) AS persons,
  (SELECT count(*) FROM held_membership
   WHERE person_key IN (SELECT current_key FROM rekey_wanted WHERE held)) AS memberships,
  (SELECT count(*) FROM rekey_candidate WHERE current_key = wanted_key) AS unchanged,
  (SELECT count(*) FROM rekey_candidate
   WHERE current_key <> wanted_key AND lower(current_key) = lower(wanted_key)) AS case_only,
  (SELECT count(*) FROM live_person WHERE coalesce(key, '') = '') AS without_key,
  (SELECT count(*) FROM rekey_wanted WHERE NOT held AND lower(wanted_key) NOT IN (
     SELECT lower(trim(coalesce(StudieNr, ''))) FROM student)) AS strangers
"""

_COMING = """
CREATE OR REPLACE TEMP TABLE coming AS
WITH keyed AS (
  SELECT lower(coalesce(r.wanted_key, l.key)) AS key
  FROM live_person l LEFT JOIN rekey_wanted r ON lower(r.current_key) = lower(l.key)
  WHERE coalesce(l.key, '') <> '')
SELECT w.key, lower(w.key) IN (SELECT key FROM keyed) AS there,
  lower(w.user_name) IN (
    SELECT lower(user_name) FROM live_person WHERE coalesce(key, '') = '') AS adoptable
FROM wanted_person w
"""


@dataclass(frozen=True, slots=True)
class Followed:
    """What one organization loses by a clean-up and, where the site was read, what comes next."""

    forgotten: Sequence[Forgotten]
    follow_up: FollowUp | None
    unknown: str = ""  # why it cannot be said what is forgotten

    @classmethod
    def of(
        cls,
        installation: Installation,
        organization: Organization,
        *,
        live: bool,
        progress: ProgressListener,
    ) -> Followed:
        """Work it out; nothing is written anywhere. A criterion or a source that no plan could be
        made from does not keep anybody from a clean-up: then it is said what is not known."""
        try:
            return cls._worked_out(installation, organization, live=live, progress=progress)
        except (CriteriaRefused, SourceIncomplete) as error:
            return cls((), None, str(error))

    @classmethod
    def _worked_out(
        cls,
        installation: Installation,
        organization: Organization,
        *,
        live: bool,
        progress: ProgressListener,
    ) -> Followed:
        engine = installation.source()
        try:
            with open_workspace() as workspace:
                reading = read_workspace(
                    engine, installation.mapping, workspace, organization.id, progress,
                    timetable=False,
                )  # fmt: skip
                progress(Progress("working out what would be made again"))
                columns = criteria_columns(workspace, reading)
                # Without what is held: this is what a memory that knows nothing leads to.
                make_wanted(workspace, organization.id, installation.today, columns)
                load_held_now(installation, installation.reader(), organization.id, workspace)
                read_memory(engine, installation.mapping, workspace, organization.id)
                rows = workspace.execute(_FORGOTTEN).fetchall()
                follow_up = None
                if live:
                    with reading_site(installation, organization) as site:
                        load_live_persons(workspace, site, progress)
                    creators = course_creators(installation, organization.id)
                    follow_up = _follow_up(workspace, creators, database_name(engine))
        finally:
            engine.dispose()
        return cls([Forgotten(*row) for row in rows], follow_up)


def _follow_up(
    workspace: duckdb.DuckDBPyConnection, creators: Sequence[str], confirm: str
) -> FollowUp:
    comparison.rekey_to_user_names(workspace, creators)
    workspace.execute(_COMING)
    row = workspace.execute(
        "SELECT count(*) FILTER (NOT there AND adoptable), "
        "count(*) FILTER (NOT there AND NOT adoptable) FROM coming"
    ).fetchone()
    assert row is not None
    names = workspace.execute(
        "SELECT user_name FROM live_person WHERE coalesce(key, '') = '' AND lower(user_name) "
        "NOT IN (SELECT lower(key) FROM coming WHERE adoptable AND NOT there) ORDER BY 1"
    ).fetchall()
    return FollowUp(rekey_preview(workspace, confirm), row[0], row[1], [name for (name,) in names])


def course_creators(installation: Installation, org: int) -> list[str]:
    """The keys that an organization's settings name as owners of new courses."""
    engine = installation.source()
    try:
        return [creator for *_, creator in used_templates(engine, installation.mapping, org)]
    finally:
        engine.dispose()


def rekey_preview(workspace: duckdb.DuckDBPyConnection, confirm: str) -> RekeyPreview:
    """What ``comparison.rekey_to_user_names`` found, in numbers."""
    row = workspace.execute(_REKEYED).fetchone()
    assert row is not None
    obstacles = workspace.execute("FROM rekey_obstacle ORDER BY ALL").fetchall()
    sample = workspace.execute(
        "SELECT current_key, wanted_key, trim(coalesce(first_name, '') || ' ' || "
        f"coalesce(last_name, '')) FROM rekey_wanted ORDER BY 1 LIMIT {_SAMPLE}"
    ).fetchall()
    persons, memberships, unchanged, case_only, without_key, strangers = row
    return RekeyPreview(
        confirm=confirm,
        persons=persons,
        memberships=memberships,
        unchanged=unchanged,
        case_only=case_only,
        without_key=without_key,
        strangers=strangers,
        obstacles=[RekeyObstacle(*one) for one in obstacles],
        sample=sample,
    )
