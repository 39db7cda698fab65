"""The log: what the program and its scheduled runs reported, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.widget import Widget

from screens import twins
from screens.actions import Situation
from screens.bindings import bindings
from screens.lane import in_thread
from screens.page import Page, in_background
from screens.setup_desk import LogLine
from screens.widgets.columns import Column
from screens.widgets.lines import Paragraphs, Rule
from screens.widgets.scrolled import Scrolled
from screens.widgets.windowed_list import WindowedList
from screens.wording import moment, plural

MOST = 5000  # lines that are read from the end of the file

_COLUMNS: tuple[Column[LogLine], ...] = (
    Column("when", lambda line: moment(line.at) if line.at else "", 16, 16),
    Column("level", lambda line: line.level, 8, 8,
           style=lambda line: "quiet" if line.level in {"info", "debug"} else "attention"),
    Column("says", lambda line: line.says, 40, 200),
)  # fmt: skip


class LogPage(Page):
    """The end of the log file; what it must not hold was masked when it was written."""

    PLACE = "log"
    TITLE_WORDS = "8 Settings > log"
    BINDINGS = bindings("log")
    FULL = "log-line-scroll"
    HELP_WORDS: ClassVar[str] = (
        "The newest lines of the log file, from consoles, commands and the scheduler alike. ctrl-r "
        "reads it again. Passwords, secrets and id numbers never reach it."
    )

    def __init__(self) -> None:
        super().__init__()
        self._place = ""

    def body(self) -> Iterable[Widget]:
        """The lines, and the one under the cursor in full."""
        yield Rule(id="log-rule")
        yield WindowedList(_COLUMNS, lambda line: line.number, "The log is empty.", id="log")
        with Scrolled(id="log-line-scroll"):
            yield Paragraphs(id="log-line")

    def on_mount(self) -> None:
        """Read it."""
        super().on_mount()
        self.query_one(WindowedList).focus()
        self.read()

    def situation(self) -> Situation:
        """With the line."""
        return replace(super().situation(), row=self.query_one(WindowedList).current is not None)

    @in_background("read")
    async def read(self) -> None:
        """Read the end of the file."""
        setup = self.console_app.desk.setup
        self._place = await in_thread(setup.log_place)
        found = await in_thread(setup.log, MOST)

        self.query_one("#log-rule", Rule).parts = (
            ("LOG", "strong"), (f"  {self._place}, {plural(len(found), 'line')}", "quiet"),
        )  # fmt: skip
        await self.query_one(WindowedList).show_rows(found)

    @on(WindowedList.Moved)
    def show_line(self) -> None:
        """The line under the cursor in full."""
        line: LogLine | None = self.query_one(WindowedList).current
        if line is not None:
            words = ((f" {line.says}", ""), (f"  {line.facts}", "quiet"))
            self.query_one("#log-line", Paragraphs).lines = (words,)

    @on(WindowedList.Chosen)
    def do_open(self) -> None:
        """The line in full."""
        self.open_in_full()

    def do_refresh(self) -> None:
        """Read it again."""
        super().do_refresh()
        self.read()

    def twins(self) -> list[tuple[str, str]]:
        """The end of the file."""
        return [("prints its end", twins.command(self.console_app, "log"))]
