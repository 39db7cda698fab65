"""What is held of one person or one room, without rebuilding all that is held."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sync.snapshots.about import About, Mention, changes_about, quoted
from sync.snapshots.attached import AttachedRuns, Link
from sync.snapshots.filling import HELD_TABLES, SAID, HeldTable, said
from sync.sql_files import read_sql, run_statements

_COLUMNS = (
    "seq, kind, op, key, school, person_key, group_key, before, after, memory, "
    "NULL::VARCHAR AS role"
)
_PLACES = "kind <> 'membership' AND kind <> 'person' AND kind <> 'event'"


def load_held_of(
    runs: AttachedRuns,
    run: int,
    *,
    person: str = "",
    room: str = "",
    known: Spelled | None = None,
    arrived: Callable[[Sequence[int]], set[int]],
) -> None:
    """Fill the held_* tables of the connection with what was held after ``run`` of a person and of
    a room.

    Of a person: the person, its memberships with their groups, and the trash; of a room: itself,
    its members and every node, for the path. Keys compare without regard to case. ``arrived``
    says which of some changes of the run have succeeded, ``known`` how the person's key is written
    where that was asked for before. Raises RunFileDamaged.
    """
    links = runs.chain(run)
    keys = (known or spelled(runs, run, person)).keys
    ends = [About("person_key", keys), About("group_key", [room] if room else [])]
    more = [
        About("kind", ["node"] if room else []),
        About("CASE WHEN op = 'rekey' THEN before->>'$.key' END", keys, "op = 'rekey'", "change"),
    ]
    workspace = runs.connection
    found = changes_about(workspace, links, [*ends, *more])
    groups = sorted(_groups(runs, links, found, keys, room))
    found += changes_about(workspace, links, [About("key", groups, _PLACES)])
    outcome = _Outcome(runs, links[0], found, ends, arrived)
    derived = _gather_arrived(runs, links, found, ends, [] if outcome.upsets else [outcome.part])
    for table in HELD_TABLES:
        if table.name != "held_event":
            _merge(runs, table, links, _of_interest(table, keys, groups, room), derived=derived)
    if outcome.upsets:
        outcome.take()


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


@dataclass(frozen=True, slots=True)
class Spelled:
    """A person's key as it is asked for and as it was ever written, and the administrative ids that
    ever went with it."""

    keys: tuple[str, ...]
    administrative_ids: tuple[str, ...]


def spelled(runs: AttachedRuns, run: int, person: str) -> Spelled:
    """How the key of a person was written since the keyframe of a run. Raises RunFileDamaged."""
    if not person:
        return Spelled((), ())
    links = runs.chain(run)
    parts = [
        f"SELECT key, {said('memory', SAID[link.header.form])}->>'$.administrative_id' AS id "
        f"FROM {link.name}.change_row WHERE kind = 'person'"
        for link in links
    ]
    parts += [
        f"SELECT key, administrative_id AS id FROM {link.name}.held_person"
        for link in links
        if link.has("held_person")
    ]
    parts.append(f"SELECT key, '' AS id FROM {links[-1].name}.held_trash")
    same = f"lower(key) = lower({quoted(person)})"
    rows = runs.connection.execute(
        " UNION ".join(f"SELECT key, id FROM ({part}) WHERE {same}" for part in parts)
    ).fetchall()
    return Spelled(
        tuple(sorted({person, *(row[0] for row in rows)})),
        tuple(sorted({row[1] for row in rows if row[1]})),
    )


def _groups(
    runs: AttachedRuns,
    links: Sequence[Link],
    found: Iterable[Mention],
    keys: Sequence[str],
    room: str,
) -> set[str]:
    """The room, and the groups that the person was ever put into since the keyframe."""
    parts = [
        f"SELECT group_key FROM {links[mention.place].name}.change_row "
        f"WHERE seq IN (SELECT unnest({list(mention.seqs)})) AND kind = 'membership'"
        for mention in found
        if mention.about.column == "person_key"
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
    found: Iterable[Mention],
    ends: Sequence[About],
    more: Sequence[str],
) -> bool:
    """What had arrived of the runs before the last one, with what else is given as queries; age 0
    is what the last one's own file knows of. False where there is nothing."""
    workspace = runs.connection
    parts = [
        f"SELECT {_COLUMNS}, {2 * mention.place - 1} AS age "
        f"FROM {links[mention.place].name}.change "
        f"WHERE {chosen} AND ({mention.about.where})"
        for mention in found
        if mention.place and (chosen := links[mention.place - 1].arrived)
    ] + [part for part in more if part]
    along = [
        f"SELECT person_key, group_key, {2 * number + 1} AS age "
        f"FROM {older.name}.goes_along WHERE {chosen} AND ({end.where})"
        for number, (newer, older) in enumerate(pairwise(links))
        if older.has("goes_along") and (chosen := newer.arrived)
        for end in ends
        if end.values
    ]
    if not parts and not along:
        return False
    parts = parts or [f"SELECT {_COLUMNS}, 1 AS age FROM {links[0].name}.change WHERE false"]
    along = along or ["SELECT '' AS person_key, '' AS group_key, 1 AS age WHERE false"]
    workspace.execute(f"CREATE OR REPLACE TEMP TABLE arrived AS {' UNION '.join(parts)}")
    workspace.execute(f"CREATE OR REPLACE TEMP TABLE went_along AS {' UNION '.join(along)}")
    run_statements(workspace, read_sql(__package__, "derived"))
    return True


