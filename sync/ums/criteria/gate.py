"""What may be a criterion at all, before its meaning is looked at.

The text is walked sign by sign first, without trusting the parser: sqlglot forgives much that is
no T-SQL (``::``, ``{fn}``, comments), and what it forgives could change the meaning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from sync.errors import CriteriaRefused

MOST_SIGNS = 20_000
MOST_NESTED = 60

_PIECE = re.compile(
    r"""(?P<space>\s+)
    |(?P<comment>--|/\*|\*/)
    |(?P<text>'(?:[^']|'')*')
    |(?P<name>\[(?:[^\]]|\]\])*\]|"(?:[^"]|"")*")
    |(?P<hex>0[xX][0-9a-fA-F]*)
    |(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<word>[^\W\d]\w*)
    |(?P<arrow>->)
    |(?P<sign><>|!=|<=|>=|[-+*/%=<>(),.])""",
    re.VERBOSE,
)

# Only for the words of the refusal: the whitelist of node types is what refuses.
_STATEMENT_WORDS = """
    SELECT INSERT UPDATE DELETE MERGE DROP CREATE ALTER TRUNCATE EXEC EXECUTE UNION INTERSECT
    EXCEPT INTO FROM ORDER GROUP HAVING OPTION WAITFOR GO DECLARE SET USE GRANT REVOKE DENY
    SHUTDOWN BACKUP RESTORE KILL OPENROWSET OPENQUERY OPENDATASOURCE OPENJSON OPENXML EXISTS ANY
    SOME ALL OVER WITHIN TOP FOR JOIN APPLY PIVOT BEGIN COMMIT ROLLBACK PRINT RAISERROR THROW DBCC
    BULK CONTAINS FREETEXT NEXT WITH VALUES CURRENT_USER SESSION_USER SYSTEM_USER USER
"""
_STATEMENTS = frozenset(_STATEMENT_WORDS.split())
_FUNCTIONS = """
    ABS CAST CHARINDEX COALESCE CONCAT CONVERT DATEADD DATEDIFF DATEPART DAY GETDATE IIF ISNULL LEFT
    LEN LOWER LTRIM MONTH NULLIF REPLACE RIGHT RTRIM SUBSTRING SYSDATETIME TRIM TRY_CAST TRY_CONVERT
    UPPER YEAR
"""
FUNCTIONS = frozenset(_FUNCTIONS.split())
_BEFORE_PARENTHESIS = FUNCTIONS | {
    *("AND", "OR", "NOT", "IN", "LIKE", "BETWEEN", "CASE", "WHEN", "THEN", "ELSE", "ESCAPE"),
    *("NVARCHAR", "VARCHAR", "NCHAR", "CHAR", "DECIMAL", "NUMERIC", "DATETIME2"),
}
# The types of CAST and CONVERT; sqlglot takes those of other databases for them. text and ntext
# cannot be compared in T-SQL.
_TYPES = """
    BIGINT BIT CHAR DATE DATETIME DATETIME2 DECIMAL INT INTEGER NCHAR NUMERIC NVARCHAR SMALLDATETIME
    SMALLINT TINYINT VARCHAR
"""
TYPES = frozenset(_TYPES.split())
# After which a text may stand; DATE '…' and the like are other databases' syntax.
_BEFORE_TEXT = frozenset(
    {"N", "LIKE", "ESCAPE", "AND", "OR", "NOT", "IN", "WHEN", "THEN", "ELSE", "BETWEEN", "CASE"}
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A token: its kind (a group of the pattern) and its text."""

    kind: str
    text: str


def parse(text: str) -> exp.Expression:
    """The one predicate of a criterion as a tree; CriteriaRefused names what is in the way."""
    _check(list(_pieces(text)))
    try:
        # Line ends around it, so that nothing of the text can reach the closing parenthesis.
        statement = sqlglot.parse_one(f"SELECT 1 FROM t WHERE (\n{text}\n)", read="tsql")
    except (SqlglotError, TypeError, ValueError, LookupError, AttributeError) as error:
        # On odd input the parser may stumble over its own feet; that is no condition either.
        raise CriteriaRefused(_unreadable(error, text)) from None
    except RecursionError:
        raise CriteriaRefused("the criterion is nested too deeply; write it flatter") from None
    where = statement.args.get("where")
    rest = {name for name, value in statement.args.items() if value} - {"where", "expressions"}
    if not isinstance(statement, exp.Select) or rest - {"from", "from_"} or where is None:
        raise CriteriaRefused("the criterion is more than one condition")
    inside = where.this
    if isinstance(inside, exp.Tuple):
        raise CriteriaRefused("',' between two conditions; write AND or OR")
    if not isinstance(inside, exp.Paren):
        raise CriteriaRefused("the parentheses of the criterion do not pair up")
    condition: exp.Expression = inside.this
    return condition


