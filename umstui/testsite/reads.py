"""What reads answer with: the rows behind the records, in the order the protocol asks for."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterable
from typing import Any

from umstui.testsite import memberships, writing
from umstui.testsite.context import Context, generated_key
from umstui.testsite.texts import DONE, Refusal, Result, noted, refused

_GROUP = (
    "SELECT hierarchy.*, parent.key AS parent_key, parent.title AS parent_title, "
    "course.title AS course_title, course.code, course.credits FROM hierarchy "
    "LEFT JOIN hierarchy parent ON parent.id = hierarchy.parent "
    "LEFT JOIN course ON course.hierarchy = hierarchy.id "
)
_RELATIVES = (
    "SELECT 'Child' AS relation, person.key, relationship.label FROM relationship "
    "JOIN person ON person.id = relationship.child "
    "WHERE relationship.parent = :person AND person.trashed IS NULL UNION ALL "
    "SELECT 'Parent', person.key, '' FROM relationship "
    "JOIN person ON person.id = relationship.parent "
    "WHERE relationship.child = :person AND person.trashed IS NULL"
)


def _person(context: Context, row: sqlite3.Row) -> str:
    relatives = context.state.execute(_RELATIVES, {"person": row["id"]}).fetchall()
    return writing.person(context.site, row, [tuple(entry) for entry in relatives])


def _keyed_persons(context: Context, rows: Iterable[sqlite3.Row]) -> str:
    inner = "".join(
        f"<personIdPair>{writing.sourced_id(row['key'])}{_person(context, row)}</personIdPair>"
        for row in rows
    )
    return f"<personIdPairSet>{inner}</personIdPairSet>"


def person(context: Context, key: str) -> str:
    """readPerson; Refusal for a key that is unknown or in the trash."""
    return _person(context, context.active_person(key))


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
        values.append(created.isoformat(timespec="microseconds"))
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
