"""The types of CAST and CONVERT as SQL Server has them: which, and how large they may be."""

from __future__ import annotations

from sqlglot import exp

from sync.errors import CriteriaRefused
from sync.ums.criteria.gate import shown
from sync.ums.criteria.values import Type, Value

TARGETS = {
    exp.DType.DATE: Type.DATE,
    exp.DType.DATETIME: Type.MOMENT,
    exp.DType.DATETIME2: Type.MOMENT,
    exp.DType.SMALLDATETIME: Type.MOMENT,
    exp.DType.TIMESTAMP: Type.MOMENT,
    exp.DType.INT: Type.INTEGER,
    exp.DType.BIGINT: Type.INTEGER,
    exp.DType.SMALLINT: Type.INTEGER,
    exp.DType.TINYINT: Type.INTEGER,
    exp.DType.UTINYINT: Type.INTEGER,
    exp.DType.BIT: Type.BIT,
    exp.DType.BOOLEAN: Type.BIT,
    exp.DType.DECIMAL: Type.DECIMAL,
    exp.DType.VARCHAR: Type.TEXT,
    exp.DType.NVARCHAR: Type.TEXT,
    exp.DType.CHAR: Type.TEXT,
    exp.DType.NCHAR: Type.TEXT,
}
# The longest text of a type in signs; MAX goes with the two that vary.
_LONGEST = {
    exp.DType.VARCHAR: 8000,
    exp.DType.CHAR: 8000,
    exp.DType.NVARCHAR: 4000,
    exp.DType.NCHAR: 4000,
}
_PADDED = frozenset({exp.DType.CHAR, exp.DType.NCHAR})
_DEFAULT_LENGTH = 30  # of a text without a number, in CAST and CONVERT
_MOST_DIGITS, _DEFAULT_DIGITS = 38, 18
_MOST_OF_SECOND = 7
# What holds as much in DuckDB; a number that does not fit becomes NULL.
_STORED = {
    exp.DType.INT: "INTEGER",
    exp.DType.SMALLINT: "SMALLINT",
    exp.DType.TINYINT: "UTINYINT",
    exp.DType.UTINYINT: "UTINYINT",
}


def target_of(to: exp.DataType, part: exp.Expression) -> Type:
    """What a type of CAST or CONVERT is here. Refuses, naming ``part``, one that is on no list or
    has a size that SQL Server does not take."""
    target = TARGETS.get(to.this)
    if target is None:
        raise CriteriaRefused(
            f"'{shown(part)}': the type {to.sql('tsql')} cannot be used in a criterion"
        )
    given = [str(size.name).upper() for size in to.expressions]
    if to.this in _LONGEST:
        _check_length(to, given, part)
    elif target is Type.DECIMAL:
        digits, places = _digits(to, part)
        if not (len(given) <= 2 and 1 <= digits <= _MOST_DIGITS and places <= digits):
            raise _size_refused(to, part, f"decimal takes 1 to {_MOST_DIGITS} digits, and at most "
                                "as many behind the point")  # fmt: skip
    elif given and not (
        to.this is exp.DType.DATETIME2
        and len(given) == 1
        and given[0].isdigit()
        and int(given[0]) <= _MOST_OF_SECOND
    ):
        raise _size_refused(to, part, "that type has no such size")
    return target


def cut(value: Value, to: exp.DataType) -> Value:
    """A text as long as its type; a type of a fixed length fills it up with blanks."""
    given = to.expressions
    if given and given[0].name.upper() == "MAX":
        return value
    kept = int(given[0].name) if given else _DEFAULT_LENGTH
    constant = value.constant[:kept] if isinstance(value.constant, str) else None
    sql = f"left({value.sql}, {kept})"
    if to.this in _PADDED:
        sql, constant = f"rpad({sql}, {kept}, ' ')", None
    return Value(sql, Type.TEXT, constant, value.case, value.accents)


def kept_in(value: Value, to: exp.DataType, part: exp.Expression) -> Value:
    """A number within the bounds of its type, rounded to its digits."""
    if value.type is Type.DECIMAL:
        digits, places = _digits(to, part)
        return Value(f"TRY_CAST({value.sql} AS DECIMAL({digits}, {places}))", Type.DECIMAL)
    stored = _STORED.get(to.this)
    if value.type is not Type.INTEGER or stored is None:
        return value
    return Value(f"CAST(TRY_CAST({value.sql} AS {stored}) AS BIGINT)", Type.INTEGER)


def _digits(to: exp.DataType, part: exp.Expression) -> tuple[int, int]:
    given = [str(size.name) for size in to.expressions]
    if not all(size.isdigit() for size in given):
        raise _size_refused(to, part, "write its digits as numbers")
    numbers = [int(size) for size in given]
    return (
        numbers[0] if numbers else _DEFAULT_DIGITS,
        numbers[1] if len(numbers) > 1 else 0,
    )


def _check_length(to: exp.DataType, given: list[str], part: exp.Expression) -> None:
    longest = _LONGEST[to.this]
    if not given or (given == ["MAX"] and to.this not in _PADDED):
        return
    if len(given) > 1 or not given[0].isdigit() or not 1 <= int(given[0]) <= longest:
        extra = "" if to.this in _PADDED else ", or MAX"
        raise _size_refused(to, part, f"it takes a length of 1 to {longest}{extra}")


def _size_refused(to: exp.DataType, part: exp.Expression, why: str) -> CriteriaRefused:
    return CriteriaRefused(f"'{shown(part)}': a SQL Server refuses {shown(to)}; {why}")
