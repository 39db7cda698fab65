"""Duplicates and diagnosis by keyboard: what is decided and what is asked, and nothing else is."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from screens import duplicates_words as words
from screens.desk import Session
from sync.errors import Refused
from sync.findings import FindingClass, Search
from tests.screens.double import a_plan, a_ready_desk, a_run
from tests.screens.driving import press, sentence_on, settle, type_words, until, words_on


async def test_what_can_still_be_prevented_stands_first_and_side_by_side(console) -> None:
    """After tonight's run it is two accounts."""
    desk = a_ready_desk()
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "3")
        shown = words_on(app)
        assert "4 findings, 2 preventable before the next run" in shown
        assert "Ølgaard, Nora Kjær" in shown
        assert "~ name" in shown
        assert "= mail" in shown
        assert "keep noraol" in shown
        assert desk.written == []


async def test_the_suggestion_becomes_a_run_to_look_at_and_nothing_more(console) -> None:
    """A key on the wrong account hands a pupil's work to somebody else."""
    desk = a_ready_desk()
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "3", "s")
        assert desk.written == [("resolve", 1, "noraol")]
        assert app.screen.PLACE == "preview"
        await press(pilot, "escape")
        assert "keep run 314" in words_on(app)


async def test_different_people_need_a_reason_and_leave_the_list(console) -> None:
    """Twins appear once in a lifetime."""
    desk = a_ready_desk()
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "3", "d", "enter")
        assert "a reason is needed" in sentence_on(app)
        assert desk.written == []
        await type_words(pilot, "two cousins")
        await press(pilot, "enter")
        assert desk.written == [("dismiss", 1, "two cousins")]
        assert "3 findings" in words_on(app)
        await press(pilot, "w")
        await type_words(pilot, "asked the school")
        await press(pilot, "enter")
        assert desk.written[-1] == ("put off", 2, "asked the school")


async def test_the_other_account_can_be_kept(console) -> None:
    """The operator has seen which one is used; the suggestion has not."""
    desk = a_ready_desk()
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "3", "j", "j", "o")
        assert desk.written == [("resolve", 3, "minhn")]


async def test_who_may_only_look_decides_nothing(console) -> None:
    """Support diagnoses, an administrator decides."""
    desk = a_ready_desk()
    why = "this session is read-only"
    desk.session = Session("support", "ums-01", "0.1.0", read_only=why, no_apply=why, no_change=why)
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "3")
        for key in ("s", "o", "d", "w"):
            await press(pilot, key)
            assert why in sentence_on(app)
        assert desk.written == []


async def test_a_refusal_is_said_as_it_is(console) -> None:
    desk = a_ready_desk()
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "3")
        desk.people.error = Refused("No run can resolve this: mend it in the source.")
        await press(pilot, "s")
        assert "mend it in the source" in sentence_on(app)
        assert app.screen.PLACE == "duplicates"


async def test_the_pack_is_written_where_it_was_asked_for(console, tmp_path: Path) -> None:
    """What support always asks for, without typing it off the screen."""
    desk = a_ready_desk()
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "3", "space", "space", "e")
        await type_words(pilot, str(tmp_path / "pack.txt"))
        await press(pilot, "enter")
        assert "[1, 2]" in (tmp_path / "pack.txt").read_text(encoding="utf-8")


async def test_classes_are_stepped_through(console) -> None:
    desk = a_ready_desk()
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "3", "full_stop", "full_stop")
        shown = words_on(app)
        assert "[pair 1]" in shown
        assert "Nguyễn, Minh Anh" in shown
        assert "Ølgaard" not in shown


async def test_the_class_that_is_chosen_is_on_screen_however_many_there_are(console) -> None:
    """Where the line is cut one would step through classes blindly."""
    desk = a_ready_desk()
    findings = [
        replace(desk.people.findings[0], id=number, cls=cls)
        for number, cls in enumerate(FindingClass, 1)
    ]
    desk.people.findings = findings
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "3", *["full_stop"] * len(findings))
        assert "[admin-with-key 1]" in words_on(app)
        await press(pilot, "full_stop")
        assert "[all 7]" in words_on(app)


async def test_both_accounts_stand_as_wide_as_the_screen_is_now(console) -> None:
    """A window that is made smaller must not break the lines of the comparison."""
    app = console(a_ready_desk())
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        await press(pilot, "3")
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        heading = next(line for line in words_on(app).splitlines() if " A made by hand" in line)
        assert "B from UMS, next run" in heading


def test_the_time_that_is_left_is_said_in_hours() -> None:
    """Whoever reads it decides whether to do it now."""
    now = dt.datetime(2026, 11, 21, 19, 40, tzinfo=dt.UTC)
    search = Search(1, (), 0, now, now + dt.timedelta(hours=10, minutes=20), 0)
    assert search.time_left(now) == "10 h 20 min"
    assert search.time_left(now + dt.timedelta(hours=10)) == "20 min"
    assert replace(search, next_run=None).time_left(now) == ""
    finding = replace(a_ready_desk().people.findings[0], prevents=True)
    line = words.summary_line(replace(search, findings=(finding,)), now)
    assert "".join(text for text, _ in line).startswith(
        " 1 finding, 1 preventable, 10 h 20 min left  itslearning read just now"
    )


async def test_a_row_of_the_preview_is_asked_about_with_one_key(console) -> None:
    """The question comes while looking at the row."""
    desk = a_ready_desk()
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "2", "I")
        assert app.screen.PLACE == "diagnose"
        assert [live for _, _, live in desk.people.asked] == [False, True]  # the last run first
        assert "is in itslearning as UMS has it" in sentence_on(app)
        assert "Sofie [b]Jensen" in words_on(app)
        await press(pilot, "escape")
        assert app.screen.PLACE == "preview"
        assert desk.written == []


async def test_a_person_and_a_room_are_asked_for_by_key(console) -> None:
    """The phone rings: who, and in which room."""
    desk = a_ready_desk()
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "7", "p")
        await type_words(pilot, "fj104001")
        await press(pilot, "enter", "r")
        await type_words(pilot, "UMSCourse_3b Math")
        await press(pilot, "enter")
        assert desk.people.asked[-1] == ("fj104001", "UMSCourse_3b Math", True)
        assert "not in 3b Math" in sentence_on(app)
        await press(pilot, "c")
        assert 'umstui diagnose room "UMSCourse_3b Math" --person fj104001' in words_on(app)


async def test_after_the_first_search_of_all_the_site_can_be_read(console) -> None:
    """Made by hand, found by reading alone: a key that stays dead hides every such account."""
    desk = a_ready_desk()
    desk.people.searched = False
    app = console(desk)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "3", "L")
        assert desk.people.searches == [False, True]
        assert "being worked out" not in sentence_on(app)


async def test_findings_that_a_run_has_overtaken_are_searched_for_anew(console) -> None:
    """What a run has made meanwhile can no longer be prevented; the list must not say so."""
    desk = a_ready_desk()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "3")
        await until(pilot, "4 findings")
        assert desk.people.searches == []
        await press(pilot, "1")
        desk.people.overtaken = True
        desk.people.findings = desk.people.findings[:1]
        desk.runs.insert(0, a_run("315", a_plan(held=False)))
        await press(pilot, "ctrl+r", "3")
        await until(pilot, "1 finding")
        assert desk.people.searches == [False]
