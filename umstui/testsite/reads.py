"""What reads answer with: the rows behind the records, in the order the protocol asks for."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from umstui.testsite import memberships, writing
from umstui.testsite.context import Context, as_kept, generated_key
from umstui.testsite.texts import DONE, Refusal, Result, noted, refused

_GROUP = (
    "SELECT hierarchy.*, parent.key AS parent_key, parent.title AS parent_title, "
    "course.title AS course_title, course.code, course.credits FROM hierarchy "
    "LEFT JOIN hierarchy parent ON parent.id = hierarchy.parent "
    "LEFT JOIN course ON course.hierarchy = hierarchy.id "
)
# Relatives of the persons whose numbers follow; the trash has no relatives.
_RELATIVES = (
    "SELECT relationship.parent AS person, 'Child' AS relation, other.key, relationship.label "
    "FROM relationship JOIN person other ON other.id = relationship.child "
    "WHERE relationship.parent IN ({numbers}) AND other.trashed IS NULL UNION ALL "
    "SELECT relationship.child, 'Parent', other.key, '' "
    "FROM relationship JOIN person other ON other.id = relationship.parent "
    "WHERE relationship.child IN ({numbers}) AND other.trashed IS NULL"
)
_NUMBERS_AT_ONCE = 500


def _persons(context: Context, rows: Sequence[sqlite3.Row]) -> list[str]:
    """The records of persons, with all their relatives."""
    relatives: dict[int, list[tuple[str, str | None, str]]] = {}
    for start in range(0, len(rows), _NUMBERS_AT_ONCE):
        numbers = ", ".join(str(row["id"]) for row in rows[start : start + _NUMBERS_AT_ONCE])
        for found in context.state.execute(_RELATIVES.format(numbers=numbers)):
            entry = (found["relation"], found["key"], found["label"])
            relatives.setdefault(found["person"], []).append(entry)
    return [writing.person(context.site, row, relatives.get(row["id"], ())) for row in rows]


def _keyed_persons(context: Context, rows: Sequence[sqlite3.Row]) -> str:
    inner = "".join(
        f"<personIdPair>{writing.sourced_id(row['key'])}{record}</personIdPair>"
        for row, record in zip(rows, _persons(context, rows), strict=True)
    )
    return f"<personIdPairSet>{inner}</personIdPairSet>"


def person(context: Context, key: str) -> str:
    """readPerson; Refusal for a key that is unknown or in the trash."""
    return _persons(context, [context.active_person(key)])[0]


def group(context: Context, key: str) -> str:
    """readGroup; Refusal for an unknown key."""
    number = context.known_group(key)["id"]
    row = context.state.execute(f"{_GROUP} WHERE hierarchy.id = ?", (number,)).fetchone()
    return writing.group(row)


def membership(context: Context, key: str) -> str:
    """readMembership; Refusal for an unknown key."""
    number = memberships.known(context, key)["id"]
    row = context.state.execute(
        f"{memberships.SHOWN} WHERE membership.id = ?", (number,)
    ).fetchone()
    return writing.membership(row)


def persons_of_group(context: Context, key: str) -> tuple[Result, str]:
    """readPersonsForGroup, with the documented warning for profiles that are not mapped (4.5)."""
    number = context.known_group(key)["id"]
    rows = context.state.execute(
        "SELECT person.* FROM membership JOIN person ON person.id = membership.person "
        "WHERE membership.hierarchy = ? AND person.trashed IS NULL ORDER BY membership.id",
        (number,),
    ).fetchall()
    unmapped = any(row["profile"] not in context.site.roles for row in rows)
    return (noted("default-profile") if unmapped else DONE), _keyed_persons(context, rows)


def groups_of_person(context: Context, key: str) -> tuple[Result, str]:
    """readGroupsForPerson, in the shape that the site is set to (3.3)."""
    number = context.active_person(key)["id"]
    rows = context.state.execute(
        f"{_GROUP} JOIN membership ON membership.hierarchy = hierarchy.id "
        "WHERE membership.person = ? ORDER BY membership.id",
        (number,),
    ).fetchall()
    if context.site.groups_for_person == "groups":
        inner = "".join(writing.group(row) for row in rows)
        return DONE, f"<groupSet>{inner}</groupSet>"
    inner = "".join(
        f"<groupIdPair>{writing.sourced_id(row['key'])}{writing.group(row)}</groupIdPair>"
        for row in rows
    )
    return DONE, f"<groupIdPairSet>{inner}</groupIdPairSet>"


def _keyed_memberships(rows: Iterable[sqlite3.Row]) -> str:
    inner = "".join(
        f"<membershipIdPair>{writing.sourced_id(row['key'])}{writing.membership(row)}"
        "</membershipIdPair>"
        for row in rows
    )
    return f"<membershipIDPairSet>{inner}</membershipIDPairSet>"


def memberships_of_person(context: Context, key: str) -> tuple[Result, str]:
    """readMembershipsForPerson; gives keys to memberships without (6.1)."""
    number = context.active_person(key)["id"]
    return DONE, _keyed_memberships(memberships.with_keys(context, "person", number))


def memberships_of_group(context: Context, key: str) -> tuple[Result, str]:
    """readMembershipsForGroup; gives keys to memberships without, as the one above (INF)."""
    number = context.known_group(key)["id"]
    return DONE, _keyed_memberships(memberships.with_keys(context, "hierarchy", number))


def all_persons(context: Context, asked: dict[str, Any]) -> tuple[Result, str]:
    """readAllPersons (3.2): 1-based pages; virtualCount is the number of all that match."""
    nothing = "<personIdPairSet/><virtualCount>0</virtualCount>"
    only_manual = asked.get("only_manual", False)
    index, size = asked.get("index", 1), asked.get("size", 100)
    if not context.site.read_all_persons:
        return refused("read-all-off"), nothing
    if asked.get("convert", False) and not only_manual:
        return refused("convert-alone"), nothing
    if index < 1 or size < 1:
        return refused("paging"), nothing
    where = "WHERE site = ? AND trashed IS NULL"
    values: list[object] = [context.number]
    if only_manual:
        where += " AND (key IS NULL OR key_generated)"
    created: dt.datetime | None = asked.get("created_from")
    if created is not None:
        where += " AND created > ?"
        values.append(as_kept(created))
    state = context.state
    count = state.execute(f"SELECT count(*) FROM person {where}", values).fetchone()[0]
    page = f"SELECT * FROM person {where} ORDER BY id LIMIT ? OFFSET ?"
    values += [size, (index - 1) * size]
    rows = state.execute(page, values).fetchall()
    if asked.get("convert", False):
        for row in rows:
            if row["key"] is None:
                key = generated_key()
                state.execute(
                    "UPDATE person SET key = ?, key_folded = ?, key_generated = 1 WHERE id = ?",
                    (key, key, row["id"]),
                )
        rows = state.execute(page, values).fetchall()
    return DONE, f"{_keyed_persons(context, rows)}<virtualCount>{count}</virtualCount>"


def several(context: Context, read: Any, keys: list[str]) -> tuple[list[Result], str]:
    """A mass read: a status for every key, and only the records that were found (4.5)."""
    results: list[Result] = []
    found: list[str] = []
    for key in keys:
        try:
            found.append(read(context, key))
            results.append(DONE)
        except Refusal as refusal:
            results.append(refusal.result)
    return results, "".join(found)
