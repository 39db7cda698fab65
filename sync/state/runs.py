"""Runs and decisions in the state database: one object that reads, one that also writes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import sqlalchemy as sa

from sync.errors import NotFound
from sync.model import (
    THIS_RUN,
    Applied,
    ChangeFilter,
    FilterCell,
    Loss,
    Operator,
    Problem,
    RunReport,
    RunState,
    RunSummary,
    Verdict,
)
from sync.state.database import usable
from sync.state.decisions import Decision, decision_of, decision_values
from sync.state.journal import JournalReader
from sync.state.schema import DECISION, RUN

# How many runs back a good reading is looked for.
READINGS_LOOKED_AT = 100


@dataclass(frozen=True, slots=True)
class NewRun:
    """Everything a finished plan tells the state database."""

    org: int
    as_of: dt.date
    users_only: bool
    takes_back: int | None
    state: RunState
    verdict: Verdict
    fingerprint: str
    source_digest: str
    settings_digest: str
    base: int | None
    base_settled: int
    counts: Mapping[str, Mapping[str, int]]
    filter: Sequence[FilterCell]
    problems: Sequence[Problem]
    without_key: Sequence[str] | None
    unapprovable: bool
    reading: Mapping[str, Any]
    losses: Sequence[Loss] = ()


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A run with what its staleness is judged by."""

    report: RunReport
    source_digest: str
    settings_digest: str
    base: int | None
    base_settled: int
    started: int | None
    unapprovable: bool
    reading: Mapping[str, Any]
    stop_requested: bool

    @property
    def summary(self) -> RunSummary:
        """The run as lists show it."""
        return self.report.summary


_LAST = 2**63 - 1  # the highest number that a database gives a row


