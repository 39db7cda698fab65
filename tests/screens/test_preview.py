"""Preview: what a person sees of a run, chooses, and decides."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import dataclass

from textual.widgets import Input

from screens.preview import PreviewPage
from screens.widgets.change_list import ChangeList
from sync.errors import NotAllowed
from sync.model import ChangeFilter, FilterCell, RunReport, RunState, Verdict
from tests.screens.double import (
    DoubleDesk,
    a_held_desk,
    a_plan,
    a_ready_desk,
    a_run,
)
from tests.screens.driving import (
    press,
    sentence_on,
    settle,
    type_words,
    until,
    words_on,
)


def changes_of(app) -> ChangeList:
    return app.screen.query_one(ChangeList)


async def test_a_held_run_shows_why_and_counts_the_whole_plan(console) -> None:
    """The verdict, its limit and the sums are what an administrator opens the console for."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await press(pilot, "2")
        shown = words_on(app)
        assert "HELD" in shown
        assert "61 of 1 004 = 6.1%, limit 5%" in shown
        assert "[all 335]" in shown
        assert "person 112" in shown
        assert "- delete 132" in shown
        assert "1 of 335 shown" in shown


async def test_filter_words_narrow_the_list_and_esc_widens_it_again(console) -> None:
    """One must find Jensen among 100 000 changes, and get everything back by one key."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await press(pilot, "2", "slash")
        await type_words(pilot, "op:- kind:person jensen")
        assert changes_of(app).count == 15
        assert "1 of 15 shown, 335 in the plan" in words_on(app)
        await press(pilot, "enter")
        assert app.focused is changes_of(app)
        await press(pilot, "escape")
        await pilot.pause(0.2)
        await settle(pilot)
        assert changes_of(app).count == 335


async def test_a_word_that_means_nothing_is_named(console) -> None:
    """A typo must not look like an empty plan, nor like the whole one."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await press(pilot, "2", "slash")
        await type_words(pilot, "op:erase")
        assert "op:erase means nothing" in words_on(app)


async def test_kinds_and_operations_are_stepped_through_without_typing(console) -> None:
    """Comma, point and arrows need neither mouse nor AltGr."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await press(pilot, "2", "full_stop")
        await pilot.pause(0.2)
        await settle(pilot)
        assert "[person 112]" in words_on(app)
        await press(pilot, "left")
        await pilot.pause(0.2)
        await settle(pilot)
        assert "[- delete 61]" in words_on(app)
        assert changes_of(app).count == 61
        assert app.screen.query_one("#filter", Input).value == "op:delete kind:person"
        await press(pilot, "comma")
        await pilot.pause(0.2)
        await settle(pilot)
        assert "[all 335]" in words_on(app)


async def test_the_detail_answers_what_why_effect_and_way_back(console) -> None:
    """Nobody should approve a row without these four."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await press(pilot, "2", "slash")
        await type_words(pilot, "op:~ kind:person")
        shown = words_on(app)
        assert "name and mail differ" in shown
        assert "Muller -> " in shown
        assert "itslearning shows the new" in shown
        assert "umstui undo 314" in shown


async def test_approving_a_row_asks_why_and_stores_it_at_once(console) -> None:
    """A decision without reason is none, and one that is not stored is lost with the line."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2", "slash")
        await type_words(pilot, "status:held")
        await press(pilot, "enter", "a")
        assert "approve: delete person" in words_on(app)
        await press(pilot, "enter")
        assert "a reason is needed" in words_on(app)
        assert desk.written == []
        await type_words(pilot, "left on Friday")
        await press(pilot, "enter")
        (call,) = desk.written
        assert call[:3] == ("approve", "314", "left on Friday")
        assert len(call[3].seqs) == 1
        assert "Stored." in words_on(app)
        assert changes_of(app).count == 60  # the row is planned now, no longer held
        assert "APPROVED" in words_on(app)


async def test_esc_in_the_question_changes_nothing(console) -> None:
    """The way back must be safe at every moment."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2", "a")
        await type_words(pilot, "half a rea")
        await press(pilot, "escape")
        assert desk.written == []
        assert "Nothing was decided." in words_on(app)
        assert app.focused is changes_of(app)
        assert isinstance(app.screen, PreviewPage)


