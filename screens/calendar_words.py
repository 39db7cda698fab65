"""The calendar as lines: months with joined bars, one line a window or exception, what is due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from screens.widgets.columns import Column
from screens.widgets.lines import Lines, Part
from screens.wording import VERDICTS, day, number, percent
from sync.windows import KeepException, Window, WindowType, reminder_day

if TYPE_CHECKING:
    from sync.guard import Due
    from sync.runs import HeldWindow

MONTH_CELLS = 25  # week number, seven days with their marks, a gap
EVERYTHING = "everything"  # what a window is about that is not narrowed
_ONE_DAY = dt.timedelta(days=1)
_MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip

# What a mark behind a day means, the stronger one first where several meet on a day.
MARKS: tuple[tuple[str, str, str], ...] = (
    ("#", "stopped", "attention"),
    ("!", "falls due", "delete"),
    ("+", "part stopped", "attention"),
    ("=", "delay delete", "update"),
    ("-", "for a part", "update"),
    ("x", "kept until", "move"),
    ("r", "reminder", "quiet"),
)
_TONES = {mark: tone for mark, _, tone in MARKS}
_STRENGTH = {mark: place for place, (mark, _, _) in enumerate(MARKS)}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the list: a window with what it holds, or an exception."""

    held: HeldWindow | None = None
    keep: KeepException | None = None
    renew: str = ""  # where it comes up for renewal: the sentence

    @property
    def key(self) -> str:
        """Distinct among all lines."""
        return f"w{self.held.window.id}" if self.held else f"e{self.keep.id if self.keep else 0}"

    @property
    def begins(self) -> dt.date | None:
        """The first day; exceptions count from the moment they are made."""
        return self.held.window.begins if self.held else None

    @property
    def ends(self) -> dt.date:
        """The last day."""
        if self.held is not None:
            return self.held.window.ends
        assert self.keep is not None
        return self.keep.until

    @property
    def due(self) -> dt.date:
        """The first day on which what it holds may be deleted."""
        return self.ends + _ONE_DAY


def what(entry: Entry) -> str:
    """``delay delete``, ``freeze``, ``keep person``."""
    if entry.held is not None:
        return str(entry.held.window.type).replace("-", " ")
    return f"keep {entry.keep.target}" if entry.keep else ""


def about(entry: Entry) -> str:
    """What a window is narrowed to, or whom an exception keeps and why."""
    if entry.keep is not None:
        return f"{entry.keep.key}: {entry.keep.reason}"
    if entry.held is None:
        return ""
    return narrowed(entry.held.window) or EVERYTHING


def narrowed(window: Window) -> str:
    """What a window is only about; empty where it is about everything."""
    named = (("kind", window.kind), ("school", window.school), ("role", window.role))
    words = [f"{name} {value}" for name, value in named if value]
    words += [f"not {school}" for school in window.spared]
    return ", ".join(words)


def entry_columns(today: dt.date) -> tuple[Column[Entry], ...]:
    """The columns of the list; what is over is quiet."""

    def tone(entry: Entry) -> str:
        return "quiet" if entry.ends < today else ""

    def standing(entry: Entry) -> str:
        if entry.ends < today:
            return "over"
        if entry.renew:
            return "renew"
        return "to come" if entry.begins and entry.begins > today else "now"

    def held(entry: Entry) -> str:
        return number(entry.held.held) if entry.held and entry.held.held else "-"

    return (
        Column("what", what, 12, 13, style=tone),
        Column("from", lambda e: _short(e.begins) if e.begins else "", 9, 9, style=tone),
        Column("to, incl.", lambda e: _short(e.ends), 9, 9, style=tone),
        Column("", standing, 7, 7,
               style=lambda e: "attention" if e.renew and e.ends >= today else tone(e)),
        Column("held", held, 6, 8, 2, right=True, style=tone),
        Column("falls due", lambda e: _short(e.due) if e.due > today else "", 9, 9, 1, style=tone),
        Column("about", about, 15, 90, style=tone),
    )  # fmt: skip


def _short(value: dt.date) -> str:
    return f"{day(value)[4:10]} {value.year % 100:02d}"


