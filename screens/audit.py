"""The audit trail: who decided and changed what, when, from where, and why; newest first."""

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
from screens.setup_desk import AuditLine
from screens.widgets.columns import Column
from screens.widgets.lines import Facts, Rule
from screens.widgets.scrolled import Scrolled
from screens.widgets.windowed_list import WindowedList
from screens.wording import moment, plural

_COLUMNS: tuple[Column[AuditLine], ...] = (
    Column("when", lambda line: moment(line.at), 16, 16),
    Column("who", lambda line: line.who, 8, 16),
    Column("did", lambda line: line.action, 14, 22),
    Column("run", lambda line: line.run, 4, 6, right=True),
    Column("count", lambda line: str(line.count or ""), 6, 8, right=True),
    Column("what, why", lambda line: line.reason, 20, 200, style=lambda _: "quiet"),
)


class AuditPage(Page):
    """Every entry follows from the one before it, and whether it does is proved here."""

    PLACE = "audit"
    TITLE_WORDS = "8 Settings > audit trail"
    BINDINGS = bindings("audit")
    FULL = "audit-entry-scroll"
    HELP_WORDS: ClassVar[str] = (
        "Every decision, apply, clean-up, export and change of a setting, whoever made it and by "
        "whichever program; kept in the state database. Each entry holds a fingerprint of the one "
        "before it, so that one which was changed or taken out is named above the list. ctrl-r "
        "reads it again."
    )

    def body(self) -> Iterable[Widget]:
        """The entries, and the one under the cursor in full."""
        yield Rule(id="audit-rule")
        empty = "Nothing was decided or changed yet."
        yield WindowedList(_COLUMNS, lambda line: line.number, empty, id="audit")
        yield Rule(id="audit-entry-rule")
        with Scrolled(id="audit-entry-scroll"):
            yield Facts(id="audit-entry")

    def on_mount(self) -> None:
        """Read it."""
        super().on_mount()
        self.query_one(WindowedList).focus()
        self.say("reading the audit trail ...")
        self.read()

    def situation(self) -> Situation:
        """With the entry."""
        return replace(super().situation(), row=self.query_one(WindowedList).current is not None)

    @in_background("read")
    async def read(self) -> None:
        """Read and prove the whole trail."""
        trail, broken = await in_thread(self.console_app.desk.setup.audit)

        proof, tone = "whole: each follows from the one before", "quiet"
        if broken is not None:
            proof, tone = f"BROKEN at entry {broken}", "attention"
        self.query_one("#audit-rule", Rule).parts = (
            ("AUDIT TRAIL", "strong"),
            (f"  {plural(len(trail), 'entry', 'entries')}, ", "quiet"), (proof, tone),
        )  # fmt: skip
        await self.query_one(WindowedList).show_rows(trail)
        if broken is None:
            self.say("")
        else:
            self.say(
                f"Entry {broken} does not follow from the one before: one of the two was changed, "
                "or an entry taken out. Compare with a backup of the state database.",
                "error",
            )

    @on(WindowedList.Moved)
    def show_entry(self) -> None:
        """The entry under the cursor in full."""
        line: AuditLine | None = self.query_one(WindowedList).current
        if line is None:
            return
        self.query_one("#audit-entry-rule", Rule).parts = ((f"entry {line.number}", "strong"),)
        parts = [f"run {line.run}" if line.run else "", str(line.count or "")]
        about = ", ".join(part for part in parts if part)
        self.query_one("#audit-entry", Facts).facts = (
            ("who", ((f"{line.who} from {line.where}, {moment(line.at)}", ""),)),
            ("did", ((f"{line.action}{': ' if about else ''}{about}", ""),)),
            ("why", ((line.reason or "-", ""),)),
        )

    @on(WindowedList.Chosen)
    def do_open(self) -> None:
        """The entry in full."""
        self.open_in_full()

    def do_refresh(self) -> None:
        """Read it again."""
        super().do_refresh()
        self.read()

    def twins(self) -> list[tuple[str, str]]:
        """The same trail, and its proof."""
        return [
            ("lists the audit trail", twins.command(self.console_app, "audit", "list")),
            ("proves that it is whole", twins.command(self.console_app, "audit", "verify")),
        ]