async def test_all_shown_says_how_many_and_by_which_filter(console) -> None:
    """ "all" must never be a guess."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2", "slash")
        await type_words(pilot, "status:held school:havn")
        await press(pilot, "enter", "R")
        count = changes_of(app).count
        assert f"reject: all {count} rows shown (status:held school:havn)" in words_on(app)
        await type_words(pilot, "class 9 stays")
        await press(pilot, "enter")
        choice = ChangeFilter(statuses=frozenset({"held"}), school="havn")
        assert desk.written == [("reject", "314", "class 9 stays", choice, None)]


async def test_marked_rows_are_decided_on_together(console) -> None:
    """Three rows here and there are one decision, with one reason."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2", "space", "j", "space", "space")
        assert "3 marked" in words_on(app)
        await press(pilot, "a")
        assert "approve: 3 marked rows" in words_on(app)
        await type_words(pilot, "checked")
        await press(pilot, "enter")
        assert desk.written[0][3] == ChangeFilter(seqs=frozenset({1, 3, 4}))
        assert changes_of(app).marked == set()


async def test_waiting_asks_for_a_day_that_lies_ahead(console) -> None:
    """w without a day would be a rejection under another name."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2", "G", "w")
        await type_words(pilot, "2026-01-01")
        await press(pilot, "enter")
        assert "is no day after today" in words_on(app)
        await type_words(pilot, "14")
        await press(pilot, "enter")
        await type_words(pilot, "exam")
        await press(pilot, "enter")
        assert desk.written[0][4] == dt.date(2026, 12, 5)
        assert "until 2026-12-05" in words_on(app)


async def test_while_a_question_is_open_no_letter_acts(console) -> None:
    """A reason with an A in it must not approve everything."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2", "r", "A", "P", "q", "2")
        assert app.screen.query_one("#question-answer", Input).value == "APq2"
        assert desk.written == []
        await press(pilot, "shift+tab", "a")
        assert "answer the question first" in words_on(app)


async def test_a_refused_decision_is_told_and_nothing_is_lost(console) -> None:
    """The core's refusal is shown in its own words."""
    desk = a_held_desk()

    def refuse(*_: object) -> None:
        raise NotAllowed("mk is a viewer here and may not approve.")

    desk.approve = refuse
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2", "a")
        await type_words(pilot, "why")
        await press(pilot, "enter")
        assert "! mk is a viewer here" in words_on(app)
        assert changes_of(app).count == 335


async def test_an_off_key_says_why(console) -> None:
    """A key that does nothing without a word is taken for a fault."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await press(pilot, "2", "P")
        assert "the filter holds it" in words_on(app)
        assert isinstance(app.screen, PreviewPage)


async def test_n_makes_a_plan_and_shows_it(console) -> None:
    """From an empty console to the first plan with one key, told how far it is."""
    desk = DoubleDesk(plan_gate=threading.Event())
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2")
        assert "n makes a plan" in words_on(app)
        pilot.app.simulate_key("n")
        await pilot.pause(0.7)
        shown = words_on(app)
        assert "PLANNING" in shown
        assert "planning: reading Students 412 of 1 204" in shown
        desk.plan_gate.set()
        await until(pilot, "2 Preview 1")
        assert desk.written == [("plan", 1)]
        assert "Run 1 has been planned." in words_on(app)


async def test_a_newer_plan_takes_the_place_of_the_older(console) -> None:
    """Deciding on yesterday's plan while today's lies ready is the classic accident."""
    desk = a_held_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2")
        desk.runs.insert(0, a_run("315", a_plan(held=False, delete=1)))
        await press(pilot, "ctrl+r")
        assert "2 Preview 315" in words_on(app)


async def test_the_limit_page_leads_to_the_rows_it_counted(console) -> None:
    """From "61 of 1 004" to those 61 with one key."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await press(pilot, "2", "v")
        assert "whole site" in words_on(app)
        assert "StartDato 31-02-2026" in words_on(app) or "fj104999" in words_on(app)
        await press(pilot, "j", "enter")
        await pilot.pause(0.2)
        await settle(pilot)
        assert 'kind:person op:delete school:"Havn Skole"' in words_on(app)


_CHURN = FilterCell(
    "person", "churn", "site", 100, 1004, "5%", Verdict.HOLD,
    "the keys seem to have changed: 100 persons would leave and 100 would be created. "
    "Proposed: give the old ones the new keys, such as a1 -> xa1 (Åse Dahl); "
    "`umstui rekey --from-run 314 preview` says how",
)  # fmt: skip


