"""One-line widgets made of styled parts, and paragraphs with labels in front."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from textual.app import RenderResult
from textual.reactive import reactive
from textual.widget import Widget

from screens.cells import visible, width
from screens.widgets.tones import tone

Part = tuple[str, str]  # words, and the name of a tone
Lines = tuple[tuple[Part, ...], ...]


def styled(widget: Widget, parts: Iterable[Part]) -> Text:
    """The parts as one text, each in its tone; names in them are made visible."""
    text = Text(no_wrap=True, end="")
    for words, name in parts:
        text.append(visible(words), tone(widget, name) if name else "")
    return text


class Line(Widget):
    """One line of parts, cut with an ellipsis where there is no room."""

    parts: reactive[tuple[Part, ...]] = reactive(())

    def render(self) -> RenderResult:
        """The parts."""
        text = styled(self, self.parts)
        text.truncate(self.size.width, overflow="ellipsis", pad=True)
        return text


class Rule(Line):
    """A line across, with words in it."""

    def render(self) -> RenderResult:
        """``--- words ------``."""
        used = sum(width(visible(words)) for words, _ in self.parts)
        line = "─" * max(0, self.size.width - used - 5)
        quiet = tone(self, "quiet")
        text = Text("── ", quiet, no_wrap=True, end="")
        text.append(styled(self, self.parts))
        text.append(f" {line}", quiet)
        text.truncate(self.size.width, overflow="ellipsis")
        return text


class Facts(Widget):
    """Labels at the left, wrapped words at the right; as many lines as are needed."""

    facts: reactive[tuple[tuple[str, tuple[Part, ...]], ...]] = reactive((), layout=True)

    def __init__(self, *, label_cells: int = 8, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.label_cells = label_cells

    def render(self) -> RenderResult:
        """A grid without lines."""
        grid = Table.grid(padding=(0, 1), expand=True)
        grid.add_column(width=self.label_cells, no_wrap=True)
        grid.add_column(ratio=1, overflow="fold")
        quiet = tone(self, "quiet")
        for label, parts in self.facts:
            words = styled(self, parts)
            words.no_wrap = False
            words.end = "\n"
            grid.add_row(Text(label, quiet), words)
        return grid


class Paragraphs(Widget):
    """Lines of parts one below the other, wrapped."""

    lines: reactive[Lines] = reactive((), layout=True)

    def render(self) -> RenderResult:
        """The lines."""
        texts: Sequence[RenderableType] = [self._wrapped(parts) for parts in self.lines]
        return Group(*texts)

    def _wrapped(self, parts: tuple[Part, ...]) -> RenderableType:
        """The words, what is wrapped of them standing under where they begin."""
        text = styled(self, parts)
        text.no_wrap, text.end = False, "\n"
        blanks = len(text.plain) - len(text.plain.lstrip(" "))
        if not blanks or blanks == len(text.plain):
            return text
        return Padding(text[blanks:], (0, 0, 0, blanks))
