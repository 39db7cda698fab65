"""A pair in words: what it rests on, side by side, which account to keep and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from sync.duplicates.advising import advice
from sync.findings import Account, Comparison, Finding, FindingClass, Strength

_PREVENTABLE = (FindingClass.KEY_MISSING, FindingClass.DOUBLE_SYNC)
_ORDER = {cls: number for number, cls in enumerate(FindingClass)}
_SURENESS = {strength: number for number, strength in enumerate(Strength)}
_COLUMNS = (
    "class", "strength", "facts", "level_given", "level_family", "level_user", "level_mail",
    "level_birth", "level_school",
)  # fmt: skip
MOST = 100_000
"""Findings that are put into words: nobody reads more at once, and each takes some kilobytes."""
_AT_ONCE = 2_000

_NAMES = {
    ("given", 1): "the given names are equal",
    ("given", 2): "the names are equal in another order",
    ("given", 3): "a given name is equal",
    ("given", 4): "one is called by the other's given name",
    ("given", 5): "the given names differ by little",
    ("given", 6): "one given name is the other shortened",
    ("family", 1): "the family names are equal",
    ("family", 3): "a family name is equal",
    ("family", 4): "the family names differ by little",
    ("mail", 1): "a mail address is the same",
    ("mail", 2): "the mail addresses have the same name before the @",
    ("user", 1): "the user name is the same",
    ("user", 2): "the user names differ only in digits at the end",
    ("birth", 1): "they were born on the same day",
    ("school", 1): "they are in the same class",
    ("school", 2): "they are at the same school",
}
_FACTS = {
    "user-name": "the account has the user name that UMS wants",
    "key-spelling": "the sync keys differ only in capitals or blanks",
    "key-prefix": "the sync keys differ only by what stands in front",
    "trash-key": "the sync key that UMS wants lies in itslearning's trash",
    "birth-and-name": "two user names in UMS have one name and one birth date",
    "two-names": "rows of one user name in UMS give two names",
}


def findings(workspace: duckdb.DuckDBPyConnection) -> list[Finding]:
    """The findings of the table ``found``, what the next run would make first; MOST at the most."""
    prevented = ", ".join(f"'{cls}'" for cls in _PREVENTABLE)
    cursor = workspace.execute(
        f"""SELECT {", ".join(f"f.{name}" for name in _COLUMNS)}, a AS first,
              CASE WHEN b.id IS NOT NULL THEN b END AS second
            FROM (
              SELECT f.* FROM found f JOIN account x ON x.id = f.left_id
              LEFT JOIN account y ON y.id = f.right_id
              ORDER BY coalesce(y.place = 'ums', false) AND f.class IN ({prevented}) DESC,
                list_position($strengths, f.strength), list_position($classes, f.class),
                x.identity, y.identity
              LIMIT {MOST}) f
            JOIN account a ON a.id = f.left_id LEFT JOIN account b ON b.id = f.right_id""",
        {
            "strengths": [str(one) for one in Strength],
            "classes": [str(one) for one in FindingClass],
        },
    )
    names = (*_COLUMNS, "first", "second")
    made: list[Finding] = []
    # A row weighs more than the finding that is made of it: never all of them at once.
    while rows := cursor.fetchmany(_AT_ONCE):
        made += [_finding(dict(zip(names, row, strict=True))) for row in rows]
    return in_order(made)


def in_order(found: Sequence[Finding]) -> list[Finding]:
    """What can still be prevented first, then the surest, then by class."""
    return sorted(
        found, key=lambda f: (not f.prevents, _SURENESS[f.strength], _ORDER[f.cls], f.identity)
    )


def _finding(row: Mapping[str, Any]) -> Finding:
    cls = FindingClass(row["class"])
    first: Mapping[str, Any] = row["first"]
    second: Mapping[str, Any] | None = row["second"]
    accounts = [_account(side) for side in (first, second) if side is not None]
    prevents = second is not None and second["place"] == "ums" and cls in _PREVENTABLE
    keep, keep_because = _keep(cls, first, second)
    return Finding(
        id=0,
        cls=cls,
        strength=Strength(row["strength"]),
        accounts=tuple(accounts),
        keep=keep,
        because=(*_because(cls, row), *keep_because),
        advice=advice(cls, first, second),
        comparison=tuple(_comparison(row, first, second)) if second is not None else (),
        prevents=prevents,
        identity=" + ".join(sorted(account.identity for account in accounts)),
        wanted=tuple(
            side["identity"] for side in (first, second) if side is not None and side["wanted"]
        ),
    )


def _account(side: Mapping[str, Any]) -> Account:
    return Account(
        key=side["key"] or "",
        user_name=side["user_name"] or "",
        name=f"{side['first_name'] or ''} {side['last_name'] or ''}".strip(),
        role=side["role"] or "",
        email=side["email"] or "",
        school=side["school"] or "",
        place=side["place"],
        identity=side["identity"],
    )


def name_of(account: Mapping[str, Any]) -> str:
    """What ``--keep`` names an account by: its own key, else its user name."""
    return str((None if account["by_hand"] else account["key"]) or account["user_name"] or "")


def _because(cls: FindingClass, row: Mapping[str, Any]) -> list[str]:
    """The evidence, the weightiest first; what speaks against it last."""
    if cls is FindingClass.ADMIN_WITH_KEY:
        return ["an administrator at itslearning has a sync key, so a sync could reach the account"]
    words = []
    for fact in row["facts"] or []:
        kind, _, detail = fact.partition(":")
        words.append(f"the {detail} is the same" if kind == "identifier" else _FACTS[kind])
    if row["level_given"] == 1 and row["level_family"] == 1:
        words.append("the names are equal")
    elif row["level_given"] == 2:
        words.append(_NAMES["given", 2])
    else:
        words += [
            _NAMES[field, row[f"level_{field}"]]
            for field in ("given", "family")
            if row[f"level_{field}"]
        ]
    for field in ("birth", "mail", "user", "school"):
        level = row[f"level_{field}"]
        if level and not (field == "user" and "user-name" in (row["facts"] or [])):
            words.append(_NAMES[field, level])
    against = [
        sentence
        for field, sentence in (
            ("given", "but the given names differ"),
            ("family", "but the family names differ"),
            ("mail", "but the mail addresses differ"),
        )
        if row[f"level_{field}"] == 0
    ]
    return words + against


def _keep(
    cls: FindingClass, first: Mapping[str, Any], second: Mapping[str, Any] | None
) -> tuple[str, list[str]]:
    """Which account to keep and why (itslearning-operations.md 4.5): work and last visit, which
    weigh most, no interface of itslearning's tells."""
    if second is None or cls is FindingClass.KEY_IN_TRASH:
        return "", []
    if cls is FindingClass.SOURCE_DUPLICATE:
        what = "name" if first["place"] == "source" else "user name"
        return "", [f"which {what} stays is decided in the administrative system"]
    if cls is FindingClass.USERNAME_TAKEN:
        return "", ["they seem to be two persons: none of the accounts takes the other's place"]
    if second["place"] == "ums":
        return name_of(first), ["keep the account that exists: the other is not made yet"]
    reasons = []
    if second["wanted"]:
        reasons.append(f"keep {name_of(second)}: UMS wants its key")
    if second["user_name"] and second["user_name"] == second["wanted_user_name"]:
        reasons.append("its user name is the one in UMS")
    if second["rooms"] or first["rooms"]:
        rooms = "room or group" if second["rooms"] == 1 else "rooms and groups"
        reasons.append(
            f"a sync put it into {second['rooms']} {rooms}, the other into {first['rooms']}"
        )
    reasons.append("look at both accounts' last visit in itslearning before you decide")
    return name_of(second), reasons


