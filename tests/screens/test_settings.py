"""Settings: what decides is in sight, a change is seen before it counts, a secret never is."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest
from textual.widgets import Input

from screens.confirm import ConfirmPage
from screens.form import FormPage
from screens.opened_settings import OpenedSettings
from screens.profiles import limits_in_words, read_limits
from screens.setting_lines import in_tree
from screens.settings import SettingsPage
from screens.setup_desk import LimitProfile
from screens.ums_settings import UmsSettingsPage
from screens.widgets.windowed_list import WindowedList
from sync.settings import Limit
from tests.screens.double import a_held_desk
from tests.screens.double_setup import some_rows
from tests.screens.driving import press, sentence_on, settle, type_words, until, words_on


def test_sub_accounts_stand_under_their_parents_and_none_is_lost() -> None:
    """A row whose parent leads nowhere must still be seen, to be mended."""
    rows = some_rows()
    listed = [(depth, row.number) for depth, row in in_tree(rows)]
    assert listed[-2:] == [(0, 4), (1, 5)]
    lost = [row for row in rows if row.number != 4]
    assert {row.number for _, row in in_tree(lost)} == {row.number for row in lost}


async def test_a_criterion_says_how_many_rows_it_takes_while_it_is_typed(console) -> None:
    """One that takes nobody would empty the school; the number stands there before enter."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "8", "u", "enter", "down")
        await type_words(pilot, "UserTypes_ID = 7")
        await until(pilot, "SQLFilter takes 0 of 4 700 rows")
        await type_words(pilot, "Nothing = 1")
        await until(pilot, "There is no column Nothing")
        await press(pilot, "escape")
        assert isinstance(app.screen, UmsSettingsPage)
        assert desk.written == []


async def test_the_hierarchy_follows_what_is_typed_and_is_stored_after_a_question(console) -> None:
    """New and lost nodes carry marks, with what would stand in each."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "8", "u", "G", "k", "enter", "down", "down")
        await type_words(pilot, "Education")
        shown = await until(pilot, "- Fjordby Skole")
        assert "2 nodes today, 3 as it is now" in shown
        assert "+ STX  30" in shown
        await press(pilot, "enter", "enter")
        assert isinstance(app.screen, ConfirmPage)
        assert "DatabaseField: Department -> Education" in words_on(app)
        await press(pilot, "enter")
        assert desk.written == []
        assert isinstance(app.screen, FormPage)
        await press(pilot, "enter", "j", "enter")
        await until(pilot, "was changed. The next plan")
        changed = ("change setting", "itslearningSubAccountSettings", 4,
                   {"DatabaseField": "Education"})  # fmt: skip
        assert desk.written == [changed]


async def test_what_was_stored_stands_there_when_all_is_read_again(console, monkeypatch) -> None:
    """A large database is read for seconds, and nobody would have seen that it was stored."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await press(pilot, "8", "u", "G", "k", "enter", "down", "down")
        await type_words(pilot, "Education")
        await until(pilot, "- Fjordby Skole")
        await press(pilot, "enter", "enter", "j")
        opened = OpenedSettings.open

        async def slowly(*asked: Any) -> OpenedSettings:
            await asyncio.sleep(0.3)
            return await opened(*asked)

        monkeypatch.setattr(OpenedSettings, "open", slowly)
        before = app.screen_stack[1]._opened
        await press(pilot, "enter")
        page = app.screen
        assert isinstance(page, UmsSettingsPage)
        for _ in range(100):
            if page._opened is not before:
                break
            await asyncio.sleep(0.02)
        await settle(pilot)
        assert "was changed. The next plan" in words_on(app)


