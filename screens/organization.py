"""Choosing the organization to look at, where the database has several."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.widget import Widget

from screens.actions import Situation
from screens.bindings import bindings
from screens.desk import Site
from screens.page import Page, in_background
from screens.widgets.columns import Column
from screens.widgets.lines import Paragraphs
from screens.widgets.windowed_list import WindowedList

_COLUMNS: tuple[Column[Site], ...] = (
    Column("id", lambda site: str(site.org), 5, 6, right=True),
    Column("organization", lambda site: site.name, 24, 48),
    Column("site", lambda site: site.url, 20, 100, style=lambda _: "quiet"),
)


class OrganizationPage(Page):
    """One line an organization."""

    PLACE = "organization"
    TITLE_WORDS = "choose an organization"
    BINDINGS = bindings("organization")
    HELP_WORDS: ClassVar[str] = (
        "Each organization is a site of itslearning with runs of its own. Everything on the other "
        "screens is about the one that is chosen here; umstui --org ID chooses it at once."
    )

    def body(self) -> Iterable[Widget]:
        """The question and the list."""
        yield Paragraphs(id="organization-words")
        yield WindowedList(_COLUMNS, lambda site: site.org, id="organizations")

    def on_mount(self) -> None:
        """Fill the list."""
        super().on_mount()
        self.query_one(Paragraphs).styles.height = 2
        self.query_one(Paragraphs).lines = (((" Which organization? enter chooses.", "strong"),),)
        self.fill()

    @in_background("fill")
    async def fill(self) -> None:
        """Show the organizations."""
        sites = self.console_app.sites

        listed = self.query_one(WindowedList)
        await listed.show_rows(sites)
        listed.focus()
        self.refresh_frame()

    def situation(self) -> Situation:
        """With the row."""
        row = self.query_one(WindowedList).current is not None
        return replace(super().situation(), row=row)

    @on(WindowedList.Chosen)
    def do_open(self) -> None:
        """Look at the organization under the cursor."""
        site: Site | None = self.query_one(WindowedList).current
        if site is not None:
            self.app.pop_screen()
            self.console_app.choose_site(site)
