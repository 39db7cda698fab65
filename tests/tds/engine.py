"""T-SQL as this program and its drivers send it, carried out by DuckDB."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import TypeVar

import duckdb
import sqlglot
from sqlglot import exp

from tests.tds.parameters import described

# What drivers and SQLAlchemy ask when they connect, and what a SQL Server 2022 would say.
_ANSWERS: tuple[tuple[str, str], ...] = (
    (r"serverproperty\('?productversion", "SELECT '16.0.1000.6' AS version"),
    (r"@@version", "SELECT 'Microsoft SQL Server 2022 (test double)' AS version"),
    (r"schema_name\(\)", "SELECT 'dbo' AS name"),
    (r"transaction_isolation_level", "SELECT 'READ COMMITTED' AS level"),
    (r"@@trancount", "SELECT 1 AS open"),
    (r"tablehasidentity", "SELECT 1 AS numbered"),
)
# sp_datatype_info for a type of ODBC: its name and how long or exact a value can be. Drivers send
# moments no more exact than they are told.
_DATA_TYPE = re.compile(r"\bsp_datatype_info\w*\s+(-?\d+)", re.IGNORECASE)
_LONGEST = {12: ("varchar", 8000), -9: ("nvarchar", 4000), -3: ("varbinary", 8000),
            93: ("datetime2", 27)}  # fmt: skip
_NO_ANSWER = re.compile(r"^\s*(set\s+(?!@)|use\s|print\s|declare\s)", re.IGNORECASE)
_BEGIN = re.compile(r"\bbegin\s+tran", re.IGNORECASE)
_COMMIT = re.compile(r"\bcommit\b", re.IGNORECASE)
_ROLLBACK = re.compile(r"\brollback\b", re.IGNORECASE)
_IMPLICIT = re.compile(r"set\s+implicit_transactions\s+(on|off)", re.IGNORECASE)

Result = TypeVar("Result")
_PRIVILEGES = {
    exp.Select: "SELECT",
    exp.Insert: "INSERT",
    exp.Update: "UPDATE",
    exp.Delete: "DELETE",
}


class SqlServerError(Exception):
    """An error as a SQL Server reports it."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number, self.message = number, message


