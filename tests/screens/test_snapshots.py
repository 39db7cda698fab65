"""The words of every screen in its states, at the sizes it is made for.

``pytest tests/screens --snapshot-update`` stores them anew; the difference is read before it is
committed.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from dataclasses import replace

import pytest
from msgspec import structs

from screens.desk import Session
from sync.errors import DatabaseUnreachable
from sync.settings import Log
from tests.screens.conftest import GOLDEN
from tests.screens.double import (
    NOW,
    DoubleDesk,
    Site,
    a_desk_with_proposals,
    a_held_desk,
    a_plan,
    a_ready_desk,
    a_run,
)
from tests.screens.driving import press, settle, type_words, words_on

SIZES = ((80, 24), (100, 30), (160, 50))
TOO_SMALL = (79, 19)


def read_only() -> DoubleDesk:
    """What support sees."""
    desk = a_held_desk()
    why = "this session is read-only"
    desk.session = Session("support", "ums-01", "0.1.0", read_only=why, no_apply=why, no_change=why)
    return desk


def running() -> DoubleDesk:
    """A run under way, started elsewhere, that stands still for the picture."""
    desk = a_ready_desk()
    desk.automatic = False
    desk.start_apply("314", None)
    for _ in range(3):
        desk.advance()
    return desk


def unreachable() -> DoubleDesk:
    """No database."""
    words = (
        "The UMS database at sql.fjordby.example did not answer; check [ums] url and the network."
    )
    return DoubleDesk(error=DatabaseUnreachable(words))


def stale() -> DoubleDesk:
    """Yesterday's plan, and a file that was changed since the console was opened."""
    yesterday = a_run("313", a_plan(held=False, delete=3), made_at=NOW - dt.timedelta(days=1))
    desk = DoubleDesk([yesterday])
    desk.setup.settings = structs.replace(desk.settings, log=Log(keep=9))
    return desk


def empty() -> DoubleDesk:
    """The first day: nothing was planned, entered, found or decided yet."""
    desk = DoubleDesk()
    desk.calendar.held.clear()
    desk.calendar.keeps.clear()
    desk.people.findings.clear()
    desk.cleanup.tables = dict.fromkeys(desk.cleanup.tables, 0)
    return desk


def applied() -> DoubleDesk:
    """A run that has ended with failures, and what the run itself says about it."""
    desk = running()
    while desk.stored("314").summary.applied.pending:
        desk.advance()
    stored = desk.stored("314")
    stored.summary = replace(
        stored.summary, message="3 items failed; the next plan has them again."
    )
    return desk


def several() -> DoubleDesk:
    """A database with two organizations."""
    desk = a_held_desk()
    desk.site_list = (*desk.site_list, Site(2, "Havn", "https://havn.itslearning.com"))
    return desk


def viewer() -> DoubleDesk:
    """What somebody sees who may only propose, and has."""
    desk = a_desk_with_proposals()
    why = "kim is a viewer; an approver applies"
    desk.session = Session("kim", "ums-01", "0.1.0", role="viewer", proposes=True, no_apply=why,
                           no_change=why)  # fmt: skip
    return desk


DESKS: dict[str, Callable[[], DoubleDesk]] = {
    "ready": a_ready_desk,
    "held": a_held_desk,
    "empty": empty,
    "read-only": read_only,
    "viewer": viewer,
    "running": running,
    "error": unreachable,
    "stale": stale,
    "applied": applied,
    "several": several,
}

