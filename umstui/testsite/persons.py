"""What a site does with persons (imses-protocol.md section 4)."""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata
from typing import Any

from umstui.testsite.context import Context
from umstui.testsite.sites import GENERATED_KEY
from umstui.testsite.store import fold
from umstui.testsite.texts import DONE, Refusal, Result, noted, together

Record = dict[str, Any]

# Longest value of a field, in characters (section 4).
LIMITS = {"first": 64, "last": 64, "nick": 32, "prefix": 32}

_ADDRESS = ("street1", "street2", "postcode", "locality")
_PLAIN = ("email", "phone", "mobile", *_ADDRESS, "gender", "birthday", "nick", "prefix")
# What replace takes away when it is not sent (4.1).
_RESET = ("prefix", "phone", "mobile", *_ADDRESS, "birthday")


def create(context: Context, key: str, record: Record | None) -> Result:
    """createPerson: makes, updates or restores the person with that key."""
    return _write(context, key, record, inserted=DONE)


def update(context: Context, key: str, record: Record | None) -> Result:
    """updatePerson: changes what is sent; a missing person is inserted with a warning."""
    return _write(context, key, record, inserted=noted("inserted"))


def replace(context: Context, key: str, record: Record | None) -> Result:
    """replacePerson: as update, and resets what 4.1 lists where it is not sent."""
    if record is not None:
        record = {**dict.fromkeys(_RESET, ""), **record}
        record["replace"] = True
    return _write(context, key, record, inserted=noted("inserted"))


def _write(context: Context, key: str, record: Record | None, *, inserted: Result) -> Result:
    warning = context.usable_key(key)
    if record is None:
        raise Refusal("no-data")
    before = context.person(key)
    values = _values(context, record, before)
    if before is None:
        number = _insert(context, key, values)
        result = inserted
    else:
        number = before["id"]
        if before["trashed"] is not None:
            values["trashed"] = None
            _check_restored_name(context, before, values)
            if context.site.root_memberships:
                join_root(context, number)
        _change(context, number, values)
        result = DONE
    if "children" in record or "replace" in record:
        result = together(result, _relate(context, number, record))
    return together(result, warning) if warning.words else result


def _values(context: Context, record: Record, before: sqlite3.Row | None) -> Record:
    """The columns that the record sets, checked; Refusal where they cannot be."""
    values: Record = {}
    for field in ("first", "last"):
        sent = record.get(field)
        if sent is not None or before is None:
            sent = (sent or "").strip()
            if not sent:
                raise Refusal("missing-field", field=field.capitalize())
            values[field] = context.fitting(field.capitalize(), sent, LIMITS[field])
    for field in _PLAIN:
        if field in record:
            value = record[field].strip()
            if field in LIMITS:
                value = context.fitting(field.capitalize(), value, LIMITS[field])
            values[field] = value
    if "role" in record or before is None:
        values["profile"] = context.site.profile_for(record.get("role", ""))
    if "extension" in record or "replace" in record:
        kept = {} if before is None or "replace" in record else json.loads(before["extension"])
        values["extension"] = json.dumps(kept | record.get("extension", {}), ensure_ascii=False)
    if record.get("password") and context.site.import_password:
        values["password_sent"] = 1
    user_name = _user_name(context, record, before, values)
    if user_name:
        values["user_name"] = user_name
    return values


def _user_name(context: Context, record: Record, before: sqlite3.Row | None, values: Record) -> str:
    """The user name to set: the one sent, or one made for a new person; else empty."""
    sent: str = record.get("user_name", "").strip() if context.site.import_user_name else ""
    if sent:
        if before is None or fold(sent) != before["user_folded"]:
            _check_user_name(context, sent)
        return sent
    if before is None:
        return _made_user_name(context, values["first"], values["last"])
    return ""


def _holder(context: Context, user_name: str) -> sqlite3.Row | None:
    active_only = "" if context.site.trash_holds_user_names else " AND trashed IS NULL"
    found: sqlite3.Row | None = context.state.execute(
        f"SELECT trashed FROM person WHERE site = ? AND user_folded = ?{active_only} "
        "ORDER BY trashed IS NOT NULL",
        (context.number, fold(user_name)),
    ).fetchone()
    return found


def _check_user_name(context: Context, user_name: str) -> None:
    holder = _holder(context, user_name)
    if holder is not None:
        taken = "user-name-taken" if holder["trashed"] is None else "user-name-in-trash"
        raise Refusal(taken, name=user_name)