@dataclass
class Database:
    """The tables of a T-SQL schema in one DuckDB, shared by all sessions."""

    schema: str
    denied: set[tuple[str, str]] = field(default_factory=set)
    roles: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.lengths: dict[str, int] = {}
        self.changes: dict[int, tuple[exp.Expression, str, tuple[str, ...]]] = {}
        self._home = duckdb.connect(config={"threads": 1})  # thousands of small statements
        self._lock = Lock()
        self._home.execute("CREATE SCHEMA dbo")
        connection = self.session()
        for statement in self.schema.split(";"):
            if "CREATE TABLE" in statement:
                self._create(connection, statement)

    def session(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own for one client."""
        with self._lock:
            cursor = self._home.cursor()
        cursor.execute("SET schema = 'dbo'")
        cursor.execute("SET default_collation = 'NOCASE'")
        return cursor

    def close(self) -> None:
        """Ends the DuckDB behind all sessions."""
        self._home.close()

    def _create(self, connection: duckdb.DuckDBPyConnection, statement: str) -> None:
        name, body = re.findall(r"CREATE TABLE (\w+)\s*\((.*)\)", statement, re.DOTALL)[0]
        connection.execute(f"CREATE SEQUENCE identity_{name}")

        def column(match: re.Match[str]) -> str:
            column_name, kind, length = match.groups()
            if kind != "NVARCHAR":
                return f"{column_name} {'TINYINT' if kind == 'BIT' else 'TIMESTAMP'}"
            if length == "(MAX)":
                self.lengths[column_name.lower()] = 0
                return f"{column_name} VARCHAR"
            size = int(length.strip("()"))
            known = self.lengths.get(column_name.lower(), size)
            self.lengths[column_name.lower()] = max(known, size)
            return f"{column_name} VARCHAR CHECK (length({column_name}) <= {size})"

        body = re.sub(r"--[^\n]*", "", body)
        body = body.replace(
            "INT IDENTITY PRIMARY KEY", f"INTEGER DEFAULT nextval('identity_{name}')"
        ).replace("PRIMARY KEY", "NOT NULL")
        body = re.sub(r"(\w+) (NVARCHAR|BIT|DATETIME2)\b(\(\w+\))?", column, body)
        connection.execute(f"CREATE TABLE {name} ({body})")

    def says(self, function: str, first: str, what: str) -> int:
        """What a function about rights and roles answers."""
        if function == "HAS_PERMS_BY_NAME":
            return int((what.upper(), first.lower().rpartition(".")[2]) not in self.denied)
        return int(first in self.roles)


@dataclass
class Answer:
    """What a statement gave: a cursor with rows, or how many rows it changed."""

    cursor: duckdb.DuckDBPyConnection | None = None
    changed: int | None = None


@dataclass
class Session:
    """One client's view of the database, with SQL Server's ways of transactions."""

    database: Database
    implicit: bool = False
    open: bool = False

    def __post_init__(self) -> None:
        self.connection = self.database.session()

    def run(self, text: str, values: Mapping[str, object]) -> list[Answer]:
        """Carries out a batch; raises SqlServerError."""
        if found := _IMPLICIT.search(text):
            self.implicit = found[1].lower() == "on"
            return [Answer()]
        if not re.search(
            r"\b(select|insert|update|delete|create|alter|drop|exec)\b", text, re.IGNORECASE
        ):
            return self._transaction(text)
        if "sp_describe_undeclared_parameters" in text:
            return [self._describe(str(values["tsql"]))]
        if found := _DATA_TYPE.search(text):
            name, longest = _LONGEST[int(found[1])]
            return [
                Answer(
                    self.connection.execute(
                        f"SELECT '{name}' AS TYPE_NAME, {found[1]}::SMALLINT AS DATA_TYPE, "
                        f"{longest} AS COLUMN_SIZE"
                    )
                )
            ]
        for pattern, answer in _ANSWERS:
            if re.search(pattern, text, re.IGNORECASE) and not _COMMIT.search(text):
                return [Answer(self.connection.execute(answer))]
        return [self._statement(one, values) for one in _parsed(text)] or [Answer()]

    def begin(self) -> None:
        """Opens a transaction unless one is open."""
        if not self.open:
            self.connection.begin()
            self.open = True

    def end(self, *, keep: bool) -> None:
        """Ends the open transaction, if there is one."""
        if self.open:
            self.open = False
            if keep:
                self._guarded(self.connection.commit)
            else:
                self.connection.rollback()

    def _describe(self, text: str) -> Answer:
        found = self._guarded(lambda: described(self.connection, text, self.database.lengths))
        if found is None:
            raise SqlServerError(11503, "The parameter type could not be deduced.")
        return Answer(found)

    def _transaction(self, text: str) -> list[Answer]:
        if _COMMIT.search(text) or _ROLLBACK.search(text):
            self.end(keep=not _ROLLBACK.search(text))
        if _BEGIN.search(text):
            self.begin()
        return [Answer()]

    def _statement(self, statement: exp.Expression, values: Mapping[str, object]) -> Answer:
        self._check_rights(statement)
        if self.implicit:
            self.begin()
        sql, used = self._as_duckdb(statement, values)
        cursor = self._guarded(lambda: self.connection.execute(sql, used))
        if isinstance(statement, exp.Select) and not statement.args.get("into"):
            return Answer(cursor)
        found = cursor.fetchone()
        return Answer(changed=int(found[0]) if found and isinstance(found[0], int) else 0)

    def _as_duckdb(
        self, statement: exp.Expression, values: Mapping[str, object]
    ) -> tuple[str, dict[str, object]]:
        """The translation; that of a change, which is sent thousands of times, is kept."""
        if isinstance(statement, exp.Select):
            return _translated(self.database, statement, values)
        kept = self.database.changes.get(id(statement))
        if kept is None or kept[0] is not statement:
            sql, used = _translated(self.database, statement, values)
            kept = self.database.changes[id(statement)] = (statement, sql, tuple(used))
        return kept[1], {name: values[name.lower()] for name in kept[2]}

    def _check_rights(self, statement: exp.Expression) -> None:
        writes = _PRIVILEGES.get(type(statement), "SELECT")
        for table in statement.find_all(exp.Table):
            target = table is statement.this or table is getattr(statement.this, "this", None)
            needed = writes if target or writes == "SELECT" else "SELECT"
            if (needed, table.name.lower()) in self.database.denied:
                raise SqlServerError(
                    229,
                    f"The {needed} permission was denied on the object '{table.name}', "
                    "database 'ums', schema 'dbo'.",
                )

    def _guarded(self, call: Callable[[], Result]) -> Result:
        """DuckDB gives a transaction up after an error; the client is about to do so anyway."""
        try:
            return call()
        except duckdb.Error as error:
            if self.open:
                self.open = False
                self.connection.rollback()
            raise _as_server(error) from error


@lru_cache(maxsize=64)
def _parsed(text: str) -> tuple[exp.Expression, ...]:
    """The statements of a batch that have an answer. They are read, never changed."""
    return tuple(
        statement
        for statement in sqlglot.parse(text, read="tsql")
        if statement is not None and not _NO_ANSWER.match(statement.sql("tsql"))
    )


def _as_server(error: duckdb.Error) -> SqlServerError:
    text = str(error).partition("\n")[0]
    for pattern, number, message in _ERRORS:
        if found := re.search(pattern, text):
            return SqlServerError(number, message.format(*found.groups()))
    return SqlServerError(50000, text)


_ERRORS = (
    (r"Table with name \"?(\w+)\"? does not exist", 208, "Invalid object name '{0}'."),
    (r'Referenced column "(\w+)" not found', 207, "Invalid column name '{0}'."),
    (r"does not have a column named \"(\w+)\"", 207, "Invalid column name '{0}'."),
    (r"^Parser Error", 102, "Incorrect syntax."),
    (r"^(?:Conversion|Invalid Input) Error", 245, "Conversion failed when converting a value."),
    (r"NOT NULL constraint failed: (\S+)", 515, "Cannot insert the value NULL into column '{0}'."),
    (r"^Constraint Error: CHECK", 2628, "String or binary data would be truncated."),
    (r"foreign key constraint", 547, "The statement conflicted with the REFERENCE constraint."),
    (r"^Transaction(Context)? Error", 1205, "Transaction was deadlocked; this one is the victim."),
)  # fmt: skip


_ABOUT_RIGHTS = ("HAS_PERMS_BY_NAME", "IS_SRVROLEMEMBER", "IS_MEMBER")


def _translated(
    database: Database, statement: exp.Expression, values: Mapping[str, object]
) -> tuple[str, dict[str, object]]:
    used: dict[str, object] = {}

    def literal(part: exp.Expression) -> str:
        return str(values[part.name.lower()] if isinstance(part, exp.Parameter) else part.name)

    def node(part: exp.Expression) -> exp.Expression:
        if isinstance(part, exp.Anonymous) and part.name.upper() in _ABOUT_RIGHTS:
            first, *rest = part.expressions
            what = literal(rest[-1]) if rest else ""
            said = database.says(part.name.upper(), literal(first), what)
            return exp.Literal.number(said)
        if isinstance(part, exp.Parameter):
            if isinstance(part.parent, exp.Like) and part.arg_key == "expression":
                return exp.Literal.string(literal(part))  # for _likes
            used[part.name] = values[part.name.lower()]
        if isinstance(part, exp.National):
            return exp.Literal.string(part.this)
        return part

    return statement.transform(node).transform(_likes).sql("duckdb"), used


def _likes(part: exp.Expression) -> exp.Expression:
    """LIKE with a pattern that is written out, as a regular expression of Python's kind."""
    escape, node = "", part
    if isinstance(part, exp.Escape):
        node, escape = part.this, part.expression.name
    if not isinstance(node, exp.Like):
        return part
    pieces = re.findall(
        rf"{re.escape(escape)}.|\[\^?[^\]]*\]|." if escape else r"\[\^?[^\]]*\]|.",
        node.expression.name,
        re.DOTALL,
    )
    wild = {"%": ".*", "_": "."}
    expression = "".join(
        re.escape(piece[1:]) if escape and piece[0] == escape and len(piece) == 2
        else piece.replace("\\", "\\\\") if len(piece) > 1
        else wild.get(piece, re.escape(piece))
        for piece in pieces
    )  # fmt: skip
    call = exp.func(
        "regexp_full_match", node.this, exp.Literal.string(expression), exp.Literal.string("is")
    )
    return exp.Not(this=call) if node.args.get("negate") else call
