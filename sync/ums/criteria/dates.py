"""From the tree of a criterion to DuckDB SQL: conversions by name, and calendar arithmetic."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from sync.errors import CriteriaRefused
from sync.ums.criteria.gate import shown
from sync.ums.criteria.patterns import literal
from sync.ums.criteria.sql_types import cut, kept_in, target_of
from sync.ums.criteria.values import Translation, Type, Value, as_text, convert, stored_as

# Styles of CONVERT: how a text is read, and how a date is written.
_DAY_FIRST, _MONTH_FIRST, _YEAR_FIRST = "%d-%m-%Y", "%m-%d-%Y", "%Y-%m-%d"
_READ = {
    101: _MONTH_FIRST, 110: _MONTH_FIRST, 103: _DAY_FIRST, 104: _DAY_FIRST, 105: _DAY_FIRST,
    102: _YEAR_FIRST, 111: _YEAR_FIRST, 112: _YEAR_FIRST, 20: _YEAR_FIRST, 21: _YEAR_FIRST,
    23: _YEAR_FIRST, 120: _YEAR_FIRST, 121: _YEAR_FIRST, 126: _YEAR_FIRST,
}  # fmt: skip
_WRITTEN = {
    101: "%m/%d/%Y", 102: "%Y.%m.%d", 103: "%d/%m/%Y", 104: "%d.%m.%Y", 105: "%d-%m-%Y",
    108: "%H:%M:%S", 110: "%m-%d-%Y", 111: "%Y/%m/%d", 112: "%Y%m%d", 23: "%Y-%m-%d",
    20: "%Y-%m-%d %H:%M:%S", 120: "%Y-%m-%d %H:%M:%S", 126: "%Y-%m-%dT%H:%M:%S",
}  # fmt: skip
_SHAPES = {
    _DAY_FIRST: r"\d{1,2}-\d{1,2}-\d{4}",
    _MONTH_FIRST: r"\d{1,2}-\d{1,2}-\d{4}",
    _YEAR_FIRST: r"\d{4}-\d{1,2}-\d{1,2}",
}
_TIME_SHAPE = r"[ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?"
# An empty text is this day in SQL Server, under every style.
_FIRST_DAY = "TIMESTAMP '1900-01-01 00:00:00'"

# The styles that SQL Server knows, whether they say anything for the types at hand or not.
_STYLES = frozenset({*range(15), *range(20, 26), *range(100, 115), 120, 121, 126, 127, 130, 131})
_TIMES_ONLY = frozenset({108})


def unwrapped(node: exp.Expression) -> exp.Expression:
    """A node without what sqlglot wraps around the arguments of LEN, LEFT, YEAR and DATEDIFF."""
    while isinstance(node, (exp.TsOrDsToDate, exp.TimeStrToTime)) or (
        isinstance(node, exp.Cast) and node.to.this is exp.DType.TEXT
    ):
        node = node.this
    return node


def days_later(left: Value, right: Value, sign: str, part: exp.Expression) -> Value:
    """A datetime plus or minus whole days; a date takes none, in T-SQL either."""
    if sign not in "+-" or left.type is not Type.MOMENT or right.type is not Type.INTEGER:
        raise CriteriaRefused(f"'{shown(part)}': use DATEADD or DATEDIFF to reckon with dates")
    return Value(f"TRY({left.sql} {sign} to_days(CAST({right.sql} AS INTEGER)))", Type.MOMENT)


def _cast(criterion: Translation, node: exp.Expression) -> Value:
    known = {"this", "to", "safe", "_type"}
    if {name for name, part in node.args.items() if part} - known:
        raise CriteriaRefused(f"'{shown(node)}' cannot be used in a criterion")
    return _converted(criterion, node, node.this, node.args["to"], None)


def _convert(criterion: Translation, node: exp.Expression) -> Value:
    style = node.args.get("style")
    if style is not None and not (isinstance(style, exp.Literal) and style.this.isdigit()):
        raise CriteriaRefused(f"'{shown(node)}': write the style as a number, such as 105")
    number = int(style.this) if style is not None else None
    if number is not None and number not in _STYLES:
        raise CriteriaRefused(f"'{shown(node)}': a SQL Server has no style {number}")
    return _converted(criterion, node, node.expression, node.this, number)


def _converted(
    criterion: Translation,
    node: exp.Expression,
    inner: exp.Expression,
    to: exp.DataType,
    style: int | None,
) -> Value:
    target = target_of(to, node)
    value = criterion.value(inner)
    if value.type is Type.NULL:
        return Value("NULL", target)
    if target is Type.TEXT:
        return cut(_written(value, style, node), to)
    if target in (Type.DATE, Type.MOMENT) and value.type is Type.TEXT:
        return _read(value, target, style, node)
    return kept_in(convert(value, target, node), to, node)


def _written(value: Value, style: int | None, part: exp.Expression) -> Value:
    if value.type not in (Type.DATE, Type.MOMENT) or (style is None and value.type is Type.DATE):
        return as_text(value, part)
    pattern = _WRITTEN.get(style or 0)
    if pattern is None or (style in _TIMES_ONLY and value.type is Type.DATE):
        raise CriteriaRefused(f"'{shown(part)}': give one of the styles {_listed(_WRITTEN)}")
    if value.type is Type.DATE:
        pattern = pattern.partition(" ")[0].partition("T%H")[0]
    return Value(f"strftime({value.sql}, {literal(pattern)})", Type.TEXT)


def _read(value: Value, target: Type, style: int | None, part: exp.Expression) -> Value:
    if style is None and value.constant is not None:
        return convert(value, target, part)
    pattern = _YEAR_FIRST if style is None else _READ.get(style)
    if pattern is None:
        raise CriteriaRefused(f"'{shown(part)}': give one of the styles {_listed(_READ)}")
    trimmed = f"trim({value.sql}, ' ')"
    dashed = f"translate({trimmed}, './', '--')"
    formats = [f"{pattern}{time}" for time in ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%g")]
    formats += [f"{pattern}{time}" for time in ("T%H:%M", "T%H:%M:%S")]
    listed = ", ".join(literal(item) for item in formats)
    shape = literal(f"{_SHAPES[pattern]}({_TIME_SHAPE})?")
    moment = (
        f"CASE WHEN {trimmed} = '' THEN {_FIRST_DAY} "
        f"WHEN regexp_full_match({dashed}, {shape}) THEN try_strptime({dashed}, [{listed}]) "
        f"WHEN regexp_full_match({trimmed}, '\\d{{8}}') THEN try_strptime({trimmed}, '%Y%m%d') END"
    )
    return Value(f"CAST({moment} AS {stored_as(target)})", target)


def _listed(styles: dict[int, str]) -> str:
    return ", ".join(str(style) for style in sorted(styles))


def _moment(criterion: Translation, node: exp.Expression, part: exp.Expression) -> Value:
    """An argument that must be a date or datetime; a text that is written out may be one."""
    value = criterion.value(unwrapped(node))
    if value.type in (Type.DATE, Type.MOMENT, Type.NULL):
        return value
    if value.type is Type.TEXT:
        return convert(value, Type.MOMENT, part)
    raise CriteriaRefused(f"'{shown(part)}' needs a date where it has a number")


def _field(unit: str) -> Callable[[Translation, exp.Expression], Value]:
    def part_of_date(criterion: Translation, node: exp.Expression) -> Value:
        value = _moment(criterion, node.this, node)
        return Value(f"date_part('{unit}', {value.sql})", Type.INTEGER)

    return part_of_date


# DATEPART and friends: the unit as sqlglot spells it, and as DuckDB does.
_UNITS = {
    "YEAR": "year", "QUARTER": "quarter", "MONTH": "month", "DAY": "day", "DAYOFYEAR": "dayofyear",
    "WEEK": "week", "HOUR": "hour", "MINUTE": "minute", "SECOND": "second", "WEEKISO": "week",
}  # fmt: skip
_ADDED = {
    "YEAR": "to_years", "QUARTER": "to_quarters", "MONTH": "to_months", "DAY": "to_days",
    "DAYOFYEAR": "to_days", "WEEK": "to_weeks", "HOUR": "to_hours", "MINUTE": "to_minutes",
    "SECOND": "to_seconds",
}  # fmt: skip


def _unit(node: exp.Expression, unit: exp.Expression | None, known: dict[str, str]) -> str:
    name = unit.name.upper() if unit is not None else ""
    if name not in known:
        raise CriteriaRefused(
            f"'{shown(node)}': the unit {name or '(none)'} cannot be used in a criterion"
        )
    return known[name]


def _extract(criterion: Translation, node: exp.Expression) -> Value:
    # Which day a week begins with is a setting of the session; only the ISO week is none.
    known = {name: unit for name, unit in _UNITS.items() if name != "WEEK"}
    unit = _unit(node, node.this, known)
    value = _moment(criterion, node.expression, node)
    return Value(f"date_part('{unit}', CAST({value.sql} AS TIMESTAMP))", Type.INTEGER)


def _date_add(criterion: Translation, node: exp.Expression) -> Value:
    function = _unit(node, node.args.get("unit"), _ADDED)
    value = _moment(criterion, node.this, node)
    number = convert(criterion.value(node.expression), Type.INTEGER, node)
    kind = value.type if value.type is Type.DATE else Type.MOMENT
    moved = f"{value.sql} + {function}(CAST({number.sql} AS INTEGER))"
    return Value(f"TRY(CAST({moved} AS {stored_as(kind)}))", kind)


def _date_diff(criterion: Translation, node: exp.Expression) -> Value:
    known = {name: unit for name, unit in _UNITS.items() if name != "WEEKISO"}
    unit = _unit(node, node.args.get("unit"), known)
    later, earlier = (
        f"CAST({_moment(criterion, child, node).sql} AS TIMESTAMP)"
        for child in (node.this, node.expression)
    )
    if unit == "week":  # T-SQL counts Sundays passed, whatever day the week begins with
        sunday = "TIMESTAMP '1899-12-31 00:00:00'"
        weeks = [
            f"CAST(floor(date_diff('day', {sunday}, {moment}) / 7.0) AS BIGINT)"
            for moment in (later, earlier)
        ]
        return Value(f"({weeks[0]} - {weeks[1]})", Type.INTEGER)
    unit = "day" if unit == "dayofyear" else unit
    return Value(f"date_diff('{unit}', {earlier}, {later})", Type.INTEGER)


SCALARS: dict[type[exp.Expression], Callable[[Translation, exp.Expression], Value]] = {
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.Convert: _convert,
    exp.Year: _field("year"),
    exp.Month: _field("month"),
    exp.Day: _field("day"),
    exp.Extract: _extract,
    exp.DateAdd: _date_add,
    exp.DateDiff: _date_diff,
}