def day_marks(
    windows: Iterable[Window], keeps: Iterable[KeepException], first: dt.date, last: dt.date
) -> dict[dt.date, str]:
    """One mark for each day between ``first`` and ``last`` that has one."""
    marks: dict[dt.date, str] = {}

    def put(when: dt.date, mark: str) -> None:
        if first <= when <= last:
            now = marks.get(when)
            if now is None or _STRENGTH[mark] < _STRENGTH[now]:
                marks[when] = mark

    for window in windows:
        whole = not (window.kind or window.school or window.role or window.spared)
        freeze = window.type is WindowType.FREEZE
        mark = ("#" if whole else "+") if freeze else ("=" if whole else "-")
        when = max(window.begins, first)
        while when <= min(window.ends, last):
            put(when, mark)
            when += _ONE_DAY
        put(window.ends + _ONE_DAY, "!")
        put(reminder_day(window.ends), "r")
    for keep in keeps:
        put(keep.until, "x")
    return marks


def month_after(first: dt.date, months: int) -> dt.date:
    """The first day of the month so many months on."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return dt.date(year, month + 1, 1)


def months(first: dt.date, count: int, marks: Mapping[dt.date, str], today: dt.date) -> Lines:
    """So many months beside one another, eight lines; days of a bar are joined by its mark."""
    blocks = [_month(month_after(first, number), marks, today) for number in range(count)]
    return tuple(
        ((" ", ""), *(part for block in blocks for part in block[line])) for line in range(8)
    )


def _month(first: dt.date, marks: Mapping[dt.date, str], today: dt.date) -> list[list[Part]]:
    name = f"{_MONTH_NAMES[first.month - 1]} {first.year}"
    lines: list[list[Part]] = [
        [(f"   {name:^21} ", "strong")],
        [("wk Mo Tu We Th Fr Sa Su  ", "quiet")],
    ]
    day_of_week = first - dt.timedelta(days=first.weekday())
    while day_of_week < month_after(first, 1):
        parts: list[Part] = [(f"{day_of_week.isocalendar().week:2d} ", "quiet")]
        for _ in range(7):
            if day_of_week.month != first.month:
                parts.append(("   ", ""))
            else:
                mark = marks.get(day_of_week, " ")
                tone = "strong" if day_of_week == today else _TONES.get(mark, "")
                parts += [(f"{day_of_week.day:2d}", tone), (mark, _TONES.get(mark, ""))]
            day_of_week += _ONE_DAY
        parts.append((" ", ""))
        lines.append(parts)
    lines += [[(" " * MONTH_CELLS, "")] for _ in range(8 - len(lines))]
    return lines


def legend(marks: Mapping[dt.date, str], today: dt.date) -> tuple[Part, ...]:
    """The marks in use, and which day it is."""
    used = set(marks.values())
    parts: list[Part] = [(f" {day(today)[:10]}", "strong")]
    for mark, words, tone in MARKS:
        if mark in used:
            parts += [("  ", ""), (mark, tone), (f" {words}", "quiet")]
    return tuple(parts)


def due_lines(due: Sequence[Due], when: dt.date) -> list[tuple[Part, ...]]:
    """What falls due on a day, a line a kind, against the limits of that day."""
    lines: list[tuple[Part, ...]] = []
    for found in due:
        if found.date != when or found.school:
            continue
        share = f" = {percent(found.count, found.of)}" if found.of else ""
        level = VERDICTS[found.level]
        words = f"would be {level}" if level == "HELD" else level
        limit = f"limit {found.limit}" if found.limit else "no limit"
        lines.append((
            (f"   {found.kind:<11}", ""),
            (f"{number(found.count):>7} of {number(found.of):>7}{share:<9}", ""),
            (f"  {limit:<14}", "quiet"),
            (f" {words}", "attention" if level != "pass" else "quiet"),
        ))  # fmt: skip
        schools = [d for d in due if d.date == when and d.kind == found.kind and d.school]
        if level == "HELD" and len(schools) > 1:
            parts = ", ".join(f"{d.school} {number(d.count)}" for d in schools[:4])
            more = f" and {len(schools) - 4} more" if len(schools) > 4 else ""
            lines.append(((f"     decide by school: {parts}{more}", "quiet"),))
    return lines
