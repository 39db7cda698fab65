"""Changes that are no run: two runs compared, or what itslearning holds against what was sent.

Shown, filtered and sorted as the preview shows a plan; nothing here can be decided on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import ClassVar

from screens import twins
from screens.bindings import bindings
from screens.changes import ChangesPage
from screens.desk import Desk, PlanReader
from screens.opened_plan import OpenedPlan
from screens.page import in_background
from screens.widgets.change_list import ChangeList
from screens.widgets.lines import Line, Part
from screens.wording import day
from sync.errors import UmstuiError
from sync.model import Change, ProgressListener, RunSummary


@dataclass(frozen=True)
class Difference:
    """What is shown: its title, a sentence on it, how it is opened, and the command for it."""

    title: str
    sentence: str
    open: Callable[[Desk, ProgressListener], AbstractContextManager[PlanReader]]
    twin: tuple[str, ...]
    nothing: str
    repair: bool = False  # n makes the plan that takes it back
    stepped: Callable[[int], Difference | None] = lambda _: None


class DifferencesPage(ChangesPage):
    """The changes of one difference."""

    PLACE = "differences"
    BINDINGS = bindings("differences")
    HELP_WORDS: ClassVar[str] = (
        "What changed between two runs, or what itslearning holds against what was last sent. The "
        "list, the filter words and the sums are those of 2 Preview: + is there only on the second "
        "side, - only on the first, ~ on both and not the same. Nothing can be decided here; what "
        "differs at itslearning is mended by a plan like any other, which n makes."
    )

    def __init__(self, difference: Difference) -> None:
        super().__init__("Both sides are being read ...")
        self.difference = difference
        self._opened = 0

    def title_words(self) -> str:
        """The digit, and what is compared."""
        return f"6 Runs > {self.difference.title}"

    def on_mount(self) -> None:
        """Read both sides."""
        super().on_mount()
        self.compare()

    @in_background("load")
    async def compare(self) -> None:
        """Open the difference; what is on screen stays until then."""
        self._opened += 1
        difference, desk = self.difference, self.console_app.desk
        try:
            name = f"difference {self._opened}"
            with self.hearing("reading ...") as hear:
                plan = await OpenedPlan.of(name, lambda: difference.open(desk, hear))
        except UmstuiError as error:
            self.say(str(error), "error")
            self.show_nothing(str(error))
            return
        if self._plan is not None:
            self._plan.close()
        self._plan = plan
        self.tally = await plan.tally()
        self.say("")
        self.nothing_changes = difference.nothing
        self.list_changes()

    def show_facts_of_run(self) -> None:
        """What is compared, and the choices."""
        self.query_one("#state", Line).parts = ((f" {self.difference.sentence}", "strong"),)
        super().show_facts_of_run()

    def facts_of(self, change: Change) -> Sequence[tuple[str, tuple[Part, ...]]]:
        """What differs; nothing happens, and nothing is to be undone."""
        left_out = {"stands", "effect", "undo"}
        return [fact for fact in super().facts_of(change) if fact[0] not in left_out]

    def do_older(self) -> None:
        """Both sides one run older."""
        self._step_runs(1)

    def do_newer(self) -> None:
        """Both sides one run newer."""
        self._step_runs(-1)

    def _step_runs(self, by: int) -> None:
        stepped = self.difference.stepped(by)
        if stepped is None:
            self.say("There is no run further on that side.")
            return
        self.difference = stepped
        self.compare()

    def do_plan(self) -> None:
        """Make the plan that brings itslearning back to what it should hold."""
        if self.difference.repair:
            self.console_app.make_plan(live=True)
        else:
            self.say("Two runs are compared; i on 6 Runs makes the plan that takes one back.")

    def do_refresh(self) -> None:
        """Read both sides again."""
        self.compare()

    def twins(self) -> list[tuple[str, str]]:
        """The same on the command line."""
        lines = [self.twin_of_list(*self.difference.twin)]
        if self.difference.repair:
            lines.append(
                ("makes the plan that mends it", twins.command(self.console_app, "plan", "--live"))
            )
        change = self.query_one(ChangeList).current
        if change is not None:
            lines.append(
                ("tells what all runs did to this one",
                 twins.command(self.console_app, "runs", "history", change.key))
            )  # fmt: skip
        return lines


def between(runs: Sequence[RunSummary], one: str, other: str) -> Difference:
    """Two runs of a list, compared; ``<`` and ``>`` slide both along the list."""
    names = [run.run for run in runs]
    days = {run.run: run.as_of for run in runs}

    def stepped(by: int) -> Difference | None:
        first, second = names.index(one) + by, names.index(other) + by
        if not (0 <= first < len(names) and 0 <= second < len(names)):
            return None
        return between(runs, names[first], names[second])

    return Difference(
        title=f"{one} -> {other}",
        sentence=f"A run {one} for {day(days[one])}  ->  B run {other} for {day(days[other])}",
        open=lambda desk, _: desk.compare(one, other),
        twin=("runs", "diff", one, other),
        nothing="Both runs lead to the same.",
        stepped=stepped,
    )


def drift_of(org: int) -> Difference:
    """What itslearning holds against what was last sent."""
    return Difference(
        title="itslearning now",
        sentence="what was last sent  ->  what itslearning holds now",
        open=lambda desk, hear: desk.drift(org, hear),
        twin=("drift",),
        nothing="itslearning holds what was last sent.",
        repair=True,
    )