async def test_a_finding_that_keys_have_changed_leads_to_the_run_that_gives_them(console) -> None:
    """Else the only way out that the console shows is to approve that a hundred accounts go."""
    desk = a_held_desk()
    desk.stored("314").filter = [_CHURN, *desk.stored("314").filter]
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2", "v")
        assert "`umstui rekey --from-run 314 preview` says how" in sentence_on(app)
        await press(pilot, "c")
        assert app.clipboard == "umstui rekey --from-run 314 preview"
        await press(pilot, "j")
        assert "umstui rekey --from-run 314 run --confirm NAME" in sentence_on(app)
        await press(pilot, "escape", "j", "n")
        assert desk.cleanup.written == [], "no other line proposes keys"
        assert "proposes no keys" in sentence_on(app)
        await press(pilot, "k", "n")
        await settle(pilot)
        assert desk.cleanup.written == [("plan rekey", 1, "314")]
        assert "none of them can get its key" in sentence_on(app), "the run of the double is empty"


async def test_a_running_run_is_followed_without_reading_the_rows_again(console) -> None:
    """Each look costs one line over SSH, not a screen; at the end the rows tell the outcome."""
    desk = a_ready_desk()
    desk.automatic = False
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2")
        desk.start_apply("314", None)
        desk.advance()
        await press(pilot, "ctrl+r")
        assert "APPLYING 314 14%, 1 failed" in words_on(app)
        assert "APPLYING" in words_on(app)
        while desk.stored("314").summary.state is RunState.APPLYING:
            desk.advance()
        await pilot.pause(0.1)
        await settle(pilot)
        shown = words_on(app)
        assert "APPLIED  278 of 281, 3 failed" in shown
        assert " K + " in shown


async def test_keys_that_come_before_the_run_never_end_up_in_the_filter_line(console) -> None:
    """Over a slow line one presses 2 and j at once; a filter nobody typed would hide the rest."""
    gate = threading.Event()

    @dataclass
    class Slow(DoubleDesk):
        def report(self, run: str) -> RunReport:
            gate.wait(5)
            return super().report(run)

    app = console(Slow(a_held_desk().runs))
    async with app.run_test() as pilot:
        app.simulate_key("2")
        app.simulate_key("j")
        await pilot.pause(0.1)
        gate.set()
        await until(pilot, "1 of")
        await press(pilot, "j")
        assert "2 of" in words_on(app)
        assert app.screen.query_one("#filter", Input).value == ""


def first_twin(app) -> str:
    """The command that c copies."""
    return app.screen.twins()[0][1]


async def test_enter_shows_the_row_to_its_end_and_esc_goes_back_to_the_list(console) -> None:
    """At 80x24 the pane below the list is too low for what a change does and its way back."""
    app = console(a_held_desk())
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, "2", "slash")
        await type_words(pilot, "op:- kind:person")
        await press(pilot, "enter")
        assert "umstui undo 314" not in words_on(app)
        await press(pilot, "j", "enter")
        shown = words_on(app)
        assert "umstui undo 314" in shown
        assert "2 of 61 shown" in shown
        seq = changes_of(app).current.seq
        assert first_twin(app) == f"umstui runs changes 314 --change {seq}"
        await press(pilot, "escape")
        assert changes_of(app).has_focus
        assert "2 of 61 shown" in words_on(app)


async def test_the_command_says_the_filter_the_order_and_the_marked_rows(console) -> None:
    """Who pastes it gets what is on screen, no more and no less."""
    app = console(a_held_desk())
    async with app.run_test() as pilot:
        await press(pilot, "2", "slash")
        await type_words(pilot, "op:- kind:person status:held jensen")
        await press(pilot, "enter", "x")
        chosen = '--kind person --op delete --match "status:held jensen"'
        assert first_twin(app) == f"umstui runs changes 314 {chosen} --sort name"
        marked = sorted(change.seq for change in [changes_of(app).current])
        await press(pilot, "space")
        commands = dict(app.screen.twins())
        approve = "umstui approve 314 --reason why"
        assert commands["lets through: 1 marked row"] == f"{approve} --change {marked[0]}"
        assert commands["lets through: all that is shown"] == f"{approve} {chosen}"
        assert not [name for name in commands if "carries the run out" in name]  # it is held


async def test_tab_leads_into_a_text_that_is_longer_than_its_room(console) -> None:
    """What stands below the edge could else be read by nobody without a mouse."""
    app = console(a_ready_desk())
    async with app.run_test(size=(80, 20)) as pilot:
        await press(pilot, "2", "tab")
        pane = app.screen.query_one("#detail")
        assert pane.has_focus
        assert pane.max_scroll_y
        await press(pilot, "G")
        assert pane.scroll_y == pane.max_scroll_y
        await press(pilot, "k", "g")
        assert not pane.scroll_y
