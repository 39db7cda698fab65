"""The journal of a run being carried out: every batch is written before it is sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

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
