"""Duplicate findings and what people said of them, remembered for good."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import sqlalchemy as sa

from sync.errors import NotFound
from sync.findings import Decided, Finding
from sync.model import Operator
from sync.state.database import reading, usable
from sync.state.schema import METADATA, Moment

DIFFERENT = "different"  # confirmed to be different people
LATER = "later"
KEEP = "keep"
_AT_ONCE = 2_000

# One row a finding that a search has ever made; its number stays the same from search to search.
DUPLICATE_FINDING = sa.Table(
    "duplicate_finding",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("org", sa.Integer, nullable=False),
    sa.Column("identity", sa.String(255), nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("first_found", Moment, nullable=False),
    sa.Column("last_found", Moment, nullable=False),
    sa.Column("gone", sa.Boolean, nullable=False),
    sa.UniqueConstraint("org", "identity", name="uq_duplicate_finding_org_identity"),
)

# What a person said of two accounts; the newest word counts.
DUPLICATE_DECISION = sa.Table(
    "duplicate_decision",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("org", sa.Integer, nullable=False),
    sa.Column("identity", sa.String(255), nullable=False),
    sa.Column("answer", sa.String(16), nullable=False),
    sa.Column("keep", sa.String(255), nullable=False),
    sa.Column("run", sa.Integer),
    sa.Column("operator", sa.String(128), nullable=False),
    sa.Column("origin", sa.String(255), nullable=False),
    sa.Column("decided_at", Moment, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Index("ix_duplicate_decision_org_identity", "org", "identity"),
)


class FindingReader:
    """Reads the findings of one organization and what was said of them."""

    def __init__(self, engine: sa.Engine, org: int) -> None:
        self._engine = engine
        self._org = org

    def _rows(self, query: sa.Executable) -> list[sa.Row[Any]]:
        with usable(self._engine), reading(self._engine) as connection:
            return list(connection.execute(query))

    def finding(self, number: int) -> Finding:
        """One finding as the last search left it. Raises NotFound; also where it is gone."""
        table = DUPLICATE_FINDING
        rows = self._rows(sa.select(table).where(table.c.org == self._org, table.c.id == number))
        if not rows:
            raise NotFound(f"There is no duplicate {number}; see `umstui duplicates list`.")
        if rows[0].gone:
            raise NotFound(
                f"Duplicate {number} was not there any more when it was last searched, "
                f"{rows[0].last_found:%Y-%m-%d %H:%M} UTC being the last time it was; "
                "see `umstui duplicates list`."
            )
        return _finding(rows[0])

    def present(self) -> tuple[list[Finding], dt.datetime | None]:
        """The findings of the last search, and when it was made; None where none ever was."""
        table = DUPLICATE_FINDING
        rows = self._rows(sa.select(table).where(table.c.org == self._org, table.c.gone.is_(False)))
        last = self._rows(
            sa.select(sa.func.max(table.c.last_found).label("at")).where(table.c.org == self._org)
        )[0].at
        return self.decided([_finding(row) for row in rows]), last

    def about(self, *identities: str) -> list[Finding]:
        """The present findings that name one of some accounts."""
        table = DUPLICATE_FINDING
        named = [table.c.identity.contains(identity, autoescape=True) for identity in identities]
        rows = self._rows(
            sa.select(table).where(
                table.c.org == self._org, table.c.gone.is_(False), sa.or_(*named)
            )
        )
        wanted = set(identities)
        found = [_finding(row) for row in rows]
        return self.decided([f for f in found if wanted & {a.identity for a in f.accounts}])

    def decisions(self) -> dict[str, Decided]:
        """The newest word on every identity there is one on."""
        table = DUPLICATE_DECISION
        rows = self._rows(sa.select(table).where(table.c.org == self._org).order_by(table.c.id))
        return {
            row.identity: Decided(
                row.answer, row.operator, row.decided_at, row.reason, row.keep,
                "" if row.run is None else str(row.run),
            )
            for row in rows
        }  # fmt: skip

    def decided(self, findings: Sequence[Finding]) -> list[Finding]:
        """The findings with what was said of each."""
        said = self.decisions()
        return [replace(one, decided=said.get(stored_identity(one))) for one in findings]

    def numbered(self, findings: Sequence[Finding]) -> list[Finding]:
        """The findings under the numbers they have; unknown ones get numbers above all others,
        which are theirs only once a search has been stored."""
        known = self._numbers()
        last = max(known.values(), default=0)
        result = []
        for one in findings:
            number = known.get(stored_identity(one))
            if number is None:
                last = number = last + 1
            result.append(replace(one, id=number))
        return result

    def _numbers(self) -> dict[str, int]:
        table = DUPLICATE_FINDING
        rows = self._rows(sa.select(table.c.identity, table.c.id).where(table.c.org == self._org))
        return {row.identity: row.id for row in rows}


class FindingWriter(FindingReader):
    """Also stores searches and decisions."""

    def __init__(self, engine: sa.Engine, org: int, operator: Operator) -> None:
        super().__init__(engine, org)
        self._operator = operator

    def store(self, findings: Sequence[Finding], now: dt.datetime) -> None:
        """Enter the findings of a search; those of earlier ones that it did not make are gone."""
        table = DUPLICATE_FINDING
        known = self._numbers()
        places = {stored_identity(one): place for place, one in enumerate(findings)}
        said = list(places.items())
        with usable(self._engine), self._engine.begin() as connection:
            connection.execute(sa.update(table).where(table.c.org == self._org).values(gone=True))
            for start in range(0, len(said), _AT_ONCE):  # a content weighs more than its finding
                part = said[start : start + _AT_ONCE]
                contents = {identity: _content(findings[place]) for identity, place in part}
                self._enter(connection, contents, known, now)

    def _enter(
        self,
        connection: sa.Connection,
        contents: Mapping[str, Mapping[str, Any]],
        known: Mapping[str, int],
        now: dt.datetime,
    ) -> None:
        table = DUPLICATE_FINDING
        new = [
            {
                "org": self._org, "identity": identity, "content": content, "first_found": now,
                "last_found": now, "gone": False,
            }
            for identity, content in contents.items() if identity not in known
        ]  # fmt: skip
        again = [
            {"of_id": known[identity], "new_content": content}
            for identity, content in contents.items()
            if identity in known
        ]
        if again:
            connection.execute(
                sa.update(table)
                .where(table.c.id == sa.bindparam("of_id"))
                .values(content=sa.bindparam("new_content"), last_found=now, gone=False),
                again,
            )
        if new:
            connection.execute(sa.insert(table), new)

    def decide(
        self,
        finding: Finding,
        answer: str,
        *,
        reason: str,
        now: dt.datetime,
        keep: str = "",
        run: int | None = None,
    ) -> None:
        """Remember what was said of a finding, with who and why."""
        with usable(self._engine), self._engine.begin() as connection:
            connection.execute(
                DUPLICATE_DECISION.insert().values(
                    org=self._org,
                    identity=stored_identity(finding),
                    answer=answer,
                    keep=keep,
                    run=run,
                    operator=self._operator.name,
                    origin=self._operator.origin,
                    decided_at=now,
                    reason=reason,
                )
            )


def stored_identity(finding: Finding) -> str:
    """A finding's identity as it is stored: its class is no part of it, because two accounts stay
    the same two when one of them gets a key's sibling; very long ones are shortened to a hash."""
    if len(finding.identity) <= 255:
        return finding.identity
    return hashlib.sha256(finding.identity.encode()).hexdigest()


def _content(finding: Finding) -> Mapping[str, Any]:
    content: dict[str, Any] = msgspec.to_builtins(replace(finding, id=0, decided=None))
    return content


def _finding(row: sa.Row[Any]) -> Finding:
    return replace(msgspec.convert(row.content, Finding), id=row.id)
