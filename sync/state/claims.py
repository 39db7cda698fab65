"""One writer an organization, across sessions and machines that share the state database."""

from __future__ import annotations

import datetime as dt
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import sqlalchemy as sa

from sync.errors import StateUnusable, WriterBusy
from sync.model import Operator
from sync.state.database import reading, usable
from sync.state.schema import CLAIM

# A holder on another host that has been silent for so long is taken to be gone.
LAPSES_AFTER = dt.timedelta(minutes=5)
# A heartbeat so far ahead comes from a clock that was wrong and has been put back since.
_CLOCK_WAS_WRONG = dt.timedelta(hours=1)
# The heart beats by itself: a site that struggles can keep the journal waiting for long.
SECONDS_BETWEEN_BEATS = 60.0
_PROC = Path("/proc/self/stat")


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


def refuse_while_held(engine: sa.Engine, org: int, host: str, now: dt.datetime) -> None:
    """Raises WriterBusy, naming who, since when, from where and what, while somebody writes."""
    _refuse_while_held(holder(engine, org, host, now))


def _refuse_while_held(found: Claim | None) -> None:
    if found is None or found.lapsed:
        return
    origin = f" ({found.origin})" if found.origin else ""
    follow = (
        "Wait for its end."
        if found.run is None
        else f"Follow it with `umstui runs show {found.run} --follow`, or wait for its end."
    )
    raise WriterBusy(
        f"{found.operator}{origin} on {found.host} has been doing {found.doing} since "
        f"{found.since.astimezone():%Y-%m-%d %H:%M}. {follow}"
    )


def _holder(connection: sa.Connection, org: int, host: str, now: dt.datetime) -> Claim | None:
    row = connection.execute(sa.select(CLAIM).where(CLAIM.c.org == org)).first()
    if row is None:
        return None
    if row.host == host:
        lapsed = not _alive(row.process, row.process_started)
    else:
        silent = now - row.heartbeat
        lapsed = silent > LAPSES_AFTER or silent < -_CLOCK_WAS_WRONG
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
    found = _taken(engine, org, run, doing, operator, clock())
    ended = threading.Event()
    heart = threading.Thread(
        target=_beat, args=(engine, org, operator.host, clock, ended), daemon=True, name="heartbeat"
    )
    heart.start()
    try:
        yield found
    finally:
        ended.set()
        heart.join()
        with usable(engine), engine.begin() as connection:
            connection.execute(
                CLAIM.delete().where(
                    CLAIM.c.org == org,
                    CLAIM.c.process == os.getpid(),
                    CLAIM.c.host == operator.host,
                )
            )


def _taken(
    engine: sa.Engine, org: int, run: int | None, doing: str, operator: Operator, now: dt.datetime
) -> Claim | None:
    """Enter the claim; gives the lapsed one that stood there. Raises WriterBusy."""
    try:
        with engine.begin() as connection:
            found = _holder(connection, org, operator.host, now)
            _refuse_while_held(found)
            if found is not None:
                # This one and no other: on a server somebody may have entered a claim just now.
                connection.execute(
                    CLAIM.delete().where(
                        CLAIM.c.org == org,
                        CLAIM.c.host == found.host,
                        CLAIM.c.process == found.process,
                    )
                )
            connection.execute(
                CLAIM.insert().values(
                    org=org,
                    run=run,
                    doing=doing,
                    operator=operator.name,
                    host=operator.host,
                    origin=operator.origin,
                    process=os.getpid(),
                    process_started=_started(os.getpid()),
                    since=now,
                    heartbeat=now,
                )
            )
    except sa.exc.IntegrityError:
        # On a server two may both have found nobody; the other was faster.
        refuse_while_held(engine, org, operator.host, now)
        with usable(engine):
            raise
    except sa.exc.DatabaseError:
        with usable(engine):
            raise
    return found


def _beat(
    engine: sa.Engine,
    org: int,
    host: str,
    clock: Callable[[], dt.datetime],
    ended: threading.Event,
) -> None:
    """Say once a minute that the holder lives. A database that is away says its own word soon."""
    while not ended.wait(SECONDS_BETWEEN_BEATS):
        with suppress(StateUnusable), usable(engine), engine.begin() as connection:
            connection.execute(
                CLAIM.update()
                .where(CLAIM.c.org == org, CLAIM.c.process == os.getpid(), CLAIM.c.host == host)
                .values(heartbeat=clock())
            )


def _alive(process: int, started: float) -> bool:
    try:
        # A process number is used again; only together with its start is it the same process.
        return abs(_started(process) - started) < 0.5
    except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
        return False
    except (psutil.AccessDenied, PermissionError):
        return True  # it is somebody's, and nobody can say that it is not the holder


def _started(process: int) -> float:
    """When a process started, in seconds that do not change when the clock is set."""
    if not _PROC.exists():
        return float(psutil.Process(process).create_time())
    # psutil counts from a moment of boot that is worked out from the clock.
    _, _, rest = (_PROC.parents[1] / str(process) / "stat").read_text().rpartition(")")
    return int(rest.split()[19]) / float(os.sysconf("SC_CLK_TCK"))
