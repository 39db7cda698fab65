"""Diagnose: where a person or a room is, why, and what to do; changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual.widget import Widget

from screens import diagnose_words as words, twins
from screens.actions import Situation
from screens.bindings import bindings
from screens.lane import in_thread
from screens.page import Page, in_background
from screens.widgets.frame import Question
from screens.widgets.lines import Facts, Line, Paragraphs, Rule
from screens.widgets.scrolled import Scrolled
from sync.findings import Diagnosis


class DiagnosePage(Page):
    """One sentence on top, below it what it rests on, and the steps."""

    PLACE = "diagnose"
    BINDINGS = bindings("diagnose")
    HELP_WORDS: ClassVar[str] = (
        "The questions support is asked: is the person in UMS, wanted, sent, at itslearning; does "
        "the course exist, does the user exist, is the link there. The first answer comes from the "
        "last run; itslearning is asked after that for this one person and room, and the answer is "
        "replaced. Every line names its source. Nothing is written and nothing is asked that "
        "writes."
    )

    def __init__(self, person: str = "", room: str = "") -> None:
        super().__init__()
        self._person, self._room = person, room
        self._answer: Diagnosis | None = None

    def body(self) -> Iterable[Widget]:
        """What was asked, the sentence, and the rest to scroll."""
        yield Line(id="asked")
        yield Paragraphs(id="summary")
        yield Rule(id="answer-rule")
        with Scrolled(id="answer"):
            yield Facts(label_cells=20, id="answer-facts")

    def title_words(self) -> str:
        """The digit, and that it came from another page."""
        return "7 Diagnose" if len(self.app.screen_stack) == 1 else "where is it?"

    def on_mount(self) -> None:
        """Answer what was asked on another page."""
        super().on_mount()
        self.query_one("#answer", Scrolled).focus()
        self.show()

    def runs_changed(self) -> None:
        """A run may have changed the answer; the site must be known first."""
        asked = bool(self._person or self._room)
        if self.console_app.site is not None and asked and self._answer is None:
            self.ask()

    def situation(self) -> Situation:
        """With what was asked."""
        return replace(super().situation(), row=bool(self._person or self._room))

    def show(self) -> None:
        """The answer, or how to ask."""
        self.query_one("#asked", Line).parts = words.asked_line(self._person, self._room)
        answer = self._answer
        self.query_one("#answer-rule", Rule).display = answer is not None
        if answer is None:
            lines = words.NOTHING_ASKED.split("\n") if not (self._person or self._room) else ["..."]
            self.query_one("#summary", Paragraphs).lines = tuple(((f" {x}", ""),) for x in lines)
            self.query_one(Facts).facts = ()
            return
        self.query_one("#summary", Paragraphs).lines = (((f" {answer.summary}", "strong"),),)
        self.query_one("#answer-rule", Rule).parts = (("what it rests on", "quiet"),)
        self.query_one(Facts).facts = words.answer_facts(answer)
        self.refresh_frame()

    @in_background("ask")
    async def ask(self) -> None:
        """From the last run at once, then with what itslearning says."""
        app = self.console_app
        if app.site is None or not (self._person or self._room):
            return
        org, people = app.site.org, app.desk.people
        person, room = self._person, self._room
        self._answer = None
        self.show()
        self.say("looking ...")
        answer = await in_thread(partial(people.diagnose, org, person, room, live=False))
        self._answer = answer
        self.show()
        self.say("asking itslearning ...")
        answer = await in_thread(partial(people.diagnose, org, person, room, live=True))
        self._answer = answer
        self.show()
        away = next((fact for fact in answer.facts if fact.what == "not asked"), None)
        self.say(away.value if away else "", "error" if away else "")

    def do_person(self) -> None:
        """Ask about a person."""
        self.ask_for("person")

    def do_room(self) -> None:
        """Ask about a room."""
        self.ask_for("room")

    @in_background("decide")
    async def ask_for(self, what: str) -> None:
        """A key, then the answer; an empty line takes it out of the question."""
        hint = "such as anna01" if what == "person" else "such as UMSCourse_3b"
        key = await self.query_one(Question).ask(
            f"Which {what}? Its key; an empty line asks without a {what}.", hint
        )
        self.query_one("#answer", Scrolled).focus()
        if key is None:
            return
        if what == "person":
            self._person = key
        else:
            self._room = key
        self._answer = None
        self.show()
        self.refresh_frame()
        self.ask()

    def do_refresh(self) -> None:
        """Ask again."""
        super().do_refresh()
        self.ask()

    def twins(self) -> list[tuple[str, str]]:
        """The same by command."""
        app = self.console_app
        if self._room:
            person = ["--person", self._person] if self._person else []
            command = twins.command(app, "diagnose", "room", self._room, *person)
        else:
            command = twins.command(app, "diagnose", "person", self._person or "KEY")
        return [("answers this question", command)]
