"""From the tree of a criterion to DuckDB SQL: values and functions."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from sqlglot import exp

from sync.errors import CriteriaRefused
from sync.ums.criteria import dates
from sync.ums.criteria.gate import shown
from sync.ums.criteria.patterns import Case
from sync.ums.criteria.values import (
    NULL,
    Translation,
    Type,
    Value,
    as_text,
    common,
    convert,
    equality,
    integer,
    text,
)

Handler = Callable[[Translation, exp.Expression], Value]

_MOST_DIGITS = 28
_MOST_COUNTED = 1_000_000
_LARGEST_INT = 2**31 - 1  # a longer whole number is a decimal in T-SQL, and divides like one


def plain_arguments(node: exp.Expression, *known: str) -> None:
    """Refuses a node with an argument that nobody here looks at: it could change the meaning."""
    for name, part in node.args.items():
        if part and name not in known and name != "_type":
            named = part.sql("tsql") if isinstance(part, exp.Expression) else name
            raise CriteriaRefused(f"'{shown(node)}': '{shown(named)}' cannot be used there")


def _literal(criterion: Translation, node: exp.Expression) -> Value:
    if node.is_string:
        return text(node.this)
    written = str(node.this)
    if len(written) > _MOST_DIGITS or not re.fullmatch(r"\d+\.?\d*|\.\d+", written):
        raise CriteriaRefused(f"the number {shown(written)} cannot be used in a criterion")
    if written.isdigit() and int(written) <= _LARGEST_INT:
        return integer(int(written))
    return Value(str(Decimal(written)), Type.DECIMAL, Decimal(written))


def _national(criterion: Translation, node: exp.Expression) -> Value:
    return text(str(node.this))


def _null(criterion: Translation, node: exp.Expression) -> Value:
    return NULL


def _paren(criterion: Translation, node: exp.Expression) -> Value:
    plain_arguments(node, "this")
    return criterion.value(node.this)


def _number(criterion: Translation, node: exp.Expression, of: exp.Expression) -> Value:
    value = criterion.value(node)
    if value.type is Type.DECIMAL:
        return value
    return convert(value, Type.INTEGER, of)


def _count(
    criterion: Translation, node: exp.Expression, of: exp.Expression, *, least: int | None = None
) -> str:
    """A number of signs, kept to what DuckDB can count and no column is longer than. One that is
    written out and under ``least`` is refused, as SQL Server does."""
    number = _number(criterion, node, of)
    if least is not None and number.constant is not None and Decimal(number.constant) < least:
        raise CriteriaRefused(f"'{shown(of)}' counts {number.constant} signs")
    return f"CAST(greatest(least({number.sql}, {_MOST_COUNTED}), -{_MOST_COUNTED}) AS BIGINT)"


def _text(criterion: Translation, node: exp.Expression, of: exp.Expression) -> Value:
    return as_text(criterion.value(dates.unwrapped(node)), of)


def _negative(criterion: Translation, node: exp.Expression) -> Value:
    plain_arguments(node, "this")
    value = _number(criterion, node.this, node)
    constant = None if value.constant is None else -Decimal(str(value.constant))
    return Value(f"TRY(-{value.sql})", value.type, constant)


def _arithmetic(sign: str) -> Handler:
    def calculated(criterion: Translation, node: exp.Expression) -> Value:
        plain_arguments(node, "this", "expression", "typed", "safe")
        left, right = criterion.value(node.this), criterion.value(node.expression)
        types = {left.type, right.type}
        if Type.MOMENT in types or Type.DATE in types:
            return dates.days_later(left, right, sign, node)
        if sign == "+" and types <= {Type.TEXT, Type.NULL}:
            return _together(left, right)
        left, right = (
            value if value.type is Type.DECIMAL else convert(value, Type.INTEGER, node)
            for value in (left, right)
        )
        kind = max(left.type, right.type)
        if kind is Type.NULL:
            return NULL
        # Whole numbers divide to whole numbers, towards zero.
        written = "//" if sign == "/" and kind is Type.INTEGER else sign
        return Value(f"TRY({left.sql} {written} {right.sql})", kind)

    return calculated


def _together(left: Value, right: Value) -> Value:
    constant = None
    if left.constant is not None and right.constant is not None:
        constant = f"{left.constant}{right.constant}"
    return Value(f"({left.sql} || {right.sql})", Type.TEXT, constant, left.case, left.accents)


_COLLATION = re.compile(
    r"(?:SQL_)?(?P<words>Danish_Norwegian|Danish_Greenlandic|Norwegian|Latin1_General|"
    r"Finnish_Swedish|SwedishFinnish_Pref|Icelandic|Modern_Spanish|French|German_PhoneBook)"
    r"(?:_CP1|_Pref|_CP1252|_CP850)?(?:_1\d\d|_90)?"
    r"(?:_(?P<case>C[IS])_(?P<accents>A[IS])(?:_KS)?(?:_WS)?(?:_SC)?(?:_UTF8)?|_(?P<binary>BIN2?))",
    re.IGNORECASE,
)


def _collate(criterion: Translation, node: exp.Expression) -> Value:
    plain_arguments(node, "this", "expression")
    name = node.expression.name
    value = criterion.value(node.this)
    if value.type is not Type.TEXT:
        raise CriteriaRefused(f"'{shown(node)}': COLLATE goes with texts only")
    if name.upper() == "DATABASE_DEFAULT":
        return value
    found = _COLLATION.fullmatch(name)
    if found is None:
        raise CriteriaRefused(f"the collation '{shown(name)}' is not known here")
    if found["binary"]:
        case = Case.CODE_POINTS
    else:
        case = Case.IGNORED if found["case"].upper() == "CI" else Case.MINDED
    accents = bool(found["binary"]) or found["accents"].upper() == "AS"
    return Value(value.sql, Type.TEXT, value.constant, case, accents)


def _coalesce(criterion: Translation, node: exp.Expression) -> Value:
    plain_arguments(node, "this", "expressions", "is_null")
    values = [criterion.value(child) for child in (node.this, *node.expressions)]
    if len(values) < 2 or (node.args.get("is_null") and len(values) > 2):
        raise CriteriaRefused(f"'{shown(node)}': ISNULL takes two values, COALESCE two or more")
    if node.args.get("is_null") and values[0].type is not Type.NULL:
        # ISNULL has the type of its first value, COALESCE that of the strongest.
        values = [values[0], convert(values[1], values[0].type, node)]
    else:
        values = common(values, node)
    kind = max(value.type for value in values)
    if kind is Type.NULL:
        raise CriteriaRefused(f"'{shown(node)}': one of its values must be more than NULL")
    return Value(f"coalesce({', '.join(value.sql for value in values)})", kind)


def _nullif(criterion: Translation, node: exp.Expression) -> Value:
    plain_arguments(node, "this", "expression")
    first = criterion.value(node.this)
    if first.type is Type.NULL:
        raise CriteriaRefused(f"'{shown(node)}': its first value must be more than NULL")
    left, right = common([first, criterion.value(node.expression)], node)
    sql = f"CASE WHEN {equality(left)} = {equality(right)} THEN NULL ELSE {first.sql} END"
    return Value(f"({sql})", first.type)


def _case(criterion: Translation, node: exp.Expression) -> Value:
    plain_arguments(node, "this", "ifs", "default")
    branches = []
    for branch in node.args["ifs"]:
        plain_arguments(branch, "this", "true")
        tested = branch.this
        if node.this is not None:
            tested = exp.EQ(this=node.this.copy(), expression=tested.copy())
        branches.append((criterion.condition(tested), criterion.value(branch.args["true"])))
    default = node.args.get("default")
    return _chosen(branches, criterion.value(default) if default is not None else NULL, node)


def _if(criterion: Translation, node: exp.Expression) -> Value:
    plain_arguments(node, "this", "true", "false")
    otherwise = node.args.get("false")
    if otherwise is None:
        raise CriteriaRefused(f"'{shown(node)}': IIF takes a condition and two values")
    branch = (criterion.condition(node.this), criterion.value(node.args["true"]))
    return _chosen([branch], criterion.value(otherwise), node)


def _chosen(branches: list[tuple[str, Value]], default: Value, part: exp.Expression) -> Value:
    *values, default = common([*(value for _, value in branches), default], part)
    cases = " ".join(
        f"WHEN {condition} THEN {value.sql}"
        for (condition, _), value in zip(branches, values, strict=True)
    )
    kind = max(value.type for value in (*values, default))
    if kind is Type.NULL:
        raise CriteriaRefused(f"'{shown(part)}': one of its values must be more than NULL")
    return Value(f"(CASE {cases} ELSE {default.sql} END)", kind)


def _length(criterion: Translation, node: exp.Expression) -> Value:
    plain_arguments(node, "this")
    return Value(f"length(rtrim({_text(criterion, node.this, node).sql}, ' '))", Type.INTEGER)


def _end(side: str) -> Handler:
    def cut(criterion: Translation, node: exp.Expression) -> Value:
        plain_arguments(node, "this", "expression")
        value = _text(criterion, node.this, node)
        length = _count(criterion, node.expression, node, least=0)
        return Value(f"{side}({value.sql}, greatest({length}, 0))", Type.TEXT)

    return cut


def _substring(criterion: Translation, node: exp.Expression) -> Value:
    plain_arguments(node, "this", "start", "length")
    if node.args.get("length") is None:
        raise CriteriaRefused(f"'{shown(node)}': SUBSTRING takes a start and a length")
    value = _text(criterion, node.this, node)
    start = _count(criterion, node.args["start"], node)
    length = _count(criterion, node.args["length"], node, least=0)
    # A start before the first sign uses up length, as in T-SQL.
    kept = f"greatest({length} + least({start} - 1, 0), 0)"
    return Value(f"substring({value.sql}, greatest({start}, 1), {kept})", Type.TEXT)


def _position(criterion: Translation, node: exp.Expression) -> Value:
    plain_arguments(node, "this", "substr", "position")
    within = f"lower({_text(criterion, node.this, node).sql})"
    sought = f"lower({_text(criterion, node.args['substr'], node).sql})"
    empty = f"{sought} = '' AND {within} IS NOT NULL"
    if node.args.get("position") is None:
        found = f"CASE WHEN {empty} THEN 0 ELSE strpos({within}, {sought}) END"
        return Value(f"({found})", Type.INTEGER)
    start = f"greatest({_count(criterion, node.args['position'], node)}, 1)"
    after = f"strpos(substring({within}, {start}), {sought})"
    found = f"CASE WHEN ({empty}) OR {after} = 0 THEN 0 ELSE {after} + {start} - 1 END"
    return Value(f"({found})", Type.INTEGER)


def _replace(criterion: Translation, node: exp.Expression) -> Value:
    plain_arguments(node, "this", "expression", "replacement")
    if node.args.get("replacement") is None:
        raise CriteriaRefused(f"'{shown(node)}': REPLACE takes three texts")
    value = _text(criterion, node.this, node).sql
    sought = _text(criterion, node.expression, node).sql
    instead = _text(criterion, node.args["replacement"], node).sql
    sql = (
        f"CASE WHEN {sought} = '' THEN {value} ELSE regexp_replace({value}, "
        f"regexp_escape({sought}), replace({instead}, '\\', '\\\\'), 'gi') END"
    )
    return Value(f"({sql})", Type.TEXT)


def _simple(function: str) -> Handler:
    def called(criterion: Translation, node: exp.Expression) -> Value:
        plain_arguments(node, "this")
        value = _text(criterion, node.this, node)
        return Value(f"{function}({value.sql})", Type.TEXT, None, value.case, value.accents)

    return called


def _trim(criterion: Translation, node: exp.Expression) -> Value:
    plain_arguments(node, "this", "position")
    sides = {"LEADING": "ltrim", "TRAILING": "rtrim"}
    function = sides.get(str(node.args.get("position") or ""), "trim")
    return Value(f"{function}({_text(criterion, node.this, node).sql}, ' ')", Type.TEXT)


def _concat(criterion: Translation, node: exp.Expression) -> Value:
    plain_arguments(node, "expressions", "safe", "coalesce")
    parts = [_text(criterion, child, node).sql for child in node.expressions]
    if len(parts) < 2:
        raise CriteriaRefused(f"'{shown(node)}': CONCAT takes two values or more")
    return Value("(" + " || ".join(f"coalesce({part}, '')" for part in parts) + ")", Type.TEXT)


def _absolute(criterion: Translation, node: exp.Expression) -> Value:
    plain_arguments(node, "this")
    value = _number(criterion, node.this, node)
    return Value(f"TRY(abs({value.sql}))", value.type)


SCALARS: dict[type[exp.Expression], Handler] = {
    exp.Literal: _literal,
    exp.National: _national,
    exp.Null: _null,
    exp.Paren: _paren,
    exp.Neg: _negative,
    exp.Add: _arithmetic("+"),
    exp.Sub: _arithmetic("-"),
    exp.Mul: _arithmetic("*"),
    exp.Div: _arithmetic("/"),
    exp.Mod: _arithmetic("%"),
    exp.Collate: _collate,
    exp.Coalesce: _coalesce,
    exp.Nullif: _nullif,
    exp.Case: _case,
    exp.If: _if,
    exp.Length: _length,
    exp.Left: _end("left"),
    exp.Right: _end("right"),
    exp.Substring: _substring,
    exp.StrPosition: _position,
    exp.Replace: _replace,
    exp.Upper: _simple("upper"),
    exp.Lower: _simple("lower"),
    exp.Trim: _trim,
    exp.Concat: _concat,
    exp.Abs: _absolute,
    **dates.SCALARS,
}
