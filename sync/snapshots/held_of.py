"""What is held of one person or one room, without rebuilding all that is held."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import duckdb

from sync.snapshots.filling import HELD_TABLES, Header
from sync.snapshots.run_file import attach
from sync.sql_files import read_sql


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

    Of a person: the person, its memberships with their groups, and the trash; of a room: itself,
    its members and every node, for the path. Keys compare without regard to case. ``arrived``
    says which of some changes of the run have succeeded. Raises RunFileDamaged.
    """
    names: list[str] = []
    headers: list[Header] = []
    current: int | None = run
    try:
        while current is not None:
            name = f"file_{len(names)}"
            headers.append(attach(workspace, folder, current, name))
            names.append(name)
            current = headers[-1].base
        _choose(workspace, names, person, room)
        _gather_arrived(workspace, names)
        for table in HELD_TABLES:
            if table.name != "held_event":
                _merge(workspace, table.name, table.keys, names)
        _take_outcome(workspace, names[0], arrived)
    finally:
        for name in names:
            workspace.execute(f"DETACH {name}")


# Only plain columns are looked at here; what stands as JSON is put together for the rows that hit,
# which therefore are named by number and not by a join.
_HITS = """
  SELECT seq FROM {file}.change
  WHERE person_key IN (FROM chosen_person) OR group_key IN (FROM chosen_room)
     OR (kind IN ('node', 'group', 'course') AND key IN (FROM chosen_group))
  UNION ALL
  SELECT seq FROM (SELECT seq, before FROM {file}.change WHERE op = 'rekey')
  WHERE before->>'$.key' IN (FROM chosen_person)"""
_HELD = {
    "held_person": "key IN (FROM chosen_person)",
    "held_trash": "key IN (FROM chosen_person)",
    "held_membership": "person_key IN (FROM chosen_person) OR group_key IN (FROM chosen_room)",
    "held_group": "key IN (FROM chosen_group)",
}


def _choose(
    workspace: duckdb.DuckDBPyConnection, names: Sequence[str], person: str, room: str
) -> None:
    """The tables chosen_person (the key in every spelling there is), chosen_room, chosen_group."""
    keyframe = names[-1]
    changes = " UNION ".join(
        f"SELECT key FROM {name}.change WHERE kind = 'person' AND lower(key) = lower($person)"
        for name in names
    )
    workspace.execute(
        f"""CREATE OR REPLACE TEMP TABLE chosen_person AS
            SELECT $person AS key WHERE $person <> '' UNION {changes}
            UNION SELECT key FROM {keyframe}.held_person WHERE lower(key) = lower($person)
            UNION SELECT key FROM {keyframe}.held_trash WHERE lower(key) = lower($person)""",
        {"person": person},
    )
    workspace.execute(
        "CREATE OR REPLACE TEMP TABLE chosen_room AS SELECT $room AS key WHERE $room <> ''",
        {"room": room},
    )
    groups = " UNION ".join(
        f"SELECT group_key FROM {name}.change WHERE kind = 'membership' "
        "AND person_key IN (FROM chosen_person)"
        for name in names
    )
    nodes = " UNION ".join(f"SELECT key FROM {name}.change WHERE kind = 'node'" for name in names)
    where = "(SELECT count(*) FROM chosen_room) > 0"
    workspace.execute(
        f"""CREATE OR REPLACE TEMP TABLE chosen_group AS
            SELECT key FROM chosen_room UNION {groups}
            UNION SELECT group_key FROM {keyframe}.held_membership
                  WHERE person_key IN (FROM chosen_person)
            UNION SELECT key FROM {keyframe}.held_group WHERE kind = 'node' AND {where}
            UNION SELECT key FROM ({nodes}) WHERE {where}"""
    )


def _gather_arrived(workspace: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
    """What had arrived of the runs before the last one; age 0 is what its own file knows of."""
    columns = "kind, op, key, person_key, group_key, before, after, memory"
    empty = f"SELECT seq, {columns}, 1 AS age FROM {names[0]}.change WHERE false"
    parts, along = [empty], ["SELECT '' AS person_key, '' AS group_key, 1 AS age WHERE false"]
    for age, (name, base) in enumerate(pairwise(names)):
        ranges = f"JOIN {name}.arrived_before r ON seq BETWEEN r.first AND r.last"
        parts.append(
            f"SELECT seq, {columns}, {2 * age + 1} FROM {base}.change {ranges} "
            f"WHERE {_among(_hits(workspace, base))}"
        )
        along.append(
            f"SELECT person_key, group_key, {2 * age + 1} FROM {base}.goes_along {ranges} "
            "WHERE person_key IN (FROM chosen_person) OR group_key IN (FROM chosen_room)"
        )
    workspace.execute(f"CREATE OR REPLACE TEMP TABLE arrived AS {' UNION ALL '.join(parts)}")
    workspace.execute(f"CREATE OR REPLACE TEMP TABLE went_along AS {' UNION ALL '.join(along)}")
    workspace.execute(read_sql(__package__, "derived"))


def _hits(workspace: duckdb.DuckDBPyConnection, file: str) -> list[int]:
    return [row[0] for row in workspace.execute(_HITS.format(file=file)).fetchall()]


def _among(seqs: Sequence[int]) -> str:
    return f"seq IN ({', '.join(map(str, seqs))})" if seqs else "false"


def _merge(
    workspace: duckdb.DuckDBPyConnection, table: str, keys: Sequence[str], names: Sequence[str]
) -> None:
    layers = " UNION ALL BY NAME ".join(
        f"SELECT *, {2 * age} AS age FROM {name}.{table} WHERE {_HELD[table]}"
        for age, name in enumerate(names)
    )
    workspace.execute(
        f"INSERT INTO {table} BY NAME SELECT * EXCLUDE (gone, age) FROM ("
        f"{layers} UNION ALL BY NAME FROM derived_{table}) QUALIFY "
        f"row_number() OVER (PARTITION BY {', '.join(keys)} ORDER BY age) = 1 AND NOT gone"
    )


def _take_outcome(
    workspace: duckdb.DuckDBPyConnection, newest: str, arrived: Callable[[Sequence[int]], set[int]]
) -> None:
    hits = _hits(workspace, newest)
    there = sorted(arrived(hits)) if hits else []
    workspace.execute(
        f"CREATE OR REPLACE TEMP TABLE arrived AS SELECT *, 0 AS age FROM {newest}.change "
        f"WHERE {_among(there)}"
    )
    workspace.execute(
        "CREATE OR REPLACE TEMP TABLE went_along AS SELECT person_key, group_key, 0 AS age "
        f"FROM {newest}.goes_along WHERE seq IN (SELECT seq FROM arrived)"
    )
    workspace.execute(read_sql(__package__, "derived"))
    workspace.execute(read_sql(__package__, "arrived"))
