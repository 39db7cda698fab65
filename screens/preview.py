"""Preview: every change of a run with its reason, filtered, decided on, and sent from here."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

from textual import on
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Input, Static

from screens import preview_words as words
from screens import twins
from screens.actions import Situation
from screens.bindings import bindings
from screens.decisions import decide
from screens.desk import Tally
from screens.filter_words import parse, with_word
from screens.lane import in_thread
from screens.opened_plan import OpenedPlan
from screens.page import Page, in_background
from screens.widgets.change_list import ChangeList
from screens.widgets.frame import Question
from screens.widgets.lines import Facts, Line, Paragraphs, Part, Rule
from screens.widgets.windowed_list import WindowedList
from screens.wording import number
from sync.errors import UmstuiError
from sync.model import Change, ChangeFilter, RunReport, RunState

_TYPING_PAUSE = 0.15  # seconds without a key before the list follows the filter line
_ORDERS = ("plan", "name", "school", "key", "reason")
_HELD = ChangeFilter(statuses=frozenset({"held"}))
_MOVING_PAUSE = 0.06  # longer than a key that is held down takes to repeat
_EXAMPLE = "filter: op:- kind:person school:havn status:held jensen"


class PreviewPage(Page):
    """The changes of one run: the newest one, or the one it was opened for."""

    PLACE = "preview"
    BINDINGS = bindings("preview")
    CSS_PATH = "preview.tcss"
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
        super().__init__()
        self._asked_run = run
        self.report: RunReport | None = None
        self.tally: Tally = {}
        self.held = 0  # changes of an approved run that the filter still keeps
        self.choice = ChangeFilter()
        self.order = "plan"
        self.nothing_changes = "This run changes nothing: itslearning already holds what it should."
        self._plan: OpenedPlan | None = None

    def body(self) -> Iterable[Widget]:
        """Two lines on the run, two of choices, the filter, the list, the detail."""
        yield Line(id="state")
        yield Paragraphs(id="limits")
        with Vertical(id="choices"):
            yield Paragraphs(id="kinds")
            yield Paragraphs(id="operations")
        with Horizontal(id="filter-line"):
            yield Static(" / ", id="filter-mark")
            yield Input(placeholder=_EXAMPLE, id="filter", compact=True)
        with Horizontal(id="split"):
            with Vertical(id="left"):
                yield ChangeList()
            with Vertical(id="right"):
                yield Rule(id="rule")
                with VerticalScroll(id="detail", can_focus=False):
                    yield Facts(id="facts")
        yield Paragraphs(id="nothing")

    def on_mount(self) -> None:
        """Show the run that was asked for, or wait for the list of runs."""
        super().on_mount()
        self.query_one(ChangeList).focus()
        self.show_nothing("Reading the runs ...")
        self.runs_changed()

    def on_unmount(self) -> None:
        """Give the run file back."""
        super().on_unmount()
        if self._plan is not None:
            self._plan.close()

    # What is shown ------------------------------------------------------------------------
    def title_words(self) -> str:
        """The digit, and the run."""
        title = "2 Preview" if self._asked_run is None else "6 Runs > run"
        return f"{title} {self.report.summary.run}" if self.report else title

    def situation(self) -> Situation:
        """With the run and the rows."""
        changes = self.query_one(ChangeList)
        return replace(
            super().situation(),
            report=self.report,
            row=changes.current is not None,
            rows=changes.count,
        )

    def on_screen_resume(self) -> None:
        """Follow what happened while another page was in front."""
        super().on_screen_resume()
        self.runs_changed()

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

    def show_nothing(self, sentence: str) -> None:
        """A sentence in place of the list."""
        self.set_class(True, "-nothing")
        lines = tuple(((line, ""),) for line in sentence.split("\n"))
        self.query_one("#nothing", Paragraphs).lines = (((" ", ""),), *lines)

    @in_background("load")
    async def load(self, run: str) -> None:
        """Read a run's report and open its file; what is on screen stays until then."""
        desk = self.console_app.desk
        try:
            report = await in_thread(desk.report, run)
            if self._plan is None or self._plan.run != run:
                plan = await OpenedPlan.open(desk, run)
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
        self.set_class(False, "-nothing")
        self.show_facts_of_run()
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
        self.query_one("#limits", Paragraphs).lines = tuple(limits)
        self.query_one("#kinds", Paragraphs).lines = (words.kind_line(self.tally, self.choice),)
        self.query_one("#operations", Paragraphs).lines = (
            words.operation_line(self.tally, self.choice),
        )
        self.refresh_frame()

    @in_background("list")
    async def list_changes(self, *, keep_cursor: bool = False) -> None:
        """Show what the filter line chooses."""
        plan, choice, order = self._plan, self.choice, self.order
        if plan is None:
            return

        async def fetch(offset: int, limit: int) -> Sequence[Change]:
            try:
                return await plan.page(choice, offset, limit, order)
            except UmstuiError as error:
                self.say(str(error), "error")
                return []

        with self.telling():
            count = await plan.count(choice)
            changes = self.query_one(ChangeList)
            changes.empty = (
                "No change matches the filter; esc in the filter line clears it."
                if self.query_one("#filter", Input).value
                else self.nothing_changes
            )
            await changes.show(count, fetch, keep_cursor=keep_cursor)
            self.show_facts_of_run()

    @on(WindowedList.Moved)
    @in_background("row")
    async def follow_cursor(self) -> None:
        """Show the row once the cursor rests: a key held down sends the list alone, which is a
        tenth of what the pane with it would be."""
        await asyncio.sleep(_MOVING_PAUSE)
        self.show_row()

    def show_row(self) -> None:
        """The detail of the row under the cursor, and where it stands."""
        changes = self.query_one(ChangeList)
        change = changes.current
        total = sum(sum(operations.values()) for operations in self.tally.values())
        place = f"{number(changes.cursor + 1)} of {number(changes.count)} shown"
        parts = [(place if changes.count else "nothing shown", "strong")]
        if changes.count != total:
            parts.append((f", {number(total)} in the plan", "quiet"))
        if self.order != "plan":
            parts.append((f", by {self.order}", "quiet"))
        if changes.marked:
            parts.append((f", {number(len(changes.marked))} marked *", "strong"))
        self.query_one("#rule", Rule).parts = tuple(parts)
        self.query_one(Facts).facts = tuple(self.facts_of(change)) if change else ()
        self.query_one("#detail", VerticalScroll).scroll_home(animate=False)
        self.refresh_frame()

    def facts_of(self, change: Change) -> Sequence[tuple[str, tuple[Part, ...]]]:
        """What the pane below says of a row."""
        return words.detail_facts(change, self.report.summary.run if self.report else "")

    # Filter ---------------------------------------------------------------------------------
    def do_filter(self) -> None:
        """Type filter words."""
        self.query_one("#filter", Input).focus()

    def set_filter(self, line: str) -> None:
        """Show the rows that these words choose."""
        self.query_one("#filter", Input).value = line

    @on(Input.Changed, "#filter")
    def typed(self, event: Input.Changed) -> None:
        """Follow the filter line after a short pause."""
        self.follow_filter(event.value)

    @in_background("typing")
    async def follow_filter(self, text: str) -> None:
        """Choose what the words say; a word that means nothing is named."""
        await asyncio.sleep(_TYPING_PAUSE)
        meant = parse(text)
        self.say(meant.refused[0] if meant.refused else "", "error" if meant.refused else "")
        if meant.choice != self.choice:
            self.choice = meant.choice
            self.list_changes()

    @on(Input.Submitted, "#filter")
    def leave_filter(self) -> None:
        """Back to the list, the words stay."""
        self.query_one(ChangeList).focus()

    def _step(self, prefix: str, names: list[str], chosen: frozenset[str], by: int) -> None:
        now = next(iter(chosen), "") if len(chosen) == 1 else ""
        position = names.index(now) if now in names else 0
        line = self.query_one("#filter", Input)
        line.value = with_word(line.value, prefix, names[(position + by) % len(names)])

    def do_previous_kind(self) -> None:
        """Show the kind before."""
        self._step("kind", words.kinds_of(self.tally), self.choice.kinds, -1)

    def do_next_kind(self) -> None:
        """Show the next kind."""
        self._step("kind", words.kinds_of(self.tally), self.choice.kinds, 1)

    def do_previous_operation(self) -> None:
        """Show the operation before."""
        names = words.operations_of(self.tally, self.choice)
        self._step("op", names, self.choice.operations, -1)

    def do_next_operation(self) -> None:
        """Show the next operation."""
        names = words.operations_of(self.tally, self.choice)
        self._step("op", names, self.choice.operations, 1)

    def do_back(self) -> None:
        """Question, then filter line, then marks, then the page."""
        line, changes = self.query_one("#filter", Input), self.query_one(ChangeList)
        if self.query_one(Question).open:
            super().do_back()
        elif line.has_focus or line.value:
            line.value = ""
            changes.focus()
        elif changes.marked:
            changes.marked.clear()
            changes.refresh()
            self.show_row()
        else:
            super().do_back()

    def do_sort(self) -> None:
        """The next order: of carrying out, by name, school, key, reason."""
        self.order = _ORDERS[(_ORDERS.index(self.order) + 1) % len(_ORDERS)]
        carried_out = self.order == "plan"
        self.say("in the order of carrying out" if carried_out else f"sorted by {self.order}")
        self.list_changes()

    def do_history(self) -> None:
        """What all runs did to the person or room under the cursor."""
        from screens.history import HistoryPage  # noqa: PLC0415

        change = self.query_one(ChangeList).current
        if change is not None:
            self.app.push_screen(HistoryPage(change.key, change.label))

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

    def do_diagnose(self) -> None:
        """Where the person or room of the row is, and why."""
        from screens.diagnose import DiagnosePage  # noqa: PLC0415

        change = self.query_one(ChangeList).current
        if change is None:
            return
        ends = change.after or change.before or {}
        if change.kind == "membership":
            page = DiagnosePage(ends.get("person") or "", ends.get("group") or "")
        elif change.kind == "person":
            page = DiagnosePage(person=change.key)
        else:
            page = DiagnosePage(room=change.key)
        self.app.push_screen(page)

    def do_detail(self) -> None:
        """Detail pane: small, large, off."""
        sizes = ("", "-large", "-off")
        now = next((size for size in sizes[1:] if self.has_class(size)), "")
        self.remove_class(*sizes[1:])
        if following := sizes[(sizes.index(now) + 1) % len(sizes)]:
            self.add_class(following)

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
        if self.report is None:
            return [("makes a plan", twins.command(self.console_app, "plan"))]
        confirm = self.console_app.desk.confirmation(self.report)
        return twins.of_preview(self.console_app, self.report, self.choice, confirm)
