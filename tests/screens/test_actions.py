"""The action table: what it promises holds for every page."""

from __future__ import annotations

from pathlib import Path

import pytest

from screens.actions import ACTIONS, Situation, footer, footer_width, of_place
from screens.desk import Session
from screens.page import Page
from screens.places import PLACES
from screens.widgets.windowed_list import WindowedList
from tests.screens.double import a_held_desk, a_ready_desk
from tests.screens.driving import press, settle
from tests.screens.reaching import ON_TOP, page_classes, stand_on

PAGES = page_classes()


@pytest.mark.parametrize("place", PAGES)
def test_no_key_does_two_things_on_one_page(place: str) -> None:
    """A key that two actions claim would silently do only one of them."""
    listed = [a for a in ACTIONS if a.where == "list" and place != "form"]  # a form has no list
    keys = [key for action in (*of_place(place), *listed) for key in action.keys]
    assert sorted(keys) == sorted(set(keys))


def test_every_action_can_be_carried_out() -> None:
    """An action without a method would be offered in footer and help, and do nothing."""
    for action in ACTIONS:
        if action.id.startswith("go_"):
            assert action.id.removeprefix("go_") in PAGES
        elif action.where == "list":
            assert hasattr(WindowedList, "do_mark")
        elif action.where == "everywhere":
            assert callable(getattr(Page, f"do_{action.id}"))
        else:
            assert callable(getattr(PAGES[action.where], f"do_{action.id}"))


def test_labels_fit_and_every_action_says_what_it_does() -> None:
    """Long labels push the last keys out of the footer; a missing sentence leaves help empty."""
    for action in ACTIONS:
        assert 0 < len(action.label) <= 8, action.id
        assert len(action.sentence) > 8, action.id
        assert 0 <= action.danger <= 4, action.id


@pytest.mark.parametrize("place", PAGES)
def test_the_footer_fits_into_78_columns_and_ends_with_help_and_quit(place: str) -> None:
    """At 80x24 nobody may lose the way to help or out."""
    shown = [action for action, _ in footer(place, Situation())]
    assert footer_width(shown) <= 78
    assert [action.id for action in shown[-2:]] == ["help", "quit"]


def test_no_key_needs_altgr_or_belongs_to_tmux_or_the_terminal() -> None:
    """ctrl-b is tmux's, ctrl-h is backspace, brackets need AltGr on Danish keyboards."""
    taken = {f"ctrl+{letter}" for letter in "abhijmz"} | {"left_square_bracket", "at", "backslash"}
    assert not [key for action in ACTIONS for key in action.keys if key in taken]


def test_the_digits_are_those_of_the_registered_screens() -> None:
    """A digit without a screen behind it must not be bound."""
    digits = {key for action in ACTIONS for key in action.keys if key.isdigit()}
    assert digits == {place.digit for place in PLACES}


@pytest.mark.parametrize("where", [*PAGES])
async def test_in_read_only_no_key_writes_anything(
    console, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Support looks over somebody's shoulder: whatever is pressed, nothing is stored or sent.

    A page that the tests do not know how to reach fails here, so that none is left out.
    """
    monkeypatch.chdir(tmp_path)  # files that are asked for by name
    desk = a_held_desk() if where != "apply" else a_ready_desk()
    why = "read-only session"
    desk.session = Session("support", "ums-01", "0.1.0", read_only=why, no_apply=why, no_change=why)
    app = console(desk)
    async with app.run_test() as pilot:
        await settle(pilot)
        listed = [action for action in ACTIONS if action.where == "list"]
        actions = [a for a in (*of_place(where), *listed) if a.id not in {"quit", "back"}]
        for action in actions:
            for key in action.keys:
                await stand_on(app, pilot, where, desk)
                await press(pilot, key)
                if app.screen.situation().asking or action.danger:
                    await press(pilot, "x", "enter", "j", "enter")
        assert desk.written == []


def test_no_page_is_missing_from_these_tests() -> None:
    """A page that is opened from another one would else never be tried in read-only mode."""
    assert set(PAGES) == {place.id for place in PLACES} | set(ON_TOP)