async def test_a_sub_account_is_added_where_the_cursor_stands(console) -> None:
    """The tree is built from above, and what the new level makes is seen while it is typed."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "8", "u", "G")
        await until(pilot, "itslearningSubAccountSettings 5")
        await press(pilot, "n")
        assert "it stands under 5 Uddannelse" in await until(pilot, "DatabaseField: it is needed")
        await type_words(pilot, "77")
        assert "one of: 4, 5" in words_on(app)
        await type_words(pilot, "5")
        await press(pilot, "enter")
        await type_words(pilot, "By class")
        await press(pilot, "enter", "enter", "enter")
        assert "DatabaseField: it is needed" in words_on(app)
        assert desk.written == []
        await press(pilot, "up")
        await type_words(pilot, "Class")
        await until(pilot, "+     1a  30")
        await press(pilot, "enter", "enter")
        assert isinstance(app.screen, ConfirmPage)
        assert "The way back: D on its line" in words_on(app)
        await press(pilot, "j", "enter")
        await until(pilot, "Sub account 6 was added")
        values = {"Parent_ID": "5", "Description": "By class", "DatabaseField": "Class",
                  "SQLCriteria": ""}  # fmt: skip
        assert desk.written == [("add sub account", "itslearningSubAccountSettings", values)]
        assert isinstance(app.screen, UmsSettingsPage)


async def test_a_sub_account_moves_to_the_top_and_back(console) -> None:
    """Where it can stand is said; under itself it cannot."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "8", "u", "G", "m")
        await until(pilot, "It can stand under: 4 Skole")
        await type_words(pilot, "5")
        assert "one of: 4, or nothing" in words_on(app)
        await type_words(pilot, "")
        await until(pilot, "it stands at the top")
        await press(pilot, "enter")
        assert "The way back: enter on the row again, and Parent_ID 4." in sentence_on(app)
        await press(pilot, "j", "enter")
        await until(pilot, "was changed. The next plan")
        changed = ("change setting", "itslearningSubAccountSettings", 5, {"Parent_ID": ""})
        assert desk.written == [changed]


async def test_a_sub_account_is_taken_out_after_its_nodes_were_seen(console) -> None:
    """One with others under it stays; they would hang in the air."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "8", "u", "G", "k", "D")
        assert "5 stand under 4" in words_on(app)
        await press(pilot, "k", "D")
        assert "no row is chosen" in words_on(app), "the top of the tree is no row"
        await press(pilot, "j", "j", "D")
        shown = await until(pilot, "take it out of the UMS database")
        assert "DatabaseField: Education" in shown
        assert "-   STX" in shown
        await press(pilot, "enter")
        assert desk.written == []
        await press(pilot, "D", "j", "enter")
        await until(pilot, "Sub account 5 was taken out")
        assert desk.written == [("remove sub account", "itslearningSubAccountSettings", 5)]


async def test_a_value_that_will_not_do_is_refused_before_the_question(console) -> None:
    """The database would take a column that this program may not read."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "8", "u", "G", "k", "enter", "down", "down")
        await type_words(pilot, "CPR")
        await press(pilot, "enter", "enter")
        assert isinstance(app.screen, FormPage)
        assert "DatabaseField: 'CPR' is no column" in sentence_on(app)
        assert desk.written == []


async def test_a_secret_is_typed_unseen_and_stored_without_being_shown(console) -> None:
    """Somebody always looks over the shoulder."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "8", "p")
        await type_words(pilot, "Pa55-hush")  # at once, as whoever pressed p for it does
        assert isinstance(app.screen.focused, Input)
        assert "Pa55" not in words_on(app)
        await press(pilot, "enter", "enter")
        await settle(pilot)
        assert "The password is in the keyring." in words_on(app)
        assert "Pa55" not in words_on(app)
        assert desk.written == [("secret", 1, "password", "Pa55-hush")]


async def test_a_limit_of_the_file_is_tried_before_it_is_stored(console) -> None:
    """A mistake in umstui.toml stops tomorrow's sync."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "8")
        listed = app.screen.query_one("#settings", WindowedList)
        rows = [listed.row(place) for place in range(listed.count)]
        listed.move_to(next(i for i, row in enumerate(rows) if row[:2] == ("filter.person",
                                                                           "delete")))  # fmt: skip
        await press(pilot, "enter")
        await type_words(pilot, "wrong")
        await until(pilot, "a number is needed")
        await press(pilot, "enter")
        assert isinstance(app.screen, FormPage)
        await type_words(pilot, "{ percent = 3 }")
        await press(pilot, "enter", "j", "enter")
        await settle(pilot)
        assert desk.written == [("file", "filter.person", "delete", "{ percent = 3 }")]
        assert isinstance(app.screen, SettingsPage)


