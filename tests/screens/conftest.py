"""What moves stands still: terminal, locale, zone and cursor; the clock is the double's."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets import Input

from screens.console import Console
from tests.screens.double import DoubleDesk

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """No terminal, locale or zone of the machine reaches a test."""
    for name in list(os.environ):
        if name == "TEXTUAL_SNAPSHOT_TEMPDIR":  # where the report of the pictures goes
            continue
        if name.startswith(("TEXTUAL_", "SSH_", "LC_")) or name in {"NO_COLOR", "TMUX", "LANG"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("TZ", "Europe/Copenhagen")
    if hasattr(time, "tzset"):
        time.tzset()
    monkeypatch.setattr(Input, "cursor_blink", False)


@pytest.fixture
def console() -> Callable[..., Console]:
    """A console over a double that looks often."""

    def open_console(desk: DoubleDesk, org: int | None = None, **pace: float) -> Console:
        return Console(desk, org, **{"pace": 0.02, "idle_pace": 30.0, **pace})

    return open_console


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare words with a stored file; ``--snapshot-update`` stores them."""

    def compare(name: str, words: str) -> None:
        path = GOLDEN / f"{name}.txt"
        if request.config.getoption("update_snapshots"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(words, encoding="utf-8")
        stored = path.read_text(encoding="utf-8") if path.exists() else ""
        assert words == stored, f"{path.name} differs; --snapshot-update stores what is shown now"

    return compare
