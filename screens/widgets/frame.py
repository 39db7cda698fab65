"""The lines around every page: heading, status, question, footer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import RenderResult
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Input, Static

from screens.actions import ALWAYS, Action
from screens.cells import spread, visible, width


class Heading(Widget):
    """The first line: the program, where one is, for which site, who, and what is under way."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"heading--badge", "heading--running"}

    left: reactive[str] = reactive("")
    badge: reactive[str] = reactive("")
    running: reactive[str] = reactive("")

    def render(self) -> RenderResult:
        """Left what one looks at, right the run under way, and who looks."""
        badge = f" {self.badge} "
        running = f" {self.running} " if self.running else ""
        line = spread(f" {self.left}", running + badge, self.size.width)
        text = Text(line, no_wrap=True, end="")
        start = len(line) - len(badge)
        text.stylize(self.get_component_rich_style("heading--badge"), start)
        text.stylize(self.get_component_rich_style("heading--running"), start - len(running), start)
        return text


class Status(Widget):
    """The line that says what happens, what happened, or why not; a long error takes three."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"status--error", "status--good"}

    message: reactive[str] = reactive("", layout=True)
    tone: reactive[str] = reactive("")  # "", "good" or "error"

    def render(self) -> RenderResult:
        """The message; an error starts with a mark, not only with a colour."""
        mark = " ! " if self.tone == "error" else "   "
        text = Text(visible(self.message))
        if self.tone:
            text.stylize(self.get_component_rich_style(f"status--{self.tone}"))
        grid = Table.grid(expand=True)
        grid.add_column(width=len(mark))
        grid.add_column(ratio=1, overflow="fold")
        grid.add_row(mark, text)
        return grid

    def say(self, message: str, tone: str = "") -> None:
        """Show a message; ``tone`` is empty, good or error."""
        self.message, self.tone = message, tone


class Footer(Widget):
    """The keys that matter here, from the action table; what is off is dim."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"footer--key", "footer--off"}

    items: reactive[tuple[tuple[Action, str], ...]] = reactive(())

    def render(self) -> RenderResult:
        """Keys and labels, two blanks apart, the general ones at the right."""
        text = Text(" ", no_wrap=True, end="")
        key_style = self.get_component_rich_style("footer--key", partial=True)
        off_style = self.get_component_rich_style("footer--off", partial=True)
        used = 1
        closing = sum(
            width(action.key) + len(action.label) + 3
            for action, _ in self.items
            if action.rank >= ALWAYS
        )
        closed = False
        for action, why_not in self.items:
            if action.rank >= ALWAYS and not closed:
                closed = True
                gap = max(0, min(self.size.width, 100) - 1 - used - closing + 2)
                text.append(" " * gap)
            text.append(action.key, off_style if why_not else key_style)
            text.append(f" {action.label}  ", off_style if why_not else "")
            used += width(action.key) + len(action.label) + 3
        return text


class Question(Vertical):
    """A line that asks for something typed: a reason, a day. Opaque, at the foot of the page."""

    class WillNotDo(Message):
        """What was typed is no answer."""

        def __init__(self, why_not: str) -> None:
            super().__init__()
            self.why_not = why_not

    def __init__(self) -> None:
        super().__init__(id="question")
        self._answer: asyncio.Future[str | None] | None = None
        self._refuse: Callable[[str], str] = lambda _: ""

    @property
    def open(self) -> bool:
        """True while an answer is awaited."""
        return self._answer is not None

    async def ask(
        self, words: str, hint: str, refuse: Callable[[str], str] = lambda _: ""
    ) -> str | None:
        """Ask and wait. None when the person went back; ``refuse`` says why not to an answer."""
        self.cancel()
        self._answer = asyncio.get_running_loop().create_future()
        self._refuse = refuse
        try:
            if not self.children:  # most pages are left without a question
                line = Input(id="question-answer", compact=True)
                line.cursor_blink = False  # over SSH it would send while nobody types
                await self.mount(Static("", id="question-words", markup=False), line)
            self.query_one("#question-words", Static).update(visible(words))
            line = self.query_one("#question-answer", Input)
            line.value = ""
            line.placeholder = hint
            self.display = True
            line.focus()
            return await self._answer
        finally:
            self._answer = None
            self.display = False

    async def ask_file(self, words: str, suggested: str) -> str | None:
        """Ask for a file; an untouched line takes the ``suggested`` one, which stands in it."""
        answer = await self.ask(words, suggested)
        return suggested if answer == "" else answer

    def cancel(self) -> None:
        """Close without an answer."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the answer, or say why it will not do."""
        event.stop()
        value = event.value.strip()
        if why_not := self._refuse(value):
            self.post_message(self.WillNotDo(why_not))
        elif self._answer is not None and not self._answer.done():
            self._answer.set_result(value)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep the typed text to the question; pages listen for their own lines."""
        event.stop()
