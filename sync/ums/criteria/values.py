"""Typed values of a criterion, and SQL Server's conversions between their types."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import IntEnum
from typing import Protocol

from sqlglot import exp

from sync.errors import CriteriaRefused
from sync.ums.criteria.gate import shown
from sync.ums.criteria.patterns import AFTER_Z, DANISH_LETTERS, Case, literal


class Type(IntEnum):
    """In the order of precedence: the smaller is converted to the greater."""

    NULL = 0
    TEXT = 1
    BIT = 2
    INTEGER = 3
    DECIMAL = 4
    DATE = 5
    MOMENT = 6


NAMES = {
    Type.NULL: "NULL", Type.TEXT: "text", Type.BIT: "bit", Type.INTEGER: "number",
    Type.DECIMAL: "number", Type.DATE: "date", Type.MOMENT: "datetime",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Value:
    """DuckDB SQL with its type; ``constant`` where it was written out in the criterion."""

    sql: str
    type: Type
    constant: str | int | Decimal | None = None
    case: Case = Case.IGNORED
    accents: bool = True


class Translation(Protocol):
    """What the translation of one node asks for the nodes inside it."""

    def condition(self, node: exp.Expression) -> str:
        """SQL that is true, false or NULL where the condition is, unknown, in T-SQL."""

    def value(self, node: exp.Expression) -> Value:
        """A value inside a condition."""


def text(constant: str) -> Value:
    """A text that stands in the criterion."""
    return Value(literal(constant), Type.TEXT, constant)


def integer(constant: int) -> Value:
    """A whole number that stands in the criterion."""
    return Value(str(constant), Type.INTEGER, constant)


NULL = Value("NULL", Type.NULL)


def stored_as(day_or_moment: Type) -> str:
    """DuckDB's name of the two calendar types."""
    return "DATE" if day_or_moment is Type.DATE else "TIMESTAMP"


def common(values: list[Value], part: exp.Expression) -> list[Value]:
    """All values as the type that goes before the others (T-SQL data type precedence)."""
    target = max(value.type for value in values)
    return [value if value.type is Type.NULL else convert(value, target, part) for value in values]


def convert(value: Value, target: Type, part: exp.Expression) -> Value:
    """A value as another type, as SQL Server would do unasked.

    A text in a row that is no number becomes NULL, where SQL Server would end the query with an
    error. A text in the criterion that is none is refused: ``part`` is then named.
    """
    if value.type in (target, Type.NULL):
        return value
    if target is Type.TEXT:
        return replace(as_text(value, part), case=value.case, accents=value.accents)
    if target in (Type.INTEGER, Type.BIT, Type.DECIMAL):
        return _as_number(value, target, part)
    if value.type is Type.TEXT:
        if value.constant is not None:
            return _day(str(value.constant), target, part)
        # Only CONVERT says how the texts of rows are to be read.
        hint = "write CONVERT(date, …, 105) around the text"
        raise CriteriaRefused(f"'{shown(part)}' compares a text with a date; {hint}")
    if value.type in (Type.DATE, Type.MOMENT):
        return Value(f"CAST({value.sql} AS {stored_as(target)})", target)
    raise CriteriaRefused(f"'{shown(part)}' mixes a {NAMES[value.type]} and a {NAMES[target]}")


def as_text(value: Value, part: exp.Expression) -> Value:
    """A number or date as SQL Server writes it."""
    if value.type in (Type.TEXT, Type.NULL):
        return value
    if value.type is Type.MOMENT:
        raise CriteriaRefused(
            f"'{shown(part)}': write CONVERT(nvarchar(10), …, 105) with the style you mean"
        )
    if value.type is Type.DATE:
        return Value(f"strftime({value.sql}, '%Y-%m-%d')", Type.TEXT)
    return Value(f"CAST({value.sql} AS VARCHAR)", Type.TEXT)


def equality(value: Value) -> str:
    """What = compares: no trailing blanks, no case; COLLATE may say otherwise."""
    if value.type is not Type.TEXT:
        return value.sql
    if isinstance(value.constant, str) and value.constant.isascii():
        plain = value.constant.rstrip(" ")
        return literal(plain.lower() if value.case is Case.IGNORED else plain)
    folded = f"rtrim({value.sql}, ' ')"
    if value.case is Case.IGNORED:
        folded = f"lower({folded})"
    if not value.accents:
        folded = f"strip_accents({_danish(folded)})"
    return folded


