"""Criteria as an administrator types them, each beside what it means in Python."""

from __future__ import annotations

import re

from tests.rules.oracle_rows import Facts, Predicate


def like(value: object, pattern: str) -> bool:
    """T-SQL's LIKE under a collation that minds accents and not case; nothing is like nothing."""
    if value is None:
        return False
    expression, position = "", 0
    while position < len(pattern):
        letter = pattern[position]
        position += 1
        if letter == "%":
            expression += ".*"
        elif letter == "_":
            expression += "."
        elif letter == "[":
            end = pattern.index("]", position + 1)
            inside = pattern[position:end].replace("\\", "\\\\")
            expression += f"[{inside}]"
            position = end + 1
        else:
            expression += re.escape(letter)
    return re.fullmatch(expression, str(value), re.IGNORECASE | re.DOTALL) is not None


def _equal(value: object, text: str) -> bool:
    return value is not None and str(value).rstrip(" ").casefold() == text.casefold()


def _known(facts: Facts, *columns: str) -> bool:
    return all(facts[column] is not None for column in columns)


# Three-valued logic matters in the negations: what compares with nothing is not true.
PAIRS: dict[str, Predicate] = {
    "": lambda _: True,
    "Skolekode = '280051'": lambda f: _equal(f["Skolekode"], "280051"),
    "Skolekode <> '280052'": lambda f: (
        _known(f, "Skolekode") and not _equal(f["Skolekode"], "280052")
    ),
    "Aktivitet LIKE '%1%' OR Aktivitet IS NULL": lambda f: (
        f["Aktivitet"] is None or like(f["Aktivitet"], "%1%")
    ),
    "Aktivitet NOT LIKE 'e26 3%'": lambda f: (
        _known(f, "Aktivitet") and not like(f["Aktivitet"], "e26 3%")
    ),
    "Kort_Betegnelse LIKE '[1-2a-c]%'": lambda f: like(f["Kort_Betegnelse"], "[1-2a-c]%"),
    "Department = 'business' OR ExtraField1 IS NULL": lambda f: (
        _equal(f["Department"], "business") or f["ExtraField1"] is None
    ),
    "Skolefag IN ('dansk', 'Ærø kundskab')": lambda f: (
        _equal(f["Skolefag"], "dansk") or _equal(f["Skolefag"], "Ærø kundskab")
    ),
    "NOT (Education = 'HTX' OR Skolefag_LMS = 1)": lambda f: (
        _known(f, "Education", "Skolefag_LMS")
        and not (_equal(f["Education"], "HTX") or f["Skolefag_LMS"] == 1)
    ),
    "UserTypes_ID = 0 OR (DepartmentID = 'D10' AND Skolekode IS NOT NULL)": lambda f: (
        f["UserTypes_ID"] == 0 or (_equal(f["DepartmentID"], "D10") and f["Skolekode"] is not None)
    ),
    "Skolefag LIKE '%å%' OR Skolefag LIKE 'd_nsk' OR UserTypes_ID = 0": lambda f: (
        like(f["Skolefag"], "%å%") or like(f["Skolefag"], "d_nsk") or f["UserTypes_ID"] == 0
    ),
}


def criteria(text: str) -> Predicate:
    """The Python meaning of a criterion of :data:`PAIRS`."""
    return PAIRS[text]
