"""What the guard says of a plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sync.model import FilterCell, Verdict

_ORDER = (Verdict.PASS, Verdict.WARN, Verdict.HOLD, Verdict.FROZEN)


@dataclass(frozen=True, slots=True)
class Rekeying:
    """One object that seems to have got another key: the same name under an old and a new one."""

    old_key: str
    new_key: str
    name: str


@dataclass(frozen=True, slots=True)
class Churn:
    """Many objects leave and as many come with the same names (readings.md 48).

    ``proposals`` holds the first pairs whose name is unique on both sides, ``pairs`` counts all.
    """

    kind: str
    leaving: int
    coming: int
    pairs: int
    proposals: tuple[Rekeying, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One part in which a large delete can be decided on, with the command for it."""

    kind: str
    op: str
    school: str
    count: int
    options: str  # what stands behind `umstui approve RUN`


@dataclass(frozen=True, slots=True)
class GuardReport:
    """The verdict on a plan and everything it rests on.

    ``level`` is what the filter says by itself; ``verdict`` is that or ``frozen``.
    ``unapprovable`` marks a hold that no approval lifts: mend the source and plan again.
    """

    verdict: Verdict
    level: Verdict
    cells: tuple[FilterCell, ...]
    profile: str
    unapprovable: bool = False
    frozen_until: dt.date | None = None  # the last day of the freeze, that day included
    reasons: tuple[str, ...] = ()  # why it is held, the gravest first
    churn: tuple[Churn, ...] = ()
    parts: tuple[Part, ...] = ()


def worst(levels: Iterable[Verdict]) -> Verdict:
    """The gravest of some levels; pass where there are none."""
    return max(levels, key=_ORDER.index, default=Verdict.PASS)
