"""The changes of a plan as a windowed list."""

from __future__ import annotations

from screens.marks import KIND_WORDS, family, letter, mark
from screens.widgets.columns import Column
from screens.widgets.windowed_list import WindowedList
from sync.model import Change, ChangeStatus


def _operation_style(change: Change) -> str:
    return family(change.op)


def _letter_style(change: Change) -> str:
    if change.status in {ChangeStatus.HELD, ChangeStatus.FAILED}:
        return "attention"
    return "create" if change.message else "quiet"


# Every other tone in a row is sent again with each step of the cursor: few of them.
COLUMNS: tuple[Column[Change], ...] = (
    Column("D", letter, 1, 1, style=_letter_style),
    Column("", lambda c: mark(c.op), 1, 1, style=_operation_style),
    Column("what", lambda c: c.op, 7, 7, 5, style=_operation_style),
    Column("kind", lambda c: KIND_WORDS[c.kind], 6, 6, 4),
    Column("name", lambda c: c.label, 19, 40),
    Column("key", lambda c: c.key, 10, 24, 3),
    Column("school", lambda c: c.school, 11, 24, 2),
    Column("why", lambda c: c.reason, 19, 80, 1),
)  # fmt: skip


class ChangeList(WindowedList[Change]):
    """Letter, mark, name, key, school and reason of each change."""

    def __init__(self) -> None:
        super().__init__(COLUMNS, lambda change: change.seq, id="changes")
