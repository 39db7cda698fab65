"""The tones that words can have. Their colours are in tones.tcss; none of them means anything
that the words beside it do not say."""

from __future__ import annotations

from rich.style import Style
from textual.widget import Widget

TONES = ("strong", "quiet", "attention", "good", "create", "update", "delete", "move", "note")

COMPONENTS = {f"tone--{tone}" for tone in TONES}


def tone(widget: Widget, name: str) -> Style:
    """The style of a tone for words of ``widget``. The page has them, once for all its widgets:
    each that had its own would have all of them styled again with every change of layout."""
    return widget.screen.get_component_rich_style(f"tone--{name}", partial=True)