# name, desk, keys that lead there, words typed last
SCENES: tuple[tuple[str, str, tuple[str, ...], str], ...] = (
    *((f"home-{state}", state, ("1",), "") for state in DESKS if state != "several"),
    *((f"preview-{state}", state, ("2",), "") for state in DESKS if state != "several"),
    *((f"runs-{state}", state, ("6",), "") for state in DESKS if state not in {"several", "ready"}),
    *(
        (f"{name}-{state}", state, keys, "")
        for name, keys in (
            ("duplicates", ("3",)),
            ("calendar", ("4",)),
            ("cleanup", ("5",)),
            ("diagnose", ("7",)),
            ("settings", ("8",)),
        )
        for state in ("empty", "error", "read-only", "running", "stale")
        if f"{name}-{state}" != "duplicates-read-only"
    ),
    ("runs-compared", "held", ("6", "d"), ""),
    ("runs-live", "held", ("6", "L"), ""),
    ("history", "held", ("2", "H"), ""),
    ("preview-filtered", "held", ("2", "slash"), "status:held jensen"),
    ("preview-question", "held", ("2", "A"), "class 9 left early"),
    ("apply-ready", "ready", ("2", "P"), ""),
    ("apply-running", "running", ("2", "P"), ""),
    ("calendar", "held", ("4",), ""),
    ("calendar-forecast", "held", ("4", "f"), ""),
    ("calendar-new", "held", ("4", "n", "enter"), "2027-06-21"),
    ("calendar-remove", "held", ("4", "D"), ""),
    ("calendar-teachers", "held", ("4", "t"), ""),
    ("settings-ums", "held", ("8", "u", "j", "j", "j"), ""),
    ("settings-ums-change", "held", ("8", "u", "G", "enter", "down", "down"), "Education"),
    ("settings-ums-read-only", "read-only", ("8", "u", "G"), ""),
    ("settings-ums-new", "held", ("8", "u", "G", "n", "down", "down"), "Class"),
    ("settings-ums-remove", "held", ("8", "u", "G", "D"), ""),
    (
        "settings-profile",
        "held",
        ("8", "n", "down", "down", "down"),
        "delete 30%, update 90% or 400",
    ),
    ("settings-audit", "held", ("8", "H"), ""),
    ("settings-log", "held", ("8", "L", "j"), ""),
    ("settings-secret", "held", ("8", "p"), "hush-hush"),
    ("preview-whole", "held", ("2", "enter"), ""),
    ("duplicates-whole", "held", ("3", "j", "enter"), ""),
    ("proposals", "viewer", ("2", "s"), ""),
    ("backups", "ready", ("5", "b"), ""),
    ("proposals-empty", "held", ("2", "s"), ""),
    ("settings", "held", ("8",), ""),
    ("settings-checked", "held", ("8", "K"), ""),
    ("duplicates", "held", ("3",), ""),
    ("duplicates-read-only", "read-only", ("3", "full_stop", "full_stop"), ""),
    ("duplicates-why", "held", ("3", "j", "d"), "two cousins"),
    ("diagnose-nothing", "held", ("7",), ""),
    ("diagnose-row", "held", ("2", "I"), ""),
    ("cleanup", "ready", ("5",), ""),
    ("cleanup-live", "ready", ("5", "L", "j"), ""),
    ("cleanup-confirm", "ready", ("5", "enter"), ""),
    ("orphans", "ready", ("5", "o", "p"), ""),
    ("help-preview", "held", ("2", "question_mark"), ""),
    ("palette", "held", ("2", "colon"), "run"),
    ("limits", "held", ("2", "v"), ""),
    ("command", "ready", ("2", "c"), ""),
    ("organizations", "several", (), ""),
)


@pytest.mark.parametrize(("name", "desk", "keys", "typed"), SCENES, ids=[s[0] for s in SCENES])
async def test_words_of_the_screen(
    console, golden, name: str, desk: str, keys: tuple[str, ...], typed: str
) -> None:
    """What stands on a screen changes only when somebody means it to."""
    app = console(DESKS[desk](), pace=30.0)
    async with app.run_test(size=SIZES[0]) as pilot:
        await settle(pilot)
        await press(pilot, *keys)
        if typed:
            await type_words(pilot, typed)
        for columns, lines in SIZES:
            await pilot.resize_terminal(columns, lines)
            await settle(pilot)
            shown = words_on(app)
            golden(f"{name}-{columns}x{lines}", shown)
            assert "Traceback" not in shown
        await pilot.resize_terminal(*TOO_SMALL)
        await settle(pilot)
        assert " ".join(words_on(app).split()) == (
            "umstui needs 80 columns and 20 lines; this terminal has 79 x 19."
        )


@pytest.mark.parametrize(("name", "desk", "keys", "typed"), SCENES, ids=[s[0] for s in SCENES])
async def test_without_colours_the_same_words_stand_there(
    console,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    desk: str,
    keys: tuple[str, ...],
    typed: str,
) -> None:
    """Colour only repeats what the words say: on a black and white terminal nothing is lost."""
    monkeypatch.setitem(os.environ, "NO_COLOR", "1")
    monkeypatch.setitem(os.environ, "TEXTUAL_THEME", "ansi-dark")
    app = console(DESKS[desk](), pace=30.0)
    async with app.run_test(size=SIZES[0]) as pilot:
        await settle(pilot)
        await press(pilot, *keys)
        if typed:
            await type_words(pilot, typed)
        await pilot.resize_terminal(*SIZES[0])
        await settle(pilot)
        with_colours = (GOLDEN / f"{name}-{SIZES[0][0]}x{SIZES[0][1]}.txt").read_text("utf-8")
        assert words_on(app) == with_colours