def order(value: Value) -> str:
    """What < and > compare: the Danish alphabet, an accented letter just after the plain one."""
    if value.type is not Type.TEXT or value.case is Case.CODE_POINTS:
        return equality(value)
    folded = equality(value)
    return f"(strip_accents({_danish(folded)}) || chr(1) || {folded})"


def _danish(sql: str) -> str:
    return f"translate({sql}, '{DANISH_LETTERS}', '{AFTER_Z}')"


_INTEGER = re.compile(r"[+-]?\d+")
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)")


def _as_number(value: Value, target: Type, part: exp.Expression) -> Value:
    if value.type in (Type.DATE, Type.MOMENT):
        raise CriteriaRefused(f"'{shown(part)}' mixes a {NAMES[value.type]} and a {NAMES[target]}")
    if value.type is not Type.TEXT:
        if target is Type.BIT:
            return Value(f"CAST({value.sql} <> 0 AS INTEGER)", Type.BIT)
        if target is Type.INTEGER and value.type is Type.DECIMAL:
            return Value(f"TRY_CAST(trunc({value.sql}) AS BIGINT)", Type.INTEGER)
        sql = (
            f"TRY_CAST({value.sql} AS {'BIGINT' if target is Type.INTEGER else 'DECIMAL(38, 10)'})"
        )
        return replace(value, sql=sql, type=target)
    if value.constant is not None:
        return _constant_number(str(value.constant), target, part)
    trimmed = f"trim({value.sql}, ' ')"
    if target is Type.DECIMAL:
        pattern, kind = _DECIMAL.pattern, "DECIMAL(38, 10)"
    else:
        pattern, kind = _INTEGER.pattern, "BIGINT"
    empty = "" if target is Type.DECIMAL else f"WHEN {trimmed} = '' THEN 0 "
    number = (
        f"CASE {empty}WHEN regexp_full_match({trimmed}, {literal(pattern)}) "
        f"THEN TRY_CAST({trimmed} AS {kind}) END"
    )
    if target is Type.BIT:
        number = (
            f"CASE lower({trimmed}) WHEN 'true' THEN 1 WHEN 'false' THEN 0 "
            f"ELSE CAST(({number}) <> 0 AS INTEGER) END"
        )
    return Value(f"({number})", target)


def _constant_number(constant: str, target: Type, part: exp.Expression) -> Value:
    trimmed = constant.strip(" ")
    if target is Type.BIT and trimmed.lower() in ("true", "false"):
        return Value(str(int(trimmed.lower() == "true")), Type.BIT)
    if target is Type.DECIMAL and _DECIMAL.fullmatch(trimmed):
        return Value(str(Decimal(trimmed)), Type.DECIMAL, Decimal(trimmed))
    if target is not Type.DECIMAL and (not trimmed or _INTEGER.fullmatch(trimmed)):
        number = int(trimmed or 0)
        number = int(number != 0) if target is Type.BIT else number
        return Value(str(number), target, number)
    raise CriteriaRefused(
        f"'{shown(part)}' compares the text '{constant}' with a number column or value"
    )


def _day(constant: str, target: Type, part: exp.Expression) -> Value:
    """A date written out: only year first is the same under every language of the server."""
    trimmed = constant.strip(" ")
    if re.fullmatch(r"\d{8}", trimmed):
        trimmed = f"{trimmed[:4]}-{trimmed[4:6]}-{trimmed[6:]}"
    try:
        moment = dt.datetime.fromisoformat(trimmed)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None or not re.match(r"\d{4}-\d\d-\d\d", trimmed):
        raise CriteriaRefused(
            f"'{shown(part)}': write the date '{constant}' as yyyy-mm-dd or yyyymmdd"
        )
    if target is Type.DATE:
        return Value(f"DATE '{moment.date().isoformat()}'", Type.DATE)
    return Value(f"TIMESTAMP '{moment.isoformat(sep=' ')}'", Type.MOMENT)
