"""Pressing keys on the console, waiting for what they do, and reading the screen."""

from __future__ import annotations

import asyncio
import contextlib
import html
import re

from rich.cells import cell_len
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from screens.console import Console
from screens.widgets.lines import Facts, Paragraphs

# Workers that wait for a person or for the next look; everything else ends by itself.
_WAITING = {"watch", "decide", "write"}
_CELL = 12.2  # the width of a cell in Textual's SVG
_WORDS = re.compile(
    r'<text class="[^"]*" x="([\d.]+)"[^>]*?clip-path="url\(#[^"]*line-(\d+)\)">(.*?)</text>'
)


async def _drained(app: App[int]) -> None:
    """Every message that is under way has been handled, and what it changed has been drawn."""
    # A message bubbles from widget to widget up to the screen, each with a queue of its own.
    rising = list(app.focused.ancestors_with_self) if app.focused else [app.screen]
    for node in (app, *rising, app.screen, app.screen):
        handled = asyncio.Event()
        if node is app.screen:
            node.call_after_refresh(handled.set)
        else:
            node.call_later(handled.set)
        with contextlib.suppress(TimeoutError):  # a page that is being taken off answers nobody
            await asyncio.wait_for(handled.wait(), 0.2)


def _laid_out(app: App[int]) -> bool:
    """Whether all words that are shown have been given room; a screen is laid out in turns."""
    worded = [*app.screen.query(Paragraphs), *app.screen.query(Facts)]
    return all(
        widget.size.height
        or not widget.size.width
        or not widget.display
        or not (widget.lines if isinstance(widget, Paragraphs) else widget.facts)
        for widget in worded
    )


async def settle(pilot: Pilot[int]) -> None:
    """Wait until everything that was asked of the desk has been shown.

    Pilot's own pause sleeps until the whole process is idle, 20 ms at least; this waits for the
    messages and workers themselves.
    """
    app = pilot.app
    for _ in range(500):
        if app._exit:  # who is leaving answers nobody any more
            return
        await _drained(app)
        busy = [w for w in app.workers if w.group not in _WAITING and not w.is_finished]
        if not busy and not getattr(app, "looking", False) and _laid_out(app):
            break
        await asyncio.sleep(0.002)
    await _drained(app)


async def press(pilot: Pilot[int], *keys: str) -> None:
    """Press keys one after the other, each shown before the next."""
    for key in keys:
        pilot.app.simulate_key(key)
        await settle(pilot)


async def type_words(pilot: Pilot[int], words: str) -> None:
    """Type into the line that has the keys."""
    line = pilot.app.focused
    assert isinstance(line, Input), f"no line to type in, but {line}"
    line.value = words
    await pilot.pause(0.2)
    await settle(pilot)


def sentence_on(console: Console) -> str:
    """The words of the screen as one line, whatever they were wrapped at."""
    return " ".join(words_on(console).split())


def words_on(console: Console) -> str:
    """The words of the screen, line by line, without trailing blanks."""
    lines: dict[int, str] = {}
    for x, line, words in _WORDS.findall(console.export_screenshot()):
        text = html.unescape(words).replace("\xa0", " ")
        before = lines.get(int(line), "")
        gap = round(float(x) / _CELL) - cell_len(before)
        lines[int(line)] = before + " " * gap + text
    height = console.size.height
    return "\n".join(lines.get(number, "").rstrip() for number in range(height)) + "\n"


async def until(pilot: Pilot[int], words: str) -> str:
    """Wait until these words stand on the screen, and give the whole of it."""
    for _ in range(300):
        await settle(pilot)
        if words in (shown := words_on(pilot.app)):
            return shown
        await asyncio.sleep(0.01)
    raise AssertionError(f"{words!r} never came:\n{shown}")
