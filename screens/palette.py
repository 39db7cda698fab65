"""Palette: every action of the page below, found by its words; what is off says why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static

from screens.actions import ACTIONS, Action, of_place, written
from screens.bindings import bindings
from screens.page import Page, in_background
from screens.widgets.columns import Column
from screens.widgets.lines import Paragraphs, Part
from screens.widgets.windowed_list import WindowedList

Found = tuple[Action, str]  # an action, and why it is off

_COLUMNS: tuple[Column[Found], ...] = (
    Column("keys", lambda f: " ".join(written(key) for key in f[0].keys), 14, 18,
           style=lambda f: "quiet" if f[1] else "update"),
    Column("action", lambda f: f"{f[0].sentence}  off: {f[1]}" if f[1] else f[0].sentence, 40, 140,
           style=lambda f: "quiet" if f[1] else ""),
)  # fmt: skip
_MOVES = {action.id for action in ACTIONS if action.where == "list"}


class PalettePage(Page):
    """Type a word, enter carries the action out."""

    PLACE = "palette"
    BINDINGS = bindings("palette", "list")
    HELP_WORDS: ClassVar[str] = "Type words of what you want to do; enter does what is on top."

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page

    def body(self) -> Iterable[Widget]:
        """The line to type in, and what fits."""
        with Horizontal(id="palette-line"):
            yield Static(" : ", id="palette-mark")
            yield Input(placeholder="words of what you want to do", id="palette", compact=True)
        yield WindowedList(_COLUMNS, lambda f: f[0].id, "No action has these words.", id="found")
        yield Paragraphs(id="palette-words")

    def title_words(self) -> str:
        """Whose actions."""
        return f"find an action of {self._page.title_words()}"

    def on_mount(self) -> None:
        """All actions, and the line ready for typing."""
        super().on_mount()
        self.query_one("#palette", Input).focus()
        self.find("")

    def action_do(self, action_id: str) -> None:
        """The arrows move in the list while one types."""
        if action_id in _MOVES:
            self.query_one(WindowedList).action_do(action_id)
        else:
            super().action_do(action_id)

    @on(Input.Changed, "#palette")
    def typed(self, event: Input.Changed) -> None:
        """Follow the words."""
        self.find(event.value)

    @in_background("find")
    async def find(self, text: str) -> None:
        """Show the actions that have all the words; what is possible comes first."""
        now = self._page.situation()
        wanted = text.casefold().split()
        found: list[Found] = [
            (action, action.possible(now))
            for action in of_place(self._page.PLACE)
            if action.id not in {"palette", "back"}
            and all(
                word in f"{action.label} {action.sentence} {action.id}".casefold()
                for word in wanted
            )
        ]
        found.sort(key=lambda f: bool(f[1]))

        await self.query_one(WindowedList).show_rows(found)

    @on(Input.Submitted, "#palette")
    def do_choose(self) -> None:
        """Carry out the action under the cursor on the page below."""
        found: Found | None = self.query_one(WindowedList).current
        if found is None:
            return
        self.app.pop_screen()
        self._page.call_after_refresh(self._page.action_do, found[0].id)

    @on(WindowedList.Moved)
    def show_whole(self) -> None:
        """The action under the cursor in full."""
        found: Found | None = self.query_one(WindowedList).current
        parts: list[Part] = []
        if found is not None:
            parts.append((f"{found[0].key}  {found[0].sentence}", ""))
            if found[1]:
                parts.append((f"  off: {found[1]}", "attention"))
        self.query_one("#palette-words", Paragraphs).lines = (tuple(parts),)

    @on(WindowedList.Chosen)
    def clicked(self) -> None:
        """A click on the cursor row."""
        self.do_choose()
