"""What teachers are told of a window, to be copied into a message, in four languages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.widget import Widget

from screens import twins
from screens.bindings import bindings
from screens.lane import in_thread
from screens.page import Page, in_background
from screens.widgets.lines import Line, Paragraphs
from sync.windows import Window

LANGUAGES = (("da", "dansk"), ("nb", "norsk"), ("sv", "svenska"), ("en", "English"))


class TeachersPage(Page):
    """One language at a time."""

    PLACE = "teachers"
    AUTO_FOCUS = ""
    BINDINGS = bindings("teachers")
    HELP_WORDS: ClassVar[str] = (
        "While deletes wait, classes look half changed; this text tells teachers that it is meant. "
        ", and . change the language, y sends the text to the terminal's clipboard."
    )

    def __init__(self, window: Window) -> None:
        super().__init__()
        self._window = window
        self._language = 0
        self._text = ""

    def body(self) -> Iterable[Widget]:
        """The languages, and the text in one of them."""
        yield Line(id="languages")
        yield Paragraphs(id="text")

    def title_words(self) -> str:
        """Which window."""
        return f"4 Calendar > window {self._window.id} > text for teachers"

    def on_mount(self) -> None:
        """Show the first."""
        super().on_mount()
        self.show_text()

    @in_background("text")
    async def show_text(self) -> None:
        """The text in the chosen language."""
        code, _ = LANGUAGES[self._language]
        desk = self.console_app.desk.calendar
        self._text = await in_thread(desk.teacher_text, self._window, code)
        self.query_one("#languages", Line).parts = tuple(
            (f" [{name}] " if place == self._language else f"  {name}  ",
             "strong" if place == self._language else "quiet")
            for place, (_, name) in enumerate(LANGUAGES)
        )  # fmt: skip
        self.query_one("#text", Paragraphs).lines = ((("", ""),), ((self._text, ""),))

    def do_previous_language(self) -> None:
        """The language before."""
        self._language = (self._language - 1) % len(LANGUAGES)
        self.show_text()

    def do_next_language(self) -> None:
        """The next language."""
        self._language = (self._language + 1) % len(LANGUAGES)
        self.show_text()

    def do_copy(self) -> None:
        """Send the text to the terminal's clipboard."""
        self.app.copy_to_clipboard(self._text)
        self.say("Sent to the clipboard.", "good")

    def twins(self) -> list[twins.Twin]:
        """The same by command."""
        number, (code, _) = str(self._window.id), LANGUAGES[self._language]
        words = ("calendar", "text", number, "--language", code)
        return [("prints this text", twins.command(self.console_app, *words))]
