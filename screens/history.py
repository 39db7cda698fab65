"""One person or room through all runs: when, in which run, why, and who allowed it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.widget import Widget

from screens import twins
from screens.bindings import bindings
from screens.explain import asked_about, differences, standing
from screens.lane import in_thread
from screens.marks import family, mark
from screens.page import Page, in_background
from screens.widgets.lines import Paragraphs, Part
from screens.widgets.scrolled import Scrolled
from screens.wording import day, moment, plural
from sync.model import Change, Operation

if TYPE_CHECKING:
    from sync.runs.histories import HistoryEntry

_ANSWERS = {"approve": "approved", "reject": "rejected", "wait": "put off"}


class HistoryPage(Page):
    """The entries of one key, newest first."""

    PLACE = "history"
    BINDINGS = bindings("history", "everywhere")
    HELP_WORDS: ClassVar[str] = (
        "Everything that the runs which were carried out did to one person or room, newest first, "
        "with the reason of each change and who let it through. Run files that are older than "
        "[snapshots] keep_days have been removed; a damaged one is named above the list."
    )

    def __init__(self, key: str, name: str) -> None:
        super().__init__()
        self.key, self.name_of_it = key, name
        self._newest: Change | None = None

    def title_words(self) -> str:
        """Whose history it is."""
        return f"History of {self.name_of_it or self.key}"

    def body(self) -> Iterable[Widget]:
        """One text to scroll through."""
        with Scrolled(id="history-lines"):
            yield Paragraphs(id="history")

    def on_mount(self) -> None:
        """Ask all runs."""
        super().on_mount()
        self.query_one("#history-lines", Scrolled).focus()
        self.query_one("#history", Paragraphs).lines = (((" Asking all runs ...", "quiet"),),)
        self.ask()

    @in_background("history")
    async def ask(self) -> None:
        """Read it and show it."""
        app = self.console_app
        if app.site is None:
            return
        found = await in_thread(app.desk.history, app.site.org, self.key)
        self._newest = found.entries[0].change if found.entries else None
        lines: list[tuple[Part, ...]] = [
            ((f" ! {name}", "attention"),) for name in found.unreadable
        ]
        count = plural(len(found.entries), "change")
        lines.append(((f" {count} of {self.key}, newest first", "strong"),))
        lines += lines_of(found.entries)
        self.query_one("#history", Paragraphs).lines = tuple(lines)

    def do_diagnose(self) -> None:
        """Where it is today."""
        if self._newest is None:
            self.say("No run is known that did anything here; 7 asks by key.")
        else:
            self.ask_where(**asked_about(self._newest))

    def do_refresh(self) -> None:
        """Ask again."""
        self.ask()

    def twins(self) -> list[tuple[str, str]]:
        """The same on the command line."""
        command = twins.command(self.console_app, "runs", "history", self.key)
        return [("tells this history", command)]


def lines_of(entries: Sequence[HistoryEntry]) -> list[tuple[Part, ...]]:
    """Run and change, why, and who decided, a line each."""
    lines: list[tuple[Part, ...]] = []
    for entry in entries:
        run, change = entry.run, entry.change
        fields = "  ".join(f"{name} {old} -> {new}" for name, old, new in differences(change))
        shown = fields if change.op not in {Operation.CREATE, Operation.DELETE} else ""
        lines += [
            ((" ", ""),),
            (
                (f" run {run.run}", "strong"),
                (f"  {moment(run.made_at)} by {run.made_by}, for {day(run.as_of)}", "quiet"),
            ),
            (
                (f"   {mark(change.op)} {change.op} {change.kind} ", family(change.op)),
                (change.label or change.key, "strong"),
                (f"  {shown}" if shown else "", ""),
            ),
            (("   why  ", "quiet"), (change.reason or "no reason was recorded", "")),
        ]
        if entry.decision is not None:
            answer = _ANSWERS[entry.decision.answer]
            lines.append(
                (
                    (f"   {answer} by {entry.decision.operator}", "good"),
                    (f"  {moment(entry.decision.decided_at)}: {entry.decision.reason}", ""),
                )
            )
        else:
            lines.append((("   stands  ", "quiet"), (standing(change), "")))
    return lines
