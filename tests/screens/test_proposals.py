"""Proposals: a viewer's word waits for an approver and never counts by itself."""

from __future__ import annotations

from screens.confirm import ConfirmPage
from screens.desk import Session
from screens.preview import PreviewPage
from screens.proposals import ProposalsPage
from tests.screens.double import a_desk_with_proposals, a_held_desk
from tests.screens.driving import press, settle, until, words_on


async def test_home_says_that_a_proposal_waits(console) -> None:
    """Else it waits for ever: the approver does not know of it."""
    app = console(a_desk_with_proposals())
    async with app.run_test() as pilot:
        await settle(pilot)
        assert "PROPOSED run 314: 1 proposal" in words_on(app)


async def test_a_proposal_is_taken_over_after_a_question_with_both_names(console) -> None:
    """The approver reads what and why, and decides under his own name."""
    desk = a_desk_with_proposals()
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2", "s")
        shown = words_on(app)
        assert "1 proposal to decide on" in shown
        assert "they moved" in shown
        await press(pilot, "enter")
        assert isinstance(app.screen, ConfirmPage)
        assert "kim would let through: 61 changes" in words_on(app)
        assert "umstui proposals take 314 7" in words_on(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, ProposalsPage)
        assert desk.written == []
        await press(pilot, "enter", "j", "enter")
        await until(pilot, "is now your decision")
        assert desk.written == [("take over", "314", 7)]
        await press(pilot, "enter")
        assert isinstance(app.screen, ProposalsPage)
        assert "it has been taken over" in words_on(app)
        await press(pilot, "escape")
        assert isinstance(app.screen, PreviewPage)


async def test_what_a_viewer_proposes_is_asked_for_as_a_proposal(console) -> None:
    """A question that says approve leaves a viewer unsure whether the word was a decision."""
    desk = a_held_desk()
    desk.session = Session("kim", "ums-01", "0.1.0", role="viewer", proposes=True)
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2", "a")
        assert "propose to approve: create course" in words_on(app)
        await press(pilot, "escape", "w")
        assert "propose to wait: create course" in words_on(app)


async def test_who_only_proposes_cannot_take_over(console) -> None:
    """A viewer would else approve his own proposal."""
    desk = a_desk_with_proposals()
    desk.session = Session("kim", "ums-01", "0.1.0", role="viewer", proposes=True)
    app = console(desk)
    async with app.run_test() as pilot:
        await press(pilot, "2", "s", "enter")
        assert isinstance(app.screen, ProposalsPage)
        assert "you can only propose" in words_on(app)
        assert desk.written == []
