"""Held: what itslearning was last known to hold, rebuilt from run files and the journal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from sync.snapshots.arrow import registered
from sync.snapshots.run_file import HELD_TABLES, Header, attach

# How many files may stand between a run file and its keyframe: each costs about a millisecond to
# attach, a keyframe costs a whole copy.
STEPS_BETWEEN_KEYFRAMES = 60


def load_held(workspace: duckdb.DuckDBPyConnection, folder: Path, run: int) -> Header:
    """Fill the held_* tables of the workspace with what was held *before* ``run``.

    Walks from the run's file back to its keyframe; of every row the newest word counts. Returns
    the header of the run's file. Raises RunFileDamaged where a file of the chain cannot be read.
    """
    names: list[str] = []
    current: int | None = run
    newest: Header | None = None
    try:
        while current is not None:
            name = f"file_{len(names)}"
            header = attach(workspace, folder, current, name)
            names.append(name)
            newest = newest or header
            current = header.base
        for table in HELD_TABLES:
            _merge(workspace, table.name, table.keys, names)
    finally:
        for name in names:
            workspace.execute(f"DETACH {name}")
    assert newest is not None
    return newest


def _merge(
    workspace: duckdb.DuckDBPyConnection, table: str, keys: Sequence[str], names: Sequence[str]
) -> None:
    if len(names) == 1:
        workspace.execute(
            f"INSERT INTO {table} BY NAME SELECT * EXCLUDE (gone) FROM {names[0]}.{table} "
            "WHERE NOT gone"
        )
        return
    layers = " UNION ALL BY NAME ".join(
        f"SELECT *, {age} AS age FROM {name}.{table}" for age, name in enumerate(names)
    )
    workspace.execute(
        f"INSERT INTO {table} BY NAME SELECT * EXCLUDE (gone, age) FROM ({layers}) "
        f"QUALIFY row_number() OVER (PARTITION BY {', '.join(keys)} ORDER BY age) = 1 AND NOT gone"
    )


def apply_outcome(
    workspace: duckdb.DuckDBPyConnection,
    folder: Path,
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
    items = pa.array([seq for batch in settled for seq in batch], type=pa.int64())
    failures = pa.array(list(unsuccessful), type=pa.int64())
    attach(workspace, folder, run, "applied")
    try:
        with registered(
            workspace,
            settled_items=pa.table({"seq": items}),
            unsuccessful_items=pa.table({"seq": failures}),
        ):
            workspace.execute(
                """CREATE OR REPLACE TEMP TABLE arrived AS
                   SELECT * FROM applied.change
                   WHERE seq IN (SELECT seq FROM settled_items)
                     AND seq NOT IN (SELECT seq FROM unsuccessful_items)"""
            )
    finally:
        workspace.execute("DETACH applied")
    rows = workspace.execute(
        "SELECT kind, op, school, count(*) FROM arrived WHERE op <> 'note' "
        "GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    _correct(workspace)
    return [dict(zip(("kind", "op", "school", "count"), row, strict=True)) for row in rows]


def take_arrived(workspace: duckdb.DuckDBPyConnection) -> None:
    """Correct the held_* tables as if every row of ``change`` that is planned had arrived."""
    workspace.execute(
        "CREATE OR REPLACE TEMP TABLE arrived AS SELECT * FROM change WHERE status = 'planned'"
    )
    _correct(workspace)


def _correct(workspace: duckdb.DuckDBPyConnection) -> None:
    text = resources.files(__package__).joinpath("arrived.sql").read_text(encoding="utf-8")
    workspace.execute(text)
