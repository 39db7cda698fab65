"""What runs do, did, or failed to do about one thing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sync.diagnosis import Said
from sync.errors import RunFileDamaged
from sync.model import RunState, RunSummary
from sync.runs.fate import Fate
from sync.snapshots.about import About
from sync.snapshots.attached import AttachedRuns
from sync.state.runs import StateReader

_RUNS_LOOKED_AT = 15
_FAILURES_LOOKED_AT = 4
_FINISHED = {RunState.APPLIED, RunState.APPLIED_WITH_FAILURES}
_CARRIED_OUT = {*_FINISHED, RunState.APPLYING}
_GOES = "AND seq IN (SELECT unnest(?::BIGINT[]))"


@dataclass
class Past:
    """The runs of one organization, newest first; ``away`` takes the files that are missing."""

    files: AttachedRuns
    reader: StateReader
    runs: Sequence[RunSummary]
    away: list[str] = field(default_factory=list)

    @property
    def plan(self) -> RunSummary | None:
        """The newest plan that was stored whole."""
        return next((run for run in self.runs if run.state is not RunState.FAILED), None)

    def changes(self, about: About) -> tuple[list[Said], Said | None]:
        """What the newest plan does and has not done yet, and what itslearning refused last, of the
        changes about something."""
        plan = self.plan
        waiting: list[Said] = []
        error: Said | None = None
        failed = [run for run in self.runs if run.applied.failed and run is not plan]
        waits = [plan] if plan is not None and not _all_arrived(plan) else []
        for run in [*waits, *failed[:_FAILURES_LOOKED_AT]]:
            for said in self._changes_of(run, about):
                if run is plan and said.status != "ok":
                    waiting.append(said)
                if said.status == "failed" and error is None:
                    error = said
        return waiting, error

    def made_by(self, kinds: str, key: str) -> RunSummary | None:
        """The run that made a thing, its key as it is held; the newest runs are looked into."""
        for run in self._ran()[:_RUNS_LOOKED_AT]:
            rows = self._rows(
                run,
                f"SELECT op FROM {{file}}.change_row WHERE key = ? AND kind IN ({kinds}) "
                "AND op IN ('create', 'restore', 'adopt', 'rekey') LIMIT 1",
                [key],
            )
            if rows:
                return run
        return None

    def since(self, made_by: RunSummary | None) -> str:
        """Since when a thing is there that a run made, or one before those looked into."""
        if made_by is not None:
            return f"since run {made_by.run} of {made_by.as_of}"
        ran = self._ran()
        return f"since run {ran[-1].run} or before" if ran else ""

    def _ran(self) -> list[RunSummary]:
        return [run for run in self.runs if run.state in _CARRIED_OUT]

    def arrived(
        self, run: RunSummary, seqs: Sequence[int], going: set[int] | None = None
    ) -> set[int]:
        """Which of some changes of a run have succeeded; ``going`` where it is known what went."""
        number = int(run.run)
        refused = self.reader.outcomes_among(number, seqs)
        if run.state in _FINISHED and not run.applied.pending:
            # All that went was settled, so the journal's many batches need not be read.
            went = self._going(run, seqs) if going is None else going
        else:
            settled = self.reader.settled_items(number)
            went = {seq for batch in settled for seq in batch}.intersection(seqs)
        return went - refused.keys()

    def _going(self, run: RunSummary, seqs: Sequence[int]) -> set[int]:
        number = int(run.run)
        decisions = [one for one in self.reader.decisions(number) if not one.proposal]
        if not decisions:
            planned = "SELECT seq FROM {file}.change_row WHERE status = 'planned'"
            return {row[0] for row in self._rows(run, f"{planned} {_GOES}", [list(seqs)])}
        # What becomes of a change depends on that change alone: the others need not be looked at.
        with self.files.connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TEMP TABLE change AS FROM {self.files.name(number)}.change "
                "WHERE seq IN (SELECT unnest(?::BIGINT[]))",
                [list(seqs)],
            )
            Fate(cursor).lay(decisions)
            return {row[0] for row in cursor.execute("SELECT seq FROM fate WHERE goes").fetchall()}

    def _rows(
        self, run: RunSummary, query: str, parameters: Sequence[object]
    ) -> list[tuple[Any, ...]]:
        """What a query finds in the file of a run, which it calls ``{file}``."""
        try:
            file = self.files.name(int(run.run))
        except RunFileDamaged as error:
            if str(error) not in self.away:
                self.away.append(str(error))
            return []
        return self.files.connection.execute(query.replace("{file}", file), parameters).fetchall()

    def _changes_of(self, run: RunSummary, about: About) -> list[Said]:
        rows = self._rows(
            run,
            # As in the view "change", where a key that is put together cannot be looked up.
            "SELECT seq, op, kind, coalesce(key, person_key || '@' || group_key), label, status, "
            f"reason, message FROM {{file}}.change_row WHERE {about.where} AND op <> 'note' "
            "ORDER BY seq",
            [],
        )
        if not rows:
            return []
        seqs = [row[0] for row in rows]
        outcomes = self.reader.outcomes_among(int(run.run), seqs)
        going = self._going(run, seqs)
        arrived = self.arrived(run, seqs, going) if run.state in _CARRIED_OUT else set()
        return [
            self._said(run, row, outcomes.get(row[0]), arrived=row[0] in arrived,
                       goes=row[0] in going)
            for row in rows
        ]  # fmt: skip

    def _said(
        self, run: RunSummary, row: tuple[Any, ...], outcome: tuple[str, str] | None, *,
        arrived: bool, goes: bool,
    ) -> Said:  # fmt: skip
        _, op, kind, key, label, status, reason, message = row
        if run.state is RunState.REJECTED:
            status, message = "skipped", "the run was rejected"
        elif outcome is not None:
            status, message = "skipped" if outcome[0] == "skipped" else "failed", outcome[1]
        elif arrived:
            status = "ok"
        elif goes:
            status = "planned"
        elif status == "planned":
            status, message = "skipped", "somebody decided against it"
        return Said(run.run, op, kind, key, label, status, reason, message)


def _all_arrived(run: RunSummary) -> bool:
    """Whether nothing of a run waits or failed, so that its file need not be asked."""
    every = sum(sum(operations.values()) for operations in run.counts.values())
    return run.state in _FINISHED and run.applied.ok == every
