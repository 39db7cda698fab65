"""LIKE as SQL Server means it: sets in brackets, ESCAPE, Danish alphabet, no case."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache


class Case(StrEnum):
    """What a comparison minds, besides letters (readings.md 39; COLLATE may ask for another)."""

    IGNORED = "ignored"
    MINDED = "minded"
    CODE_POINTS = "code points"  # binary collations


# The letters after z, in their order; private code points put them there.
DANISH_LETTERS = "æøå"
AFTER_Z = "\ue000\ue001\ue002"
_AS_DANISH = str.maketrans("æäøöå", AFTER_Z[0] * 2 + AFTER_Z[1] * 2 + AFTER_Z[2])


@dataclass(frozen=True, slots=True)
class Any:
    """Any one sign, or, with ``many``, any number of them."""

    many: bool


@dataclass(frozen=True, slots=True)
class Members:
    """One sign out of a set, or none of it."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool


Part = str | Any | Members


def like(column_sql: str, pattern: str, *, escape: str = "", case: Case = Case.IGNORED) -> str:
    """DuckDB SQL for ``column LIKE pattern``: NULL for NULL, otherwise true or false.

    A pattern that SQL Server holds for broken (an open bracket, a last escape sign) matches
    nothing, as there.
    """
    subject = f"lower({column_sql})" if case is Case.IGNORED else f"({column_sql})"
    parts = parse_pattern(pattern, escape)
    if parts is None:
        return f"({subject} <> {subject})"
    if any(isinstance(part, Members) for part in parts):
        expression = "".join(_regular(part, case) for part in parts)
        return f"regexp_full_match({subject}, {literal(expression)}, 's')"
    plain = "".join(_plain(part, case) for part in parts)
    return f"({subject} LIKE {literal(plain)} ESCAPE '\\')"


def is_broken(pattern: str) -> bool:
    """True for a pattern that SQL Server takes and that can match nothing."""
    return parse_pattern(pattern) is None


def parse_pattern(pattern: str, escape: str = "") -> list[Part] | None:
    """The parts of a pattern, or None where it is broken and so matches nothing."""
    parts: list[Part] = []
    position = 0
    while position < len(pattern):
        sign = pattern[position]
        position += 1
        if escape and sign == escape:
            if position == len(pattern):
                return None
            parts.append(pattern[position])
            position += 1
        elif sign == "%":
            parts.append(Any(many=True))
        elif sign == "_":
            parts.append(Any(many=False))
        elif sign == "[":
            found = _members(pattern, position, escape)
            if found is None:
                return None
            members, position = found
            parts.append(members)
        else:
            parts.append(sign)
    return parts


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def _members(pattern: str, position: int, escape: str) -> tuple[Members, int] | None:
    """The set that begins at ``position``, and where the pattern goes on; None if never closed."""
    negated = pattern[position : position + 1] == "^"
    position += negated
    signs: list[tuple[str, bool]] = []  # the sign, and whether it is a dash that means a range
    while position < len(pattern):
        sign = pattern[position]
        position += 1
        if sign == "]":
            return Members(_ranges(signs), negated), position
        if escape and sign == escape:
            if position == len(pattern):
                return None
            signs.append((pattern[position], False))
            position += 1
        else:
            signs.append((sign, sign == "-"))
    return None


def _ranges(signs: list[tuple[str, bool]]) -> tuple[tuple[str, str], ...]:
    ranges = []
    position = 0
    while position < len(signs):
        first = signs[position][0]
        if position + 2 < len(signs) and signs[position + 1][1]:
            ranges.append((first, signs[position + 2][0]))
            position += 3
        else:
            ranges.append((first, first))
            position += 1
    return tuple(ranges)


def _plain(part: Part, case: Case) -> str:
    if isinstance(part, Any):
        return "%" if part.many else "_"
    sign = _folded(str(part), case)
    return f"\\{sign}" if sign in "\\%_" else sign


def _regular(part: Part, case: Case) -> str:
    if isinstance(part, Any):
        return ".*" if part.many else "."
    if isinstance(part, str):
        return "".join(_sign(sign) for sign in _folded(part, case))
    inside = "".join(_range(first, last, case) for first, last in part.ranges)
    if not inside:
        return "." if part.negated else "[^\\x{0}-\\x{10FFFF}]"
    return f"[{'^' if part.negated else ''}{inside}]"


@lru_cache(maxsize=1000)
def _range(first: str, last: str, case: Case) -> str:
    if first == last:
        return "".join(_sign(sign) for sign in _folded(first, case))
    if case is Case.CODE_POINTS:
        return f"{_sign(first)}-{_sign(last)}" if first <= last else ""
    first, last = _folded(first, case), _folded(last, case)
    low, high = order_key(first), order_key(last)
    inside = [sign for key, sign in _alphabet(case) if low <= key <= high]
    beyond = ""
    if last > LAST_LATIN and first <= last:
        beyond = f"{_sign(max(first, LAST_LATIN))}-{_sign(last)}"
    return "".join(_sign(sign) for sign in inside) + beyond


LAST_LATIN = "\u024f"


def order_key(sign: str) -> tuple[int, str, str, bool]:
    """Where a sign stands: other signs, digits, then letters in Danish order; é just after e."""
    folded = sign.lower()
    if folded.isdigit():
        group = 1
    elif folded.isalpha():
        group = 2
    else:
        group = 0
    base = folded.translate(_AS_DANISH)
    if base == folded and group == 2:
        base = unicodedata.normalize("NFD", folded)[0]
    return (group, base, folded, sign != folded)


@cache
def _alphabet(case: Case) -> tuple[tuple[tuple[int, str, str, bool], str], ...]:
    """Every Latin sign with its place, for working out what a range holds."""
    signs = (chr(code) for code in range(0x20, ord(LAST_LATIN) + 1))
    kept = {sign if case is Case.MINDED else sign.lower() for sign in signs}
    return tuple(sorted((order_key(sign), sign) for sign in kept if len(sign) == 1))


def _folded(text: str, case: Case) -> str:
    return text.lower() if case is Case.IGNORED else text


def _sign(sign: str) -> str:
    return f"\\x{{{ord(sign):X}}}"
