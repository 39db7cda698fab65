"""All limits of the filter with what they say of a run, and the problem rows of the source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import on
from textual.widget import Widget

from screens.actions import Situation
from screens.bindings import bindings
from screens.page import Page, in_background
from screens.widgets.columns import Column
from screens.widgets.lines import Line
from screens.widgets.windowed_list import WindowedList
from screens.wording import VERDICTS, number, percent, plural
from sync.model import FilterCell, Kind, Operation, RunReport, Verdict


@dataclass(frozen=True, slots=True)
class Entry:
    """One limit, or one kind of problem row."""

    level: str
    what: str
    scope: str
    count: str
    share: str
    limit: str
    words: str
    filter_words: str = ""


def entries(report: RunReport) -> list[Entry]:
    """Limits, the reached ones first, then problem rows."""
    order = (Verdict.FROZEN, Verdict.HOLD, Verdict.WARN, Verdict.PASS)
    limits = [
        Entry(
            VERDICTS[cell.level],
            f"{cell.kind} {cell.op}",
            "whole site" if cell.scope in {"", "site"} else cell.scope,
            number(cell.count),
            percent(cell.count, cell.of),
            cell.limit,
            cell.reason,
            _filter_words(cell),
        )
        for cell in sorted(report.filter, key=lambda cell: order.index(cell.level))
    ]
    problems = [
        Entry("problem", problem.reason, problem.key, number(problem.count), "", "", problem.detail)
        for problem in report.problems
    ]
    return limits + problems


def _filter_words(cell: FilterCell) -> str:
    """The filter line that chooses what a limit counted; empty where no words can."""
    if cell.kind not in set(Kind) or cell.op not in set(Operation):
        return ""
    school = "" if cell.scope in {"", "site"} else f' school:"{cell.scope}"'
    return f"kind:{cell.kind} op:{cell.op}{school}"


def _level_style(entry: Entry) -> str:
    return "quiet" if entry.level == "pass" else "attention"


_COLUMNS: tuple[Column[Entry], ...] = (
    Column("level", lambda e: e.level, 7, 7, style=_level_style),
    Column("what", lambda e: e.what, 17, 22),
    Column("where or key", lambda e: e.scope, 12, 24, 2),
    Column("count", lambda e: e.count, 7, 9, right=True),
    Column("share", lambda e: e.share, 6, 6, 3, right=True),
    Column("limit", lambda e: e.limit, 6, 12, 1),
    Column("why", lambda e: e.words, 8, 80, 4, style=lambda _: "quiet"),
)


class LimitsPage(Page):
    """What the guard counted, against what it allows."""

    PLACE = "limits"
    BINDINGS = bindings("limits")
    HELP_WORDS: ClassVar[str] = (
        "Each line is one limit: a kind and an operation, over the whole site or one school. "
        "Whichever of count and percent is reached first decides. Problem rows stand below: "
        "nothing they may stand for is ever deleted; they are mended in the source."
    )

    def __init__(self, report: RunReport, choose: Callable[[str], None]) -> None:
        super().__init__()
        self._report = report
        self._choose = choose
        self._entries = entries(report)

    def body(self) -> Iterable[Widget]:
        """One line on the sum, then the list."""
        yield Line(id="sum")
        yield WindowedList(
            _COLUMNS, lambda e: f"{e.what} {e.scope}", "No limit was counted.", id="entries"
        )

    def title_words(self) -> str:
        """Whose limits."""
        return f"2 Preview run {self._report.summary.run} > limits"

    def on_mount(self) -> None:
        """Fill the list."""
        super().on_mount()
        reached = sum(cell.level is not Verdict.PASS for cell in self._report.filter)
        rows = sum(problem.count for problem in self._report.problems)
        self.query_one("#sum", Line).parts = (
            (f" {plural(len(self._report.filter), 'limit')}", ""),
            (f", {reached} reached" if reached else ", none reached", "strong"),
            (f"; {plural(rows, 'problem row')} in the source", "quiet"),
        )
        self.fill()

    @in_background("fill")
    async def fill(self) -> None:
        """Show the entries."""

        async def fetch(offset: int, limit: int) -> Sequence[Entry]:
            return self._entries[offset : offset + limit]

        listed = self.query_one(WindowedList)
        await listed.show(len(self._entries), fetch)
        listed.focus()
        self.refresh_frame()

    def situation(self) -> Situation:
        """With the line under the cursor."""
        return replace(super().situation(), row=bool(self._words()))

    def _words(self) -> str:
        entry: Entry | None = self.query_one(WindowedList).current
        return entry.filter_words if entry is not None else ""

    @on(WindowedList.Moved)
    def moved(self) -> None:
        """The footer follows the cursor."""
        self.refresh_frame()

    @on(WindowedList.Chosen)
    def do_open(self) -> None:
        """Back to the preview, with the rows that the limit counted."""
        if words := self._words():
            self.app.pop_screen()
            self._choose(words)

    def twins(self) -> list[tuple[str, str]]:
        """The same as text."""
        from screens import twins  # noqa: PLC0415

        run = self._report.summary.run
        return [("shows limits and problems", twins.command(self.console_app, "runs", "show", run))]
