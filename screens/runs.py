"""Runs: what was planned and applied, newest first; the one under way is followed live."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.widget import Widget

from screens import twins
from screens.actions import Situation
from screens.bindings import bindings
from screens.conditions import can_undo
from screens.home_words import run_table
from screens.lane import in_thread
from screens.page import Page, in_background
from screens.widgets.columns import Column
from screens.widgets.frame import Question
from screens.widgets.lines import Paragraphs, Rule
from screens.widgets.windowed_list import WindowedList
from screens.wording import (
    VERDICTS,
    bar,
    day,
    moment,
    number,
    progress_sentence,
    share_done,
    state_word,
)
from sync.model import RunReport, RunState, RunSummary, Verdict


def _count(run: RunSummary, *operations: str) -> str:
    total = sum(
        numbers.get(operation, 0) for numbers in run.counts.values() for operation in operations
    )
    return number(total) if total else "-"


def _state_style(run: RunSummary, cut_off: str) -> str:
    alarming = {RunState.HELD, RunState.FAILED, RunState.APPLIED_WITH_FAILURES}
    if run.run == cut_off or run.state in alarming:
        return "attention"
    return "create" if run.state is RunState.APPLYING else ""


def _sent(run: RunSummary) -> str:
    return number(run.applied.ok) if run.applied.ok else "-"


def _failed(run: RunSummary) -> str:
    return number(run.applied.failed) if run.applied.failed else "-"


_NO_RUN = "No run yet; n on 1 Home makes a plan."
_MADE: tuple[Column[RunSummary], ...] = (
    Column("run", lambda r: r.run, 8, 20),
    Column("made", lambda r: moment(r.made_at), 16, 16, 1),
    Column("by", lambda r: r.made_by, 6, 12, 4),
)
_NUMBERS: tuple[Column[RunSummary], ...] = (
    Column("+new", lambda r: _count(r, "create", "restore", "adopt"), 7, 9, 3, right=True),
    Column("~chg", lambda r: _count(r, "update", "rekey", "move", "archive"), 7, 9, 3, right=True),
    Column("-del", lambda r: _count(r, "delete", "forget"), 6, 9, 2, right=True),
    Column("sent", _sent, 7, 9, 1, right=True),
    Column("fail", _failed, 5, 7, 1, right=True, style=lambda r: "attention"),
)


def _columns(
    side: Callable[[RunSummary], str], cut_off: Callable[[], str]
) -> tuple[Column[RunSummary], ...]:
    return (
        Column("", side, 1, 1, style=lambda _: "strong"),
        *_MADE,
        Column("state", lambda r: state_word(r, cut_off()), 10, 22,
               style=lambda r: _state_style(r, cut_off())),
        *_NUMBERS,
    )  # fmt: skip


class RunsPage(Page):
    """The history of one organization."""

    PLACE = "runs"
    TITLE_WORDS = "6 Runs"
    BINDINGS = bindings("runs")
    HELP_WORDS: ClassVar[str] = (
        "Every plan and what became of it. enter shows the changes of the run under the cursor, "
        "with what itslearning said of each. A run that is being carried out is followed here, "
        "whoever started it; s asks it to end after the batch in flight. m and M choose the two "
        "sides of a comparison, A and B; d shows what changed from A to B, a run that was carried "
        "out counting with what was held after it, a plan with what it would lead to. L reads "
        "itslearning and shows where it differs from what was sent."
    )

    def __init__(self) -> None:
        super().__init__()
        self._runs: Sequence[RunSummary] = ()
        self._cut_off = ""  # of these, the run that nobody carries out any more
        self._sides: dict[str, str] = {}  # A and B, where somebody chose them

    def _chosen(self) -> tuple[str, str]:
        """The runs that are A and B: B the newest and A the one before, where nobody chose."""
        names = [run.run for run in self._runs]
        other = self._sides.get("B", names[0] if names else "")
        following = names[min(names.index(other) + 1, len(names) - 1)] if other in names else ""
        return self._sides.get("A", following), other

    def _side(self, run: RunSummary) -> str:
        one, other = self._chosen()
        return "B" if run.run == other else "A" if run.run == one else " "

    def body(self) -> Iterable[Widget]:
        """The list, and below it the run under the cursor."""
        columns = _columns(self._side, lambda: self._cut_off)
        yield WindowedList(columns, lambda run: run.run, _NO_RUN, id="runs")
        yield Rule(id="run-rule")
        yield Paragraphs(id="run-state")
        yield Paragraphs(id="run-table")

    def on_mount(self) -> None:
        """Show what is known."""
        super().on_mount()
        self.query_one(WindowedList).focus()

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
        cut_off = self.console_app.cut_off
        if (runs, cut_off) == (self._runs, self._cut_off) and runs:
            return
        self._runs, self._cut_off = runs, cut_off
        unread = bool(self.console_app.trouble)
        self.query_one(WindowedList).empty = "The runs could not be read." if unread else _NO_RUN

        await self.query_one(WindowedList).show_rows(runs, keep_cursor=True)

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
        parts = [(f" {state_word(run, self._cut_off)}", "strong"), (f"  {words}", "")]
        tone = "quiet" if run.verdict is Verdict.PASS else "attention"
        parts.append((f"  filter: {VERDICTS[run.verdict]}", tone))
        second = (f" {run.message}" if run.message else "", "attention")
        if run.state is RunState.APPLYING:
            second = (f" {bar(share, 40)} {int(share * 100)}%", "good")
            if run.run == self._cut_off:
                second = (f"{second[0]}  enter, then P goes on with it", "attention")
        self.query_one("#run-state", Paragraphs).lines = (tuple(parts), (second,))
        self.query_one("#run-table", Paragraphs).lines = run_table(run)

    @on(WindowedList.Chosen)
    def do_open(self) -> None:
        """Show the changes of the run under the cursor."""
        from screens.preview import PreviewPage  # noqa: PLC0415

        run: RunSummary | None = self.query_one(WindowedList).current
        if run is not None:
            self.app.push_screen(PreviewPage(run.run))

    # Two runs -----------------------------------------------------------------------------------
    def do_set_a(self) -> None:
        """The run under the cursor is the first side."""
        self._set("A")

    def do_set_b(self) -> None:
        """The run under the cursor is the second side."""
        self._set("B")

    def _set(self, side: str) -> None:
        runs = self.query_one(WindowedList)
        if runs.current is not None:
            one, other = self._chosen()
            self._take_sides({"A": one, "B": other, side: runs.current.run})

    def do_older(self) -> None:
        """Both sides one run older."""
        self._slide(1)

    def do_newer(self) -> None:
        """Both sides one run newer."""
        self._slide(-1)

    def _slide(self, by: int) -> None:
        names = [run.run for run in self._runs]
        places = [names.index(name) + by for name in self._chosen()]
        if all(0 <= place < len(names) for place in places):
            self._take_sides({"A": names[places[0]], "B": names[places[1]]})
        else:
            self.say("There is no run further on that side.")

    def _take_sides(self, sides: dict[str, str]) -> None:
        self._sides = sides
        self.query_one(WindowedList).refresh()
        self.say(f"A is run {sides['A']}, B is run {sides['B']}; d shows what changed from A to B.")

    def do_compare(self) -> None:
        """Show what changed from A to B."""
        from screens.differences import DifferencesPage, between  # noqa: PLC0415

        self.app.push_screen(DifferencesPage(between(self._runs, *self._chosen())))

    def do_drift(self) -> None:
        """Read itslearning and show where it differs from what was last sent."""
        from screens.differences import DifferencesPage, drift_of  # noqa: PLC0415

        if (site := self.console_app.site) is not None:
            page = DifferencesPage(drift_of(site.org))
            self.app.push_screen(page)

    # Taking back, taking out --------------------------------------------------------------------
    def do_inverse(self) -> None:
        """Make the plan that takes the run under the cursor back."""
        self.take_back()

    @in_background("inverse")
    async def take_back(self) -> None:
        """Store it; the preview shows it like any other."""
        run: RunSummary | None = self.query_one(WindowedList).current
        if run is None:
            return
        self.say(f"planning the way back of run {run.run} ...")
        report = await in_thread(self.console_app.desk.undo, run.run)
        made = report.summary.run
        self.say(f"Run {made} takes run {run.run} back; it waits on 2 Preview.", "good")
        self.console_app.read_runs()

    def do_export(self) -> None:
        """Ask for the file."""
        self.export()

    @in_background("decide")
    async def export(self) -> None:
        """Write the run under the cursor to a file that is named."""
        runs = self.query_one(WindowedList)
        run: RunSummary | None = runs.current
        if run is None:
            return
        app = self.console_app
        answer = await self.query_one(Question).ask_file(
            f"export run {run.run} to: .xlsx .csv .jsonl, .html for a head, .duckdb for support",
            f"run-{run.run}.xlsx",
        )
        runs.focus()
        self.refresh_frame()
        if answer is None:
            self.say("Nothing was written.")
            return
        self.say("writing ...")
        with self.telling():
            written = await in_thread(app.desk.export, run.run, answer)
            self.say(f"{number(written)} lines are in {answer} on {app.desk.session.host}.", "good")

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
            pair = self._chosen()
            lines.append(("what changed from A to B", twins.command(app, "runs", "diff", *pair)))
            lines.append(("where itslearning differs now", twins.command(app, "drift")))
            if not can_undo(self.situation()):
                lines.append(("takes it back: stores the run that does",
                              twins.command(app, "undo", run.run)))  # fmt: skip
        return lines