async def test_the_log_is_read_where_the_settings_are(console) -> None:
    """What happened last night, without leaving for a shell."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await press(pilot, "8", "L", "j")
        shown = words_on(app)
        assert "/var/log/umstui/umstui.log, 2 lines" in shown
        assert "createPersons: 503, tried again  attempt=2" in shown


def test_limits_are_read_as_they_are_written() -> None:
    """What the form shows of a profile must mean the same when it is stored again."""
    words = "create 25%, update 90% or 400, delete 12"
    assert limits_in_words(read_limits(words)) == words
    assert read_limits("") == {}
    for wrong in ("drop 5%", "delete", "delete 101%", "delete 2.5", "delete 5%, delete 6%",
                  "delete much", "delete 5% or"):  # fmt: skip
        with pytest.raises(ValueError, match=r"\w"):
            read_limits(wrong)


async def test_a_profile_is_entered_changed_and_taken_out(console) -> None:
    """The days of a rollover need other limits; they are seen beside the usual ones first."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test(size=(80, 30)) as pilot:
        await press(pilot, "8", "n")
        for words in ("rollover", "2027-07-01", "2027-06-01"):
            await type_words(pilot, words)
            await press(pilot, "enter")
        await type_words(pilot, "delete lots")
        assert "person: delete needs an amount" in sentence_on(app)
        await type_words(pilot, "delete 30%")
        await until(pilot, "ends before it begins")
        await press(pilot, "up")
        await type_words(pilot, "2027-08-13")
        shown = await until(pilot, "person delete: 5% -> 30%")
        assert "44 days: Thu  1 Jul 2027 to Fri 13 Aug 2027" in shown
        await press(pilot, *["enter"] * 7)
        assert isinstance(app.screen, ConfirmPage)
        assert "The way back: D on its line takes it out again" in words_on(app)
        assert desk.written == []
        await press(pilot, "j", "enter")
        await until(pilot, "* counts when the console is opened anew")
        new = LimitProfile("rollover", dt.date(2027, 7, 1), dt.date(2027, 8, 13),
                           {"person": {"delete": Limit(percent=30)}})  # fmt: skip
        assert desk.written == [("profile", None, new)]

        listed = app.screen.query_one("#settings", WindowedList)
        rows = [listed.row(place) for place in range(listed.count)]
        listed.move_to(next(i for i, row in enumerate(rows) if row[1] == "profile rollover"))
        await press(pilot, "enter")
        assert "profile rollover" in await until(pilot, "delete 30%")
        await press(pilot, "escape")
        assert "profile rollover      * 2027-07-01 to 2027-08-13" in words_on(app)
        await press(pilot, "D")
        assert "person delete 30%" in await until(pilot, "take it out of umstui.toml")
        await press(pilot, "j", "enter")
        await until(pilot, "umstui.toml was changed")
        assert desk.written[1:] == [("profile", new, None)]
        assert "rollover" not in words_on(app)


async def test_the_audit_trail_is_read_and_proved_in_the_console(console) -> None:
    """Who let these deletes through; and whether somebody has tampered with the answer."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "8", "H")
        shown = await until(pilot, "2 entries, whole")
        assert "mk from 10.0.0.7" in shown
        assert "approve: run 313, 12" in shown
        desk.setup.broken = 1
        await press(pilot, "ctrl+r")
        await until(pilot, "BROKEN at entry 1")
