"""What a site does with memberships and home organisations (imses-protocol.md section 6)."""

from __future__ import annotations

import sqlite3
from typing import Any

from umstui.testsite.context import KEY_LENGTH, Context, generated_key
from umstui.testsite.texts import DONE, Refusal, Result, noted, together

Record = dict[str, Any]

HOME_FIELD = "homeorganisation"


def create(context: Context, key: str, record: Record | None) -> Result:
    """createMembership: adds the person to the group, or updates the one with that key."""
    return _write(context, key, record, inserted=DONE)


def update(context: Context, key: str, record: Record | None) -> Result:
    """updateMembership: changes role or home; a missing one is made, with a warning."""
    return _write(context, key, record, inserted=noted("inserted"))


def replace(context: Context, key: str, record: Record | None) -> Result:
    """replaceMembership: as update, but a home field that is not sent means 0 (6.4)."""
    if record is not None:
        record = {**record, "extension": {"HomeOrganisation": "0"} | record.get("extension", {})}
    return update(context, key, record)


def find(context: Context, key: str) -> sqlite3.Row | None:
    """The membership with that key."""
    found: sqlite3.Row | None = context.state.execute(
        "SELECT * FROM membership WHERE site = ? AND key_folded = ?",
        (context.number, context.folded(key)),
    ).fetchone()
    return found


def known(context: Context, key: str) -> sqlite3.Row:
    """The membership with that key; Refusal when there is none."""
    found = find(context, key) if key else None
    if found is None:
        raise Refusal("membership-unknown", key=key)
    return found


def _write(context: Context, key: str, record: Record | None, *, inserted: Result) -> Result:
    warning = context.usable_key(key, warn_above=KEY_LENGTH)
    if record is None:
        raise Refusal("no-data")
    if record.get("id_type") in {"2", "Group"}:
        raise Refusal("id-type")
    if "role" not in record:
        raise Refusal("missing-field", field="roleType")
    person = context.active_person(record.get("person", ""))
    group = context.known_group(record.get("group", ""))
    home = _home_wish(record, group)
    state = context.state
    before = find(context, key)
    result = DONE
    if before is not None:
        if before["person"] != person["id"] or before["hierarchy"] != group["id"]:
            raise Refusal("membership-fixed")
        if before["role"] != record["role"]:
            state.execute(
                "UPDATE membership SET role = ? WHERE id = ?", (record["role"], before["id"])
            )
    elif not _take_over(context, key, record["role"], person["id"], group["id"]):
        state.execute(
            "INSERT INTO membership (site, key, key_folded, person, hierarchy, role) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (context.number, key, context.folded(key), person["id"], group["id"], record["role"]),
        )
        result = inserted
    if home is not None:
        _set_home(context, person, group, marked=home)
    return together(result, warning) if warning.words else result


def _take_over(context: Context, key: str, role: str, person: int, group: int) -> bool:
    """A person who is in the group already, without a key or with another one.

    INVENTED (6.3 and 10.11 leave it open): a membership without a key takes the new key; one
    with another key is refused, or re-keyed where the site is set so.
    """
    row = context.state.execute(
        "SELECT id, key FROM membership WHERE person = ? AND hierarchy = ?", (person, group)
    ).fetchone()
    if row is None:
        return False
    if row["key"] is not None and context.site.second_membership == "refuse":
        raise Refusal("membership-twice")
    context.state.execute(
        "UPDATE membership SET key = ?, key_folded = ?, role = ? WHERE id = ?",
        (key, context.folded(key), role, row["id"]),
    )
    return True


def _home_wish(record: Record, group: sqlite3.Row) -> bool | None:
    """Whether the membership shall be the home; None where nothing is said, or of a Mentor."""
    wish: bool | None = None
    for name, value in record.get("extension", {}).items():
        if name.lower() != HOME_FIELD:
            continue
        if value.strip() not in {"0", "1"}:
            raise Refusal("home-value")
        wish = value.strip() == "1"
    if wish is None or record["role"] == "Mentor":
        return None
    if wish and group["type"] not in {"Site", "School"}:
        raise Refusal("home-type")
    return wish


def _set_home(context: Context, person: sqlite3.Row, group: sqlite3.Row, *, marked: bool) -> None:
    """The site itself is the home of whoever has no other; it is stored as no home."""
    if marked:
        home = None if group["type"] == "Site" else group["id"]
    elif person["home"] == group["id"]:
        home = None
    else:
        return
    context.state.execute("UPDATE person SET home = ? WHERE id = ?", (home, person["id"]))


def delete(context: Context, key: str) -> Result:
    """deleteMembership: by its own key; without the home one the site is home again."""
    row = known(context, key)
    context.state.execute("DELETE FROM membership WHERE id = ?", (row["id"],))
    context.state.execute(
        "UPDATE person SET home = NULL WHERE id = ? AND home = ?", (row["person"], row["hierarchy"])
    )
    return DONE


def change_identifier(context: Context, old: str, new: str) -> Result:
    """changeMembershipIdentifier: swaps the key."""
    row = known(context, old)
    context.usable_key(new, warn_above=KEY_LENGTH)
    holder = find(context, new)
    if holder is not None and holder["id"] != row["id"]:
        raise Refusal("new-key-taken", key=new)
    context.state.execute(
        "UPDATE membership SET key = ?, key_folded = ? WHERE id = ?",
        (new, context.folded(new), row["id"]),
    )
    return DONE


def with_keys(context: Context, column: str, number: int) -> list[sqlite3.Row]:
    """All memberships of a person or a group (``column``), after giving keys to those without.

    A read that writes: itslearning stores the keys that it makes (6.1).
    """
    state = context.state
    keyless = state.execute(
        f"SELECT id FROM membership WHERE {column} = ? AND key IS NULL", (number,)
    ).fetchall()
    for row in keyless:
        key = generated_key()
        state.execute(
            "UPDATE membership SET key = ?, key_folded = ? WHERE id = ?", (key, key, row["id"])
        )
    return state.execute(
        f"{SHOWN} WHERE membership.{column} = ? ORDER BY membership.id", (number,)
    ).fetchall()


# A membership with the keys of both ends and whether it is the person's home.
SHOWN = (
    "SELECT membership.id, membership.key, membership.role, person.key AS person_key, "
    "hierarchy.key AS group_key, hierarchy.type AS group_type, "
    "coalesce(person.home = hierarchy.id, hierarchy.type = 'Site') AS is_home "
    "FROM membership JOIN person ON person.id = membership.person "
    "JOIN hierarchy ON hierarchy.id = membership.hierarchy"
)
