"""What is known of a person, a room, or one in the other, gathered read-only for a diagnosis.

Only the rows, files and answers that the question is about are read, so that it takes a blink in a
school of any size, and every source that is away is named rather than waited for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import duckdb
from msgspec import structs

from sync import rules
from sync.diagnosis import Asked
from sync.errors import (
    CredentialsRefused,
    DatabaseUnreachable,
    SchemaMismatch,
    SiteFault,
    SiteUnreachable,
    UmstuiError,
)
from sync.model import LiveGroup, LivePerson, RunSummary
from sync.runs.guarding import calendar
from sync.runs.installation import Installation, choose_organization
from sync.runs.looking import ROOM_PREFIXES, Looking
from sync.runs.past import Past
from sync.runs.site import reading_site
from sync.snapshots.attached import AttachedRuns
from sync.snapshots.held_of import Spelled, load_held_of, spelled
from sync.snapshots.live_file import load_kept_live
from sync.snapshots.workspace import (
    another_connection,
    create_small_tables,
    open_small_workspace,
    planned_as_written,
)
from sync.state.runs import StateReader
from sync.ums.criteria import like, translate
from sync.ums.organizations import Organization, organizations as read_organizations
from sync.windows import KeepException, KeepTarget

_AWAY = (SiteUnreachable, CredentialsRefused, SiteFault)
_SECONDS = 10  # for an answer of itslearning; a person waits


@dataclass
class Gathered:
    """The workspace of one question, and what is known beside it."""

    installation: Installation
    org: int
    workspace: duckdb.DuckDBPyConnection
    reader: StateReader
    past: Past
    person_key: str
    room_key: str
    last: RunSummary | None  # that was carried out
    ums: str = ""
    live_words: str = "never read"
    live_known: bool = False
    live_person: LivePerson | None = None
    live_group: LiveGroup | None = None
    group_known: bool = False
    live_role: str | None = None
    cells: Sequence[tuple[str, str | None]] = ()  # activity and course that stand for the room

    @property
    def asked(self) -> Asked:
        """Sources and what was away."""
        last = self.last
        held = f"held after run {last.run}" if last is not None else "nothing was ever sent"
        return Asked(
            self.installation.today, self.ums, self.live_words, held, tuple(self.past.away)
        )

    @property
    def spellings(self) -> list[str]:
        """The person's key as it was asked for and as it was written."""
        rows = self.workspace.execute(
            "SELECT key FROM held_person UNION SELECT key FROM wanted_person "
            "UNION SELECT key FROM held_trash UNION SELECT ?",
            [self.person_key],
        ).fetchall()
        return [row[0] for row in rows if row[0].casefold() == self.person_key.casefold()]

    def one(self, query: str, *parameters: object) -> tuple[Any, ...] | None:
        """The first row of a query, where it has any."""
        rows = self.workspace.execute(query, list(parameters)).fetchall()
        return rows[0] if rows else None


@contextmanager
def gathering(
    installation: Installation,
    org: int | None,
    *,
    person: str = "",
    room: str = "",
    live: bool = True,
) -> Iterator[Gathered]:
    """Everything that is known of a person, a room, or both. Raises NotFound, StateUnusable."""
    reader = installation.reader()
    away: list[str] = []
    organization: Organization | None = None
    looking: Looking | None = None
    with ExitStack() as opened:
        threads = opened.enter_context(ThreadPoolExecutor(4, thread_name_prefix="gathering"))
        opening = threads.submit(open_small_workspace)
        opened.callback(lambda: opening.result().close())
        try:
            source = installation.source()
            opened.callback(source.dispose)
            found = read_organizations(source, installation.mapping)
            organization = choose_organization(found, org)
            looking = Looking(source, installation.mapping, organization.id, room.strip(), threads)
        except (DatabaseUnreachable, SchemaMismatch) as error:
            away.append(f"UMS: {error}")
        number = organization.id if organization is not None else _only_org(reader, org, away)
        runs = reader.runs(number)
        begun = reader.last_started_run(number)
        last = next((run for run in runs if run.run == str(begun)), None)
        workspace = opening.result()
        # Run files are looked into beside it, and what is held is rebuilt there.
        beside = opened.enter_context(another_connection(workspace))
        furnishing = threads.submit(_furnish, workspace)
        opened.callback(wait, [furnishing])
        files = AttachedRuns(beside, installation.run_files)
        gathered = Gathered(
            installation, number, workspace, reader, Past(files, reader, runs, away),
            person.strip(), room.strip(), last,
        )  # fmt: skip
        known = _spelled(gathered)
        if looking is not None:
            looking.begin(gathered.person_key, known.administrative_ids)
        furnishing.result()
        holding = threads.submit(_load_held, gathered, known)
        opened.callback(wait, [holding])
        if looking is not None:
            try:
                _load_ums(gathered, looking, holding)
            except UmstuiError as error:
                away.append(f"UMS: {error}")
        holding.result()
        if organization is not None and live:
            _ask_site(gathered, organization)
        _load_kept_live(gathered)
        yield gathered


