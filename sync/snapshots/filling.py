"""What stands in a run file, and how little of it: the tables that are filled when it is sealed."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

import duckdb

FORMAT = 6
READ_FORMATS = (3, 4, 5, 6)
"""Those that this version reads."""


@dataclass(frozen=True, slots=True)
class HeldTable:
    """A held_* table and the columns that tell its rows apart."""

    name: str
    keys: tuple[str, ...]


HELD_TABLES = (
    HeldTable("held_person", ("key",)),
    HeldTable("held_group", ("key",)),
    HeldTable("held_membership", ("person_key", "group_key")),
    HeldTable("held_event", ("key",)),
    HeldTable("held_trash", ("key",)),
)


@dataclass(frozen=True, slots=True)
class Header:
    """What a run file says of itself."""

    run: int
    org: int
    as_of: dt.date
    made_at: str
    fingerprint: str
    base: int | None  # the run file this one's held differs from; None in a keyframe
    steps: int  # files between this one and its keyframe
    # The first and last change of the base that had arrived, where all between them had too.
    arrived: tuple[int, int] | None = None
    form: int = FORMAT


_SMALL_NUMBERS = 32_767  # a block of numbers less in every day's file


def fill(workspace: duckdb.DuckDBPyConnection, header: Header) -> None:
    """Fill the attached database ``sealed`` with a plan. Where the header names a base, ``arrived``
    and ``differs_held_*`` (sync.snapshots.held) must say what the base's outcome was; what follows
    from them is worked out where ``work_out_differences`` has not yet done it."""
    _fill_changes(workspace)
    workspace.execute("CREATE TABLE sealed.problem AS SELECT * FROM problem ORDER BY ALL")
    workspace.execute("CREATE TABLE sealed.goes_along AS SELECT * FROM goes_along ORDER BY ALL")
    arrived = None
    if header.base is None:
        for table in HELD_TABLES:
            workspace.execute(
                f"CREATE TABLE sealed.{table.name} AS "
                f"SELECT *, false AS gone FROM {table.name} ORDER BY ALL"
            )
    else:
        arrived = _fill_arrived(workspace)
        work_out_differences(workspace)
        for table in HELD_TABLES:
            _fill_difference(workspace, table)
    first, last = arrived or (None, None)
    values: dict[str, object] = {
        "format": FORMAT,
        "run": header.run,
        "org": header.org,
        "as_of": header.as_of,
        "made_at": header.made_at,
        "fingerprint": header.fingerprint,
        "base": header.base,
        "steps": header.steps,
        "first_arrived": first,
        "last_arrived": last,
        "counts": _counts(workspace),
    }
    # A view of literals takes no block of the file, a table of one row would.
    literals = ", ".join(f"{_literal(value)} AS {name}" for name, value in values.items())
    _create_view(workspace, f"CREATE VIEW header AS SELECT {literals}")


def _counts(workspace: duckdb.DuckDBPyConnection) -> str:
    """What ``COUNTED`` reads: kind, operation and number, as texts in JSON."""
    rows = workspace.execute(f"SELECT kind, op, number::VARCHAR FROM {COUNTING}").fetchall()
    return json.dumps(rows, separators=(",", ":"))


def _literal(value: object) -> str:
    if value is None:
        return "NULL::INTEGER"
    if isinstance(value, int):
        return str(value)
    quoted = "'" + str(value).replace("'", "''") + "'"
    return f"DATE {quoted}" if isinstance(value, dt.date) else quoted


# Nine of ten changes are memberships, and all they say stands in their two ends, the role and the
# school: the file keeps no more, and its view gives back what was there. What the others say stands
# in one text a change, where before and after, nearly the same, cost little more than one of them.
_MEMBERSHIP = """json_object('person', person_key, 'group', group_key, 'role', {role})"""
_SEPARATOR = "\x1f"  # chr(31), which no JSON text has in it
_PARTS = {"before": 1, "after": 2, "memory": 3}
# Columns with few values come first and share a block; each after a long one begins another.
_CHANGES = """
CREATE TABLE sealed.change_row (
  seq {{number}}, stage TINYINT, depth SMALLINT, kind VARCHAR, op VARCHAR, status VARCHAR,
  compact BOOLEAN, inverse_op VARCHAR, old_role VARCHAR, new_role VARCHAR, message VARCHAR,
  loss VARCHAR, reason VARCHAR, school VARCHAR, key VARCHAR, label VARCHAR, person_key VARCHAR,
  group_key VARCHAR, said VARCHAR USING COMPRESSION zstd);
