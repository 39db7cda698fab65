"""One person or room through all runs: when, in which run, why, and who allowed it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import duckdb

from sync.errors import RunFileDamaged
from sync.model import Change, Kind, Operation, RunSummary
from sync.runs.fate import decided_plan
from sync.runs.installation import Installation, choose_organization, organizations
from sync.runs.plan_reader import COLUMNS, change_of
from sync.snapshots.run_file import open_run_file, whole
from sync.state.decisions import Decision
from sync.state.runs import StateReader


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One change of one run, with the decision that let it through or kept it back."""

    run: RunSummary
    change: Change
    decision: Decision | None


@dataclass(frozen=True, slots=True)
class History:
    """Entries newest run first; ``unreadable`` says which run files could not be asked, and why."""

    entries: Sequence[HistoryEntry]
    unreadable: Sequence[str]


# The rows of a person, room or membership; rows of rooms that only stand under it are not its own.
_ABOUT = """(lower(key) = $key OR lower(person_key) = $key
  OR (kind IN ('membership', 'event') AND lower(group_key) = $key)
  OR (op = 'rekey' AND lower(before->>'$.key') = $key))"""
_IN_ROOM = " AND (kind <> 'membership' OR lower(group_key) = $room)"
_ALONG = """(lower(person_key) = $key OR lower(group_key) = $key
  OR lower(person_key || '@' || group_key) = $key)"""


def history(
    installation: Installation,
    key: str,
    org: int | None = None,
    *,
    room: str = "",
    every_run: bool = False,
) -> History:
    """What the runs of an organization did to the object with a sync key, newest run first.

    ``room`` leaves only the memberships in that room; ``every_run`` also takes plans that were
    never carried out, the newest of which is always there. A run file that is damaged or foreign
    is named and skipped; one that was removed after ``keep_days`` is not asked.
    """
    reader = installation.reader()
    organization = choose_organization(organizations(installation), org)
    entries: list[HistoryEntry] = []
    unreadable: list[str] = []
    for number, run in enumerate(reader.runs(organization.id)):
        carried_out = reader.run(run.run).started is not None
        if not (every_run or carried_out or number == 0):
            continue
        if not installation.run_files.path(int(run.run)).exists():
            continue
        try:
            entries += _of_run(installation, reader, run, key, room)
        except RunFileDamaged as error:
            unreadable.append(str(error))
    return History(entries, unreadable)


def _of_run(
    installation: Installation, reader: StateReader, run: RunSummary, key: str, room: str
) -> Iterator[HistoryEntry]:
    where = _ABOUT + (_IN_ROOM if room else "")
    values = {"key": key.lower(), **({"room": room.lower()} if room else {})}
    number = int(run.run)
    connection = open_run_file(installation.run_files, number)
    try:
        with whole(installation.run_files, number):
            if not _any(connection, where, values, key):
                return
    finally:
        connection.close()
    decisions = [item for item in reader.decisions(number) if not item.proposal]
    with decided_plan(installation.run_files, reader, number) as plan:
        rows = plan.execute(
            f"SELECT {COLUMNS}, (SELECT max(number) FROM answered a WHERE a.seq = shown.seq) "
            f"FROM shown WHERE {where} ORDER BY seq",
            values,
        ).fetchall()
        found = [(change_of(row[:-1]), row[-1]) for row in rows]
        found += _went_along(plan, key, room)
    for change, answer in found:
        yield HistoryEntry(run, change, None if answer is None else decisions[answer])


def _any(
    connection: duckdb.DuckDBPyConnection, where: str, values: dict[str, str], key: str
) -> bool:
    found = connection.execute(
        f"SELECT 1 FROM change WHERE op <> 'note' AND {where} LIMIT 1", values
    ).fetchall()
    along = connection.execute(
        f"SELECT 1 FROM goes_along WHERE {_ALONG} LIMIT 1", {"key": key.lower()}
    ).fetchall()
    return bool(found or along)


def _went_along(
    plan: duckdb.DuckDBPyConnection, key: str, room: str
) -> list[tuple[Change, int | None]]:
    """Memberships that ended because their person or room did: no changes of their own."""
    rows = plan.execute(
        f"SELECT {', '.join('s.' + name for name in COLUMNS.split(', '))}, "
        "(SELECT max(number) FROM answered a WHERE a.seq = s.seq), g.person_key, g.group_key "
        f"FROM (FROM goes_along WHERE {_ALONG}) g JOIN shown s ON s.seq = g.seq ORDER BY ALL",
        {"key": key.lower()},
    ).fetchall()
    result = []
    for *row, answer, person, group in rows:
        if room and group.lower() != room.lower():
            continue
        cause = change_of(row)
        change = replace(
            cause,
            kind=Kind.MEMBERSHIP,
            op=Operation.DELETE,
            key=f"{person}@{group}",
            reason=f"went along: {cause.op} of {cause.kind} {cause.label} ({cause.reason})",
            before={"person": person, "group": group},
            after=None,
        )
        result.append((change, answer))
    return result
