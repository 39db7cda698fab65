"""Changes to look at: filtered while one types, counted, sorted, with the row's reason below."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from textual import on
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input, Static

from screens import preview_words as words, twins
from screens.actions import Situation
from screens.desk import Tally
from screens.explain import asked_about
from screens.filter_words import parse, with_word
from screens.opened_plan import OpenedPlan
from screens.page import Page, in_background
from screens.twins import Twin
from screens.widgets.change_list import ChangeList
from screens.widgets.frame import Question
from screens.widgets.lines import Facts, Line, Paragraphs, Part, Rule
from screens.widgets.scrolled import Scrolled
from screens.widgets.windowed_list import WindowedList
from screens.wording import number
from sync.errors import UmstuiError
from sync.model import CHANGE_ORDERS, Change, ChangeFilter

_TYPING_PAUSE = 0.15  # seconds without a key before the list follows the filter line
_MOVING_PAUSE = 0.06  # longer than a key that is held down takes to repeat
_PATIENCE = 0.4  # seconds that the first rows may take before the page is shown without them
_EXAMPLE = "filter: op:- kind:person school:havn status:held jensen"


class ChangesPage(Page):
    """A list of changes; what they are the changes of is the business of its subclasses, which
    open ``_plan`` and say what stands above the list."""

    FULL = "detail"
    AUTO_FOCUS = "ChangeList"  # never the filter line: what is pressed early would be typed there

    def __init__(self, waits_for: str) -> None:
        """``waits_for`` stands where the rows will be, if they take long."""
        super().__init__()
        self._waits_for = waits_for
        self._filled = asyncio.Event()
        self.tally: Tally = {}
        self.choice = ChangeFilter()
        self.order = "plan"
        self.nothing_changes = ""  # said where there is no change at all
        self._plan: OpenedPlan | None = None

    def body(self) -> Iterable[Widget]:
        """Two lines on the run, two of choices, the filter, the list, the detail."""
        yield Line(id="state")
        yield Paragraphs(id="limits")
        yield Paragraphs(id="kinds")
        yield Paragraphs(id="operations")
        with Horizontal(id="filter-line"):
            yield Static(" / ", id="filter-mark")
            yield Input(placeholder=_EXAMPLE, id="filter", compact=True)
        with Horizontal(id="split"):
            yield ChangeList()
            with Vertical(id="right"):
                yield Rule(id="rule")
                with Scrolled(id="detail"):
                    yield Facts(id="facts", label_cells=9)  # "^ restore"
        yield Paragraphs(id="nothing")

    def on_mount(self) -> None:
        """The list has the keys."""
        super().on_mount()
        changes = self.query_one(ChangeList)
        changes.empty = self._waits_for
        changes.focus()
        self.appear()

    @in_background("appear")
    async def appear(self) -> None:
        """Show the page with its rows in one go: laid out and sent without them, it would cost
        twice. What was on screen stays until then, unless that takes long."""
        with self.app.batch_update(), suppress(TimeoutError):
            await asyncio.wait_for(self._filled.wait(), _PATIENCE)
        self.refresh()

    def on_unmount(self) -> None:
        """Give the run file back."""
        super().on_unmount()
        if self._plan is not None:
            self._plan.close()

    def situation(self) -> Situation:
        """With the rows."""
        changes = self.query_one(ChangeList)
        return replace(super().situation(), row=changes.current is not None, rows=changes.count)

    def show_nothing(self, sentence: str) -> None:
        """A sentence in place of the list."""
        self._filled.set()
        self.set_class(True, "-nothing")
        lines = tuple(((line, ""),) for line in sentence.split("\n"))
        self.query_one("#nothing", Paragraphs).lines = (((" ", ""),), *lines)

    def show_list(self) -> None:
        """The list in the place of the sentence; it has the keys."""
        if self.has_class("-nothing"):
            self.set_class(False, "-nothing")
            self.query_one(ChangeList).focus()

    def show_facts_of_run(self) -> None:
        """What stands above the list: the sums of the kinds and operations."""
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
            self.show_list()
            self.show_facts_of_run()
            self.show_row()
            self._filled.set()

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
        self.query_one("#detail", Scrolled).scroll_home(animate=False)
        self.refresh_frame()

    @on(WindowedList.Moved)
    @in_background("row")
    async def follow_cursor(self) -> None:
        """Show the row once the cursor rests: a key held down sends the list alone, which is a
        tenth of what the pane with it would be."""
        await asyncio.sleep(_MOVING_PAUSE)
        self.show_row()

    def facts_of(self, change: Change) -> Sequence[tuple[str, tuple[Part, ...]]]:
        """What the pane below says of a row."""
        return words.detail_facts(change, "")

    def twin_of_list(self, *words: str) -> Twin:
        """The command for the list as it is filtered and sorted, or for the row shown in full."""
        choice, what = self.choice, "shows what the list shows"
        change = self.query_one(ChangeList).current
        if self.in_full and change is not None:
            choice, what = ChangeFilter(seqs=frozenset({change.seq})), "shows this change"
        options = twins.choice_options(choice, self.order)
        return what, twins.command(self.console_app, *words, *options)

    @on(WindowedList.Chosen)
    def do_open(self) -> None:
        """The row in full."""
        self.open_in_full()

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
        """Question, the row in full, then filter line, then marks, then the page."""
        line, changes = self.query_one("#filter", Input), self.query_one(ChangeList)
        if self.query_one(Question).open or self.in_full:
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
        self.order = CHANGE_ORDERS[(CHANGE_ORDERS.index(self.order) + 1) % len(CHANGE_ORDERS)]
        carried_out = self.order == "plan"
        self.say("in the order of carrying out" if carried_out else f"sorted by {self.order}")
        self.list_changes()

    def do_history(self) -> None:
        """What all runs did to the person or room under the cursor."""
        from screens.history import HistoryPage  # noqa: PLC0415

        change = self.query_one(ChangeList).current
        if change is not None:
            self.app.push_screen(HistoryPage(change.key, change.label))

    def do_diagnose(self) -> None:
        """Where the person or room of the row is, and why."""
        change = self.query_one(ChangeList).current
        if change is not None:
            self.ask_where(**asked_about(change))

    def do_detail(self) -> None:
        """Detail pane: small, large, off."""
        sizes = ("", "-large", "-off")
        now = next((size for size in sizes[1:] if self.has_class(size)), "")
        self.remove_class(*sizes[1:])
        if following := sizes[(sizes.index(now) + 1) % len(sizes)]:
            self.add_class(following)