INSERT INTO sealed.change_row BY NAME
SELECT seq, stage, depth, kind, op, CASE WHEN NOT compact THEN key END AS key, label, school,
  person_key, group_key, CASE WHEN compact THEN before->>'$.role' END AS old_role,
  CASE WHEN compact THEN after->>'$.role' END AS new_role,
  CASE WHEN NOT compact THEN concat(before, chr(31), after, chr(31), memory) END AS said,
  reason, status, message, compact, inverse_op, loss
FROM (
  SELECT *, coalesce(kind = 'membership' AND key = person_key || '@' || group_key
    AND coalesce(before = {before}, before IS NULL) AND coalesce(after = {after}, after IS NULL)
    AND (before IS NULL OR before->>'$.role' IS NOT NULL)
    AND (after IS NULL OR after->>'$.role' IS NOT NULL)
    AND memory IS NOT DISTINCT FROM
        CASE WHEN after IS NOT NULL THEN json_object('school', school) END, false) AS compact
  FROM change) LEFT JOIN (SELECT seq, op AS inverse_op, loss FROM inverse) USING (seq)
ORDER BY seq;
""".format(
    before=_MEMBERSHIP.format(role="before->>'$.role'"),
    after=_MEMBERSHIP.format(role="after->>'$.role'"),
)


def said(part: str, text: str = "said") -> str:
    """SQL for ``before``, ``after`` or ``memory`` out of what a change says in one text."""
    return f"nullif(split_part({text}, '{_SEPARATOR}', {_PARTS[part]}), '')"


# Short, as the header is: what a file says of its tables and views fits into one block; a second
# one of 16 kB a day would make six megabytes a year.
_VIEW = f"""
CREATE VIEW change AS
SELECT * EXCLUDE (said, compact, old_role, new_role, inverse_op, loss)
  REPLACE (seq::INTEGER AS seq, coalesce(key, person_key || '@' || group_key) AS key),
  coalesce({said("before")}, CASE WHEN old_role IS NOT NULL
    THEN {_MEMBERSHIP.format(role="old_role")}::VARCHAR END) AS before,
  coalesce({said("after")}, CASE WHEN new_role IS NOT NULL
    THEN {_MEMBERSHIP.format(role="new_role")}::VARCHAR END) AS after,
  coalesce({said("memory")}, CASE WHEN new_role IS NOT NULL
    THEN json_object('school', school)::VARCHAR END) AS memory
FROM change_row
"""
SAID = {3: "concat(before, chr(31), after, chr(31), memory)", 4: "said", 5: "said", 6: "said"}
"""What a row of ``change_row`` that is not compact says in one text, by the file's format."""
NEW_ROLE = {3: "after", 4: "new_role", 5: "new_role", 6: "new_role"}
"""The role that a compact row of ``change_row`` leads to, by the file's format."""
COUNTING = "(SELECT kind, op, count(*) AS number FROM change GROUP BY ALL)"
_COUNTS = """(SELECT c[1] AS kind, c[2] AS op, c[3]::BIGINT AS number
  FROM (SELECT unnest(from_json(counts, '[["VARCHAR"]]')) AS c FROM header))"""
COUNTED = {3: COUNTING, 4: COUNTING, 5: "counted", 6: _COUNTS}
"""How many changes there are of each kind and operation, by the file's format: a console that opens
a plan of a million shows them before anything else."""


