"""Proposals: what those who may not decide would do with a run, and taking it over."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.widget import Widget

from screens import twins
from screens.actions import Situation
from screens.bindings import bindings
from screens.confirm import Confirmation, ConfirmPage
from screens.lane import in_thread
from screens.marks import family, mark
from screens.page import Page, in_background
from screens.widgets.columns import Column
from screens.widgets.lines import Line, Lines, Paragraphs, Rule
from screens.widgets.windowed_list import WindowedList
from screens.wording import day, moment, number, plural
from sync.model import Change, RunReport

if TYPE_CHECKING:
    from sync.runs import Proposal

_NAMED = 5  # changes that are named; the filter shows the rest
_ANSWERS = {"approve": "let through", "reject": "keep back", "wait": "keep back until"}


def _would(proposal: Proposal) -> str:
    words = _ANSWERS.get(proposal.decision.answer, proposal.decision.answer)
    until = proposal.decision.until
    return f"{words} {day(until)}" if until else words


def _words(proposal: Proposal) -> Lines:
    decision = proposal.decision
    return (
        ((f" {_would(proposal)}: {plural(decision.count, 'change')}", ""),),
        ((f" because: {decision.reason}", ""),),
    )


_COLUMNS: tuple[Column[Proposal], ...] = (
    Column("id", lambda p: str(p.number), 4, 6, right=True),
    Column("who", lambda p: p.decision.operator, 8, 16),
    Column("would", _would, 12, 30),
    Column("changes", lambda p: number(p.decision.count), 7, 9, right=True),
    Column("", lambda p: "taken" if p.taken else "waits", 5, 5,
           style=lambda p: "quiet" if p.taken else "attention"),
    Column("because", lambda p: p.decision.reason, 20, 100),
)  # fmt: skip


class ProposalsPage(Page):
    """One line a proposal; enter decides as proposed, under one's own name."""

    PLACE = "proposals"
    BINDINGS = bindings("proposals")
    HELP_WORDS: ClassVar[str] = (
        "What a viewer approves, rejects or puts off is kept here as a proposal. enter takes the "
        "one under the cursor over: it becomes a decision under your name, with the reason that "
        "was given, and the audit trail has both names."
    )

    def __init__(self, report: RunReport, taken: Callable[[], object]) -> None:
        super().__init__()
        self._report = report
        self._taken = taken

    def body(self) -> Iterable[Widget]:
        """A sentence, the list, the proposal under the cursor in full."""
        yield Line(id="proposals-words")
        yield WindowedList(_COLUMNS, lambda p: p.number, "Nobody has proposed anything.",
                           id="proposals")  # fmt: skip
        yield Rule(id="proposal-rule")
        yield Paragraphs(id="proposal")

    def title_words(self) -> str:
        """Whose proposals."""
        return f"{self.run_words(self._report.summary.run)} > proposals"

    def on_mount(self) -> None:
        """Read them."""
        super().on_mount()
        self.query_one(WindowedList).focus()

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """Read them again after one was taken over."""
        super().on_screen_resume(event)
        self.read()

    @in_background("read")
    async def read(self) -> None:
        """Show the proposals, those that wait first."""
        run = self._report.summary.run
        found = await in_thread(self.console_app.desk.proposals, run)
        shown = sorted(found, key=lambda p: (p.taken, p.number))

        waiting = sum(not proposal.taken for proposal in found)
        self.query_one("#proposals-words", Line).parts = (
            (f" {plural(waiting, 'proposal')} to decide on", "strong"),
            (f" for run {run}", "quiet"),
        )
        await self.query_one(WindowedList).show_rows(shown, keep_cursor=True)
        self.refresh_frame()

    @property
    def current(self) -> Proposal | None:
        """The proposal under the cursor."""
        proposal: Proposal | None = self.query_one(WindowedList).current
        return proposal

    def situation(self) -> Situation:
        """With the run, and whether the proposal still waits."""
        proposal = self.current
        return replace(
            super().situation(),
            report=self._report,
            row=proposal is not None and not proposal.taken,
            rows=self.query_one(WindowedList).count,
        )

    @on(WindowedList.Moved)
    def show_proposal(self) -> None:
        """The proposal under the cursor in full."""
        proposal = self.current
        self.refresh_frame()
        if proposal is None:
            return
        decision = proposal.decision
        self.query_one("#proposal-rule", Rule).parts = (
            (f"proposal {proposal.number}", "strong"),
            (f"  {moment(decision.decided_at)} by {decision.operator}", "quiet"),
        )
        self.query_one("#proposal", Paragraphs).lines = _words(proposal)
        self.show_changes(proposal)

    @in_background("changes")
    async def show_changes(self, proposal: Proposal) -> None:
        """Name the first changes that the proposal is about."""
        rows = await self._rows(proposal)
        self.query_one("#proposal", Paragraphs).lines = (*_words(proposal), *rows)

    async def _rows(self, proposal: Proposal) -> Lines:
        """The first changes that the proposal is about, and how many more there are."""
        desk, run, decision = self.console_app.desk, self._report.summary.run, proposal.decision

        def first() -> list[Change]:
            with desk.open_plan(run) as plan:
                return plan.page(decision.choice, 0, _NAMED)

        found = await in_thread(first)
        rows = [
            (
                (f"   {mark(change.op)} {change.op} {change.kind} ", family(change.op)),
                (change.label, "strong"),
                (f"  {change.key}", "quiet"),
            )
            for change in found
        ]
        more = decision.count - len(found)
        return (*rows, *([((f"   and {number(more)} more", "quiet"),)] if more > 0 else []))

    @on(WindowedList.Chosen)
    def clicked(self) -> None:
        """A second click on the line."""
        self.action_do("open")

    @in_background("open")
    async def do_open(self) -> None:
        """Ask, then decide as proposed."""
        proposal = self.current
        if proposal is None:
            return
        rows = await self._rows(proposal)
        desk, run = self.console_app.desk, self._report.summary.run

        async def carry_out() -> str:
            await in_thread(desk.take_over, run, proposal.number)
            self._taken()
            self.console_app.read_runs()
            return f"Proposal {proposal.number} is now your decision."

        words = f"{_would(proposal)}: {plural(proposal.decision.count, 'change')}"
        self.app.push_screen(
            ConfirmPage(
                Confirmation(
                    f"2 Preview run {run} > proposal {proposal.number} > decide so?",
                    [
                        (("", ""),),
                        ((f" {proposal.decision.operator} would {words}", "attention"),),
                        ((f" because: {proposal.decision.reason}", ""),),
                        *rows,
                        (("", ""),),
                        ((" It becomes your decision; the audit trail has both names.", ""),),
                    ],
                    "decide as proposed",
                    carry_out,
                    twin=self._twin(proposal),
                )
            )
        )

    def _twin(self, proposal: Proposal) -> tuple[str, str]:
        words = ("proposals", "take", self._report.summary.run, str(proposal.number))
        return "takes it over", twins.command(self.console_app, *words)

    def twins(self) -> list[tuple[str, str]]:
        """Listing and taking over."""
        run = self._report.summary.run
        lines = [("lists them", twins.command(self.console_app, "proposals", "list", run))]
        if (proposal := self.current) is not None:
            options = twins.choice_options(proposal.decision.choice)
            changes = twins.command(self.console_app, "runs", "changes", run, *options)
            lines += [("shows what it is about", changes), self._twin(proposal)]
        return lines
