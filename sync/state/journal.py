"""The journal of a run being carried out: every batch is written before it is sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from sync.errors import WriterBusy
from sync.model import Outcome, OutcomeStatus
from sync.state.database import reading, usable
from sync.state.schema import BATCH, CLAIM, OUTCOME, RUN


@dataclass(slots=True)
class Batch:
    """Items of one stage that are sent together; ``items`` are their seq."""

    number: int
    stage: int
    items: Sequence[int]
    outcomes: Sequence[Outcome] = field(default_factory=tuple)
    settled: bool = False


# An item that never left because its parent failed or because nobody may touch it.
SKIPPED = "skipped"


class JournalReader:
    """Reads what was sent of any run, and what came of it."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def _rows(self, query: sa.Executable) -> list[sa.Row[Any]]:
        with usable(self._engine), reading(self._engine) as connection:
            return list(connection.execute(query))

    def settled_items(self, run: int) -> Iterator[list[int]]:
        """The seq of the items of each settled batch."""
        for row in self._rows(_contents(run, settled=True)):
            yield row.content

    def settled_batches(self, run: int) -> int:
        """How many batches of a run are settled."""
        query = sa.select(sa.func.count().label("batches")).where(
            BATCH.c.run == run, BATCH.c.settled.is_(True)
        )
        return int(self._rows(query)[0].batches)

    def unsettled_items(self, run: int) -> list[int]:
        """The seq of items that were sent, or about to be, when a run was cut off."""
        rows = self._rows(_contents(run, settled=False))
        return [seq for row in rows for seq in row.content]

    def outcomes(self, run: int) -> list[tuple[int, str, str]]:
        """Items that did not succeed, as (seq, status, message)."""
        rows = self._rows(sa.select(OUTCOME).where(OUTCOME.c.run == run).order_by(OUTCOME.c.seq))
        return [(row.seq, row.status, row.message) for row in rows]

    def refused(self, run: int, code: str) -> list[int]:
        """The seq of items that itslearning refused with a code of ``sync.itslearning``."""
        query = sa.select(OUTCOME.c.seq).where(OUTCOME.c.run == run, OUTCOME.c.code == code)
        return [row.seq for row in self._rows(query)]

    def outcomes_among(self, run: int, seqs: Sequence[int]) -> dict[int, tuple[str, str]]:
        """The status and message of those of a few items that did not simply succeed."""
        found: dict[int, tuple[str, str]] = {}
        for start in range(0, len(seqs), 500):
            query = sa.select(OUTCOME).where(
                OUTCOME.c.run == run, OUTCOME.c.seq.in_(list(seqs[start : start + 500]))
            )
            found |= {row.seq: (row.status, row.message) for row in self._rows(query)}
        return found

    def written_since(self, org: int, moment: dt.datetime) -> list[int]:
        """The numbers of the runs of which something arrived at the site after a moment."""
        query = (
            sa.select(RUN.c.id)
            .where(
                RUN.c.org == org,
                sa.select(BATCH.c.run)
                .where(BATCH.c.run == RUN.c.id, BATCH.c.settled_at >= moment)
                .exists(),
            )
            .order_by(RUN.c.started)
        )
        return [row.id for row in self._rows(query)]

    def _progress(self, run: int | None = None) -> dict[int, tuple[int, dict[str, int]]]:
        settled = (
            sa.select(BATCH.c.run, sa.func.sum(BATCH.c.size).label("size"))
            .where(BATCH.c.settled.is_(True))
            .group_by(BATCH.c.run)
        )
        outcomes = sa.select(
            OUTCOME.c.run, OUTCOME.c.status, sa.func.count().label("size")
        ).group_by(OUTCOME.c.run, OUTCOME.c.status)
        if run is not None:
            settled = settled.where(BATCH.c.run == run)
            outcomes = outcomes.where(OUTCOME.c.run == run)
        progress: dict[int, tuple[int, dict[str, int]]] = {
            row.run: (int(row.size or 0), {}) for row in self._rows(settled)
        }
        for row in self._rows(outcomes):
            progress.setdefault(row.run, (0, {}))[1][row.status] = row.size
        return progress


