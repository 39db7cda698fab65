"""Help: what a page is for and every key that works there, from the action table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from textual.widget import Widget

from screens.actions import ACTIONS, Action, Situation, of_place, written
from screens.page import Page
from screens.widgets.lines import Facts, Paragraphs, Part, Rule
from screens.widgets.scrolled import Scrolled

DANGERS = {
    0: "",
    1: "stores something",
    2: "stores many decisions",
    3: "takes effect for everybody",
    4: "takes effect for everybody, not all of it can be taken back",
}


def key_facts(listed: Iterable[Action], now: Situation) -> tuple[tuple[str, tuple[Part, ...]], ...]:
    """Keys, sentence, danger, and why it is off."""
    facts: list[tuple[str, tuple[Part, ...]]] = []
    for action in listed:
        parts: list[Part] = [(action.sentence, "")]
        if action.danger:
            parts.append((f"  ({DANGERS[action.danger]})", "quiet"))
        if why_not := action.possible(now):
            parts.append((f"  off: {why_not}", "attention"))
        facts.append((" ".join(written(key) for key in action.keys), tuple(parts)))
    return tuple(facts)


class HelpPage(Page):
    """One flat text, so that it can be read from top to bottom."""

    PLACE = "help"
    HELP_WORDS: ClassVar[str] = "This is the help. esc goes back."

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page

    def body(self) -> Iterable[Widget]:
        """Purpose, own keys, list keys, general keys."""
        with Scrolled(id="help"):
            yield Paragraphs(id="help-words")
            yield Rule(id="own-rule")
            yield Facts(id="own-keys", label_cells=16)
            yield Rule(id="list-rule")
            yield Facts(id="list-keys", label_cells=16)
            yield Rule(id="general-rule")
            yield Facts(id="general-keys", label_cells=16)

    def title_words(self) -> str:
        """Whose help."""
        return f"help for {self._page.title_words()}"

    def on_mount(self) -> None:
        """Fill from the table."""
        super().on_mount()
        now = self._page.situation()
        place = self._page.PLACE
        own = [action for action in of_place(place) if action.where == place]
        general = [action for action in of_place(place) if action.where == "everywhere"]
        lists = [action for action in ACTIONS if action.where == "list"]
        self.query_one("#help-words", Paragraphs).lines = (
            ((f" {self._page.HELP_WORDS}", ""),), (("", ""),),
        )  # fmt: skip
        for name, title, listed in (
            ("own", "keys of this screen", own),
            ("list", "keys of every list", lists),
            ("general", "keys everywhere", general),
        ):
            self.query_one(f"#{name}-rule", Rule).parts = ((title, "strong"),)
            self.query_one(f"#{name}-keys", Facts).facts = key_facts(listed, now)
        if not own:
            self.query_one("#own-rule", Rule).display = False
        self.query_one("#help", Scrolled).focus()

    def do_help(self) -> None:
        """Already here."""
        self.do_back()
