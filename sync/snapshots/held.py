"""Held: what itslearning was last known to hold, rebuilt from run files and the journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import duckdb

from sync.snapshots.arrow import registered
from sync.snapshots.attached import AttachedRuns, Link
from sync.snapshots.filling import (
    HELD_TABLES,
    NEW_ROLE,
    SAID,
    Header,
    HeldTable,
    forget_differences,
    said,
)
from sync.snapshots.run_file import RunFiles, attach
from sync.sql_files import read_sql, run_statements

# How many files may stand between a run file and its keyframe: each costs some milliseconds to
# attach and read, a keyframe costs a whole copy.
STEPS_BETWEEN_KEYFRAMES = 36
_MUCH = 0.1  # of what is held; after a first load or a new school year

# What of a change says what it makes of the rows it is about.
_ARRIVED = (
    "seq, kind, op, key, school, person_key, group_key, before, after, memory, "
    "NULL::VARCHAR AS role"
)


def load_held(workspace: duckdb.DuckDBPyConnection, run_files: RunFiles, run: int) -> Header:
    """Fill the held_* tables of the workspace with what was held *before* ``run``.

    Walks from the run's file back to its keyframe; of every row the newest word counts: what a file
    says itself, then what the changes of its base that had arrived made of it. Returns the
    header of the run's file. Raises RunFileDamaged where a file of the chain cannot be read.
    """
    with AttachedRuns(workspace, run_files) as files:
        links = files.chain(run)
        if len(links) > 1:
            _gather_arrived(workspace, links)
        for table in HELD_TABLES:
            _merge(workspace, table, links)
    return links[0].header


def _gather_arrived(workspace: duckdb.DuckDBPyConnection, links: Sequence[Link]) -> None:
    """The changes of the chain that had arrived, but for those that say all in their columns; age 0
    are those the run's own file knows of."""
    columns = "kind, op, key, school, person_key, group_key"
    # Of the keyframe none, so that there is a part where nothing had arrived.
    parts = [f"SELECT {columns}, '' AS said, 0 AS age FROM {links[-1].name}.change_row WHERE false"]
    parts += [
        f"SELECT {columns}, {SAID[older.header.form]}, {age} FROM {older.name}.change_row "
        f"WHERE {chosen} AND NOT compact"
        for older, chosen, age in _steps(links)
    ]
    three = ", ".join(f"{said(part)} AS {part}" for part in ("before", "after", "memory"))
    workspace.execute(
        f"CREATE OR REPLACE TEMP TABLE arrived AS SELECT * EXCLUDE (said), NULL::VARCHAR AS role, "
        f"{three} FROM ({' UNION ALL '.join(parts)})"
    )
    workspace.execute(
        "CREATE OR REPLACE TEMP TABLE went_along "
        "(person_key VARCHAR, group_key VARCHAR, age INTEGER)"
    )
    run_statements(workspace, read_sql(__package__, "derived"))


def _steps(links: Sequence[Link]) -> Iterator[tuple[Link, str, int]]:
    """The files below the run's own of which something had arrived: which changes, and their age.
    What a file says of held rows itself is one newer."""
    for number, (newer, older) in enumerate(pairwise(links)):
        if newer.arrived is not None:
            yield older, newer.arrived, 2 * number + 1


def _memberships(links: Sequence[Link]) -> Iterator[str]:
    """What the changes of memberships made of them that say all in their columns. Nine of ten
    changes are such, so they go the short way, past everything that reads JSON."""
    for older, chosen, age in _steps(links):
        yield (
            f"SELECT person_key, group_key, {NEW_ROLE[older.header.form]} AS role, school, "
            f"op IN ('delete', 'forget') AS gone, {age} AS age FROM {older.name}.change_row "
            f"WHERE {chosen} AND compact"
        )
        if older.has("goes_along"):
            yield (
                "SELECT person_key, group_key, NULL AS role, NULL AS school, true AS gone, "
                f"{age} AS age FROM {older.name}.goes_along WHERE {chosen}"
            )


