"""The action table: what it promises holds for every page."""

from __future__ import annotations

from importlib import import_module

import pytest

from screens.actions import ACTIONS, PLACES, Situation, footer, footer_width, of_place
from screens.apply import ApplyPage
from screens.desk import Session
from screens.help import HelpPage
from screens.limits import LimitsPage
from screens.organization import OrganizationPage
from screens.page import Page
from screens.palette import PalettePage
from screens.twin import TwinPage
from screens.widgets.windowed_list import WindowedList
from tests.screens.double import a_held_desk, a_ready_desk
from tests.screens.driving import press, settle


def page_classes() -> dict[str, type[Page]]:
    """Every page there is, by the place the table knows it under."""
    found: dict[str, type[Page]] = {
        page.PLACE: page
        for page in (ApplyPage, HelpPage, LimitsPage, OrganizationPage, PalettePage, TwinPage)
    }
    for place in PLACES:
        module, _, name = place.made_by.partition(":")
        found[place.id] = getattr(import_module(module), name)
    return found


PAGES = page_classes()


@pytest.mark.parametrize("place", PAGES)
def test_no_key_does_two_things_on_one_page(place: str) -> None:
    """A key that two actions claim would silently do only one of them."""
    listed = [action for action in ACTIONS if action.where == "list"]
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
async def test_in_read_only_no_key_writes_anything(console, where: str) -> None:
    """Support looks over somebody's shoulder: whatever is pressed, nothing is stored or sent."""
    desk = a_held_desk() if where != "apply" else a_ready_desk()
    desk.session = Session(
        "support", "ums-01", "0.1.0", read_only="read-only session", no_apply="read-only session"
    )
    app = console(desk)
    async with app.run_test() as pilot:
        await settle(pilot)
        listed = [action for action in ACTIONS if action.where == "list"]
        actions = [a for a in (*of_place(where), *listed) if a.id not in {"quit", "back"}]
        for action in actions:
            for key in action.keys:
                await _stand_on(app, pilot, where, desk)
                await press(pilot, key)
                if where == "preview" and key in {"a", "A"}:
                    await press(pilot, "x", "enter")
        assert desk.written == []


async def _stand_on(app, pilot, where: str, desk) -> None:
    """Bring the page to the front, unless it is there."""
    if where == app.screen.PLACE:
        return
    while len(app.screen_stack) > 1:
        app.pop_screen()
        await settle(pilot)
    if where in {place.id for place in PLACES}:
        app.go(where)
    else:
        report = desk.report("314")
        made = {
            "apply": lambda: ApplyPage(report),
            "help": lambda: HelpPage(app.screen),
            "limits": lambda: LimitsPage(report, lambda _: None),
            "organization": OrganizationPage,
            "palette": lambda: PalettePage(app.screen),
            "twin": lambda: TwinPage([("lists the runs", "umstui runs list")]),
        }[where]()
        app.push_screen(made)
    await settle(pilot)
