"""Clean-up: a checklist of what was done by whom, what is next, and every number before it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.widget import Widget

from screens import twins
from screens.actions import Situation
from screens.bindings import bindings
from screens.cleanup_words import (
    MARKS,
    STATES,
    before_cleaning,
    of_step,
    steps_word,
)
from screens.confirm import Confirmation, ConfirmPage
from screens.lane import in_thread
from screens.page import Page, in_background
from screens.twin import TwinPage
from screens.twins import Twin
from screens.widgets.columns import Column
from screens.widgets.lines import Paragraphs, Rule
from screens.widgets.scrolled import Scrolled
from screens.widgets.windowed_list import WindowedList
from screens.wording import moment, plural, step_words
from sync.model import Progress, ProgressListener, RunReport, RunSummary
from sync.procedure import VENDOR_COMMANDS, CleanupPreview, Procedure, Step

_COLUMNS: tuple[Column[Step], ...] = (
    Column("", lambda s: MARKS[s.state], 3, 3,
           style=lambda s: {"done": "create", "later": "quiet"}.get(s.state, "attention")),
    Column("step", lambda s: s.title, 34, 44),
    Column("state", lambda s: STATES[s.state], 10, 12, 1),
    Column("when", lambda s: moment(s.when) if s.when else "", 16, 16, 2),
    Column("by", lambda s: s.who, 6, 14, 3),
)  # fmt: skip


class CleanupPage(Page):
    """Each step is previewed, decided on and carried out by whoever comes to it."""

    PLACE = "cleanup"
    TITLE_WORDS = "5 Clean-up"
    BINDINGS = bindings("cleanup")
    HELP_WORDS: ClassVar[str] = (
        "A clean-up empties what UMS remembers of itslearning and then puts sync keys in order. "
        "The steps can be left and taken up again by anybody: what was done is read from the audit "
        "trail and the runs. enter does the step under the cursor, after showing all of it. L "
        "reads the persons at itslearning for the numbers of the later steps, b lists backups, v "
        "shows the commands for an installation that goes on with UMS's own program."
    )

    def __init__(self) -> None:
        super().__init__()
        self._procedure: Procedure = Procedure([])
        self._shown: CleanupPreview | None = None
        self._counted_with: Sequence[RunSummary] | None = None  # the runs there were then
        self._read_live = False  # the persons at itslearning were read for it
        self._org: int | None = None
        self._busy = ""

    def body(self) -> Iterable[Widget]:
        """The steps, and below them the one under the cursor."""
        yield WindowedList(_COLUMNS, lambda step: step.id, id="steps")
        yield Rule(id="step-rule")
        with Scrolled(id="step-scroll"):
            yield Paragraphs(id="step-words")

    def on_mount(self) -> None:
        """Read where it stands."""
        super().on_mount()
        self.query_one(WindowedList).focus()

    def runs_changed(self) -> None:
        """A run that was planned or carried out is a step further."""
        app = self.console_app
        if app.runs != self._counted_with:
            self._shown = None  # what stands in the way may be gone
        if app.site is not None:
            self.read()

    def do_refresh(self) -> None:
        """Read steps and numbers again."""
        self._shown = None
        super().do_refresh()
        self.runs_changed()

    def situation(self) -> Situation:
        """With the step under the cursor."""
        step = self._step
        return replace(
            super().situation(),
            row=step is not None,
            rows=len(self._procedure.steps),
            planning=self.console_app.planning or bool(self._busy),
        )

    @property
    def _step(self) -> Step | None:
        step: Step | None = self.query_one(WindowedList).current
        return step

    @in_background("read")
    async def read(self) -> None:
        """The steps, then the numbers of the memory."""
        app = self.console_app
        if app.site is None:
            return
        org, desk = app.site.org, app.desk.cleanup
        if org != self._org:
            self._org, self._shown = org, None
        before = _place_of(self._procedure)
        self._procedure = await in_thread(desk.procedure, org)
        steps = list(self._procedure.steps)

        listed = self.query_one(WindowedList)
        await listed.show_rows(steps, keep_cursor=True)
        if (place := _place_of(self._procedure)) != before:
            listed.move_to(place)  # somebody went a step on, or it has just been opened
        self.show_step()
        if self._shown is None and not self._busy:
            await self._count(live=False)

    async def _count(self, *, live: bool) -> None:
        app = self.console_app
        if app.site is None:
            return
        org, desk = app.site.org, app.desk.cleanup
        self._counted_with, self._read_live = app.runs, live
        self._busy = "reading the persons at itslearning ..." if live else "counting ..."
        self.show_step()
        try:
            self._shown = await in_thread(lambda: desk.preview(org, self._heard(), live=live))
        finally:
            self._busy = ""
            self.show_step()

    def _heard(self) -> ProgressListener:
        """Progress goes to the status line, at most as often as it is drawn."""

        def hear(progress: Progress) -> None:
            self._busy = step_words(progress)

        return hear

    @on(WindowedList.Moved)
    def show_step(self) -> None:
        """The step under the cursor."""
        step = self._step
        self.refresh_frame()
        if step is None:
            return
        self.query_one("#step-rule", Rule).parts = (
            (step.title, "strong"), (f"  {steps_word(self._procedure.steps)}", "quiet"),
        )  # fmt: skip
        self.query_one("#step-words", Paragraphs).lines = of_step(
            step, self._shown, self._procedure, busy=self._busy
        )

    # What is done ----------------------------------------------------------------------------
    @on(WindowedList.Chosen)
    def do_open(self) -> None:
        """Do the step under the cursor, after everything of it was shown."""
        step = self._step
        if step is None:
            return
        if step.run and step.state in {"open", "done"}:
            self._show_run(step.run)
        elif step.state == "later":
            before = self._procedure.next
            self.say(f"first: {before.title}" if before else "everything is done")
        elif why_not := self.console_app.desk.session.no_apply:
            self.say(why_not, "error")
        elif step.id == "cleanup":
            self._ask()
        elif step.id != "report":
            self.make_plan(step.id)

    def _ask(self) -> None:
        shown, app = self._shown, self.console_app
        if shown is None or app.site is None:
            self.say("the rows are still being counted")
            return
        if shown.obstacles or shown.calendar:
            self.say(f"not now: {(*shown.obstacles, *shown.calendar)[0]}", "error")
            return
        org, desk = app.site.org, app.desk.cleanup

        async def carry_out() -> str:
            done = await in_thread(desk.clean, org, shown.confirm, shown.tables)
            self._shown = None
            rows = sum(done.tables.values())
            return (
                f"{plural(rows, 'row')} deleted. Backup {done.backup}, to be removed after "
                f"{done.remove_after}."
            )

        words = ["cleanup", "run", "--confirm", shown.confirm, "--rows", str(shown.rows)]
        twin = ("cleans up", twins.command(app, *words))
        self.app.push_screen(
            ConfirmPage(
                Confirmation(
                    "5 Clean-up > run",
                    before_cleaning(shown),
                    "clean up",
                    carry_out,
                    wanted=shown.confirm,
                    twin=twin,
                )
            )
        )

    @in_background("plan")
    async def make_plan(self, step: str) -> None:
        """Store the run of a step and show its changes."""
        app = self.console_app
        if app.site is None:
            return
        org, desk = app.site.org, app.desk.cleanup
        verb: Callable[[int, ProgressListener], RunReport] = (
            desk.plan_rekey if step == "rekey" else desk.plan_users
        )
        self._busy = "planning ..."
        self.say("planning ...")
        try:
            report = await in_thread(verb, org, self._heard())
        finally:
            self._busy = ""
        app.read_runs()
        run = report.summary.run
        if not report.summary.changes:
            self.say(f"Run {run}: nothing to do, this step is done.", "good")
            self.read()
            return
        self._show_run(run)

    def _show_run(self, run: str) -> None:
        from screens.preview import PreviewPage  # noqa: PLC0415 (pages show one another)

        self.app.push_screen(PreviewPage(run))

    def do_live(self) -> None:
        """Read the persons at itslearning for the numbers of the later steps."""
        self.read_live()

    @in_background("live")
    async def read_live(self) -> None:
        """The same in a thread; itslearning is only asked."""
        await self._count(live=True)

    def do_backups(self) -> None:
        """The backups, and the way back."""
        from screens.backups import BackupsPage  # noqa: PLC0415 (pages show one another)

        self.app.push_screen(BackupsPage(self._restored))

    def _restored(self) -> None:
        self._shown = None
        self.runs_changed()

    def do_orphans(self) -> None:
        """What nothing knows any more."""
        from screens.orphans import OrphansPage  # noqa: PLC0415 (pages show one another)

        self.app.push_screen(OrphansPage())

    def do_vendor(self) -> None:
        """What is typed where UMS's own program does the rest."""
        said = ("changes all keys to user names", "users only", "users only, finds missing keys")
        self.app.push_screen(TwinPage(list(zip(said, VENDOR_COMMANDS, strict=True))))

    def twins(self) -> list[Twin]:
        """The step under the cursor, looked at first, and the list."""
        app, step = self.console_app, self._step
        confirm = ("--confirm", self._shown.confirm if self._shown else "NAME")
        live = ["--live"] if self._read_live else []
        rekey = ("rekey", "--to", "username")
        lines = {
            "cleanup": [
                ("shows what it would do", twins.command(app, "cleanup", "preview", *live)),
                ("cleans up", twins.command(app, "cleanup", "run", *confirm)),
            ],
            "rekey": [
                ("shows who would get which key", twins.command(app, *rekey, "preview")),
                ("re-keys everybody", twins.command(app, *rekey, "run", *confirm)),
            ],
        }.get(step.id if step else "")
        stands = ("says where it stands", twins.command(app, "cleanup", "steps"))
        if step is not None and step.id == "report":  # it lists them
            return [stands]
        lines = lines or [("plans persons alone", twins.command(app, "plan", "--users-only"))]
        return [*lines, stands]


def _place_of(procedure: Procedure) -> int:
    """The place of the step to be taken now, else the first."""
    following = procedure.next
    return procedure.steps.index(following) if following else 0
