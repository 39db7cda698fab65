"""What people said of runs, as rows of the state database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from sync.model import ChangeFilter


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person said: approve, reject or wait, for the changes a filter chooses.

    ``until`` is the last day an approval counts, or the day a change was put off to. ``proposal``
    marks the word of somebody who may not decide.
    """

    answer: str
    choice: ChangeFilter
    count: int
    until: dt.date | None
    reason: str
    operator: str
    decided_at: dt.datetime
    proposal: bool
    number: int = 0
    origin: str = ""


def decision_of(row: sa.Row[Any]) -> Decision:
    """A decision from its row."""
    return Decision(
        row.answer,
        msgspec.convert(row.choice, ChangeFilter),
        row.chosen,
        row.until,
        row.reason,
        row.operator,
        row.decided_at,
        row.proposal,
        row.id,
        row.origin,
    )


def decision_values(decision: Decision) -> dict[str, Any]:
    """The columns of a decision; its number is given by the database."""
    return {
        "answer": decision.answer,
        "choice": msgspec.to_builtins(decision.choice),
        "chosen": decision.count,
        "until": decision.until,
        "reason": decision.reason,
        "operator": decision.operator,
        "origin": decision.origin,
        "decided_at": decision.decided_at,
        "proposal": decision.proposal,
    }