def _contents(run: int, *, settled: bool) -> sa.Select[Any]:
    of_run = sa.select(BATCH.c.content).where(BATCH.c.run == run, BATCH.c.settled.is_(settled))
    return of_run.order_by(BATCH.c.number)


class Journal:
    """Writes the batches of one run; the only place where outcomes are recorded."""

    def __init__(
        self, engine: sa.Engine, run: int, *, holder: tuple[str, int] | None = None
    ) -> None:
        """``holder`` is the host and process whose claim every turn must still find; None where
        nobody else can write."""
        self._engine = engine
        self._run = run
        self._holder = holder

    def next_number(self) -> int:
        """The first batch number that is free."""
        query = sa.select(sa.func.coalesce(sa.func.max(BATCH.c.number), 0)).where(
            BATCH.c.run == self._run
        )
        with usable(self._engine), reading(self._engine) as connection:
            return int(connection.execute(query).scalar_one()) + 1

    def turn(
        self,
        now: dt.datetime,
        *,
        begun: Sequence[Batch] = (),
        settled: Sequence[Batch] = (),
        skipped: Sequence[tuple[int, str]] = (),
    ) -> bool:
        """One turn of carrying out, in one transaction.

        Settles batches whose answers came, records skipped items as (seq, why) and writes the
        batches that are about to be sent. Also beats the heart of the claim. Returns True where
        somebody asked the run to stop. Raises WriterBusy, with nothing written, where another
        process has taken the claim over in the meantime.
        """
        with usable(self._engine), self._engine.begin() as connection:
            self._hold(connection, now)
            for batch in settled:
                self._settle(connection, batch, now)
            if skipped:
                self._record(connection, [(seq, SKIPPED, why, "") for seq, why in skipped])
            if begun:
                connection.execute(
                    BATCH.insert(),
                    [
                        {
                            "run": self._run,
                            "number": batch.number,
                            "stage": batch.stage,
                            "content": list(batch.items),
                            "size": len(batch.items),
                            "settled": batch.settled,
                            "sent_at": now,
                            "settled_at": now if batch.settled else None,
                        }
                        for batch in begun
                    ],
                )
            stop = connection.execute(
                sa.select(RUN.c.stop_requested).where(RUN.c.id == self._run)
            ).scalar()
            return bool(stop)

    def forget_unsettled(self) -> None:
        """Drop batches that were cut off; their items are sent again under new numbers."""
        with usable(self._engine), self._engine.begin() as connection:
            connection.execute(
                BATCH.delete().where(BATCH.c.run == self._run, BATCH.c.settled.is_(False))
            )

    def _hold(self, connection: sa.Connection, now: dt.datetime) -> None:
        beat = CLAIM.update().where(CLAIM.c.run == self._run).values(heartbeat=now)
        if self._holder is None:
            connection.execute(beat)
            return
        host, process = self._holder
        mine = beat.where(CLAIM.c.host == host, CLAIM.c.process == process)
        if connection.execute(mine).rowcount == 0:
            raise WriterBusy(
                f"Another process has taken run {self._run} over, because this one was silent for "
                f"too long. Follow it with `umstui runs show {self._run} --follow`."
            )

    def _settle(self, connection: sa.Connection, batch: Batch, now: dt.datetime) -> None:
        connection.execute(
            BATCH.update()
            .where(BATCH.c.run == self._run, BATCH.c.number == batch.number)
            .values(settled=True, settled_at=now)
        )
        self._record(
            connection,
            [
                (seq, outcome.status.value, outcome.message, outcome.code)
                for seq, outcome in zip(batch.items, batch.outcomes, strict=True)
                if outcome.status is not OutcomeStatus.OK
            ],
        )

    def _record(self, connection: sa.Connection, rows: list[tuple[int, str, str, str]]) -> None:
        if rows:
            connection.execute(
                OUTCOME.insert(),
                [
                    {"run": self._run, "seq": seq, "status": status, "message": text, "code": code}
                    for seq, status, text, code in rows
                ],
            )
