"""The command twin of a page: shown, copied, or written to a file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from textual.widget import Widget

from screens.actions import Situation
from screens.bindings import bindings
from screens.lane import in_thread
from screens.page import Page, in_background
from screens.twins import Twin
from screens.widgets.columns import Column
from screens.widgets.frame import Question
from screens.widgets.lines import Paragraphs
from screens.widgets.windowed_list import WindowedList

_COLUMNS: tuple[Column[Twin], ...] = (
    Column("what it does", lambda twin: twin[0], 28, 34, style=lambda _: "quiet"),
    Column("command", lambda twin: twin[1], 40, 200),
)


class TwinPage(Page):
    """Commands that do what the page below shows."""

    PLACE = "twin"
    TITLE_WORDS = "as a command"
    BINDINGS = bindings("twin")
    HELP_WORDS: ClassVar[str] = (
        "Everything the console does can be done by a command, in a script or by a screen reader. "
        "The first command has been sent to the terminal's clipboard."
    )

    def __init__(self, twins: list[Twin]) -> None:
        super().__init__()
        self._twins = twins

    def body(self) -> Iterable[Widget]:
        """The commands as a list, the one under the cursor in full below it."""
        yield WindowedList(_COLUMNS, lambda twin: twin[1] or twin[0], id="twins")
        yield Paragraphs(id="whole")

    def on_mount(self) -> None:
        """Fill the list and copy the first command."""
        super().on_mount()
        self.fill()

    @in_background("fill")
    async def fill(self) -> None:
        """Show the commands."""

        commands = self.query_one(WindowedList)
        await commands.show_rows(self._twins)
        commands.focus()
        self.do_copy()

    def on_windowed_list_moved(self) -> None:
        """Show the command under the cursor unshortened."""
        words, command = self._current()
        self.query_one("#whole", Paragraphs).lines = (
            (("", ""),),
            ((f" {words}:", "quiet"),),
            ((f" {command}", "strong"),),
        )
        self.refresh_frame()

    def _current(self) -> Twin:
        twin: Twin | None = self.query_one(WindowedList).current
        return twin or ("", "")

    def situation(self) -> Situation:
        """With the row."""
        return replace(super().situation(), row=bool(self._current()[1]))

    def do_copy(self) -> None:
        """Send the command to the terminal's clipboard."""
        self.app.copy_to_clipboard(self._current()[1])
        tmux = "; tmux passes it on after: tmux set -s set-clipboard on"
        self.say(f"Sent to the clipboard{tmux if 'TMUX' in os.environ else ''}.", "good")

    def do_write(self) -> None:
        """Write the commands to a file."""
        self.write_file()

    @in_background("write")
    async def write_file(self) -> None:
        """Ask for the path, then write; an existing file is not touched."""
        path = await self.query_one(Question).ask_file(
            "Write these commands to which file?",
            "commands.txt",
        )
        self.query_one(WindowedList).focus()
        if path is None:
            return
        try:
            whole = await in_thread(self._write, Path(path).expanduser())
        except OSError as error:
            self.say(f"{path} could not be written: {error.strerror or error}.", "error")
            return
        self.say(f"Written to {whole} on {self.console_app.desk.session.host}.", "good")

    def _write(self, path: Path) -> Path:
        with path.open("x", encoding="utf-8") as file:
            for words, line in self._twins:
                file.write(f"# {words}\n{line}\n" if line else f"# {words}\n")
        return path.resolve()
