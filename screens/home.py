"""Home: what needs you and the key to press, the newest plan against its limits, the last runs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from screens import home_words, twins
from screens.actions import Situation
from screens.bindings import bindings
from screens.lane import in_thread
from screens.needs import Need, also, needs
from screens.page import Page, in_background
from screens.widgets.columns import Column
from screens.widgets.lines import Facts, Paragraphs, Rule
from screens.widgets.windowed_list import WindowedList
from screens.wording import plural
from sync.errors import UmstuiError
from sync.model import RunReport

_COLUMNS: tuple[Column[Need], ...] = (
    Column("", lambda need: need.mark, 1, 1, style=lambda _: "attention"),
    Column("", lambda need: need.word, 8, 8, style=lambda need: "attention"
           if need.mark == "!" else ""),
    Column("what", lambda need: need.words, 40, 140),
    Column("keys", lambda need: need.keys, 4, 4, style=lambda _: "update"),
)  # fmt: skip


class HomePage(Page):
    """Nothing on this page writes; n stores a plan and nothing else."""

    PLACE = "home"
    TITLE_WORDS = "1 Home"
    BINDINGS = bindings("home")
    HELP_WORDS: ClassVar[str] = (
        "The upper list is what waits for a person, with the keys that lead there; enter opens "
        "it. Below stand the newest plan beside its limits, and the last runs. Every number of "
        "the plan is explained on 2 Preview."
    )

    def __init__(self) -> None:
        super().__init__()
        self.report: RunReport | None = None
        self._needs: list[Need] = []

    def body(self) -> Iterable[Widget]:
        """Needs above, plan and source below, runs at the foot."""
        yield Rule(id="needs-rule")
        yield WindowedList(_COLUMNS, lambda need: need.words, id="needs")
        with Horizontal(id="middle"):
            with Vertical(id="plan-box"):
                yield Rule(id="plan-rule")
                yield Paragraphs(id="plan")
            with Vertical(id="facts-box"):
                yield Rule(id="facts-rule")
                yield Facts(id="facts", label_cells=5)
        yield Rule(id="runs-rule")
        with Horizontal(id="lower"):
            yield Paragraphs(id="last-runs")
            yield Paragraphs(id="trend")

    def on_mount(self) -> None:
        """Show what is known."""
        super().on_mount()
        self.query_one(WindowedList).focus()

    def situation(self) -> Situation:
        """With the need under the cursor."""
        return replace(
            super().situation(),
            report=self.report,
            row=self.query_one(WindowedList).current is not None,
        )

    def runs_changed(self) -> None:
        """Work out anew what needs someone."""
        self.look()

    @in_background("look")
    async def look(self) -> None:
        """Read the newest run's report, then show everything."""
        app = self.console_app
        if app.runs is None:
            self.query_one("#needs-rule", Rule).parts = (("reading the runs ...", "quiet"),)
            return
        if not app.runs:
            self.report = None
        else:
            newest = app.runs[0]
            if self.report is None or self.report.summary != newest:
                try:
                    self.report = await in_thread(app.desk.report, newest.run)
                except UmstuiError as error:
                    self.say(str(error), "error")
                    self.report = RunReport(newest)
        now = app.desk.now()
        self._needs = needs(self.report, app.runs, now.date(), app.trouble, app.cut_off)
        if app.site is not None and not app.trouble:
            self._needs += await self._also(app.site.org)
        listed = self.query_one(WindowedList)
        listed.empty = "Nothing waits for you."
        await listed.show(len(self._needs), self._fetch, keep_cursor=True)
        waiting = plural(len(self._needs), "thing")
        self.query_one("#needs-rule", Rule).parts = (
            ("NEEDS YOU", "strong"), (f"  {waiting}, enter opens one", "quiet"),
        )  # fmt: skip
        unread = bool(app.trouble)
        self.query_one("#plan-rule", Rule).parts = home_words.plan_title(
            self.report, now, unread=unread
        )
        self.query_one("#plan", Paragraphs).lines = home_words.plan_table(
            self.report, unread=unread
        )
        self.query_one("#facts-rule", Rule).parts = (("WHERE AND WHO", "strong"),)
        self.query_one("#facts", Facts).facts = home_words.facts(
            app.site, app.desk.session, self.report, now, app.cut_off
        )
        self.query_one("#runs-rule", Rule).parts = (("LAST RUNS", "strong"),)
        self.show_runs()
        self.query_one("#trend", Paragraphs).lines = home_words.trend(self.report, app.runs)
        self.refresh_frame()

    def on_resize(self) -> None:
        """As many of the last runs as there is room for."""
        super().on_resize()
        self.call_after_refresh(self.show_runs)

    def show_runs(self) -> None:
        """The last runs."""
        app = self.console_app
        if (runs := app.runs) is not None and self.ready:
            most = max(3, self.query_one("#lower").size.height - 1)
            lines = home_words.last_runs(runs, most, app.cut_off, unread=bool(app.trouble))
            self.query_one("#last-runs", Paragraphs).lines = lines

    async def _also(self, org: int) -> list[Need]:
        """What waits besides the runs: proposals for the newest one, exceptions to renew."""
        desk, newest = self.console_app.desk, self.report.summary if self.report else None
        try:
            proposed = await in_thread(desk.proposals, newest.run) if newest else []
            kept = await in_thread(desk.calendar.exceptions, org)
        except UmstuiError as error:
            self.say(str(error), "error")
            return []
        return also(newest, proposed, kept.renewals)

    async def _fetch(self, offset: int, limit: int) -> Sequence[Need]:
        return self._needs[offset : offset + limit]

    @on(WindowedList.Moved)
    def moved(self) -> None:
        """The footer follows the cursor."""
        self.refresh_frame()

    @on(WindowedList.Chosen)
    def do_open(self) -> None:
        """Go where the need under the cursor leads."""
        need: Need | None = self.query_one(WindowedList).current
        if need is None:
            return
        if need.opens in {"plan", "refresh"}:
            self.action_do(need.opens)
        else:
            self.console_app.go(need.opens)
            if need.filter_words:
                self.console_app.filter_preview(need.filter_words)

    def do_plan(self) -> None:
        """Plan for today."""
        self.console_app.make_plan()

    def twins(self) -> list[tuple[str, str]]:
        """The newest run beside its limits, the runs, and a plan."""
        app = self.console_app
        newest = self.report.summary.run if self.report else ""
        shown = ("shows the newest run", twins.command(app, "runs", "show", newest))
        return [
            *([shown] if newest else []),
            ("lists the runs", twins.command(app, "runs", "list")),
            ("makes a plan", twins.command(app, "plan")),
            ("checks everything", twins.command(app, "check")),
        ]
