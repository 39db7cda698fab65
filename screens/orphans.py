"""Orphans: rooms and groups at itslearning that UMS once made and nothing knows any more."""

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
from screens.twins import Twin
from screens.widgets.columns import Column
from screens.widgets.windowed_list import WindowedList
from screens.wording import plural
from sync.model import ignore_progress
from sync.procedure import Orphan

_COLUMNS: tuple[Column[Orphan], ...] = (
    Column("key", lambda o: o.key, 26, 48),
    Column("title", lambda o: o.title, 18, 40, 2),
    Column("kind", lambda o: o.kind, 6, 6, 3, style=lambda _: "quiet"),
    Column("known from", lambda o: o.found, 18, 30, 1),
)


class OrphansPage(Page):
    """What is done about them is a run: previewed, filtered, and carried out like any other."""

    PLACE = "orphans"
    TITLE_WORDS = "5 Clean-up > orphans"
    BINDINGS = bindings("orphans")
    HELP_WORDS: ClassVar[str] = (
        "Rooms and groups that UMS made once, that itslearning still has, and that nothing here "
        "knows. Their keys come from UMS's memory, from backups of it and from past runs; p also "
        "asks for the groups of every person, which takes long. a plans that they are looked after "
        "again, D plans their delete; space marks several."
    )

    def __init__(self) -> None:
        super().__init__()
        self._searching = False
        self._through_persons = False

    def body(self) -> Iterable[Widget]:
        """The list."""
        yield WindowedList(_COLUMNS, lambda orphan: orphan.key, id="found")

    def on_mount(self) -> None:
        """Search."""
        super().on_mount()
        self.query_one(WindowedList).focus()
        self.look(through_persons=False)

    def situation(self) -> Situation:
        """With the orphan under the cursor."""
        listed = self.query_one(WindowedList)
        return replace(
            super().situation(), row=listed.current is not None, planning=self._searching
        )

    @in_background("look")
    async def look(self, *, through_persons: bool) -> None:
        """Ask itslearning which of the names it still shows."""
        app = self.console_app
        if app.site is None:
            return
        org, desk = app.site.org, app.desk.cleanup
        self._searching, self._through_persons = True, through_persons
        self.say("looking for orphans at itslearning ...")
        try:
            found = list(
                await in_thread(
                    lambda: desk.orphans(org, ignore_progress, through_persons=through_persons)
                )
            )
        finally:
            self._searching = False

        listed = self.query_one(WindowedList)
        listed.empty = "No orphan was found."
        await listed.show_rows(found)
        self.say(f"{plural(len(found), 'orphan')} found.")
        self.refresh_frame()

    @on(WindowedList.Moved)
    def moved(self) -> None:
        """The footer depends on it."""
        self.refresh_frame()

    def do_search(self) -> None:
        """Through the groups of every person as well."""
        self.look(through_persons=True)

    def do_diagnose(self) -> None:
        """Where the room is, and why."""
        orphan = self.query_one(WindowedList).current
        if orphan is not None:
            self.ask_where(room=orphan.key)

    def do_adopt(self) -> None:
        """Plan that they are looked after again."""
        self.make_plan(adopt=True)

    def do_remove(self) -> None:
        """Plan their delete."""
        self.make_plan(adopt=False)

    def _keys(self) -> list[str]:
        listed = self.query_one(WindowedList)
        if listed.marked:
            return sorted(str(key) for key in listed.marked)
        return [listed.current.key] if listed.current is not None else []

    @in_background("plan")
    async def make_plan(self, *, adopt: bool) -> None:
        """Store the run and show its changes."""
        from screens.preview import PreviewPage  # noqa: PLC0415 (pages show one another)

        app, keys = self.console_app, self._keys()
        if app.site is None:
            return
        org, desk = app.site.org, app.desk.cleanup
        self.say("planning ...")
        report = await in_thread(lambda: desk.plan_orphans(org, keys, ignore_progress, adopt=adopt))
        app.read_runs()
        self.say("")
        self.app.push_screen(PreviewPage(report.summary.run))

    def twins(self) -> list[Twin]:
        """The list, and both ways on."""
        app, keys = self.console_app, self._keys() or ["KEY"]
        through = ["--through-persons"] if self._through_persons else []
        return [
            ("lists them", twins.command(app, "cleanup", "orphans", "list", *through)),
            ("plans that they are looked after",
             twins.command(app, "cleanup", "orphans", "adopt", *keys)),
            ("plans their delete", twins.command(app, "cleanup", "orphans", "delete", *keys)),
        ]  # fmt: skip