_MARKS = {1: "=", 0: "!", None: " "}


def _comparison(
    row: Mapping[str, Any], first: Mapping[str, Any], second: Mapping[str, Any]
) -> list[Comparison]:
    def mark(level: int | None) -> str:
        return _MARKS.get(level, "~")

    def said(side: Mapping[str, Any]) -> str:
        return f"{side['first_name'] or ''} {side['last_name'] or ''}".strip()

    levels = [row["level_given"], row["level_family"]]
    name = " " if None in levels else mark(0 if 0 in levels else max(levels))
    if first["place"] == "source":
        name = "!"
    left, right = _account(first), _account(second)
    lines = [
        Comparison("name", said(first), said(second), name),
        Comparison(
            "sync key", left.key or "(none)", right.key or "(none)", _same(left.key, right.key)
        ),
        Comparison(
            "user name", left.user_name, right.user_name, _same(left.user_name, right.user_name)
        ),
        Comparison("mail", left.email, right.email, _same(left.email, right.email)),
        Comparison("role", left.role, right.role, _same(left.role, right.role)),
        Comparison("school", left.school, right.school, _same(left.school, right.school)),
    ]
    if row["level_birth"] is not None:
        words = "the same" if row["level_birth"] else "another"
        lines.append(Comparison("birth date", "in UMS", words, mark(row["level_birth"])))
    lines += [
        Comparison("where", _where(first), _where(second), " "),
        Comparison("rooms", str(first["rooms"]), str(second["rooms"]), " "),
    ]
    return lines


def _same(left: str, right: str) -> str:
    if not left or not right:
        return " " if not (left or right) else "!"
    return "=" if left.casefold() == right.casefold() else "!"


def _where(side: Mapping[str, Any]) -> str:
    match side["place"]:
        case "trash":
            return "in itslearning's trash"
        case "ums":
            return "not made yet; the next run would"
        case "source":
            return "in UMS; a run leaves the person as it is"
    if side["by_hand"]:
        return "at itslearning, made by hand" + (
            ", with itslearning's own key" if side["key"] else ""
        )
    if side["held"]:
        return "at itslearning, made by a sync"
    return "at itslearning, its key not from this program"
