"""Settings: umstui.toml as it was read, and the check of everything it leads to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import on
from textual.containers import Vertical
from textual.widget import Widget

from screens import setting_changes, twins
from screens.actions import Situation
from screens.bindings import bindings
from screens.lane import in_thread
from screens.page import Page, in_background
from screens.settings_words import lines
from screens.widgets.columns import Column
from screens.widgets.lines import Paragraphs, Rule
from screens.widgets.windowed_list import WindowedList
from screens.wording import clock, plural
from sync.errors import UmstuiError

Setting = tuple[str, str, str]

_SETTINGS: tuple[Column[Setting], ...] = (
    Column("section", lambda s: f"[{s[0]}]" if s[0] else "", 18, 24,
           style=lambda _: "quiet"),
    Column("setting", lambda s: s[1], 18, 28),
    Column("value", lambda s: s[2], 30, 200),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Checked:
    """One line of the check."""

    number: int
    level: str
    subject: str
    message: str


_CHECKS: tuple[Column[Checked], ...] = (
    Column("", lambda c: c.level, 7, 7,
           style=lambda c: "create" if c.level == "ok" else "attention"),
    Column("looked at", lambda c: c.subject, 16, 28),
    Column("found", lambda c: c.message, 30, 200),
)  # fmt: skip


class SettingsPage(Page):
    """What umstui.toml says, and the ways to what else decides: UMS, secrets, the log."""

    PLACE = "settings"
    TITLE_WORDS = "8 Settings"
    BINDINGS = bindings("settings")
    CSS_PATH = "settings.tcss"
    HELP_WORDS: ClassVar[str] = (
        "umstui.toml as this console has read it, defaults included; enter changes a line, which "
        "counts when the console is opened anew. Passwords are never shown; p puts one into the "
        "keyring. u leads to the settings in UMS, L to the log. "
        "K looks at the config, the database and its mapping, the site, course templates and "
        "criteria, a line each; it changes nothing anywhere. tab goes from one list to the other."
    )

    def __init__(self) -> None:
        super().__init__()
        self._checked: list[Checked] = []

    def body(self) -> Iterable[Widget]:
        """Settings above, check below."""
        yield Rule(id="settings-rule")
        yield WindowedList(_SETTINGS, " ".join, id="settings")
        with Vertical(id="check-box"):
            yield Rule(id="check-rule")
            yield WindowedList(_CHECKS, lambda c: c.number, "K looks at everything.", id="checks")
            yield Paragraphs(id="check-words")

    def on_mount(self) -> None:
        """Fill the settings."""
        super().on_mount()
        file = self.console_app.desk.session.config or "umstui.toml"
        self.query_one("#settings-rule", Rule).parts = (
            ("SETTINGS", "strong"), (f"  {file}, read when the console was opened", "quiet"),
        )  # fmt: skip
        self.query_one("#check-rule", Rule).parts = (("CHECK", "strong"),
                                                     ("  not made yet, K", "quiet"))  # fmt: skip
        self.fill()

    @in_background("fill")
    async def fill(self) -> None:
        """Show the settings."""
        settings = lines(self.console_app.desk.settings)

        async def fetch(offset: int, limit: int) -> Sequence[Setting]:
            return settings[offset : offset + limit]

        listed = self.query_one("#settings", WindowedList)
        await listed.show(len(settings), fetch)
        listed.focus()

    def situation(self) -> Situation:
        """With the line under the cursor of the settings."""
        listed = self.query_one("#settings", WindowedList)
        return replace(super().situation(), row=listed.has_focus and listed.current is not None)

    @on(WindowedList.Moved, "#settings")
    def moved(self) -> None:
        """The footer follows the cursor."""
        self.refresh_frame()

    def do_ums(self) -> None:
        """The settings in the UMS database."""
        from screens.ums_settings import UmsSettingsPage  # noqa: PLC0415

        self.app.push_screen(UmsSettingsPage())

    def do_log(self) -> None:
        """The log."""
        from screens.log import LogPage  # noqa: PLC0415

        self.app.push_screen(LogPage())

    def do_open(self) -> None:
        """Change the line of umstui.toml under the cursor."""
        setting: Setting | None = self.query_one("#settings", WindowedList).current
        if setting is not None:
            setting_changes.change_line(self, setting)

    def do_secret(self) -> None:
        """Put a secret into the keyring."""
        setting_changes.store_secret(self)

    def do_check(self) -> None:
        """Look at everything."""
        self.check()

    @in_background("check")
    async def check(self) -> None:
        """Take one line after the other, as they come."""
        app = self.console_app
        if app.site is None:
            self.say("There is no organization to check.", "error")
            return
        self._checked = []
        self.say("checking ...")
        try:
            found = await in_thread(lambda: iter(app.desk.check(app.site.org if app.site else 0)))
            while (line := await in_thread(next, found, None)) is not None:
                self._checked.append(
                    Checked(len(self._checked), line.level, line.subject, line.message)
                )
                await self.show_checked()
        except UmstuiError as error:
            self.say(str(error), "error")
            return
        bad = sum(line.level != "ok" for line in self._checked)
        self.query_one("#check-rule", Rule).parts = (
            ("CHECK", "strong"),
            (f"  {clock(app.desk.now())}, {plural(len(self._checked), 'line')}", "quiet"),
            (f", {bad} not ok" if bad else ", all ok", "attention" if bad else "good"),
        )
        self.say(
            f"{bad} not ok; the cursor shows each in full." if bad else "Everything is in order.",
            "" if bad else "good",
        )

    async def show_checked(self) -> None:
        """Show the lines that have come, errors and warnings included."""
        checked = list(self._checked)

        async def fetch(offset: int, limit: int) -> Sequence[Checked]:
            return checked[offset : offset + limit]

        await self.query_one("#checks", WindowedList).show(len(checked), fetch, keep_cursor=True)

    @on(WindowedList.Moved, "#checks")
    def show_line(self) -> None:
        """The line under the cursor in full."""
        line: Checked | None = self.query_one("#checks", WindowedList).current
        words = ((f" {line.subject}: {line.message}", ""),) if line else (("", ""),)
        self.query_one("#check-words", Paragraphs).lines = (words,)

    def twins(self) -> list[tuple[str, str]]:
        """The same check."""
        return [("checks everything", twins.command(self.console_app, "check"))]