def _check_restored_name(context: Context, before: sqlite3.Row, values: Record) -> None:
    """While the person lay in the trash somebody else may have got the user name."""
    name = values.get("user_name", before["user_name"])
    taken = context.state.execute(
        "SELECT 1 FROM person WHERE site = ? AND user_folded = ? AND trashed IS NULL AND id <> ?",
        (context.number, fold(name), before["id"]),
    ).fetchone()
    if taken is not None:
        raise Refusal("user-name-taken", name=name)


def _made_user_name(context: Context, first: str, last: str) -> str:
    """INVENTED: how itslearning makes user names is not published."""
    plain = unicodedata.normalize("NFKD", f"{first[:3]}{last[:3]}".lower())
    stem = re.sub(r"[^a-z0-9]", "", plain) or "user"
    number = 1
    while _holder(context, f"{stem}{number}") is not None:
        number += 1
    return f"{stem}{number}"


def _insert(context: Context, key: str | None, values: Record) -> int:
    folded = None if key is None else context.folded(key)
    row = {
        "site": context.number,
        "key": key,
        "key_folded": folded,
        "user_folded": fold(values["user_name"]),
        "created": context.now,
        "changed": context.now,
        **values,
    }
    added = context.state.execute(
        f"INSERT INTO person ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
        tuple(row.values()),
    )
    number = int(added.lastrowid or 0)
    if context.site.root_memberships:
        join_root(context, number)
    return number


def insert_by_hand(context: Context, values: Record, key: str | None = None) -> int:
    """A person as an administrator makes one in itslearning itself: usually without a key."""
    _check_user_name(context, values["user_name"])
    generated = key is not None and GENERATED_KEY.fullmatch(key) is not None
    return _insert(context, key, {**values, "key_generated": int(generated)})


def join_root(context: Context, number: int) -> None:
    """The membership of the root that every person has; without a key, as one made by hand."""
    context.state.execute(
        "INSERT OR IGNORE INTO membership (site, person, hierarchy, role) "
        "VALUES (?, ?, ?, 'Learner')",
        (context.number, number, context.root),
    )


def _change(context: Context, number: int, values: Record) -> None:
    values["changed"] = context.now
    if "user_name" in values:
        values["user_folded"] = fold(values["user_name"])
    context.state.execute(
        f"UPDATE person SET {', '.join(f'{name} = ?' for name in values)} WHERE id = ?",
        (*values.values(), number),
    )


def _relate(context: Context, parent: int, record: Record) -> Result:
    """Adds the children that are sent; replace forgets all others first (4.4)."""
    if "replace" in record:
        context.state.execute(
            "DELETE FROM relationship WHERE parent = ? OR child = ?", (parent, parent)
        )
    wanted = record.get("children", [])
    if wanted and not context.site.parent_portal:
        return noted("parent-portal")
    unknown = []
    for key, label in wanted:
        child = context.person(key)
        if child is None or child["trashed"] is not None:
            unknown.append(key)
            continue
        context.state.execute(
            "INSERT OR REPLACE INTO relationship (parent, child, label) VALUES (?, ?, ?)",
            (parent, child["id"], label),
        )
    return noted("children-unknown", keys=", ".join(unknown)) if unknown else DONE


def delete(context: Context, key: str) -> Result:
    """deletePerson: into the trash; a key that is unknown or there already fails."""
    person = context.active_person(key)
    context.state.execute(
        "UPDATE person SET trashed = ?, home = NULL WHERE id = ?", (context.now, person["id"])
    )
    context.state.execute("DELETE FROM membership WHERE person = ?", (person["id"],))
    return DONE


def change_identifier(context: Context, old: str, new: str) -> Result:
    """changePersonIdentifier: keeps the user, swaps the key (4.1)."""
    person = context.active_person(old)
    warning = context.usable_key(new)
    holder = context.person(new)
    if holder is not None and holder["id"] != person["id"]:
        taken = "new-key-taken" if holder["trashed"] is None else "key-in-trash"
        raise Refusal(taken, key=new)
    if person["profile"] not in context.site.roles:
        raise Refusal("profile-unmapped", key=old)
    context.state.execute(
        "UPDATE person SET key = ?, key_folded = ?, key_generated = 0, changed = ? WHERE id = ?",
        (new, context.folded(new), context.now, person["id"]),
    )
    return warning
