"""The audit trail: append-only, each entry with the hash of the one before."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import random
import time
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from sync.model import Operator
from sync.state.database import reading, usable
from sync.state.schema import AUDIT

_FIRST = "0" * 64
_ATTEMPTS = 30
_LOG = logging.getLogger(__name__)
_LOG.addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what, when, from where, to which run and how many, and why."""

    number: int
    at: dt.datetime
    operator: str
    host: str
    origin: str
    action: str
    run: int | None
    count: int
    reason: str
    previous: str
    hash: str

    def expected_hash(self) -> str:
        """The hash this entry must have."""
        moment = self.at.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="seconds")
        parts = (
            self.number, moment, self.operator, self.host, self.origin, self.action, self.run,
            self.count, self.reason, self.previous,
        )  # fmt: skip
        text = "\x1f".join("" if part is None else str(part) for part in parts)
        return hashlib.sha256(text.encode()).hexdigest()


def record(
    engine: sa.Engine,
    operator: Operator,
    now: dt.datetime,
    action: str,
    *,
    run: int | None = None,
    count: int = 0,
    reason: str = "",
) -> None:
    """Append an entry, its moment in whole seconds: some servers keep no finer times."""
    now = now.replace(microsecond=0)
    with usable(engine):
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                _append(engine, operator, now, action, run, count, reason)
                break
            except sa.exc.IntegrityError:
                # On a server another session may have taken the same number in the meantime.
                if attempt == _ATTEMPTS:
                    raise
                time.sleep(random.random() * 0.02 * attempt)  # noqa: S311 (to get out of step)
    facts = {"action": action, "run": run, "count": count, "operator": operator.name}
    _LOG.info("%s", f"{action}: {reason}" if reason else action, extra=facts)


def _append(
    engine: sa.Engine,
    operator: Operator,
    now: dt.datetime,
    action: str,
    run: int | None,
    count: int,
    reason: str,
) -> None:
    with engine.begin() as connection:
        last = connection.execute(
            sa.select(AUDIT.c.id, AUDIT.c.hash)
            .order_by(AUDIT.c.id.desc())
            .limit(1)
            .with_for_update()
        ).first()
        number, previous = (1, _FIRST) if last is None else (last.id + 1, last.hash)
        entry = AuditEntry(
            number, now, operator.name, operator.host, operator.origin, action, run, count, reason,
            previous, "",
        )  # fmt: skip
        values = {**asdict(entry), "id": number, "hash": entry.expected_hash()}
        del values["number"]
        connection.execute(AUDIT.insert().values(values))


def entries(engine: sa.Engine) -> list[AuditEntry]:
    """The whole trail, oldest first."""
    with usable(engine), reading(engine) as connection:
        rows = connection.execute(sa.select(AUDIT).order_by(AUDIT.c.id))
        return [AuditEntry(*row) for row in rows]


def first_broken(trail: list[AuditEntry]) -> AuditEntry | None:
    """The first entry whose hash or number does not follow from the one before; None if whole."""
    previous = _FIRST
    for number, entry in enumerate(trail, start=1):
        if (
            entry.number != number
            or entry.previous != previous
            or entry.hash != entry.expected_hash()
        ):
            return entry
        previous = entry.hash
    return None
