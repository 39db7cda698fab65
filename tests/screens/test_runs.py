"""Runs: any two compared, one object's history, drift, the way back, and files."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Input

from screens.differences import DifferencesPage
from screens.widgets.change_list import ChangeList
from screens.widgets.windowed_list import WindowedList
from sync.errors import RunFileDamaged
from tests.screens.double import a_held_desk, a_plan, a_ready_desk, a_run
from tests.screens.driving import press, settle, type_words, until, words_on


async def test_a_and_b_are_chosen_seen_and_compared(console) -> None:
    """What changed since Monday is asked every week; the two sides must be in sight."""
    desk = a_held_desk()
    app = console(desk)
    names = [stored.summary.run for stored in desk.runs]
    async with app.run_test() as pilot:
        await press(pilot, "6", "j", "j", "m")
        assert f"A is run {names[2]}, B is run {names[0]}" in words_on(app)
        await press(pilot, "d")
        assert isinstance(app.screen, DifferencesPage)
        assert desk.compared == [(names[2], names[0])]
        shown = words_on(app)
        assert f"A run {names[2]}" in shown
        assert f"B run {names[0]}" in shown
        assert "[all" in shown
        assert "undo" not in shown.split("why")[-1], "nothing is to be undone in a comparison"
        await press(pilot, "slash")
        await type_words(pilot, "kind:person")
        before = app.screen.query_one(ChangeList).count
        assert 0 < before < desk.compare(names[2], names[0]).count(app.screen.choice) + 1


async def test_both_sides_step_through_neighbouring_runs(console) -> None:
    """Finding the night on which something changed must take one key a night."""
    desk = a_held_desk()
    app = console(desk)
    names = [stored.summary.run for stored in desk.runs]
    async with app.run_test() as pilot:
        await press(pilot, "6", "less_than_sign")
        assert f"A is run {names[2]}, B is run {names[1]}" in words_on(app)
        await press(pilot, "d", "less_than_sign", "greater_than_sign", "greater_than_sign")
        assert desk.compared == [
            (names[2], names[1]), (names[3], names[2]), (names[2], names[1]), (names[1], names[0]),
        ]  # fmt: skip
        await press(pilot, "greater_than_sign")
        assert "There is no run further on that side." in words_on(app)


async def test_a_damaged_file_is_named_and_the_console_goes_on(console) -> None:
    """One bad file must not hide the others."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "6")
        desk.error = RunFileDamaged("The run file run-000313.duckdb is cut off.")
        await press(pilot, "d")
        assert "run-000313.duckdb is cut off" in words_on(app)
        desk.error = None
        await press(pilot, "escape", "d")
        assert app.screen.query_one(ChangeList).count


async def test_drift_is_shown_like_a_plan_and_mended_by_one(console) -> None:
    """Whoever sees that itslearning differs must get from there to the plan that mends it."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "6", "L")
        assert "what itslearning holds now" in words_on(app)
        assert app.screen.query_one(ChangeList).count == 5
        await press(pilot, "n")
        await settle(pilot)
        assert ("plan live", 1) in desk.written


async def test_a_run_is_taken_back_from_its_row(console) -> None:
    """The way back is needed in a hurry; it is a plan, so nothing is sent by the key."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "6", "i")
        assert "only a run that was carried out can be taken back" in words_on(app)
        assert desk.written == []
        await press(pilot, "j", "i")
        assert desk.written == [("undo", desk.runs[2].summary.run)]
        assert "it waits on 2 Preview" in words_on(app)


async def test_a_run_is_written_to_a_file_that_is_named(console, tmp_path: Path) -> None:
    """Over SSH the file lies on the server: the console says where."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "6", "e")
        await type_words(pilot, str(tmp_path / "x.xlsx"))
        await press(pilot, "enter")
        assert desk.written == [("export", desk.runs[0].summary.run, str(tmp_path / "x.xlsx"))]
        assert "on ums-01" in await until(pilot, "ums-01")


@pytest.mark.parametrize(
    ("keys", "file"), [("4e", "umstui.ics"), ("3e", "duplicates.txt"), ("2cY", "commands.txt")]
)
async def test_enter_takes_the_file_that_is_suggested(
    console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: str, file: str
) -> None:
    """A name that stands in the line and is refused as missing sends one to type what one reads."""
    monkeypatch.chdir(tmp_path)
    desk = a_ready_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, *keys, "enter")
        await until(pilot, "Written to")
        assert (tmp_path / file).stat().st_size
        await press(pilot, "escape", "6", "e", "enter")
        assert desk.written == [("export", "314", "run-314.xlsx")]


async def test_the_history_of_a_row_is_one_key_away(console) -> None:
    """When did she leave, in which run, why: asked with the row in front of one."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2", "H")
        change = desk.runs[0].changes[0]
        shown = words_on(app)
        assert f"of {change.key}, newest first" in shown
        assert f"run {desk.runs[0].summary.run}" in shown
        assert "run-000300.duckdb is cut off" in shown
        await press(pilot, "c")
        assert "umstui runs history" in words_on(app)


async def test_rows_are_sorted_by_the_next_order(console) -> None:
    """A class is found by name, a school by its rows standing together."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2", "x")
        changes = app.screen.query_one(ChangeList)
        labels = [changes.row(n).label for n in range(20)]
        assert labels == sorted(labels)
        assert "by name" in words_on(app)
        await press(pilot, "x")
        assert "by school" in words_on(app)
        await press(pilot, "x", "x", "x")
        assert [changes.row(n).seq for n in range(20)] == list(range(1, 21))
        assert not app.screen.query_one("#filter", Input).value


async def test_no_command_takes_back_what_was_never_sent(console) -> None:
    """A command that can only be refused is not what is on screen."""
    app = console(a_held_desk())
    async with app.run_test(size=(100, 30)) as pilot:
        await press(pilot, "6", "g", "c")
        assert "umstui undo" not in words_on(app)
        await press(pilot, "escape", "j", "j", "c")
        assert "umstui undo" in words_on(app)


async def test_the_cursor_stays_on_its_run_when_another_one_comes(console) -> None:
    """The scheduler plans while somebody is about to take a run back; that must be the same run."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "6", "j", "j")
        listed = app.screen.query_one(WindowedList)
        assert listed.current is not None
        run = listed.current.run
        desk.runs.insert(0, a_run("999", a_plan(held=False)))
        await press(pilot, "ctrl+r")
        await until(pilot, "999")
        assert listed.current.run == run
