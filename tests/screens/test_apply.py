"""The apply page: nothing is sent by accident, and nothing stops because a console closes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from textual.widgets import Input

from screens.apply import ApplyPage
from screens.desk import Session
from screens.preview import PreviewPage
from screens.runs import RunsPage
from sync.model import RunState
from tests.screens.double import DoubleDesk, a_plan, a_ready_desk, a_run
from tests.screens.driving import press, sentence_on, settle, type_words, until, words_on


async def test_the_page_shows_the_steps_in_order_and_asks_for_the_number(console) -> None:
    """What will be sent, deletes last, and the words that differ each time."""
    app = console(a_ready_desk())
    async with app.run_test() as pilot:
        await press(pilot, "2", "P")
        shown = words_on(app)
        steps = [line for line in shown.splitlines() if re.match(r"\s*\d+  .+: ?", line)]
        assert [int(line.split()[0]) for line in steps] == [1, 3, 4, 8, 10]
        assert "nothing sent yet" in shown
        assert "Type delete 78 and press enter." in shown
        assert 'umstui apply 314 --confirm "delete 78"' in shown


@pytest.mark.parametrize(
    "words", ["", "y", "yes", "delete", "delete 77", "delete 780", "Delete 78"]
)
async def test_anything_but_the_words_goes_back_and_sends_nothing(console, words: str) -> None:
    """Fingers learn yes; a script written for 57 deletes must refuse 58."""
    desk = a_ready_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2", "P")
        await type_words(pilot, words)
        await press(pilot, "enter")
        assert desk.written == []
        assert isinstance(app.screen, PreviewPage)
        assert "Nothing was sent." in words_on(app)


async def test_esc_goes_back_and_sends_nothing(console) -> None:
    """Even with the right words already typed."""
    desk = a_ready_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2", "P")
        await type_words(pilot, "delete 78")
        await press(pilot, "escape")
        assert desk.written == []
        assert isinstance(app.screen, PreviewPage)


async def test_the_words_start_a_process_that_is_followed_to_its_end(console) -> None:
    """The page becomes the live run and says how it ended."""
    desk = a_ready_desk()
    desk.automatic = False
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2", "P")
        await type_words(pilot, "delete 78")
        await press(pilot, "enter")
        assert desk.written == [("apply", "314", "delete 78")]
        desk.advance()
        await pilot.pause(0.1)
        await settle(pilot)
        shown = words_on(app)
        assert "RUNNING" in shown
        assert "applied 39 of 281, 1 failed" in shown
        assert "#" in shown
        while desk.stored("314").summary.state is RunState.APPLYING:
            desk.advance()
        await pilot.pause(0.1)
        await settle(pilot)
        shown = words_on(app)
        assert "DONE" in shown
        assert "278 of 281, 3 failed" in shown
        assert "3 items failed; 2 and / status:failed show them" in shown
        assert " ok 10  delete persons" in shown
        await press(pilot, "escape")
        assert isinstance(app.screen, PreviewPage)


async def test_without_deletes_a_word_is_asked_for_all_the_same(console) -> None:
    """One stray enter must not send a thousand changes."""
    desk = DoubleDesk([a_run("5", a_plan(held=False, delete=0, members=0))])
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2", "P", "enter")
        assert desk.written == []
        await press(pilot, "P")
        await type_words(pilot, "apply")
        await press(pilot, "enter")
        assert desk.written == [("apply", "5", None)]


async def test_a_refusal_of_the_process_is_told_and_the_question_stands_again(console) -> None:
    """Stale, frozen, busy: the words of the process are what the person needs."""
    desk = a_ready_desk()
    desk.refusal = (6, "The source changed since the plan was made; plan again.")
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2", "P")
        await type_words(pilot, "delete 78")
        await press(pilot, "enter")
        await pilot.pause(0.1)
        await settle(pilot)
        shown = words_on(app)
        assert "! The source changed" in shown
        assert "nothing sent yet" in shown
        assert "RUN" not in shown.splitlines()[0]
        assert app.screen.query_one("#confirm", Input).display


async def test_leaving_while_a_run_goes_on_says_that_it_goes_on(console) -> None:
    """Nobody may think that closing the console stops the run, nor that it lost it."""
    desk = a_ready_desk()
    desk.automatic = False
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2", "P")
        await type_words(pilot, "delete 78")
        await press(pilot, "enter", "q")
        assert "goes on without you" in words_on(app)
        assert app.is_running
        await press(pilot, "q")
    assert app.return_value == 0
    assert desk.written == [("apply", "314", "delete 78")]


async def test_a_console_opened_later_shows_the_run_under_way(console) -> None:
    """After a dropped line the run is found again, on every page and on 6 Runs."""
    desk = a_ready_desk()
    desk.automatic = False
    desk.start_apply("314", None)
    desk.advance()
    app = console(desk)
    async with app.run_test() as pilot:
        await settle(pilot)
        assert words_on(app).splitlines()[0].endswith("APPLYING 314 14%, 1 failed  RW mk")
        await press(pilot, "6")
        assert isinstance(app.screen, RunsPage)
        assert "applying" in words_on(app)
        await press(pilot, "2", "P")
        assert isinstance(app.screen, ApplyPage)
        assert "RUNNING" in words_on(app)
        assert not app.screen.query_one("#confirm", Input).display


async def test_a_run_that_was_cut_off_is_not_called_running_and_goes_on_from_here(console) -> None:
    """A site that was away, or a machine that was restarted, leaves a run half sent; who believes
    that it is still running waits for ever."""
    desk = a_ready_desk()
    desk.automatic = False
    desk.start_apply("314", None)
    desk.advance()
    desk.broken_off = True
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "CUT OFF" in words_on(app)
        assert "RUN" not in words_on(app).splitlines()[0]
        assert "applying" not in words_on(app)
        await press(pilot, "6")
        assert "cut off" in words_on(app)
        assert "applying" not in words_on(app)
        assert "enter, then P goes on with it" in words_on(app)
        await press(pilot, "2")
        assert "It was cut off; P goes on with what was not sent." in words_on(app)
        await press(pilot, "P")
        await until(pilot, "then it was cut off")
        assert app.screen.query_one("#confirm", Input).display
        desk.broken_off = False
        await type_words(pilot, "delete 78")
        await press(pilot, "enter")
        assert desk.written[-1] == ("apply", "314", "delete 78")


async def test_s_asks_the_run_to_end_after_the_batch_in_flight(console) -> None:
    """The way out of a run that should not go on."""
    desk = a_ready_desk()
    desk.automatic = False
    desk.start_apply("314", None)
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2", "P", "s")
        assert desk.written[-1] == ("stop", "314")
        assert "after the batch in flight" in words_on(app)


async def test_a_viewer_sees_the_steps_of_nothing_he_may_send(console) -> None:
    """P says who may."""
    desk = a_ready_desk()
    may_not = "kim is a viewer"
    desk.session = Session("kim", "ums-01", "0.1.0", role="viewer", no_apply=may_not, proposes=True)
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2", "P")
        assert "kim is a viewer" in words_on(app)
        assert "PROPOSES kim (viewer)" in words_on(app)
        assert isinstance(app.screen, PreviewPage)


async def test_a_re_keying_asks_for_the_name_of_the_database_and_warns(console) -> None:
    """Another import that knows the old keys would make everybody a second time."""
    desk = a_ready_desk()
    stored = desk.stored("314")
    stored.summary = replace(stored.summary, confirm="UMS")
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "2", "P")
        assert "Type UMS and press enter" in sentence_on(app)
        assert "file import" in sentence_on(app)
        await type_words(pilot, "UMS")
        await press(pilot, "enter")
        assert desk.written == [("apply", "314", "UMS")]


async def test_a_run_that_ends_while_one_looks_is_not_called_cut_off(console) -> None:
    """Whoever reads that it was cut off goes on with what is done, and wonders what was lost."""
    desk = a_ready_desk()
    desk.automatic = False
    desk.start_apply("314", None)

    def ends(run: str) -> bool:
        stored = desk.stored(run)
        stored.summary = replace(stored.summary, state=RunState.APPLIED)
        return False

    desk.carried_out = ends
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert app.cut_off == ""
        assert app.applying is None
        assert "CUT OFF" not in words_on(app)