def _fill_changes(workspace: duckdb.DuckDBPyConnection) -> None:
    rows = workspace.execute("SELECT coalesce(max(seq), 0) FROM change").fetchall()
    number = "SMALLINT" if rows[0][0] <= _SMALL_NUMBERS else "INTEGER"
    workspace.execute(_CHANGES.replace("{number}", number))
    _create_view(workspace, _VIEW)
    _create_view(
        workspace,
        "CREATE VIEW inverse AS SELECT seq::INTEGER AS seq, inverse_op AS op, loss "
        "FROM change_row WHERE loss IS NOT NULL",
    )


def _fill_arrived(workspace: duckdb.DuckDBPyConnection) -> tuple[int, int] | None:
    """Which changes of the base had arrived: held follows from them, so it is not said again. Where
    there is no gap between them the first and last are given, else a table is made of it."""
    workspace.execute(
        "CREATE OR REPLACE TEMP TABLE arrived_before AS "
        "SELECT min(seq) AS first, max(seq) AS last "
        "FROM (SELECT seq, seq - row_number() OVER (ORDER BY seq) AS island FROM arrived) "
        "GROUP BY island ORDER BY 1"
    )
    ranges = workspace.execute("FROM arrived_before LIMIT 2").fetchall()
    if len(ranges) == 1:
        return (ranges[0][0], ranges[0][1])
    if ranges:
        workspace.execute("CREATE TABLE sealed.arrived_before AS FROM arrived_before")
    return None


def _create_view(workspace: duckdb.DuckDBPyConnection, statement: str) -> None:
    """A view of the file: it must name its table without the file's name here, which is another
    elsewhere."""
    rows = workspace.execute("SELECT current_database()").fetchall()
    workspace.execute("USE sealed")
    try:
        workspace.execute(statement)
    finally:
        workspace.execute(f'USE "{rows[0][0]}"')


def work_out_differences(workspace: duckdb.DuckDBPyConnection) -> None:
    """The rows of each held table that differ from the base's and do not follow from what arrived,
    as ``difference_held_*``. No plan changes them, so they may be worked out long before it is
    sealed; after another outcome they are worked out anew."""
    for table in HELD_TABLES:
        _work_out_difference(workspace, table)


def forget_differences(workspace: duckdb.DuckDBPyConnection) -> None:
    """Where what is held changes."""
    for table in HELD_TABLES:
        workspace.execute(f"DROP TABLE IF EXISTS difference_{table.name}")


def _work_out_difference(workspace: duckdb.DuckDBPyConnection, table: HeldTable) -> None:
    columns = [row[0] for row in workspace.execute(f"DESCRIBE {table.name}").fetchall()]

    def matched(one: str, other: str) -> str:
        return " AND ".join(f"{one}.{key} = {other}.{key}" for key in table.keys)

    chosen = ", ".join(f"{'d' if name in table.keys else 'h'}.{name}" for name in columns)
    same = " AND ".join(
        f"e.{name} IS NOT DISTINCT FROM v.{name}" for name in columns if name not in table.keys
    )
    workspace.execute(
        f"CREATE TEMP TABLE IF NOT EXISTS difference_{table.name} AS SELECT e.* FROM ("
        f"SELECT {chosen}, h.{table.keys[0]} IS NULL AS gone "
        f"FROM differs_{table.name} d LEFT JOIN {table.name} h ON {matched('h', 'd')}) e "
        f"LEFT JOIN derived_{table.name} v ON {matched('v', 'e')} "
        f"WHERE v.gone IS DISTINCT FROM e.gone OR NOT (e.gone OR ({same}))"
    )


def _fill_difference(workspace: duckdb.DuckDBPyConnection, table: HeldTable) -> None:
    """A table that would have no rows is not made."""
    difference = f"difference_{table.name}"
    if workspace.execute(f"SELECT 1 FROM {difference} LIMIT 1").fetchall():
        keys = ", ".join(table.keys)
        workspace.execute(f"CREATE TABLE sealed.{table.name} AS FROM {difference} ORDER BY {keys}")
