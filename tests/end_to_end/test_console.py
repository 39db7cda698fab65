"""The console in a real terminal, over a real site, with a line that drops."""

from __future__ import annotations

import json
import re
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.conftest import Program
from tests.end_to_end.terminal import Terminal


@pytest.fixture
def terminals(school: Path) -> Iterator[list[Terminal]]:
    """The terminals of a test; all are closed at its end."""
    opened: list[Terminal] = []
    yield opened
    for terminal in opened:
        terminal.drop()


def _open(terminals: list[Terminal], school: Path) -> Terminal:
    terminals.append(Terminal(sys.executable, "-m", "umstui", folder=school))
    return terminals[-1]


def _slow_down(school: Path, milliseconds: int) -> None:
    """Let the site take its time, so that there is time for a line to drop."""
    with closing(sqlite3.connect(school / "ums.db")) as connection:
        (url,) = connection.execute("SELECT URL FROM itslearningOrganizationSettings").fetchone()
    site = httpx.URL(url).copy_with(path="/faults", query=None)
    httpx.post(site, json={"faults": [f"slow-item:{milliseconds}"]}).raise_for_status()


def _newest(program: Program, school: Path) -> dict[str, object]:
    listed = json.loads(program("runs", "list", "--json", folder=school).stdout)["runs"]
    newest: dict[str, object] = listed[0]
    return newest


def test_a_run_that_was_approved_and_begun_outlives_the_line(
    program: Program, school: Path, terminals: list[Terminal]
) -> None:
    """Demo, plan, approve, apply, drop the line, come back: what was decided counts, what was
    begun ends well, and the console that is opened later shows it."""
    console = _open(terminals, school)
    console.until("no plan has been made yet")
    console.press("n")
    console.until("has been planned")
    console.press("2")
    console.until("shown")
    console.press("A")
    console.until("Why?")
    console.type("the first sync of the school")
    console.press("Enter")
    console.until("Stored.")

    _slow_down(school, 25)
    console.press("P")
    asked = console.until("and press enter")
    words = re.search(r"Type (.+?) and press enter", " ".join(asked.split()))
    assert words
    console.type(words[1])
    console.press("Enter")
    console.until("RUNNING  applied")
    console.drop()
    assert _newest(program, school)["state"] == "applying"

    later = _open(terminals, school)
    later.until("APPLYING ")
    later.press("6")
    later.until("applying")
    _slow_down(school, 0)
    ends = time.monotonic() + 90
    while (newest := _newest(program, school))["state"] == "applying":
        assert time.monotonic() < ends, newest
        time.sleep(0.3)
    assert newest["state"] == "applied", newest
    later.until("applied  ")
    later.press("q")

    trail = program("audit", "list", "--json", folder=school).stdout
    assert "the first sync of the school" in trail
    assert program("audit", "verify", folder=school).returncode == 0
    assert _newest(program, school)["state"] == "applied"
