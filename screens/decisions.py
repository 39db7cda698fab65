"""Deciding on rows of the preview: ask why, and until when, then store it at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from textual.widgets import Input

from screens.lane import in_thread
from screens.page import Page
from screens.widgets.change_list import ChangeList
from screens.widgets.frame import Question
from screens.wording import plural
from sync.model import ChangeFilter

_DONE = {"approve": "approved", "reject": "rejected", "wait": "put off"}


async def decide(page: Page, run: str, verb: str, shown: ChangeFilter, *, everything: bool) -> bool:
    """Approve, reject or wait: for the row, the marked rows, or all rows ``shown``.

    Whether a decision was stored.
    """
    if (chosen := _chosen(page, shown, everything=everything)) is None:
        return False
    desk = page.console_app.desk
    choice, named = chosen
    proposes = desk.session.proposes
    asked, stored_as = (f"propose to {verb}", "proposal") if proposes else (verb, "decision")
    until: dt.date | None = None
    if verb == "wait":
        today = desk.now().date()
        answer = await _ask(
            page, f"{asked}: {named}. Until which day?", "2026-12-31, or a number of days",
            lambda text: "" if day_of(text, today) else f"{text or 'nothing'} is no day after "
            "today; write it as 2026-12-31, or the number of days to wait",
        )  # fmt: skip
        until = day_of(answer or "", today)
        if until is None:
            page.say("Nothing was decided.")
            return False
        named += f", until {until.isoformat()}"
    reason = await _ask(
        page, f"{asked}: {named}. Why?", f"the reason is stored with the {stored_as}",
        lambda text: "" if text else "a reason is needed: it is what the next person reads",
    )  # fmt: skip
    if reason is None:
        page.say("Nothing was decided.")
        return False
    page.say("storing the decision ...")
    stored = False
    with page.telling():
        if verb == "approve":
            await in_thread(desk.approve, run, reason, choice)
        else:
            await in_thread(desk.reject, run, reason, choice, until)
        page.query_one(ChangeList).marked.clear()
        if proposes:
            page.say(f"proposed: {verb}, {named}. An approver decides.", "good")
        else:
            page.say(f"{_DONE[verb]}: {named}. Stored.", "good")
        stored = True
    return stored  # noqa: RET504 (what is told as an error leaves it false)


def _chosen(
    page: Page, shown: ChangeFilter, *, everything: bool
) -> tuple[ChangeFilter, str] | None:
    """What a decision is about, and how to say it; None where there is nothing."""
    changes = page.query_one(ChangeList)
    if everything:
        line = page.query_one("#filter", Input).value.strip() or "the whole plan"
        return shown, f"all {plural(changes.count, 'row')} shown ({line})"
    return picked_rows(page)


def picked_rows(page: Page) -> tuple[ChangeFilter, str] | None:
    """The marked rows, else the row under the cursor, and how to say it; None without a row."""
    changes = page.query_one(ChangeList)
    if changes.marked:
        seqs = frozenset(int(key) for key in changes.marked)
        return ChangeFilter(seqs=seqs), plural(len(seqs), "marked row")
    change = changes.current
    if change is None:
        return None
    named = f"{change.op} {change.kind} {change.label}"
    return ChangeFilter(seqs=frozenset({change.seq})), named


async def _ask(page: Page, sentence: str, hint: str, refuse: Callable[[str], str]) -> str | None:
    """Ask at the foot of the page; the list has the keys again afterwards."""
    answer = await page.query_one(Question).ask(sentence, hint, refuse)
    page.query_one(ChangeList).focus()
    page.refresh_frame()
    return answer


def day_of(text: str, today: dt.date) -> dt.date | None:
    """A day after today, written as 2026-12-31 or as a number of days; None for anything else."""
    if text.isdecimal() and 0 < int(text) <= 3650:
        return today + dt.timedelta(days=int(text))
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return day if day > today else None
