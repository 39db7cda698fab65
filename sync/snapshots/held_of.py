"""What is held of one person or one room, without rebuilding all that is held."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from sync.snapshots.about import About, changes_about, quoted
from sync.snapshots.attached import AttachedRuns, Link
from sync.snapshots.filling import HELD_TABLES, HeldTable
from sync.sql_files import read_sql

_COLUMNS = "seq, kind, op, key, person_key, group_key, before, after, memory"
_PLACES = "kind <> 'membership' AND kind <> 'person' AND kind <> 'event'"


def load_held_of(
    runs: AttachedRuns,
    run: int,
    *,
    person: str = "",
    room: str = "",
    arrived: Callable[[Sequence[int]], set[int]],
) -> None:
    """Fill the held_* tables of the connection with what was held after ``run`` of a person and of
    a room.

    Of a person: the person, its memberships with their groups, and the trash; of a room: itself,
    its members and every node, for the path. Keys compare without regard to case. ``arrived``
    says which of some changes of the run have succeeded. Raises RunFileDamaged.
    """
    links = runs.chain(run)
    keys = _spellings(runs, links, person)
    ends = [About("person_key", keys), About("group_key", [room] if room else [])]
    more = [
        About("kind", ["node"] if room else []),
        About("CASE WHEN op = 'rekey' THEN before->>'$.key' END", keys, "op = 'rekey'", "change"),
    ]
    workspace = runs.connection
    found = changes_about(workspace, links, [*ends, *more])
    groups = sorted(_groups(runs, links, found, keys, room))
    found += changes_about(workspace, links, [About("key", groups, _PLACES)])
    _gather_arrived(runs, links, found, ends)
    for table in HELD_TABLES:
        if table.name != "held_event":
            _merge(runs, table, links, _of_interest(table, keys, groups, room))
    _take_outcome(runs, links[0].name, found, ends, arrived)


def keys_of_identifiers(runs: AttachedRuns, run: int, identifiers: Sequence[str]) -> list[str]:
    """The keys of persons who ever had one of some administrative ids since the keyframe of a run;
    they need not be held any more. Raises RunFileDamaged."""
    if not identifiers:
        return []
    links = runs.chain(run)
    parts = [
        f"SELECT key, administrative_id AS id FROM {link.name}.held_person"
        for link in links
        if link.has("held_person")
    ]
    parts += [
        f"SELECT key, memory->>'$.administrative_id' FROM {link.name}.change WHERE kind = 'person'"
        for link in links
        if link.has("change_row")
    ]
    rows = runs.connection.execute(
        f"SELECT DISTINCT key FROM ({' UNION ALL '.join(parts)}) AS t(key, id) "
        "WHERE lower(id) IN (SELECT lower(unnest(?::VARCHAR[]))) ORDER BY key",
        [list(identifiers)],
    ).fetchall()
    return [row[0] for row in rows]


def _spellings(runs: AttachedRuns, links: Sequence[Link], person: str) -> list[str]:
    """The key as it is asked for and as it was ever written."""
    if not person:
        return []
    held = ("held_person", "held_trash")
    parts = [
        *(f"SELECT key FROM {link.name}.change_row WHERE kind = 'person'" for link in links),
        *(f"SELECT key FROM {links[-1].name}.{table}" for table in held),
    ]
    same = f"lower(key) = lower({quoted(person)})"
    rows = runs.connection.execute(
        " UNION ".join(f"SELECT key FROM ({part}) WHERE {same}" for part in parts)
    ).fetchall()
    return sorted({person, *(row[0] for row in rows)})


def _groups(
    runs: AttachedRuns,
    links: Sequence[Link],
    found: Iterable[tuple[int, About]],
    keys: Sequence[str],
    room: str,
) -> set[str]:
    """The room, and the groups that the person was ever put into since the keyframe."""
    parts = [
        f"SELECT group_key FROM {links[place].name}.change_row "
        f"WHERE {about.where} AND kind = 'membership'"
        for place, about in found
        if about.column == "person_key"
    ]
    person = About("person_key", keys)
    parts += [
        f"SELECT group_key FROM {link.name}.held_membership WHERE {person.where}"
        for link in links
        if keys and link.has("held_membership")
    ]
    rows = runs.connection.execute(" UNION ".join(parts)).fetchall() if parts else []
    return {row[0] for row in rows} | ({room} if room else set())


def _of_interest(
    table: HeldTable, keys: Sequence[str], groups: Sequence[str], room: str
) -> Iterator[About]:
    """Which rows of a held_* table are wanted."""
    match table.name:
        case "held_membership":
            yield About("person_key", keys)
            yield About("group_key", [room] if room else [])
        case "held_group":
            yield About("key", groups)
            yield About("kind", ["node"] if room else [])
        case _:
            yield About("key", keys)


def _gather_arrived(
    runs: AttachedRuns,
    links: Sequence[Link],
    found: Iterable[tuple[int, About]],
    ends: Sequence[About],
) -> None:
    """What had arrived of the runs before the last one; age 0 is what its own file knows of."""
    workspace = runs.connection
    parts = [f"SELECT {_COLUMNS}, 1 AS age FROM {links[0].name}.change WHERE false"]
    parts += [
        f"SELECT {_COLUMNS}, {2 * place - 1} AS age FROM {links[place].name}.change {chosen} "
        f"WHERE {about.where}"
        for place, about in found
        if place and (chosen := links[place - 1].arrived)
    ]
    along = ["SELECT '' AS person_key, '' AS group_key, 1 AS age WHERE false"]
    along += [
        f"SELECT person_key, group_key, {2 * number + 1} FROM {older.name}.goes_along {chosen} "
        f"WHERE {end.where}"
        for number, (newer, older) in enumerate(pairwise(links))
        if older.has("goes_along") and (chosen := newer.arrived)
        for end in ends
        if end.values
    ]
    workspace.execute(f"CREATE OR REPLACE TEMP TABLE arrived AS {' UNION '.join(parts)}")
    workspace.execute(f"CREATE OR REPLACE TEMP TABLE went_along AS {' UNION '.join(along)}")
    workspace.execute(read_sql(__package__, "derived"))


def _merge(
    runs: AttachedRuns,
    table: HeldTable,
    links: Sequence[Link],
    wanted: Iterable[About],
) -> None:
    layers = [f"FROM derived_{table.name}"]
    layers += [
        f"SELECT *, {2 * place} AS age FROM {link.name}.{table.name} WHERE {about.where}"
        for about in wanted
        if about.values
        for place, link in enumerate(links)
        if link.has(table.name)
    ]
    runs.connection.execute(
        f"INSERT INTO {table.name} BY NAME SELECT * EXCLUDE (gone, age) FROM ("
        f"{' UNION ALL BY NAME '.join(layers)}) QUALIFY "
        f"row_number() OVER (PARTITION BY {', '.join(table.keys)} ORDER BY age) = 1 AND NOT gone"
    )


def _take_outcome(
    runs: AttachedRuns,
    newest: str,
    found: Iterable[tuple[int, About]],
    ends: Iterable[About],
    arrived: Callable[[Sequence[int]], set[int]],
) -> None:
    workspace = runs.connection
    conditions = ["false", *(about.where for place, about in found if not place)]
    parts = [f"SELECT {_COLUMNS}, 0 AS age FROM {newest}.change WHERE {one}" for one in conditions]
    workspace.execute(f"CREATE OR REPLACE TEMP TABLE arrived AS {' UNION '.join(parts)}")
    # What goes along with a person that nobody asked about still leaves the room that is.
    along = " OR ".join(end.where for end in ends if end.values)
    workspace.execute(
        "CREATE OR REPLACE TEMP TABLE went_along AS SELECT seq, person_key, group_key, 0 AS age "
        f"FROM {newest}.goes_along WHERE {along}"
    )
    rows = workspace.execute("SELECT seq FROM arrived UNION SELECT seq FROM went_along").fetchall()
    there = sorted(arrived([row[0] for row in rows])) if rows else []
    for table in ("arrived", "went_along"):
        workspace.execute(
            f"DELETE FROM {table} WHERE seq NOT IN (SELECT unnest(?::INT[]))", [there]
        )
    workspace.execute(
        "DELETE FROM held_membership WHERE (person_key, group_key) IN "
        "(SELECT (person_key, group_key) FROM went_along)"
    )
    workspace.execute(read_sql(__package__, "derived"))
    workspace.execute(read_sql(__package__, "arrived"))