def _furnish(workspace: duckdb.DuckDBPyConnection) -> None:
    create_small_tables(workspace)
    rules.define_words(workspace)


def _only_org(reader: StateReader, org: int | None, away: Sequence[str]) -> int:
    if org is not None:
        return org
    known = {run.org for run in reader.runs()}
    if len(known) == 1:
        return known.pop()
    raise DatabaseUnreachable(away[-1].removeprefix("UMS: "))


def _spelled(gathered: Gathered) -> Spelled:
    if gathered.last is None:
        return Spelled((gathered.person_key,), ())
    return spelled(gathered.past.files, int(gathered.last.run), gathered.person_key)


def _load_held(gathered: Gathered, known: Spelled) -> None:
    last = gathered.last
    if last is None:
        return
    load_held_of(
        gathered.past.files, int(last.run), person=gathered.person_key, room=gathered.room_key,
        known=known, arrived=partial(gathered.past.arrived, last),
    )  # fmt: skip


def _load_ums(gathered: Gathered, looking: Looking, holding: Future[None]) -> None:
    workspace = gathered.workspace
    day = gathered.installation.today
    with planned_as_written(workspace):
        looking.put_settings_into(workspace)
        expressions = rules.take_settings(
            workspace,
            organization=gathered.org,
            day=day,
            criteria=partial(translate, columns=looking.columns, day=day),
            like=like,
        )
        looking.put_rows_into(workspace)
        holding.result()
        rules.make_of_rows(workspace, expressions, users_only=not gathered.room_key, keep_rows=True)
        _explain(gathered)
    gathered.cells = _cells(gathered, looking.activities)
    gathered.ums = f"Students, read {gathered.installation.clock():%Y-%m-%d %H:%M}"


def _cells(gathered: Gathered, activities: Sequence[str]) -> list[tuple[str, str | None]]:
    """What of UMS stands for the room: activities with their course, None where any does. Where no
    setting's choice makes it, what would if one did."""
    room = gathered.room_key
    if not room:
        return []
    made = gathered.workspace.execute(
        """SELECT activity, CASE WHEN site_type = 'Course' THEN course END
           FROM rule_room_part WHERE key = $room
           UNION SELECT activity, NULL FROM rule_group_part WHERE key = $room""",
        {"room": room},
    ).fetchall()
    prefix = next((known for known in ROOM_PREFIXES if room.startswith(known)), "")
    if made or not prefix:
        return made
    return gathered.workspace.execute(
        """SELECT DISTINCT t.activity, CASE WHEN base <> $node THEN t.course END
           FROM rule_text t, rule_setting s,
             (SELECT unnest([s.add_short, false])) a(short),
             (SELECT node_of(t.activity_name, t.short_name, s.roll_start, s.roll_size, a.short))
               b(base)
           WHERE t.activity IN (SELECT unnest($activities::VARCHAR[]))
             AND (base = $node OR (t.course <> '' AND base || join_mark() || t.course = $node))""",
        {"node": room.removeprefix(prefix), "activities": list(activities)},
    ).fetchall()


