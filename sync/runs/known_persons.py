"""What was gathered of a person, and of a person in a room."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sync.diagnosis import KnownMembership, KnownPerson, Row, trouble_words
from sync.errors import RunFileDamaged
from sync.runs.gathering import Gathered, exceptions_of
from sync.runs.ledger import calendar_reader
from sync.snapshots.about import About, quoted
from sync.snapshots.attached import AttachedRuns
from sync.snapshots.held_of import keys_of_identifiers, load_held_of
from sync.snapshots.workspace import small_workspace
from sync.state.findings import FindingReader
from sync.windows import KeepTarget, PostponedDelete

_OTHERS = 3  # who share an administrative id; more share a filler


def known_person(gathered: Gathered) -> KnownPerson:
    """What was gathered of the person."""
    key = gathered.person_key
    wanted = gathered.one(
        "SELECT key, first_name, last_name, kept FROM wanted_person WHERE lower(key) = lower(?)",
        key,
    )
    kept = wanted is not None and bool(wanted[3])
    held = gathered.one(
        "SELECT key, first_name, last_name, school FROM held_person WHERE lower(key) = lower(?)",
        key,
    )
    trash = gathered.one("SELECT key FROM held_trash WHERE lower(key) = lower(?)", key)
    live = gathered.live_person
    named = wanted or held
    name = f"{named[1]} {named[2]}" if named else ""
    if not name and live is not None:
        name = f"{live.first_name} {live.last_name}"
    if not name and gathered.ums:
        said = gathered.one(
            "SELECT first_name, last_name FROM rule_text WHERE person = lower(?) LIMIT 1", key
        )
        name = f"{said[0]} {said[1]}" if said else ""
    row = gathered.one("SELECT reason FROM change WHERE kind = 'person'")
    rooms = gathered.workspace.execute(
        """SELECT m.group_key, coalesce(g.title, m.group_key), m.role FROM held_membership m
           LEFT JOIN held_group g ON g.key = m.group_key
           WHERE lower(m.person_key) = lower(?) ORDER BY 2""",
        [key],
    ).fetchall()
    identities = [f"k:{key.casefold()}", f"u:{key.casefold()}", f"t:{key.casefold()}"]
    past = gathered.past
    changes, error = past.changes(About("person_key", gathered.spellings))
    own_error = error if error is not None and error.kind == "person" else None
    return KnownPerson(
        key=str(named[0]) if named else key,
        name=name.strip(),
        rows=_rows(gathered),
        wanted=wanted is not None and not kept if gathered.ums else held is not None,
        reason=_ever(row[0] if row else "", held=held is not None)
        if gathered.ums
        else "UMS was not read; as last sent",
        held=held is not None,
        since=past.since(past.made_by("'person'", str(held[0]))) if held is not None else "",
        rooms=[tuple(room) for room in rooms],
        live=live,
        live_known=gathered.live_known,
        changes=changes,
        error=own_error or error,
        postponed=_postponed(gathered, "person", key),
        exceptions=exceptions_of(gathered, KeepTarget.PERSON, key, held[3] if held else ""),
        findings=FindingReader(gathered.installation.state, gathered.org).about(*identities),
        trashed=trash is not None,
        kept=kept,
        other_key=_other_key(gathered),
        old_key=_old_key(gathered) if wanted is not None and held is None else "",
    )


def _ever(reason: str, *, held: bool) -> str:
    """A reason of the rules, which speak of what is held: what never was is not said to end."""
    return reason if held else reason.removesuffix(" any more")


def _other_key(gathered: Gathered) -> str:
    """The user name that UMS has for the administrative id of the person that is held."""
    if not gathered.ums:
        return ""
    row = gathered.one(
        """SELECT min(user_name) FROM rule_text
           WHERE person NOT IN ('', lower($1)) AND lower(administrative_id) IN (
             SELECT lower(administrative_id) FROM held_person WHERE lower(key) = lower($1))""",
        gathered.person_key,
    )
    return str(row[0] or "") if row else ""


def _old_key(gathered: Gathered) -> str:
    """The key under which somebody of the same kind and administrative id is held: the person's
    own before UMS changed it, as a rule."""
    last = gathered.last
    if last is None or not gathered.ums:
        return ""
    key = gathered.person_key
    identifiers = gathered.workspace.execute(
        "SELECT DISTINCT administrative_id FROM rule_text "
        "WHERE person = lower(?) AND administrative_id <> ''",
        [key],
    ).fetchall()
    role = gathered.one("SELECT role FROM wanted_person WHERE lower(key) = lower(?)", key)
    with small_workspace() as workspace:  # what is held of another has no place in this answer
        files = AttachedRuns(workspace, gathered.installation.run_files)
        try:
            keys = keys_of_identifiers(files, int(last.run), [row[0] for row in identifiers])
            for other in keys[:_OTHERS]:
                arrived = partial(gathered.past.arrived, last)
                load_held_of(files, int(last.run), person=other, arrived=arrived)
        except RunFileDamaged as error:
            gathered.past.away.append(str(error))
            return ""
        found = workspace.execute(
            "SELECT min(key) FROM held_person WHERE lower(key) <> lower(?) AND role = ?",
            [key, role[0] if role else ""],
        ).fetchall()
    return str(found[0][0] or "")


def known_membership(gathered: Gathered) -> KnownMembership:
    """What was gathered of the person in the room."""
    key, group = gathered.person_key, gathered.room_key
    where = "lower(person_key) = lower(?) AND group_key = ?"
    wanted = gathered.one(f"SELECT role, kept FROM wanted_membership WHERE {where}", key, group)
    held = gathered.one(f"SELECT role FROM held_membership WHERE {where}", key, group)
    said = gathered.one("SELECT reason FROM change WHERE kind = 'membership'")
    among = f"kind = 'membership' AND group_key = {quoted(group)}"
    changes, error = gathered.past.changes(About("person_key", gathered.spellings, among))
    role = held[0] if held else ""
    return KnownMembership(
        wanted=wanted[0] if wanted else (role if not gathered.ums else ""),
        reason=_ever(said[0] if said else "", held=held is not None),
        held=role,
        live=gathered.live_role,
        rows=_rows(gathered, gathered.cells),
        change=changes[0] if changes else None,
        error=error,
        kept=bool(wanted and wanted[1]),
    )


def _rows(gathered: Gathered, cells: Sequence[tuple[str, str | None]] | None = None) -> list[Row]:
    """The person's rows; with ``cells`` those of an activity and course, None for any course."""

    def asked(activity: str, course: str, *, employee: bool) -> bool:
        return cells is None or any(
            activity == one and (of is None or of == course or (employee and not course))
            for one, of in cells
        )

    if not gathered.ums:
        return []
    rows = gathered.workspace.execute(
        """SELECT DISTINCT t.activity_name, t.course, t.start_on, t.end_on, NOT t.student,
             list_sort(list_transform(t.templates, lambda n: names[n])),
             list_filter(t.faults, lambda f: f IS NOT NULL)
               || CASE WHEN t.person IN (FROM rule_conflict) THEN ['name-conflict'] ELSE [] END,
             t.counts, t.school, t.activity
           FROM rule_text t,
             (SELECT map(list(template_id), list(name)) AS names FROM rule_template)
           WHERE t.person = lower($key) OR (t.person = '' AND lower(t.administrative_id) IN (
             SELECT lower(administrative_id) FROM held_person
             WHERE lower(key) = lower($key) AND administrative_id <> ''))
           ORDER BY ALL""",
        {"key": gathered.person_key},
    ).fetchall()
    return [
        Row(
            activity=name, course=course, starts=starts, ends=ends, employee=employee,
            templates=tuple(templates or ()), trouble=trouble_words(faults), counts=bool(counts),
            school=school,
        )
        for name, course, starts, ends, employee, templates, faults, counts, school, activity
        in rows if asked(activity, course, employee=employee)
    ]  # fmt: skip


def _postponed(gathered: Gathered, kind: str, key: str) -> PostponedDelete | None:
    with calendar_reader(gathered.installation, gathered.org) as calendar:
        return calendar.postponed_of(kind, key)
