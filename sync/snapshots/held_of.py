"""What is held of one person or one room, without rebuilding all that is held."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import resources
from pathlib import Path

import duckdb

from sync.snapshots.run_file import HELD_TABLES, attach

_KEYS = {table.name: table.keys for table in HELD_TABLES}


def load_held_of(
    workspace: duckdb.DuckDBPyConnection,
    folder: Path,
    run: int,
    *,
    person: str = "",
    room: str = "",
    arrived: Callable[[Sequence[int]], set[int]],
) -> None:
    """Fill the held_* tables with what was held after ``run`` of a person and of a room.

    Of a person: the person, its memberships with their groups, and the trash; of a room: itself and
    its members and every node, for the path. Keys compare without regard to case. ``arrived``
    says which of some changes of the run have succeeded. Raises RunFileDamaged.
    """
    names: list[str] = []
    current: int | None = run
    try:
        while current is not None:
            name = f"file_{len(names)}"
            header = attach(workspace, folder, current, name)
            names.append(name)
            current = header.base
        keys = _spellings(workspace, names, person)
        _merge(workspace, names, "held_person", "key IN (SELECT unnest(?))", keys)
        _merge(workspace, names, "held_trash", "key IN (SELECT unnest(?))", keys)
        _merge(
            workspace, names, "held_membership",
            "person_key IN (SELECT unnest(?)) OR group_key = ?", keys, room,
        )  # fmt: skip
        _merge(
            workspace, names, "held_group",
            "(kind = 'node' AND ? <> '') OR key = ? "
            "OR key IN (SELECT group_key FROM held_membership)",
            room, room,
        )  # fmt: skip
        _correct(workspace, keys, room, arrived)
    finally:
        for name in names:
            workspace.execute(f"DETACH {name}")


def _spellings(
    workspace: duckdb.DuckDBPyConnection, names: Sequence[str], person: str
) -> list[str]:
    """The key as it was asked for and as it was written."""
    query = " UNION ".join(
        f"SELECT key FROM {name}.{table} WHERE lower(key) = lower($person)"
        for name in names
        for table in ("held_person", "held_trash")
    )
    changed = f"SELECT key FROM {names[0]}.change WHERE kind = 'person' AND lower(key) = $person"
    rows = workspace.execute(f"{query} UNION {changed}", {"person": person}).fetchall()
    return sorted({person, *(row[0] for row in rows)})


def _merge(
    workspace: duckdb.DuckDBPyConnection,
    names: Sequence[str],
    table: str,
    where: str,
    *parameters: object,
) -> None:
    layers = " UNION ALL BY NAME ".join(
        f"SELECT *, {age} AS age FROM {name}.{table} WHERE {where}"
        for age, name in enumerate(names)
    )
    workspace.execute(
        f"INSERT INTO {table} BY NAME SELECT * EXCLUDE (gone, age) FROM ({layers}) QUALIFY "
        f"row_number() OVER (PARTITION BY {', '.join(_KEYS[table])} ORDER BY age) = 1 AND NOT gone",
        [*parameters] * len(names),
    )


def _correct(
    workspace: duckdb.DuckDBPyConnection,
    keys: Sequence[str],
    room: str,
    arrived: Callable[[Sequence[int]], set[int]],
) -> None:
    workspace.execute(
        """CREATE OR REPLACE TEMP TABLE arrived AS SELECT * FROM file_0.change
           WHERE person_key IN (SELECT unnest($keys)) OR key = $room OR group_key = $room
              OR (kind = 'node' AND $room <> '') OR before->>'$.key' IN (SELECT unnest($keys))
              OR (kind IN ('group', 'course') AND key IN (
                    SELECT group_key FROM held_membership
                    UNION SELECT group_key FROM file_0.change
                          WHERE kind = 'membership' AND person_key IN (SELECT unnest($keys))))""",
        {"keys": list(keys), "room": room},
    )
    seqs = [row[0] for row in workspace.execute("SELECT seq FROM arrived").fetchall()]
    there = arrived(seqs) if seqs else set()
    workspace.execute(
        "DELETE FROM arrived WHERE seq NOT IN (SELECT unnest(?::BIGINT[]))", [sorted(there)]
    )
    text = resources.files(__package__).joinpath("arrived.sql").read_text(encoding="utf-8")
    workspace.execute(text)