class StateReader(JournalReader):
    """Reads runs, decisions and the journal; cannot write."""

    def run(self, run: str | int) -> StoredRun:
        """One run. Raises NotFound where there is none with that number."""
        if not str(run).isdecimal() or int(run) > _LAST:
            raise NotFound(f"There is no run {run!r}; runs have numbers, see `umstui runs list`.")
        rows = self._rows(sa.select(RUN).where(RUN.c.id == int(run)))
        if not rows:
            raise NotFound(f"There is no run {run}; see `umstui runs list`.")
        return self._stored(rows[0])

    def runs(self, org: int | None = None) -> list[RunSummary]:
        """All runs, newest first (readings.md 56)."""
        query = sa.select(RUN).order_by(RUN.c.id.desc())
        if org is not None:
            query = query.where(RUN.c.org == org)
        progress = self._progress()
        return [_summary(row, progress.get(row.id, (0, {}))) for row in self._rows(query)]

    def ended_since(self, org: int, moment: dt.datetime) -> bool:
        """Whether a run was carried out to its end after a moment."""
        ended = sa.select(RUN.c.id).where(RUN.c.org == org, RUN.c.ended_at > moment).limit(1)
        return bool(self._rows(ended))

    def fingerprints(self) -> dict[int, str]:
        """The fingerprint of every run's plan."""
        return {
            row.id: row.fingerprint for row in self._rows(sa.select(RUN.c.id, RUN.c.fingerprint))
        }

    def last_started(self, org: int, *, before: int | None = None) -> StoredRun | None:
        """The run that was begun last, ``before`` itself left out; None where none ever was."""
        query = _begun_last(sa.select(RUN), org)
        if before is not None:
            query = query.where(RUN.c.id != before)
        rows = self._rows(query)
        return self._stored(rows[0]) if rows else None

    def last_started_run(self, org: int) -> int | None:
        """The number of the run that was begun last; None where none ever was."""
        rows = self._rows(_begun_last(sa.select(RUN.c.id), org))
        return rows[0].id if rows else None

    def last_good_reading(self, org: int) -> Mapping[str, Any] | None:
        """What the last good reading counted: of a run that was carried out, and was either not
        doubted or approved by a person."""
        return next((r for r in self._good_readings(org) if "rows" in r), None)

    def last_good_live_reading(self, org: int) -> Mapping[str, Any] | None:
        """The same of the last good reading of itslearning itself."""
        return next((r["live"] for r in self._good_readings(org) if r.get("live")), None)

    def _good_readings(self, org: int) -> Iterator[Mapping[str, Any]]:
        approved = (
            sa.select(DECISION.c.id)
            .where(
                DECISION.c.run == RUN.c.id,
                DECISION.c.answer == "approve",
                DECISION.c.proposal.is_(False),
            )
            .exists()
        )
        for row in self._rows(
            sa.select(RUN.c.reading, approved.label("approved"))
            .where(RUN.c.org == org, RUN.c.started.is_not(None), RUN.c.takes_back.is_(None))
            .order_by(RUN.c.started.desc())
            .limit(READINGS_LOOKED_AT)
        ):
            if row.approved or not row.reading.get("doubtful"):
                yield row.reading

    def done_since(self, org: int, day: dt.date) -> list[tuple[dt.date, str, str, str, int]]:
        """What arrived of runs planned for ``day`` or later, as (day, kind, op, school, count);
        what a person had approved is left out."""
        rows = self._rows(
            sa.select(RUN.c.as_of, RUN.c.done).where(
                RUN.c.org == org, RUN.c.as_of >= day, RUN.c.done.is_not(None)
            )
        )
        return [
            (row.as_of, part["kind"], part["op"], part["school"], part["count"])
            for row in rows
            for part in row.done or ()
            if not part.get("approved")
        ]

    def decisions(self, run: int) -> list[Decision]:
        """All decisions on a run, oldest first; of two on one change the later counts."""
        rows = self._rows(sa.select(DECISION).where(DECISION.c.run == run).order_by(DECISION.c.id))
        return [decision_of(row) for row in rows]

    def decided_runs(self, org: int, *, before: int, limit: int) -> list[int]:
        """The numbers of the newest runs before one that somebody decided on, newest first."""
        query = (
            sa.select(RUN.c.id)
            .where(
                RUN.c.org == org,
                RUN.c.id < before,
                sa.select(DECISION.c.id)
                .where(DECISION.c.run == RUN.c.id, DECISION.c.proposal.is_(False))
                .exists(),
            )
            .order_by(RUN.c.id.desc())
            .limit(limit)
        )
        return [row.id for row in self._rows(query)]

    def runs_that_deleted_courses(self, org: int) -> list[int]:
        """The numbers of the runs that were carried out and had courses or groups to delete."""
        rows = self._rows(
            sa.select(RUN.c.id, RUN.c.counts).where(RUN.c.org == org, RUN.c.started.is_not(None))
        )
        kinds = ("course", "group")
        return [r.id for r in rows if any(r.counts.get(k, {}).get("delete") for k in kinds)]

    def newest_plan(self, org: int, *, before: int | None = None) -> int | None:
        """The number of the newest plan that was stored whole, undo runs left out."""
        query = sa.select(sa.func.max(RUN.c.id).label("id")).where(
            RUN.c.org == org,
            RUN.c.state != RunState.FAILED.value,
            RUN.c.takes_back.is_(None),
        )
        if before is not None:
            query = query.where(RUN.c.id < before)
        found = self._rows(query)[0].id
        return None if found is None else int(found)

    def only_resolved(self, org: int) -> bool:
        """True where nothing but the resolving of duplicates was ever carried out: what is held
        then says nothing of who else is at the site (rules.md 23)."""
        query = (
            sa.select(RUN.c.reading)
            .where(RUN.c.org == org, RUN.c.started.is_not(None))
            .order_by(RUN.c.started)
        )
        return all("resolves" in row.reading for row in self._rows(query))

    def _stored(self, row: sa.Row[Any]) -> StoredRun:
        progress = self._progress(row.id).get(row.id, (0, {}))
        report = RunReport(
            _summary(row, progress),
            tuple(
                _numbered(cell, row.id) for cell in msgspec.convert(row.filter, list[FilterCell])
            ),
            tuple(msgspec.convert(row.problems, list[Problem])),
            row.without_key,
            tuple(msgspec.convert(row.losses, list[Loss])),
        )
        return StoredRun(
            report,
            row.source_digest,
            row.settings_digest,
            row.base,
            row.base_settled,
            row.started,
            row.unapprovable,
            row.reading,
            row.stop_requested,
        )


def _begun_last(query: sa.Select[Any], org: int) -> sa.Select[Any]:
    return (
        query.where(RUN.c.org == org, RUN.c.started.is_not(None))
        .order_by(RUN.c.started.desc())
        .limit(1)
    )


def _numbered(cell: FilterCell, run: int) -> FilterCell:
    """What the guard found, with the number that the run got afterwards."""
    if cell.op != "churn":
        return cell
    return replace(
        cell, reason=cell.reason.replace(f"--from-run {THIS_RUN} ", f"--from-run {run} ")
    )


