"""A few lines to fill in, each checked while it is typed, with what they come to below them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import events, on
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Static

from screens.actions import Situation
from screens.bindings import bindings
from screens.cells import visible
from screens.page import Page, in_background
from screens.twins import Twin
from screens.widgets.lines import Paragraphs, Part, Rule

Values = Mapping[str, str]
_TYPING_PAUSE = 0.3  # seconds without a key before the meaning follows


def anything(_: str) -> str:
    """The check of a line that takes every text."""
    return ""


@dataclass(frozen=True, slots=True)
class Field:
    """A line: its label, what stands in it, what it takes. ``check`` gives why not, or nothing;
    ``choices`` are offered while one types; ``secret`` is shown as dots."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    check: Callable[[str], str] = anything
    choices: Sequence[str] = ()
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """What is filled in. ``meaning`` gives the lines below for what stands there now; ``done``
    takes the values when every line passes its check, and may raise UmstuiError."""

    title: str
    fields: Sequence[Field]
    done: Callable[[Values], Awaitable[None]]
    meaning: Callable[[Values], Awaitable[Sequence[tuple[Part, ...]]]] | None = None
    help: str = ""
    twin: Twin | None = None


class FormPage(Page):
    """enter goes to the next line, on the last one it goes on; esc goes back, nothing is kept."""

    PLACE = "form"
    BINDINGS = bindings("form")
    HELP_WORDS: ClassVar[str] = (
        "enter goes to the next line, from the last one it goes on; up and down move between the "
        "lines. A line that will not do says why while it is typed. esc goes back."
    )

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form

    def body(self) -> Iterable[Widget]:
        """The lines, and what they come to."""
        cells = max(len(field.label) for field in self._form.fields) + 2
        with VerticalScroll(id="form-lines", can_focus=False):
            for field in self._form.fields:
                with Horizontal(classes="form-line"):
                    label = Static(
                        f" {field.label}", classes="form-label", id=f"label-{field.name}",
                        markup=False,
                    )  # fmt: skip
                    label.styles.width = cells
                    yield label
                    yield Input(
                        field.value,
                        placeholder=visible(field.hint),
                        password=field.secret,
                        suggester=SuggestFromList(field.choices, case_sensitive=False)
                        if field.choices else None,
                        select_on_focus=bool(field.choices),  # one typed takes its place
                        compact=True,
                        id=f"field-{field.name}",
                    )  # fmt: skip
        with Vertical(id="form-below"):
            yield Rule(id="form-rule")
            yield Paragraphs(id="form-meaning")

    def title_words(self) -> str:
        """What is filled in."""
        return self._form.title

    def on_mount(self) -> None:
        """The keys go to the first line."""
        super().on_mount()
        self.query_one("#form-rule", Rule).parts = (("what this comes to", "strong"),)
        self.query_one(f"#field-{self._form.fields[0].name}", Input).focus()
        self.explain()

    def situation(self) -> Situation:
        """A line has the keys all the time."""
        return replace(super().situation(), typing=True)

    @property
    def values(self) -> dict[str, str]:
        """What stands in the lines, trimmed."""
        return {
            field.name: self.query_one(f"#field-{field.name}", Input).value.strip()
            for field in self._form.fields
        }

    def why_not(self) -> tuple[Field, str] | None:
        """The first line that will not do, and why."""
        values = self.values
        for field in self._form.fields:
            if why := field.check(values[field.name]):
                return field, why
        return None

    @on(Input.Changed)
    def typed(self, event: Input.Changed) -> None:
        """Say at once whether it will do."""
        event.stop()
        field = self._field_of(event.input)
        why = field.check(event.value.strip()) if field and event.value.strip() else ""
        if field is not None:
            mark = self.query_one(f"#label-{field.name}", Static)
            mark.update(f"{'!' if why else ' '}{field.label}")
            mark.set_class(bool(why), "-wrong")
        self.say(f"{field.label}: {why}" if field and why else "", "error" if why else "")
        self.explain()

    @on(events.DescendantFocus)
    def line_chosen(self, event: events.DescendantFocus) -> None:
        """The line that has the keys says what it takes."""
        field = self._field_of(event.widget)
        if field is not None and not self.query_one(f"#field-{field.name}", Input).value:
            self.say(field.hint)

    def _field_of(self, line: Widget) -> Field | None:
        named = {f"field-{field.name}": field for field in self._form.fields}
        return named.get(line.id or "")

    @in_background("explain")
    async def explain(self) -> None:
        """Follow what is typed, after a pause."""
        if self._form.meaning is None:
            return
        await asyncio.sleep(_TYPING_PAUSE)
        if wrong := self.why_not():
            field, why = wrong
            lines: Sequence[tuple[Part, ...]] = [((f" {field.label}: {why}", "quiet"),)]
        else:
            lines = await self._form.meaning(self.values)
        self.query_one("#form-meaning", Paragraphs).lines = tuple(lines)

    def do_answer(self) -> None:
        """To the next line; from the last one on, where every line will do.

        Keys that were typed ahead, on a slow line, find the line they are meant for.
        """
        last = self.query_one(f"#field-{self._form.fields[-1].name}", Input)
        if self.focused is last:
            self.go_on()
        else:
            self.do_next()

    @in_background("done")
    async def go_on(self) -> None:
        """Hand the values over, once everything that was typed stands in the lines."""
        for line in self.query(Input).results(Input):
            arrived = asyncio.Event()
            line.call_later(arrived.set)
            await arrived.wait()
        if wrong := self.why_not():
            field, why = wrong
            self.query_one(f"#field-{field.name}", Input).focus()
            self.call_after_refresh(self.say, f"{field.label}: {why}", "error")
            return
        await self._form.done(self.values)

    def do_next(self) -> None:
        """The line below."""
        self._move(1)

    def do_previous(self) -> None:
        """The line above."""
        self._move(-1)

    def _move(self, by: int) -> None:
        names = [f"field-{field.name}" for field in self._form.fields]
        here = names.index(self.focused.id) if self.focused and self.focused.id in names else 0
        self.set_focus(self.query_one(f"#{names[(here + by) % len(names)]}", Input))

    def do_back(self) -> None:
        """Back, nothing is kept."""
        self.app.pop_screen()
        self.console_app.tell("Nothing was changed.")

    def twins(self) -> list[Twin]:
        """The same by command."""
        return [self._form.twin] if self._form.twin else super().twins()
