"""Settings: what decides is in sight, a change is seen before it counts, a secret never is."""

from __future__ import annotations

from textual.widgets import Input

from screens.confirm import ConfirmPage
from screens.form import FormPage
from screens.settings import SettingsPage
from screens.ums_settings import UmsSettingsPage, in_tree
from screens.widgets.windowed_list import WindowedList
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
        await press(pilot, "8", "p", "enter")
        await type_words(pilot, "Pa55-hush")
        assert isinstance(app.screen.focused, Input)
        assert "Pa55" not in words_on(app)
        await press(pilot, "enter")
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