def _explain(gathered: Gathered) -> None:
    """Let the rules say why, as they say it of a change: of the person, the room and both."""
    workspace, person, room = gathered.workspace, gathered.person_key, gathered.room_key
    asked: list[tuple[str, str, str, str, str | None]] = [
        ("person", "wanted_person", "lower(key) = lower($person)", person, None)
    ]
    title = room
    if room:
        columns = "kind, coalesce(title, key)"
        known = gathered.one(f"SELECT {columns} FROM wanted_group WHERE key = ?", room)
        known = known or gathered.one(f"SELECT {columns} FROM held_group WHERE key = ?", room)
        kind, title = known or ("course", room)
        where = "key = $room"
        asked.append((kind, "wanted_group", where, room, None))
        if person:
            both = "lower(person_key) = lower($person) AND group_key = $room"
            asked.append(("membership", "wanted_membership", both, person, room))
    for seq, (kind_name, table, where, key, group) in enumerate(asked, start=1):
        if not key:
            continue
        named = {n: v for n, v in (("person", person), ("room", room)) if f"${n}" in where}
        row = workspace.execute(f"SELECT 1 FROM {table} WHERE {where} LIMIT 1", named).fetchall()
        workspace.execute(
            """INSERT INTO change (seq, stage, depth, kind, op, key, label, school, person_key,
                 group_key, before, after) VALUES (?, 0, 0, ?, ?, ?, ?, '', ?, ?, '{}', '{}')""",
            [
                seq, kind_name, "create" if row else "delete", key, title, person or None,
                group or room,
            ],
        )  # fmt: skip
    rules.explain(workspace)


def _ask_site(gathered: Gathered, organization: Organization) -> None:
    installation = gathered.installation
    settings = installation.settings
    impatient = structs.replace(settings.itslearning, attempts=1, timeout_seconds=_SECONDS)
    once = replace(installation, settings=structs.replace(settings, itslearning=impatient))
    try:
        with reading_site(once, organization) as site:
            if gathered.person_key:
                key = _spelling(gathered)
                gathered.live_person = site.read_persons([key])[key]
                gathered.live_known = True
            if gathered.room_key:
                key = gathered.room_key
                gathered.live_group = site.read_groups([key])[key]
                gathered.group_known = True
            if gathered.person_key and gathered.room_key:
                both = f"{_spelling(gathered)}@{gathered.room_key}"
                member = site.read_memberships([both])[both]
                gathered.live_role = "" if member is None else member.role
    except _AWAY as error:
        gathered.live_person = gathered.live_group = gathered.live_role = None
        gathered.live_known = gathered.group_known = False
        gathered.past.away.append(f"itslearning: {error}")
    else:
        gathered.live_words = f"itslearning, asked {installation.clock():%Y-%m-%d %H:%M}"


def _spelling(gathered: Gathered) -> str:
    """The key as itslearning has it."""
    for table in ("held_person", "wanted_person"):
        row = gathered.one(
            f"SELECT key FROM {table} WHERE lower(key) = lower(?)", gathered.person_key
        )
        if row is not None:
            return str(row[0])
    return gathered.person_key


def _load_kept_live(gathered: Gathered) -> None:
    """What the last reading of all persons says, where the site was not asked or knows no key."""
    if not gathered.person_key or gathered.live_person is not None:
        return
    read_at = load_kept_live(
        gathered.workspace, gathered.installation.run_files.folder, gathered.org,
        names=(gathered.person_key,),
    )  # fmt: skip
    if read_at is None:
        return
    row = gathered.one(
        "SELECT key, user_name, first_name, last_name, role, email FROM live_person "
        "ORDER BY lower(key) = lower(?) DESC LIMIT 1",
        gathered.person_key,
    )
    found = None if row is None else LivePerson(*row)
    asked_by_key = gathered.live_known
    if asked_by_key and (found is None or (found.key or "").casefold() == _fold(gathered)):
        return  # the site has just said that nobody has the key
    if not asked_by_key and gathered.reader.written_since(gathered.org, read_at):
        gathered.live_words = f"read {read_at:%Y-%m-%d %H:%M}, before the last run sent something"
        return  # what runs have sent since is the newer word
    gathered.live_person, gathered.live_known = found, True
    gathered.live_words = f"itslearning, as read {read_at:%Y-%m-%d %H:%M}"


def _fold(gathered: Gathered) -> str:
    return gathered.person_key.casefold()


def exceptions_of(
    gathered: Gathered, target: KeepTarget, key: str, school: str | None
) -> list[KeepException]:
    """The exceptions that keep a thing today, by itself or with its school."""
    _, exceptions = calendar(gathered.installation, gathered.org)
    today = gathered.installation.today
    return [
        keep
        for keep in exceptions
        if keep.until >= today
        and (
            (keep.target is target and keep.key.casefold() == key.casefold())
            or (keep.target is KeepTarget.SCHOOL and school and keep.key == school)
        )
    ]
