"""All limits of the filter with what they say of a run, and the problem rows of the source."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import on
from textual.widget import Widget

from screens import twins
from screens.actions import Situation
from screens.bindings import bindings
from screens.lane import in_thread
from screens.page import Page, in_background
from screens.widgets.columns import Column
from screens.widgets.lines import Line, Paragraphs
from screens.widgets.windowed_list import WindowedList
from screens.wording import MEMORY, VERDICTS, number, percent, plural, problem_rows
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
    churn: bool = False  # it proposes keys


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
            cell.kind == Kind.PERSON and cell.op == "churn",
        )
        for cell in sorted(report.filter, key=lambda cell: order.index(cell.level))
    ]
    problems = [
        Entry(
            MEMORY if problem.reason == MEMORY else "problem",
            "of UMS" if problem.reason == MEMORY else problem.reason,
            problem.key,
            number(problem.count),
            "",
            "",
            problem.detail,
        )
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
        "nothing they may stand for is ever deleted; they are mended in the source. Where persons "
        "have other keys in UMS now, n plans to give them those; they keep their accounts."
    )

    def __init__(self, report: RunReport, choose: Callable[[str], None]) -> None:
        super().__init__()
        self._report = report
        self._choose = choose
        self._entries = entries(report)
        self._planning = False

    def body(self) -> Iterable[Widget]:
        """One line on the sum, the list, and all that the line under the cursor says."""
        yield Line(id="sum")
        yield WindowedList(
            _COLUMNS, lambda e: f"{e.what} {e.scope}", "No limit was counted.", id="entries"
        )
        yield Paragraphs(id="entry")

    def title_words(self) -> str:
        """Whose limits."""
        return f"{self.run_words(self._report.summary.run)} > limits"

    def on_mount(self) -> None:
        """Fill the list."""
        super().on_mount()
        reached = sum(cell.level is not Verdict.PASS for cell in self._report.filter)
        rows = problem_rows(self._report)
        self.query_one("#sum", Line).parts = (
            (f" {plural(len(self._report.filter), 'limit')}", ""),
            (f", {reached} reached" if reached else ", none reached", "strong"),
            (f"; {plural(rows, 'problem row')} in the source", "quiet"),
        )
        self.fill()

    @in_background("fill")
    async def fill(self) -> None:
        """Show the entries."""

        listed = self.query_one(WindowedList)
        await listed.show_rows(self._entries)
        listed.focus()
        self.refresh_frame()

    def situation(self) -> Situation:
        """With the line under the cursor."""
        now = super().situation()
        return replace(
            now, row=bool(self._words()), churn=self._churn, planning=now.planning or self._planning
        )

    @property
    def _entry(self) -> Entry | None:
        entry: Entry | None = self.query_one(WindowedList).current
        return entry

    @property
    def _churn(self) -> bool:
        return self._entry is not None and self._entry.churn

    def _words(self) -> str:
        return self._entry.filter_words if self._entry is not None else ""

    @on(WindowedList.Moved)
    def moved(self) -> None:
        """The words in full and the footer follow the cursor."""
        words = self._entry.words if self._entry is not None else ""
        self.query_one("#entry", Paragraphs).lines = (((f" {words}", ""),),) if words else ()
        self.refresh_frame()

    @on(WindowedList.Chosen)
    def do_open(self) -> None:
        """Back to the preview, with the rows that the limit counted."""
        if words := self._words():
            self.app.pop_screen()
            self._choose(words)

    @in_background("plan")
    async def do_plan(self) -> None:
        """Plan the keys that the line proposes, and show that run."""
        from screens.preview import PreviewPage  # noqa: PLC0415 (pages show one another)

        app, proposing = self.console_app, self._report.summary
        self._planning = True
        try:
            with self.hearing("planning ...") as hear:
                report = await in_thread(
                    app.desk.cleanup.plan_rekey, proposing.org, hear, proposing.run
                )
        finally:
            self._planning = False
        app.read_runs()
        run = report.summary.run
        if not report.summary.changes:
            self.say(f"Run {run}: none of them can get its key; its problem rows say why.", "error")
            return
        self.app.push_screen(PreviewPage(run))

    def twins(self) -> list[tuple[str, str]]:
        """The same as text; on a line that proposes keys, how they are given."""
        app, run = self.console_app, self._report.summary.run
        shown = ("shows limits and problems", twins.command(app, "runs", "show", run))
        if not self._churn:
            return [shown]
        rekey = ["rekey", "--from-run", run]
        return [
            ("shows who would get which key", twins.command(app, *rekey, "preview")),
            ("gives the keys", twins.command(app, *rekey, "run", "--confirm", "NAME")),
            shown,
        ]