def shown(node: exp.Expression | str) -> str:
    """A part of a criterion as it appears in a refusal, cut short."""
    text = node if isinstance(node, str) else node.sql("tsql")
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:59]}…"


def _pieces(text: str) -> Iterator[Piece]:
    if len(text) > MOST_SIGNS:
        raise CriteriaRefused(f"the criterion is longer than {MOST_SIGNS} signs")
    for sign in text:
        if (sign < " " and sign not in "\t\r\n") or sign == "\x7f":
            raise CriteriaRefused(f"the criterion holds the control sign U+{ord(sign):04X}")
    position = 0
    while position < len(text):
        match = _PIECE.match(text, position)
        if match is None:
            raise CriteriaRefused(_sign_refused(text[position:]))
        position = match.end()
        if match.lastgroup != "space":
            yield Piece(str(match.lastgroup), match.group())


def _sign_refused(rest: str) -> str:
    sign = rest[0]
    if sign in "'\"[":
        return f"the text or name that begins at {shown(rest)} is not closed"
    if sign == ";":
        return "';' would begin another statement; a criterion is one condition"
    if sign == "@":
        return f"variables such as {shown(rest.split(maxsplit=1)[0])} cannot be used in a criterion"
    if rest.startswith(("!<", "!>")):
        return f"write {'>=' if rest[1] == '<' else '<='} instead of {rest[:2]}"
    if sign.isascii():
        return f"the sign '{sign}' has no place in a criterion"
    seen = f"'{sign}' (U+{ord(sign):04X})" if sign.isprintable() else f"U+{ord(sign):04X}"
    return f"the sign {seen} has no place in a criterion"


def _check(pieces: list[Piece]) -> None:
    depth = 0
    before: Piece | None = None
    for place, piece in enumerate(pieces):
        if piece.kind == "comment":
            raise CriteriaRefused(f"comments ({piece.text}) cannot be used in a criterion")
        if piece.kind == "arrow":
            raise CriteriaRefused("'->' has no place in a criterion")
        if piece.kind == "hex":
            raise CriteriaRefused(f"write {piece.text} as a text or a number")
        if piece.kind == "word":
            _check_word(piece.text.upper())
        if before is not None:
            _check_neighbours(before, piece)
        if depth and _type_follows(pieces[max(place - 2, 0) : place]):
            _check_type(piece)
        before = piece
        depth += (piece.text == "(") - (piece.text == ")")
        if depth < 0:
            raise CriteriaRefused("a ')' closes more than was opened")
        if depth > MOST_NESTED:
            raise CriteriaRefused("the criterion is nested too deeply; write it flatter")
    if depth:
        raise CriteriaRefused("a '(' is not closed")


def _check_word(word: str) -> None:
    if word == "WHERE":
        raise CriteriaRefused("WHERE: write only the condition that comes after it")
    if word in ("TRUE", "FALSE"):
        raise CriteriaRefused(f"{word} is not T-SQL; compare with 1 or 0")
    if word in _STATEMENTS:
        raise CriteriaRefused(f"{word} cannot be used in a criterion; it is one condition")


def _type_follows(before: list[Piece]) -> bool:
    words = [piece.text.upper() for piece in before]
    return words[-1:] == ["AS"] or words in (["CONVERT", "("], ["TRY_CONVERT", "("])


def _check_type(piece: Piece) -> None:
    word = piece.text.strip('[]"').upper()
    if piece.kind in ("word", "name") and word not in TYPES:
        raise CriteriaRefused(
            f"the type {shown(word)} cannot be used in a criterion; these can: "
            + ", ".join(sorted(TYPES))
        )


def _check_neighbours(before: Piece, piece: Piece) -> None:
    word = before.text.upper() if before.kind == "word" else ""
    if piece.kind == "text":
        if word and word not in _BEFORE_TEXT:
            raise CriteriaRefused(f"{shown(f'{before.text} {piece.text}')} is not T-SQL")
        if before.kind in ("text", "number", "name"):
            raise CriteriaRefused(f"an operator is missing before {shown(piece.text)}")
    if before.text == piece.text == "=":
        raise CriteriaRefused("'==' is not T-SQL; write = once")
    if piece.text == "(" and word and word not in _BEFORE_PARENTHESIS:
        raise CriteriaRefused(
            f"the function {shown(before.text)}() cannot be used in a criterion; these can: "
            + ", ".join(sorted(FUNCTIONS))
        )


def _unreadable(error: Exception, text: str) -> str:
    found = getattr(error, "errors", None) or [{}]
    near = " ".join(str(found[0].get("highlight") or "").split())
    if near and near != ")":
        return f"the criterion cannot be read as a T-SQL condition at '{shown(near)}'"
    return f"the criterion is no whole T-SQL condition; something is missing in '{shown(text)}'"
