"""Apply, the one dangerous page: what will be sent, in order; the words to type; then the run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static

from screens import twins
from screens.actions import Situation
from screens.bindings import bindings
from screens.lane import in_thread
from screens.marks import family, mark
from screens.opened_plan import OpenedPlan
from screens.page import Page, in_background
from screens.widgets.lines import Facts, Line, Paragraphs, Part, Rule
from screens.widgets.scrolled import Scrolled
from screens.wording import bar, clock, number, plural, progress_sentence, share_done
from sync.errors import UmstuiError
from sync.model import Operation, RunReport, RunState, RunSummary
from sync.procedure import PARALLEL_IMPORT
from sync.stages import Stage

Numbers = dict[tuple[str, str], int]

_LOST = (
    "Deleted persons lie in itslearning's trash for a time; what stood in deleted rooms does not "
    "come back."
)
_GO = "apply"  # what is typed where no delete would be sent


class ApplyPage(Page):
    """Opaque, with the safe answer in front: an empty line, or any other words, go back."""

    PLACE = "apply"
    AUTO_FOCUS = ""  # the line to type in takes the keys when there is something to confirm
    BINDINGS = bindings("apply")
    HELP_WORDS: ClassVar[str] = (
        "The steps are carried out in this order, deletes last. Typing the words in full and "
        "enter starts a process of its own: closing the console, or losing the line, does not "
        "stop it, and 6 Runs shows it again. s asks it to end after the batch in flight; apply "
        "then goes on where it ended."
    )

    def __init__(self, report: RunReport) -> None:
        super().__init__()
        self.report = report
        self.started = False
        self._wanted = ""
        self._stages: list[tuple[Stage, Numbers]] = []

    def body(self) -> Iterable[Widget]:
        """State, steps, checks, and the line to type in."""
        yield Line(id="apply-state")
        yield Line(id="apply-bar")
        with Scrolled(id="apply-facts"):
            yield Rule(id="order-rule")
            yield Facts(id="order", label_cells=7)
            yield Rule(id="checks-rule")
            yield Paragraphs(id="checks")
        yield Paragraphs(id="confirm-words")
        with Horizontal(id="confirm-line"):
            yield Static(" > ", id="confirm-mark")
            yield Input(id="confirm", compact=True)

    def title_words(self) -> str:
        """Which run."""
        return f"{self.run_words(self.report.summary.run)} > apply"

    def on_mount(self) -> None:
        """Show what is known, then read the steps."""
        super().on_mount()
        self.query_one("#order-rule", Rule).parts = (("in this order", "strong"),)
        self.query_one("#checks-rule", Rule).parts = (("checked", "strong"),)
        self.started = self._under_way(self.report.summary)
        self.show_run(self.report.summary)
        self.read()

    def _under_way(self, summary: RunSummary) -> bool:
        return summary.state is RunState.APPLYING and self.console_app.cut_off != summary.run

    def situation(self) -> Situation:
        """With the run that is under way."""
        summary = self.report.summary
        mine = summary.run if self._under_way(summary) else ""
        return replace(
            super().situation(),
            report=self.report,
            applying=mine,
        )

    @in_background("read")
    async def read(self) -> None:
        """Read the run once more, and its steps."""
        app, run = self.console_app, self.report.summary.run
        try:
            self.report = await in_thread(app.desk.report, run)
            plan = await OpenedPlan.open(app.desk, run)
            try:
                self._stages = await plan.stages()
            finally:
                plan.close()
            words = await in_thread(app.desk.confirmation, self.report)
        except UmstuiError as error:
            self.say(str(error), "error")
            return
        self._wanted = words or _GO
        self.started = self.started or self._under_way(self.report.summary)
        self.show_run(self.report.summary)
        self.show_checks()
        if not self.started:
            self.show_question()

    # What is shown ---------------------------------------------------------------------------
    def show_run(self, summary: RunSummary) -> None:
        """The state of the run: nothing sent yet, under way, or ended."""
        self.set_class(self.started, "-started")
        if self.started:
            self.set_focus(None)
        state = summary.state
        if not self.started:
            changes, going = plural(summary.changes, "change"), self.going()
            if self._stages and going != summary.changes:
                changes = f"{number(going)} of {changes} go"
            so_far = f"{changes}, nothing sent yet"
            if state is RunState.APPLYING:
                so_far = f"{progress_sentence(summary)}, then it was cut off; the rest goes now"
            words: tuple[Part, ...] = (
                (f" APPLY run {summary.run}", "attention"),
                (f"   {so_far}", ""),
            )
        elif state is RunState.APPLYING:
            words = ((" RUNNING ", "attention"), (f" {progress_sentence(summary)}", "strong"))
        elif state in {RunState.APPLIED, RunState.APPLIED_WITH_FAILURES}:
            tone = "good" if state is RunState.APPLIED else "attention"
            words = ((" DONE ", tone), (f" {progress_sentence(summary)}", "strong"))
        else:
            words = ((" STARTING ", "attention"), (" waiting for its first word", ""))
        self.query_one("#apply-state", Line).parts = words
        share = share_done(summary)
        cells = max(10, min(60, self.app.size.width - 20))
        self.query_one("#apply-bar", Line).parts = (
            (f" {bar(share, cells)}", "good"),
            (f"  {int(share * 100)}%", "strong"),
        )
        self.show_order(summary)
        self.refresh_frame()

    def going(self, operation: str = "") -> int:
        """How many changes are sent now, of all operations or of one."""
        return sum(
            n
            for _, numbers in self._stages
            for (_, op), n in numbers.items()
            if op in {operation or op} - {Operation.NOTE}
        )

    def show_order(self, summary: RunSummary) -> None:
        """The steps, and which of them lie behind."""
        applied = summary.applied
        done = applied.ok + applied.failed + applied.skipped
        lines: list[tuple[str, tuple[Part, ...]]] = []
        for stage, numbers in self._stages:
            sent = {key: n for key, n in numbers.items() if key[1] != Operation.NOTE and n}
            if not sent:
                continue
            size = sum(sent.values())
            where = "   "
            if self.started and done >= size:
                where = " ok"
            elif self.started and done > 0:
                where = "  >"
            done = max(0, done - size)
            counts: list[Part] = [
                (f" {mark(op)} {number(n)} {kind}", family(op)) for (kind, op), n in sent.items()
            ]
            label, title = f"{where} {stage.number:2d}", (f"{stage.title}: ", "")
            room = self.app.size.width - len(label) - 4
            if len(title[0]) + sum(len(words) for words, _ in counts) > room:
                lines += [(label, (title,)), ("", tuple(counts))]
            else:
                lines.append((label, (title, *counts)))
        self.query_one("#order", Facts).facts = tuple(lines)

    def show_checks(self) -> None:
        """What was looked at before the question is asked; apply looks again itself."""
        app, summary = self.console_app, self.report.summary
        today = app.desk.now().date()
        newer = [run.run for run in app.runs or () if run.made_at > summary.made_at]
        reached = [cell for cell in self.report.filter if cell.level in {"hold", "warn"}]
        held = summary.counts
        kept = sum(operations.get("postpone", 0) for operations in held.values())
        lines: list[tuple[Part, ...]] = [
            _check(summary.as_of == today, "planned for today", f"planned for {summary.as_of}"),
            _check(not newer, "the newest run", f"run {newer[0]} is newer" if newer else ""),
            _check(not reached, "within all limits",
                   f"{plural(len(reached), 'limit')} reached; approved where it can go on"),
            _check(True, "source, settings and other runs are checked again when it starts", ""),
        ]  # fmt: skip
        if kept:
            lines.append(((f"   -    {plural(kept, 'change')} put off stay as they are", "quiet"),))
        self.query_one("#checks-rule", Rule).parts = (
            (f"checked {clock(app.desk.now())}", "strong"),
        )
        self.query_one("#checks", Paragraphs).lines = tuple(lines)

    def show_question(self) -> None:
        """The words to type, and what cannot be taken back."""
        deletes = self.report.summary.deletes
        lines: list[tuple[Part, ...]] = []
        if deletes:
            going = self.going(Operation.DELETE)
            words = f"{plural(deletes, 'delete')}. "
            if going != deletes:
                words = f"{number(going)} of {words[:-2]} go now; the number to type is the run's. "
            lines.append(((words, "attention"), (_LOST, "")))
        if self.report.summary.confirm:
            lines.append(((PARALLEL_IMPORT, "attention"),))
        run = self.report.summary.run
        confirm = self._wanted if self._wanted != _GO else None
        command = ["apply", run, *(["--confirm", confirm] if confirm else [])]
        lines.append(
            (("by command: ", "quiet"), (twins.command(self.console_app, *command), "quiet"))
        )
        lines.append(
            (("Type ", ""), (self._wanted, "attention"),
             (" and press enter. Anything else goes back and sends nothing.", ""))
        )  # fmt: skip
        self.query_one("#confirm-words", Paragraphs).lines = tuple(lines)
        answer = self.query_one("#confirm", Input)
        answer.display = True
        answer.focus()

    # What is done ----------------------------------------------------------------------------
    @on(Input.Submitted, "#confirm")
    def answered(self, event: Input.Submitted) -> None:
        """The words in full start the run; anything else goes back."""
        if self.started or not self._wanted:
            return
        if event.value.strip() != self._wanted:
            self.app.pop_screen()
            self.console_app.tell("Nothing was sent.")
            return
        if why_not := self.console_app.desk.session.no_apply:
            self.say(why_not, "error")
            return
        self.start()

    @in_background("start")
    async def start(self) -> None:
        """Begin the process of its own and follow it."""
        app, run = self.console_app, self.report.summary.run
        self.started = True
        self.show_run(self.report.summary)
        confirm = self._wanted if self._wanted != _GO else None
        try:
            process = await in_thread(app.desk.start_apply, run, confirm)
        except UmstuiError as error:
            self.started = False
            self.show_run(self.report.summary)
            self.say(str(error), "error")
            return
        self.say("Closing the console does not stop it; 6 Runs shows it again.")
        app.started(run, process)

    def runs_changed(self) -> None:
        """Follow the run."""
        run = self.report.summary.run
        now = next((r for r in self.console_app.runs or () if r.run == run), None)
        if self.started and self.console_app.cut_off == run:
            self.started = False
            self.read()  # and ask whether to go on with it
            return
        if now is None or now == self.report.summary:
            return
        self.report = RunReport(now, self.report.filter, self.report.problems)
        self.started = self.started or self._under_way(now)
        self.show_run(now)

    def process_ended(self, run: str, code: int, words: str) -> None:
        """Say how it ended; where it refused to begin, ask again."""
        if run != self.report.summary.run:
            return
        state = self.report.summary.state
        if code and state in {RunState.PLANNED, RunState.APPROVED, RunState.HELD}:
            self.started = False
            self.read()

    def do_stop(self) -> None:
        """Ask the run to end after the batch in flight."""
        self.stop_run()

    @in_background("stop")
    async def stop_run(self) -> None:
        """Pass the wish on."""
        with self.telling():
            await in_thread(self.console_app.desk.stop, self.report.summary.run)
            self.say("It ends after the batch in flight; apply goes on from there later.", "good")

    def twins(self) -> list[tuple[str, str]]:
        """Carrying out and following."""
        app, run = self.console_app, self.report.summary.run
        confirm = app.desk.confirmation(self.report)
        words = ["apply", run, *(["--confirm", confirm] if confirm else [])]
        return [
            ("carries the run out", twins.command(app, *words)),
            ("follows it", twins.command(app, "runs", "show", run, "--follow")),
            ("ends it after the batch in flight", twins.command(app, "runs", "stop", run)),
        ]


def _check(good: bool, words: str, otherwise: str) -> tuple[Part, ...]:
    if good:
        return (("   ok   ", "good"), (words, ""))
    return (("   !    ", "attention"), (otherwise, "strong"))
