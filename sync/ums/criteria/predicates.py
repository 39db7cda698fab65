"""From the tree of a criterion to DuckDB SQL: conditions."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp

from sync.errors import CriteriaRefused
from sync.ums import tables
from sync.ums.criteria.gate import parse, shown
from sync.ums.criteria.patterns import LAST_LATIN, like
from sync.ums.criteria.scalars import SCALARS, plain_arguments
from sync.ums.criteria.values import Type, Value, as_text, common, equality, order
from sync.ums.tables import Content

_MOST_SQL = 200_000
_TYPES = {Content.TEXT: Type.TEXT, Content.INTEGER: Type.INTEGER, Content.BIT: Type.BIT}


def translate(text: str, columns: Collection[str], day: dt.date | None = None) -> str:
    """A T-SQL condition as DuckDB boolean SQL over the bare column names of ``student``.

    ``columns`` are the columns of Students the database has; ``day`` is what GETDATE() means,
    the first moment of that day (the day planned for), without it the day of the query. Blank
    text is ``true``. Raises CriteriaRefused naming the part that is refused.
    """
    if not text.strip():
        return "true"
    return _translated(text, tuple(columns), day)


# The settings of many schools say the same few dozen things, and every question asks them anew.
@lru_cache(maxsize=2_000)
def _translated(text: str, columns: tuple[str, ...], day: dt.date | None) -> str:
    try:
        return Criterion(columns, day).condition(parse(text))
    except RecursionError:
        raise CriteriaRefused("the criterion is nested too deeply; write it flatter") from None


def server_predicate(
    text: str, columns: Mapping[str, str], day: dt.date, quote: Callable[[str], str]
) -> str:
    """The same condition as T-SQL for the server itself, from the checked tree, not from the text.

    ``columns`` maps logical to physical names. For counting on the server only (``umstui check``).
    """
    if not text.strip():
        return "1 = 1"
    translate(text, columns, day)
    physical = {name.casefold(): name_there for name, name_there in columns.items()}

    def there(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column):
            return exp.Var(this=quote(physical[node.name.casefold()]))
        if isinstance(node, exp.CurrentTimestamp):
            return exp.Var(this=f"CAST('{day:%Y%m%d}' AS DATETIME)")
        return node

    return parse(text).transform(there).sql("tsql")


@dataclass(frozen=True, slots=True)
class Criterion:
    """One translation: which columns there are and what day it is."""

    columns: Collection[str]
    day: dt.date | None

    def condition(self, node: exp.Expression) -> str:
        """SQL that is true, false or NULL where the condition is, unknown, in T-SQL."""
        handler = _CONDITIONS.get(type(node))
        if handler is None:
            if type(node) in SCALARS or isinstance(node, (exp.Column, exp.Boolean)):
                raise CriteriaRefused(
                    f"'{shown(node)}' is a value, not a condition; compare it with something"
                )
            raise refused(node)
        return _kept_short(handler(self, node), node)

    def value(self, node: exp.Expression) -> Value:
        """A value inside a condition."""
        if isinstance(node, exp.Column):
            return self._column(node)
        if isinstance(node, exp.CurrentTimestamp):
            plain_arguments(node)
            moment = f"TIMESTAMP '{self.day.isoformat()} 00:00:00'" if self.day else None
            return Value(moment or "CAST(current_date AS TIMESTAMP)", Type.MOMENT)
        handler = SCALARS.get(type(node))
        if handler is None:
            raise refused(node)
        found = handler(self, node)
        _kept_short(found.sql, node)
        return found

    def _column(self, node: exp.Column) -> Value:
        if {name for name, part in node.args.items() if part} != {"this"}:
            raise CriteriaRefused(f"write '{shown(node)}' without what stands before the dot")
        name = node.name
        if name.casefold() in (never.casefold() for never in tables.NEVER_READ):
            raise CriteriaRefused(f"'{name}' is never read, so no criterion can use it")
        known = {column.casefold(): column for column in self.columns}
        found = known.get(name.casefold())
        if found is None:
            near = difflib.get_close_matches(name.casefold(), known, n=1)
            hint = f"; did you mean '{known[near[0]]}'?" if near else ""
            for sign in name:
                if sign > LAST_LATIN:
                    hint = f", and '{sign}' (U+{ord(sign):04X}) only looks like a letter{hint}"
                    break
            raise CriteriaRefused(f"there is no column '{shown(name)}' in Students here{hint}")
        try:
            content = tables.STUDENTS.column(found).content
        except KeyError:
            raise CriteriaRefused(f"the column '{found}' of Students is not read") from None
        return Value(f'"{found}"', _TYPES[content])


def _kept_short(sql: str, node: exp.Expression) -> str:
    """Conversions repeat their argument: a few dozen around one another would fill the memory."""
    if len(sql) > _MOST_SQL:
        raise CriteriaRefused(f"'{shown(node)}' is nested too deeply or too long; write it flatter")
    return sql


def refused(node: exp.Expression) -> CriteriaRefused:
    """The refusal of a part that is on no list."""
    return CriteriaRefused(f"'{shown(node)}' cannot be used in a criterion")


def _both(criterion: Criterion, node: exp.Expression) -> tuple[Value, Value]:
    plain_arguments(node, "this", "expression")
    left, right = criterion.value(node.this), criterion.value(node.expression)
    return collated(*common([left, right], node))


def collated(left: Value, right: Value) -> tuple[Value, Value]:
    """COLLATE on one side holds for both."""
    asked = next((v for v in (left, right) if v.case != "ignored" or not v.accents), left)
    return _with(left, asked), _with(right, asked)


def _with(value: Value, asked: Value) -> Value:
    return Value(value.sql, value.type, value.constant, asked.case, asked.accents)


def _equal(sign: str) -> Callable[[Criterion, exp.Expression], str]:
    def condition(criterion: Criterion, node: exp.Expression) -> str:
        left, right = _both(criterion, node)
        return f"({equality(left)} {sign} {equality(right)})"

    return condition


def _ordered(sign: str) -> Callable[[Criterion, exp.Expression], str]:
    def condition(criterion: Criterion, node: exp.Expression) -> str:
        left, right = _both(criterion, node)
        return f"({order(left)} {sign} {order(right)})"

    return condition


def _joined(word: str) -> Callable[[Criterion, exp.Expression], str]:
    def condition(criterion: Criterion, node: exp.Expression) -> str:
        # A long chain is deep on its left side only; walking it flat keeps clear of the stack.
        right: list[str] = []
        left: exp.Expression = node
        while type(left) is type(node):
            plain_arguments(left, "this", "expression")
            right.append(criterion.condition(left.expression))
            left = left.this
        parts = [criterion.condition(left), *reversed(right)]
        return f"({f' {word} '.join(parts)})"

    return condition


def _not(criterion: Criterion, node: exp.Expression) -> str:
    plain_arguments(node, "this")
    return f"(NOT {criterion.condition(node.this)})"


def _paren(criterion: Criterion, node: exp.Expression) -> str:
    plain_arguments(node, "this")
    return criterion.condition(node.this)


def _is(criterion: Criterion, node: exp.Expression) -> str:
    plain_arguments(node, "this", "expression")
    if not isinstance(node.expression, exp.Null):
        raise CriteriaRefused(f"'{shown(node)}': IS goes with NULL only")
    return f"({criterion.value(node.this).sql} IS NULL)"


def _between(criterion: Criterion, node: exp.Expression) -> str:
    plain_arguments(node, "this", "low", "high")
    subject = criterion.value(node.this)
    low = common([subject, criterion.value(node.args["low"])], node)
    high = common([subject, criterion.value(node.args["high"])], node)
    bounds = []
    for (value, bound), sign in ((low, ">="), (high, "<=")):
        left, right = collated(value, bound)
        bounds.append(f"{order(left)} {sign} {order(right)}")
    return f"({' AND '.join(bounds)})"


def _in(criterion: Criterion, node: exp.Expression) -> str:
    plain_arguments(node, "this", "expressions")
    subject, *members = common(
        [criterion.value(child) for child in (node.this, *node.expressions)], node
    )
    if not members:
        raise CriteriaRefused(f"'{shown(node)}': the list is empty")
    listed = ", ".join(equality(_with(member, subject)) for member in members)
    return f"({equality(subject)} IN ({listed}))"


def _like(criterion: Criterion, node: exp.Expression, escape: str = "") -> str:
    plain_arguments(node, "this", "expression", "negate")
    subject, pattern = criterion.value(node.this), criterion.value(node.expression)
    if Type.NULL in (subject.type, pattern.type):
        return "CAST(NULL AS BOOLEAN)"
    subject, pattern = collated(as_text(subject, node), pattern)
    if pattern.constant is None:
        raise CriteriaRefused(f"'{shown(node)}': LIKE needs a pattern that is written out")
    if not subject.accents:
        raise CriteriaRefused(f"'{shown(node)}': LIKE always minds accents; leave out COLLATE")
    matched = like(subject.sql, str(pattern.constant), escape=escape, case=subject.case)
    # sqlglot keeps NOT LIKE as a mark on the node; overlooking it would turn the meaning round.
    return f"(NOT {matched})" if node.args.get("negate") else matched


def _escape(criterion: Criterion, node: exp.Expression) -> str:
    plain_arguments(node, "this", "expression")
    sign = criterion.value(node.expression).constant
    if not isinstance(node.this, exp.Like) or not isinstance(sign, str) or len(sign) != 1:
        raise CriteriaRefused(f"'{shown(node)}': ESCAPE takes one sign, after LIKE")
    return _like(criterion, node.this, sign)


_CONDITIONS: dict[type[exp.Expression], Callable[[Criterion, exp.Expression], str]] = {
    exp.EQ: _equal("="),
    exp.NEQ: _equal("<>"),
    exp.LT: _ordered("<"),
    exp.LTE: _ordered("<="),
    exp.GT: _ordered(">"),
    exp.GTE: _ordered(">="),
    exp.And: _joined("AND"),
    exp.Or: _joined("OR"),
    exp.Not: _not,
    exp.Paren: _paren,
    exp.Is: _is,
    exp.Between: _between,
    exp.In: _in,
    exp.Like: _like,
    exp.Escape: _escape,
}