def _merge(
    runs: AttachedRuns,
    table: HeldTable,
    links: Sequence[Link],
    wanted: Iterable[About],
    *,
    derived: bool,
) -> None:
    layers = [f"FROM derived_{table.name}"] if derived else []
    layers += [
        f"SELECT *, {2 * place} AS age FROM {link.name}.{table.name} WHERE {about.where}"
        for about in wanted
        if about.values
        for place, link in enumerate(links)
        if link.has(table.name)
    ]
    if not layers:
        return
    runs.connection.execute(
        f"INSERT INTO {table.name} BY NAME SELECT * EXCLUDE (gone, age) FROM ("
        f"{' UNION ALL BY NAME '.join(layers)}) QUALIFY "
        f"row_number() OVER (PARTITION BY {', '.join(table.keys)} ORDER BY age) = 1 AND NOT gone"
    )


class _Outcome:
    """What arrived of the last run itself, of the changes that are asked for."""

    def __init__(
        self,
        runs: AttachedRuns,
        newest: Link,
        found: Iterable[Mention],
        ends: Iterable[About],
        arrived: Callable[[Sequence[int]], set[int]],
    ) -> None:
        self._workspace = runs.connection
        self._file = newest.name
        asked = {seq for mention in found if not mention.place for seq in mention.seqs}
        # What goes along with a person that nobody asked about still leaves the room that is.
        along = " OR ".join(end.where for end in ends if end.values)
        self._along: list[tuple[int, str, str]] = []
        if along and newest.has("goes_along"):
            self._along = self._workspace.execute(
                f"SELECT seq, person_key, group_key FROM {self._file}.goes_along WHERE {along}"
            ).fetchall()
        every = sorted(asked | {row[0] for row in self._along})
        there = arrived(every) if every else set()
        self._along = [row for row in self._along if row[0] in there]
        self._seqs = sorted(asked & there)
        self.upsets = bool(self._along) or self._moves()

    def _moves(self) -> bool:
        """Whether a person or place goes, or a person gets another key: then memberships that no
        change is about go or move with it."""
        if not self._seqs:
            return False
        rows = self._workspace.execute(
            f"SELECT 1 FROM {self._file}.change_row WHERE {self._those} AND kind <> 'membership' "
            "AND op IN ('delete', 'forget', 'rekey') LIMIT 1"
        ).fetchall()
        return bool(rows)

    @property
    def _those(self) -> str:
        return f"seq IN (SELECT unnest({self._seqs}))"

    @property
    def part(self) -> str:
        """The query that gives them, newer than all that files know; empty where there are none."""
        if not self._seqs:
            return ""
        return f"SELECT {_COLUMNS}, -1 AS age FROM {self._file}.change WHERE {self._those}"

    def take(self) -> None:
        """Correct the held_* tables of the workspace by them."""
        workspace = self._workspace
        part = self.part or f"SELECT {_COLUMNS}, -1 AS age FROM {self._file}.change WHERE false"
        workspace.execute(f"CREATE OR REPLACE TEMP TABLE arrived AS {part}")
        workspace.execute(
            "CREATE OR REPLACE TEMP TABLE went_along "
            "(person_key VARCHAR, group_key VARCHAR, age INTEGER)"
        )
        for _, person, group in self._along:
            workspace.execute("INSERT INTO went_along VALUES (?, ?, -1)", [person, group])
        workspace.execute(
            "DELETE FROM held_membership WHERE (person_key, group_key) IN "
            "(SELECT (person_key, group_key) FROM went_along)"
        )
        run_statements(workspace, read_sql(__package__, "derived"))
        run_statements(workspace, read_sql(__package__, "arrived"))
