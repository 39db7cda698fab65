"""Runs: what was planned and applied, newest first; the one under way is followed live."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.widget import Widget

from screens import twins
from screens.actions import Situation
from screens.bindings import bindings
from screens.home_words import plan_table
from screens.lane import in_thread
from screens.page import Page, in_background
from screens.widgets.columns import Column
from screens.widgets.lines import Paragraphs, Rule
from screens.widgets.windowed_list import WindowedList
from screens.wording import STATES, bar, day, moment, number, progress_sentence, share_done
from sync.model import RunReport, RunState, RunSummary


def _count(run: RunSummary, *operations: str) -> str:
    total = sum(
        numbers.get(operation, 0) for numbers in run.counts.values() for operation in operations
    )
    return number(total) if total else "-"


def _state_style(run: RunSummary) -> str:
    if run.state in {RunState.HELD, RunState.FAILED, RunState.APPLIED_WITH_FAILURES}:
        return "attention"
    return "create" if run.state is RunState.APPLYING else ""


def _sent(run: RunSummary) -> str:
    return number(run.applied.ok) if run.applied.ok else "-"


def _failed(run: RunSummary) -> str:
    return number(run.applied.failed) if run.applied.failed else "-"


_COLUMNS: tuple[Column[RunSummary], ...] = (
    Column("run", lambda r: r.run, 8, 20),
    Column("made", lambda r: moment(r.made_at), 16, 16, 1),
    Column("by", lambda r: r.made_by, 6, 12, 4),
    Column("state", lambda r: STATES[r.state], 10, 22, style=_state_style),
    Column("+new", lambda r: _count(r, "create", "restore", "adopt"), 7, 9, 3, right=True),
    Column("~chg", lambda r: _count(r, "update", "rekey", "move", "archive"), 7, 9, 3, right=True),
    Column("-del", lambda r: _count(r, "delete", "forget"), 6, 9, 2, right=True),
    Column("sent", _sent, 7, 9, 1, right=True),
    Column("fail", _failed, 5, 7, 1, right=True, style=lambda r: "attention"),
)


class RunsPage(Page):
    """The history of one organization."""

    PLACE = "runs"
    TITLE_WORDS = "6 Runs"
    BINDINGS = bindings("runs")
    CSS_PATH = "runs.tcss"
    HELP_WORDS: ClassVar[str] = (
        "Every plan and what became of it. enter shows the changes of the run under the cursor, "
        "with what itslearning said of each. A run that is being carried out is followed here, "
        "whoever started it; s asks it to end after the batch in flight."
    )

    def __init__(self) -> None:
        super().__init__()
        self._runs: Sequence[RunSummary] = ()

    def body(self) -> Iterable[Widget]:
        """The list, and below it the run under the cursor."""
        yield WindowedList(_COLUMNS, lambda run: run.run, "No run yet; n on 1 Home makes a plan.",
                           id="runs")  # fmt: skip
        yield Rule(id="run-rule")
        yield Paragraphs(id="run-state")
        yield Paragraphs(id="run-table")

    def on_mount(self) -> None:
        """Show what is known."""
        super().on_mount()
        self.query_one(WindowedList).focus()
        self.runs_changed()

    def on_screen_resume(self) -> None:
        """Follow what happened while another page was in front."""
        super().on_screen_resume()
        self.runs_changed()

    def situation(self) -> Situation:
        """With the run under the cursor."""
        run: RunSummary | None = self.query_one(WindowedList).current
        return replace(
            super().situation(),
            report=RunReport(run) if run is not None else None,
            row=run is not None,
            rows=len(self._runs),
        )

    def runs_changed(self) -> None:
        """Show the runs as they stand."""
        runs = self.console_app.runs
        if runs is not None:
            self.fill(runs)

    @in_background("fill")
    async def fill(self, runs: Sequence[RunSummary]) -> None:
        """Show these runs."""
        if runs == self._runs and runs:
            return
        self._runs = runs

        async def fetch(offset: int, limit: int) -> Sequence[RunSummary]:
            return runs[offset : offset + limit]

        await self.query_one(WindowedList).show(len(runs), fetch, keep_cursor=True)

    @on(WindowedList.Moved)
    def show_run(self) -> None:
        """The run under the cursor, below the list."""
        run: RunSummary | None = self.query_one(WindowedList).current
        self.refresh_frame()
        if run is None:
            return
        rule = [(f"run {run.run}", "strong"), (f"  for {day(run.as_of)}", "quiet")]
        if run.takes_back:
            rule.append((f", takes back {run.takes_back}", "quiet"))
        if run.users_only:
            rule.append((", users only", "quiet"))
        self.query_one("#run-rule", Rule).parts = tuple(rule)
        share = share_done(run)
        sent = run.state is RunState.APPLYING or run.applied.ok or run.applied.failed
        words = progress_sentence(run) if sent else "nothing sent"
        parts = [(f" {STATES[run.state]}", "strong"), (f"  {words}", "")]
        if run.message:
            parts.append((f"  {run.message}", "attention"))
        if run.state is RunState.APPLYING:
            parts.append((f"  {bar(share, 24)} {int(share * 100)}%", "good"))
        self.query_one("#run-state", Paragraphs).lines = (tuple(parts),)
        self.query_one("#run-table", Paragraphs).lines = plan_table(RunReport(run))

    @on(WindowedList.Chosen)
    def do_open(self) -> None:
        """Show the changes of the run under the cursor."""
        from screens.preview import PreviewPage  # noqa: PLC0415

        run: RunSummary | None = self.query_one(WindowedList).current
        if run is not None:
            self.app.push_screen(PreviewPage(run.run))

    def do_stop(self) -> None:
        """Ask the running apply to end after the batch in flight."""
        self.stop_run()

    @in_background("stop")
    async def stop_run(self) -> None:
        """Pass the wish on."""
        app = self.console_app
        if app.applying is None:
            return
        with self.telling():
            await in_thread(app.desk.stop, app.applying.run)
            self.say("It ends after the batch in flight; apply goes on from there later.", "good")

    def twins(self) -> list[tuple[str, str]]:
        """The list, and the run under the cursor."""
        app = self.console_app
        lines = [("lists the runs", twins.command(app, "runs", "list"))]
        run: RunSummary | None = self.query_one(WindowedList).current
        if run is not None:
            lines.append(("shows this run", twins.command(app, "runs", "show", run.run)))
            lines.append(("takes it back: stores the run that does",
                          twins.command(app, "undo", run.run)))  # fmt: skip
        return lines