class StateWriter(StateReader):
    """Also writes; a read-only session never holds one."""

    def __init__(self, engine: sa.Engine, operator: Operator) -> None:
        super().__init__(engine)
        self.operator = operator

    def store_run(self, run: NewRun, now: dt.datetime) -> int:
        """Store a plan and give its number; its file must be sealed under that number after."""
        with usable(self._engine), self._engine.begin() as connection:
            result = connection.execute(
                RUN.insert().values(
                    org=run.org,
                    as_of=run.as_of,
                    users_only=run.users_only,
                    takes_back=run.takes_back,
                    state=run.state.value,
                    verdict=run.verdict.value,
                    fingerprint=run.fingerprint,
                    source_digest=run.source_digest,
                    settings_digest=run.settings_digest,
                    base=run.base,
                    base_settled=run.base_settled,
                    made_at=now,
                    made_by=self.operator.name,
                    made_on=self.operator.host,
                    counts=msgspec.to_builtins(run.counts),
                    filter=msgspec.to_builtins(list(run.filter)),
                    problems=msgspec.to_builtins(list(run.problems)),
                    losses=msgspec.to_builtins(list(run.losses)),
                    without_key=None if run.without_key is None else list(run.without_key),
                    unapprovable=run.unapprovable,
                    reading=dict(run.reading),
                    to_send=0,
                    message="",
                    stop_requested=False,
                )
            )
            return int(result.inserted_primary_key[0])  # type: ignore[index]

    def decide(
        self,
        run: int,
        answer: str,
        *,
        choice: ChangeFilter,
        count: int,
        reason: str,
        now: dt.datetime,
        until: dt.date | None = None,
        proposal: bool = False,
    ) -> None:
        """Record a decision with who, when and why."""
        decision = Decision(
            answer, choice, count, until, reason, self.operator.name, now, proposal,
            origin=self.operator.origin,
        )  # fmt: skip
        self.carry_over(run, [decision])

    def carry_over(self, run: int, decisions: Sequence[Decision]) -> None:
        """Enter decisions under the names of those who made them, in their order."""
        with usable(self._engine), self._engine.begin() as connection:
            for decision in decisions:
                connection.execute(DECISION.insert().values(run=run, **decision_values(decision)))

    def set_state(self, run: int, state: RunState, *, message: str = "") -> None:
        """Move a run to another state; ``message`` says why where it failed."""
        self._update(run, state=state.value, message=message)

    def begin(self, run: int, to_send: int) -> None:
        """Mark a run as being carried out and give it its place among those that wrote."""
        with usable(self._engine), self._engine.begin() as connection:
            newest = connection.execute(sa.select(sa.func.max(RUN.c.started))).scalar() or 0
            connection.execute(
                RUN.update()
                .where(RUN.c.id == run)
                .values(
                    state=RunState.APPLYING.value,
                    to_send=to_send,
                    stop_requested=False,
                    message="",
                    started=sa.func.coalesce(RUN.c.started, newest + 1),
                )
            )

    def end(
        self,
        run: int,
        state: RunState,
        *,
        done: Sequence[Mapping[str, Any]],
        now: dt.datetime,
        message: str,
    ) -> None:
        """Close a run that was carried out, with what arrived by kind, operation and school."""
        self._update(run, state=state.value, done=list(done), ended_at=now, message=message)

    def request_stop(self, run: int) -> None:
        """Ask whoever carries the run out to stop after the batches in flight."""
        self._update(run, stop_requested=True)

    def _update(self, run: int, **values: Any) -> None:
        with usable(self._engine), self._engine.begin() as connection:
            connection.execute(RUN.update().where(RUN.c.id == run).values(**values))


def _summary(row: sa.Row[Any], progress: tuple[int, Mapping[str, int]]) -> RunSummary:
    settled, statuses = progress
    skipped = statuses.get("skipped", 0)
    failed = sum(statuses.values()) - skipped
    return RunSummary(
        run=str(row.id),
        org=row.org,
        as_of=row.as_of,
        state=RunState(row.state),
        verdict=Verdict(row.verdict),
        fingerprint=row.fingerprint,
        counts=row.counts,
        applied=Applied(
            ok=settled - failed - skipped,
            failed=failed,
            skipped=skipped,
            pending=max(row.to_send - settled, 0),
        ),
        made_at=row.made_at,
        made_by=row.made_by,
        users_only=row.users_only,
        takes_back=None if row.takes_back is None else str(row.takes_back),
        message=row.message,
        confirm=row.reading.get("confirm", ""),
    )
