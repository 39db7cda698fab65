"""One writer an organization, across sessions and machines that share the state database."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
import sqlalchemy as sa

from sync.errors import WriterBusy
from sync.model import Operator
from sync.state.database import reading, usable
from sync.state.schema import CLAIM

# A holder on another host that has been silent for so long is taken to be gone.
LAPSES_AFTER = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Claim:
    """Who is writing, since when, from where, doing what."""

    org: int
    run: int | None
    doing: str
    operator: str
    host: str
    origin: str
    process: int
    since: dt.datetime
    lapsed: bool


def holder(engine: sa.Engine, org: int, host: str, now: dt.datetime) -> Claim | None:
    """Who holds the right to write to an organization's site; None where nobody does."""
    with usable(engine), reading(engine) as connection:
        return _holder(connection, org, host, now)


def _holder(connection: sa.Connection, org: int, host: str, now: dt.datetime) -> Claim | None:
    row = connection.execute(sa.select(CLAIM).where(CLAIM.c.org == org)).first()
    if row is None:
        return None
    if row.host == host:
        lapsed = not _alive(row.process, row.process_started)
    else:
        lapsed = now - row.heartbeat > LAPSES_AFTER
    return Claim(
        row.org, row.run, row.doing, row.operator, row.host, row.origin, row.process, row.since,
        lapsed,
    )  # fmt: skip


@contextmanager
def claimed(
    engine: sa.Engine,
    org: int,
    *,
    run: int | None,
    doing: str,
    operator: Operator,
    clock: Callable[[], dt.datetime],
) -> Iterator[Claim | None]:
    """Hold the right to write while inside; gives the lapsed claim that was taken over, if any.

    Raises WriterBusy, naming who, since when, from where and what, while another process holds it.
    """
    now = clock()
    with usable(engine), engine.begin() as connection:
        found = _holder(connection, org, operator.host, now)
        if found is not None and not found.lapsed:
            origin = f" ({found.origin})" if found.origin else ""
            follow = (
                f"Follow it with `umstui runs show {found.run} --follow`, or wait for its end."
                if found.run is not None
                else "Wait for its end."
            )
            raise WriterBusy(
                f"{found.operator}{origin} on {found.host} has been doing {found.doing} since "
                f"{found.since.astimezone():%Y-%m-%d %H:%M}. {follow}"
            )
        connection.execute(CLAIM.delete().where(CLAIM.c.org == org))
        connection.execute(
            CLAIM.insert().values(
                org=org,
                run=run,
                doing=doing,
                operator=operator.name,
                host=operator.host,
                origin=operator.origin,
                process=os.getpid(),
                process_started=psutil.Process().create_time(),
                since=now,
                heartbeat=now,
            )
        )
    try:
        yield found
    finally:
        with usable(engine), engine.begin() as connection:
            connection.execute(
                CLAIM.delete().where(
                    CLAIM.c.org == org,
                    CLAIM.c.process == os.getpid(),
                    CLAIM.c.host == operator.host,
                )
            )


def _alive(process: int, started: float) -> bool:
    try:
        # A process number is used again; only together with its start is it the same process.
        return bool(abs(psutil.Process(process).create_time() - started) < 1.0)
    except psutil.NoSuchProcess:
        return False
