"""Columns of a list: which fit, and how wide. Columns leave whole, by priority, never clipped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column. ``least`` cells at least, ``most`` at most; ``priority`` 0 never leaves."""

    title: str
    cell: Callable[[Row], str]
    least: int
    most: int
    priority: int = 0
    right: bool = False
    style: Callable[[Row], str] = lambda _: ""  # the tone of the cell


def fitting(columns: Sequence[Column[Row]], cells: int) -> list[tuple[Column[Row], int]]:
    """The columns that fit into ``cells`` with one blank between, and their widths."""
    chosen = list(columns)
    while len(chosen) > 1 and sum(column.least + 1 for column in chosen) - 1 > cells:
        leaving = max(chosen, key=lambda column: column.priority)
        if leaving.priority == 0:
            break
        chosen.remove(leaving)
    widths = [column.least for column in chosen]
    spare = cells - sum(widths) - (len(chosen) - 1)
    while spare > 0:
        growing = [i for i, column in enumerate(chosen) if widths[i] < column.most]
        if not growing:
            break
        share = max(1, spare // len(growing))
        for i in growing:
            more = min(share, chosen[i].most - widths[i], spare)
            widths[i] += more
            spare -= more
    return list(zip(chosen, widths, strict=True))
