"""Preview: every change of a run with its reason, filtered, decided on, and sent from here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from screens import preview_words as words, twins
from screens.actions import Situation
from screens.bindings import bindings
from screens.changes import ChangesPage
from screens.conditions import can_apply, can_decide
from screens.decisions import decide, picked_rows
from screens.lane import in_thread
from screens.page import PREVIEW, in_background
from screens.widgets.change_list import ChangeList
from screens.widgets.lines import Line, Paragraphs, Part
from sync.errors import UmstuiError
from sync.model import Change, ChangeFilter, RunReport, RunState

_HELD = ChangeFilter(statuses=frozenset({"held"}))


class PreviewPage(ChangesPage):
    """The changes of one run: the newest one, or the one it was opened for."""

    SHOWS_TROUBLE = True
    PLACE = "preview"
    TITLE_WORDS = PREVIEW
    BINDINGS = bindings("preview")
    HELP_WORDS = (
        "The list holds every change of the run in the order of carrying out. In front of each: "
        ". planned, H held by the filter, A approved, R rejected, W waits, K carried out, "
        "F failed, S skipped; then + "
        "create, ~ update, - delete, & adopt, ^ restore, % new key, > move, v archive, x forget. "
        "Filter words stand together: op:-  kind:person  school:havn  status:held  why:gone  and "
        "any other word is looked for in names and keys; commas join, quotes hold blanks. "
        "Decisions are stored as they are made; a viewer's decision is kept as a proposal."
    )

    def __init__(self, run: str | None = None) -> None:
        super().__init__("Reading the runs ...")
        self._asked_run = run
        self.report: RunReport | None = None
        self.held = 0  # changes of an approved run that the filter still keeps
        self.nothing_changes = "This run changes nothing: itslearning already holds what it should."

    def on_resize(self) -> None:
        """As many limits as there is room for."""
        super().on_resize()
        self.show_facts_of_run()

    # What is shown ------------------------------------------------------------------------
    def title_words(self) -> str:
        """The digit, and the run."""
        if self._asked_run is not None:
            return self.run_words(self._asked_run)
        return f"{PREVIEW} {self.report.summary.run}" if self.report else PREVIEW

    def situation(self) -> Situation:
        """With the run."""
        return replace(super().situation(), report=self.report)

    def runs_changed(self) -> None:
        """Open the newest run where none was asked for; follow the state of the open one."""
        runs = self.console_app.runs
        if runs is None:
            return
        shown = self.report.summary if self.report else None
        wanted = self._asked_run or (runs[0].run if runs else None)
        if wanted is None and self.console_app.trouble:
            self.show_nothing(f"{self.console_app.trouble}\n\nctrl-r tries again.")
            return
        if wanted is None:
            self.show_nothing(
                "There is no run yet.\n\nn makes a plan: it reads UMS, works out what itslearning "
                "should hold, and shows the difference here. It writes nothing to UMS or "
                "itslearning."
            )
            return
        now = next((run for run in runs if run.run == wanted), None)
        if shown is None or shown.run != wanted:
            self.load(wanted)
        elif now is not None and self.report is not None and now != shown:
            if now.state is RunState.APPLYING:  # rows are read again when it has ended
                self.report = replace(self.report, summary=now)
                self.show_facts_of_run()
            else:
                self.load(wanted)

    @in_background("load")
    async def load(self, run: str) -> None:
        """Read a run's report and open its file; what is on screen stays until then."""
        desk = self.console_app.desk
        try:
            report = await in_thread(desk.report, run)
            if self._plan is None or self._plan.run != run:
                plan = await self.console_app.ahead.take(desk, run)
                if self._plan is not None:
                    self._plan.close()
                self._plan = plan
                self.query_one(ChangeList).marked.clear()
            else:
                await self._plan.refresh()
            tally = await self._plan.tally()
            approved = report.summary.state is RunState.APPROVED
            self.held = await self._plan.count(_HELD) if approved else 0
        except UmstuiError as error:
            self.say(str(error), "error")
            if self.report is None:
                self.show_nothing(str(error))
            return
        same = self.report is not None and self.report.summary.run == run
        self.report, self.tally = report, tally
        self.list_changes(keep_cursor=same)

    def show_facts_of_run(self) -> None:
        """State, limits and choices."""
        if self.report is None:
            return
        app = self.console_app
        now = app.desk.now()
        why = words.stale(self.report.summary, app.runs or (), now.date())
        self.query_one("#state", Line).parts = words.state_line(self.report, why, now, self.held)
        most = 3 if self.app.size.height >= 30 else 1
        limits = words.limit_lines(self.report.filter, most)
        if message := self.report.summary.message:
            limits.append(((f" {message}", "attention"),))
        if app.cut_off == self.report.summary.run:
            limits.append(((" It was cut off; P goes on with what was not sent.", "attention"),))
        self.query_one("#limits", Paragraphs).lines = tuple(limits)
        super().show_facts_of_run()

    def facts_of(self, change: Change) -> Sequence[tuple[str, tuple[Part, ...]]]:
        """What the pane below says of a row."""
        return words.detail_facts(change, self.report.summary.run if self.report else "")

    # Decisions --------------------------------------------------------------------------------
    def do_approve(self) -> None:
        """Let the row or the marked rows through."""
        self.decide("approve", everything=False)

    def do_reject(self) -> None:
        """Keep the row or the marked rows back."""
        self.decide("reject", everything=False)

    def do_wait(self) -> None:
        """Keep the row or the marked rows back until a day."""
        self.decide("wait", everything=False)

    def do_approve_all(self) -> None:
        """Let all rows shown through."""
        self.decide("approve", everything=True)

    def do_reject_all(self) -> None:
        """Keep all rows shown back."""
        self.decide("reject", everything=True)

    def do_wait_all(self) -> None:
        """Keep all rows shown back until a day."""
        self.decide("wait", everything=True)

    @in_background("decide")
    async def decide(self, verb: str, *, everything: bool) -> None:
        """Ask for the reason (and the day), then store the decision."""
        if self.report is None:
            return
        run = self.report.summary.run
        if await decide(self, run, verb, self.choice, everything=everything):
            self.load(run)
            self.console_app.read_runs()

    # Other actions ----------------------------------------------------------------------------
    def do_plan(self) -> None:
        """Plan anew."""
        self.console_app.make_plan()

    def do_limits(self) -> None:
        """All limits and problem rows."""
        from screens.limits import LimitsPage  # noqa: PLC0415

        if self.report is not None:
            self.app.push_screen(LimitsPage(self.report, self.set_filter))

    def do_proposals(self) -> None:
        """What viewers propose."""
        from screens.proposals import ProposalsPage  # noqa: PLC0415

        if self.report is not None:
            run = self.report.summary.run
            self.app.push_screen(ProposalsPage(self.report, lambda: self.load(run)))

    def do_apply(self) -> None:
        """Go to the screen that carries the run out."""
        from screens.apply import ApplyPage  # noqa: PLC0415

        if self.report is not None:
            self.app.push_screen(ApplyPage(self.report))

    def do_refresh(self) -> None:
        """Read the run again."""
        super().do_refresh()
        if self.report is not None:
            self.load(self.report.summary.run)

    def twins(self) -> list[tuple[str, str]]:
        """Showing, deciding and carrying out, for exactly what is on screen."""
        app, now = self.console_app, self.situation()
        if self.report is None:
            return [("makes a plan", twins.command(app, "plan"))]
        run = self.report.summary.run
        export = ("runs", "export", run, "--format", "xlsx", "-o", f"run-{run}.xlsx")
        lines = [
            self.twin_of_list("runs", "changes", run),
            ("shows the run and its limits", twins.command(app, "runs", "show", run)),
            ("writes all its changes to a file", twins.command(app, *export)),
        ]
        if not can_decide(now):
            if picked := picked_rows(self):
                lines += twins.deciding(app, run, *picked)
            lines += twins.deciding(app, run, self.choice, "all that is shown")
        if not can_apply(now):
            confirm = app.desk.confirmation(self.report)
            words = ["apply", run, *(["--confirm", confirm] if confirm else [])]
            lines.append(("carries the run out", twins.command(app, *words)))
        return lines
