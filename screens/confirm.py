"""Before something outside is changed: what will happen, opaque, with the safe answer in front."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import on
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Input, Static

from screens.actions import Situation
from screens.bindings import bindings
from screens.page import Page, in_background
from screens.twins import Twin
from screens.widgets.columns import Column
from screens.widgets.lines import Paragraphs, Part
from screens.widgets.scrolled import Scrolled
from screens.widgets.windowed_list import WindowedList
from sync.errors import UmstuiError

_BACK = "back, nothing is changed"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What is asked. ``wanted`` are the words to type; without them the answer is chosen from two
    lines, the safe one under the cursor. ``closes`` counts the pages that a yes takes off, this one
    included. ``carry_out`` gives the sentence that is said afterwards."""

    title: str
    lines: Sequence[tuple[Part, ...]]
    verb: str  # the dangerous answer in words
    carry_out: Callable[[], Awaitable[str]]
    wanted: str = ""
    closes: int = 1
    twin: Twin | None = None


_COLUMNS: tuple[Column[str], ...] = (Column("", lambda answer: answer, 40, 100),)


class ConfirmPage(Page):
    """Nothing happens by one key: the dangerous answer is never the one that has the keys."""

    PLACE = "confirm"
    AUTO_FOCUS = ""  # what has the keys is the safe answer, once it is there
    BINDINGS = bindings("confirm")
    HELP_WORDS: ClassVar[str] = (
        "The page says what would happen. esc, and the answer that has the cursor, go back and "
        "change nothing. Where words are asked for, anything but exactly these words goes back."
    )

    def __init__(self, asked: Confirmation) -> None:
        super().__init__()
        self._asked = asked
        self._at_work = False

    def body(self) -> Iterable[Widget]:
        """What would happen, then the answer."""
        with Scrolled(id="confirm-scroll"):
            yield Paragraphs(id="confirm-lines")
        yield Paragraphs(id="confirm-how")
        if self._asked.wanted:
            with Horizontal(id="confirm-typing"):
                yield Static(" > ", id="confirm-mark")
                yield Input(id="confirm-words", compact=True)
        else:
            yield WindowedList(_COLUMNS, lambda answer: answer, id="answers")

    def title_words(self) -> str:
        """What is asked."""
        return self._asked.title

    def on_mount(self) -> None:
        """Show the question."""
        super().on_mount()
        asked = self._asked
        self.query_one("#confirm-lines", Paragraphs).lines = tuple(asked.lines)
        how: list[tuple[Part, ...]] = []
        if asked.twin:
            how.append(((" by command: ", "quiet"), (asked.twin[1], "quiet")))
        if asked.wanted:
            how.append((
                (" Type ", ""), (asked.wanted, "attention"),
                (" and press enter. Anything else goes back and changes nothing.", ""),
            ))  # fmt: skip
            self.query_one("#confirm-words", Input).focus()
        else:
            how.append(((" enter takes the answer under the cursor:", ""),))
            self.fill()
        self.query_one("#confirm-how", Paragraphs).lines = tuple(how)

    @in_background("fill")
    async def fill(self) -> None:
        """The two answers, the safe one first."""
        answers = [_BACK, self._asked.verb]

        listed = self.query_one("#answers", WindowedList)
        await listed.show_rows(answers)
        listed.focus()
        self.refresh_frame()

    def situation(self) -> Situation:
        """With the answer."""
        return replace(super().situation(), row=not self._asked.wanted)

    def action_do(self, action_id: str) -> None:
        """While it is being carried out, the page stays."""
        if self._at_work and action_id != "quit":
            self.say("it is being carried out ...")
            return
        super().action_do(action_id)

    def go_back(self) -> None:
        """The safe answer."""
        self.app.pop_screen()
        self.console_app.tell("Nothing was changed.")

    def do_back(self) -> None:
        """Back, nothing changed."""
        self.go_back()

    @on(WindowedList.Chosen)
    def do_open(self) -> None:
        """Take the answer under the cursor."""
        answer: str | None = self.query_one("#answers", WindowedList).current
        if answer == self._asked.verb:
            self.work()
        else:
            self.go_back()

    @on(Input.Submitted, "#confirm-words")
    def typed(self, event: Input.Submitted) -> None:
        """The words in full, or back."""
        event.stop()
        if self._at_work:
            return
        if event.value.strip() == self._asked.wanted:
            self.work()
        else:
            self.go_back()

    @in_background("work")
    async def work(self) -> None:
        """Carry it out; a refusal leads back to where it was asked, with its words."""
        if why_not := self.console_app.desk.session.read_only:
            self.say(why_not, "error")
            return
        self._at_work = True
        self.say("it is being carried out ...")
        try:
            words, tone, closes = await self._asked.carry_out(), "good", self._asked.closes
        except UmstuiError as error:
            words, tone, closes = str(error), "error", 1
        for _ in range(closes):
            self.app.pop_screen()
        self.app.call_after_refresh(self.console_app.tell, words, tone)

    def twins(self) -> list[Twin]:
        """The same by command."""
        return [self._asked.twin] if self._asked.twin else super().twins()
