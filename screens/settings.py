"""Settings: umstui.toml as it was read, and the check of everything it leads to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import on
from textual.containers import Vertical
from textual.widget import Widget

from screens import profiles, setting_changes, twins
from screens.actions import Situation
from screens.bindings import bindings
from screens.lane import in_thread
from screens.page import Page, in_background
from screens.settings_words import lines
from screens.setup_desk import LimitProfile
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


def _is_profile(setting: Setting) -> bool:
    return setting[0] == "filter" and setting[1].startswith("profile ")


class SettingsPage(Page):
    """What umstui.toml says, and the ways to what else decides: UMS, secrets, the log."""

    PLACE = "settings"
    TITLE_WORDS = "8 Settings"
    BINDINGS = bindings("settings")
    HELP_WORDS: ClassVar[str] = (
        "umstui.toml as this console has read it, defaults included; enter changes a line, which "
        "counts when the console is opened anew. n enters a profile: other limits between two "
        "days, such as for the end of the year; D takes one out. Passwords are never shown; p puts "
        "one into the keyring. u leads to the settings in UMS, L to the log, H to the audit trail. "
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
        """Nothing has been checked yet."""
        super().on_mount()
        self.query_one("#check-rule", Rule).parts = (("CHECK", "strong"),
                                                     ("  not made yet, K", "quiet"))  # fmt: skip

    def runs_changed(self) -> None:
        """The file may have been changed, from here or with an editor."""
        self.fill()

    @in_background("fill")
    async def fill(self) -> None:
        """Show the settings as the file has them now, beside those this console works with."""
        desk = self.console_app.desk
        in_use = lines(desk.settings)
        try:
            stored = lines(await in_thread(desk.setup.stored_settings))
        except UmstuiError as error:
            stored = in_use
            self.say(str(error), "error")
        file = desk.session.config or "umstui.toml"
        remark = ("  * counts when the console is opened anew" if stored != in_use
                  else ", read when the console was opened")  # fmt: skip
        self.query_one("#settings-rule", Rule).parts = (
            ("SETTINGS", "strong"), (f"  {file}", "quiet"),
            (remark, "quiet" if stored == in_use else "attention"),
        )  # fmt: skip
        settings = [line if line in in_use else (*line[:2], f"* {line[2]}") for line in stored]

        listed = self.query_one("#settings", WindowedList)
        await listed.show_rows(settings, keep_cursor=True)
        if self.focused is None:
            listed.focus()
        self.refresh_frame()

    def situation(self) -> Situation:
        """With the line under the cursor of the settings."""
        listed = self.query_one("#settings", WindowedList)
        row = listed.has_focus and listed.current is not None
        return replace(super().situation(), row=row, profile=row and self.on_profile is not None)

    @property
    def on_profile(self) -> int | None:
        """Which of the profiles the cursor stands on, counted from 0."""
        listed = self.query_one("#settings", WindowedList)
        if listed.current is None or not _is_profile(listed.current):
            return None
        above = (listed.row(place) for place in range(listed.cursor))
        return sum(row is not None and _is_profile(row) for row in above)

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
        if self.on_profile is not None:
            self.change_profile()
        elif setting is not None and setting[:2] == ("filter", "profile"):
            profiles.edit(self, None)
        elif setting is not None:
            setting_changes.change_line(self, setting)

    def do_add(self) -> None:
        """A new profile of limits."""
        profiles.edit(self, None)

    @in_background("profile")
    async def change_profile(self) -> None:
        """Change the profile under the cursor."""
        if (profile := await self._profile()) is not None:
            profiles.edit(self, profile)

    @in_background("profile")
    async def do_remove(self) -> None:
        """Take the profile under the cursor out."""
        if (profile := await self._profile()) is not None:
            profiles.remove(self, profile)

    async def _profile(self) -> LimitProfile | None:
        place, setup = self.on_profile, self.console_app.desk.setup
        found = await in_thread(setup.profiles)
        if place is None or place >= len(found):
            self.say("umstui.toml was changed meanwhile; ctrl-r reads it again.", "error")
            return None
        return found[place]

    def do_refresh(self) -> None:
        """Read the file again."""
        super().do_refresh()
        self.runs_changed()

    def do_history(self) -> None:
        """The audit trail."""
        from screens.audit import AuditPage  # noqa: PLC0415

        self.app.push_screen(AuditPage())

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
        org = app.site.org if app.site else None  # what keeps one from being read is a line too
        self._checked = []
        self.say("checking ...")
        try:
            found = await in_thread(lambda: iter(app.desk.check(org)))
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

        await self.query_one("#checks", WindowedList).show_rows(checked, keep_cursor=True)

    @on(WindowedList.Moved, "#checks")
    def show_line(self) -> None:
        """The line under the cursor in full."""
        line: Checked | None = self.query_one("#checks", WindowedList).current
        words = ((f" {line.subject}: {line.message}", ""),) if line else (("", ""),)
        self.query_one("#check-words", Paragraphs).lines = (words,)

    def twins(self) -> list[tuple[str, str]]:
        """The same check."""
        return [("checks everything", twins.command(self.console_app, "check"))]