def _merge(workspace: duckdb.DuckDBPyConnection, table: HeldTable, links: Sequence[Link]) -> None:
    keyframe = f"{links[-1].name}.{table.name}"
    keys = ", ".join(table.keys)
    if len(links) == 1:
        workspace.execute(
            f"INSERT INTO {table.name} BY NAME SELECT * EXCLUDE (gone) FROM {keyframe}"
        )
        return
    layers = [
        f"SELECT *, {2 * number} AS age FROM {link.name}.{table.name}"
        for number, link in enumerate(links[:-1])
        if link.has(table.name)
    ]
    layers.append(f"FROM derived_{table.name}")
    if table.name == "held_membership":
        layers += _memberships(links)
    workspace.execute(
        f"CREATE OR REPLACE TEMP TABLE layer AS "
        f"SELECT * EXCLUDE (age) FROM ({' UNION ALL BY NAME '.join(layers)}) "
        f"QUALIFY row_number() OVER (PARTITION BY {keys} ORDER BY age) = 1"
    )
    workspace.execute(
        f"INSERT INTO {table.name} BY NAME SELECT * EXCLUDE (gone) FROM ("
        f"FROM layer WHERE NOT gone UNION ALL BY NAME "
        f"SELECT k.* FROM {keyframe} k ANTI JOIN layer USING ({keys}))"
    )


def apply_outcome(
    workspace: duckdb.DuckDBPyConnection,
    run_files: RunFiles,
    run: int,
    settled: Iterable[Sequence[int]],
    unsuccessful: Sequence[int],
) -> list[dict[str, Any]]:
    """Correct the held_* tables by what arrived of ``run``.

    ``settled`` gives the seq of every item of every settled batch, ``unsuccessful`` those that
    did not succeed. Leaves the tables ``arrived`` with the changes themselves and
    ``differs_held_*`` with the keys of all rows that changed, which the next run file stores.
    Returns what arrived by kind, op and school, with its count.
    """
    import pyarrow as pa  # noqa: PLC0415 (25 MB that a console seldom needs)

    items = pa.array([seq for batch in settled for seq in batch], type=pa.int64())
    failures = pa.array(list(unsuccessful), type=pa.int64())
    form = attach(workspace, run_files, run, "applied").form
    parts = ", ".join(
        f"CASE WHEN NOT compact THEN {said(part, SAID[form])} END AS {part}"
        for part in ("before", "after", "memory")
    )
    try:
        with registered(
            workspace,
            settled_items=pa.table({"seq": items}),
            unsuccessful_items=pa.table({"seq": failures}),
        ):
            workspace.execute(
                f"""CREATE OR REPLACE TEMP TABLE arrived AS
                   SELECT seq, kind, op, key, school, person_key, group_key, {parts},
                     CASE WHEN compact THEN {NEW_ROLE[form]} END AS role, 0 AS age
                   FROM applied.change_row
                   WHERE seq IN (SELECT seq FROM settled_items)
                     AND seq NOT IN (SELECT seq FROM unsuccessful_items)"""
            )
            _went_along(workspace, "applied.goes_along")
    finally:
        workspace.execute("DETACH applied")
    rows = workspace.execute(
        "SELECT kind, op, school, count(*) FROM arrived WHERE op <> 'note' "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    _correct(workspace)
    return [dict(zip(("kind", "op", "school", "count"), row, strict=True)) for row in rows]


def much_arrived(workspace: duckdb.DuckDBPyConnection) -> bool:
    """Whether ``apply_outcome`` found so much that the next run file should be a keyframe: every
    plan that built on it would work out again what all these changes made of what is held."""
    held = " + ".join(f"(SELECT count(*) FROM {table.name})" for table in HELD_TABLES)
    rows = workspace.execute(f"SELECT (SELECT count(*) FROM arrived) > {_MUCH} * ({held})")
    return bool(rows.fetchall()[0][0])


def take_arrived(workspace: duckdb.DuckDBPyConnection) -> None:
    """Correct the held_* tables as if every row of ``change`` that is planned had arrived."""
    workspace.execute(
        "CREATE OR REPLACE TEMP TABLE arrived AS "
        f"SELECT {_ARRIVED}, 0 AS age FROM change WHERE status = 'planned'"
    )
    _went_along(workspace, "goes_along")
    _correct(workspace)


def _went_along(workspace: duckdb.DuckDBPyConnection, known: str) -> None:
    workspace.execute(
        "CREATE OR REPLACE TEMP TABLE went_along AS SELECT person_key, group_key, 0 AS age "
        f"FROM {known} WHERE seq IN (SELECT seq FROM arrived)"
    )


def _correct(workspace: duckdb.DuckDBPyConnection) -> None:
    forget_differences(workspace)
    run_statements(workspace, read_sql(__package__, "derived"))
    run_statements(workspace, read_sql(__package__, "arrived"))
