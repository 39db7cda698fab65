"""The backups of UMS's memory, and putting one back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.widget import Widget

from screens import twins
from screens.actions import Situation
from screens.bindings import bindings
from screens.cleanup_words import before_restoring
from screens.confirm import Confirmation, ConfirmPage
from screens.lane import in_thread
from screens.page import Page, in_background
from screens.twins import Twin
from screens.widgets.columns import Column
from screens.widgets.windowed_list import WindowedList
from screens.wording import plural
from sync.procedure import BackupEntry


def _until(entry: BackupEntry) -> str:
    if entry.remove_after is None:
        return "cannot be read"
    return f"{'DUE ' if entry.due else ''}{entry.remove_after}"


_COLUMNS: tuple[Column[BackupEntry], ...] = (
    Column("backup", lambda b: b.name, 34, 44),
    Column("made", lambda b: b.made_at.replace("T", " ")[:16], 16, 16, 2),
    Column("by", lambda b: b.made_by, 6, 14, 3),
    Column("remove after", _until, 14, 24, 1,
           style=lambda b: "attention" if b.due else ""),
)  # fmt: skip


class BackupsPage(Page):
    """They hold names and mail addresses: only their owner may read the files."""

    PLACE = "backups"
    TITLE_WORDS = "5 Clean-up > backups"
    BINDINGS = bindings("backups")
    HELP_WORDS: ClassVar[str] = (
        "Every clean-up writes a backup first. enter shows what putting one back would do; rows "
        "come back as they were, their numbers too. The files hold names and mail addresses: "
        "`umstui cleanup backups --remove-due` removes those whose day is over."
    )

    def __init__(self, restored: Callable[[], None]) -> None:
        super().__init__()
        self._restored = restored

    def body(self) -> Iterable[Widget]:
        """The list."""
        yield WindowedList(
            _COLUMNS, lambda entry: entry.name, "No backup yet; a clean-up makes one.", id="backups"
        )

    def on_mount(self) -> None:
        """Read the folder."""
        super().on_mount()
        self.query_one(WindowedList).focus()
        self.fill()

    @in_background("fill")
    async def fill(self) -> None:
        """Show what is there."""
        found = list(await in_thread(self.console_app.desk.cleanup.backups))

        await self.query_one(WindowedList).show_rows(found, keep_cursor=True)
        self.refresh_frame()

    def situation(self) -> Situation:
        """With the backup under the cursor."""
        return replace(super().situation(), row=self._entry is not None)

    @property
    def _entry(self) -> BackupEntry | None:
        entry: BackupEntry | None = self.query_one(WindowedList).current
        return entry

    @on(WindowedList.Moved)
    def moved(self) -> None:
        """The footer depends on it."""
        self.refresh_frame()

    @on(WindowedList.Chosen)
    def do_open(self) -> None:
        """Show what restoring would do."""
        if why_not := self.console_app.desk.session.no_apply:
            self.say(why_not, "error")
        elif self._entry is not None:
            self.ask(self._entry.name)

    @in_background("ask")
    async def ask(self, backup: str) -> None:
        """Verify the backup, then ask."""
        app = self.console_app
        desk = app.desk.cleanup
        self.say("verifying the backup ...")
        shown = await in_thread(desk.preview_restore, backup)
        self.say("")
        replacing = any(shown.now.values())

        async def carry_out() -> str:
            done = await in_thread(lambda: desk.restore(backup, replace=replacing))
            self._restored()
            return f"{plural(sum(done.tables.values()), 'row')} put back from {backup}."

        words = ["cleanup", "restore", backup, *(["--replace"] if replacing else [])]
        rows = sum(shown.tables.values())
        self.app.push_screen(
            ConfirmPage(
                Confirmation(
                    "5 Clean-up > restore",
                    before_restoring(shown),
                    "restore",
                    carry_out,
                    wanted=f"restore {rows}",
                    closes=2,
                    twin=("puts it back", twins.command(app, *words)),
                )
            )
        )

    def twins(self) -> list[Twin]:
        """The list, and the one under the cursor."""
        app = self.console_app
        lines = [("lists the backups", twins.command(app, "cleanup", "backups"))]
        if self._entry is not None:
            restore = ("cleanup", "restore", self._entry.name)
            lines += [
                ("says what would come back", twins.command(app, *restore, "--preview")),
                ("puts it back", twins.command(app, *restore)),
            ]
        return lines
