"""Keeping a person, a room or a school until a day: a form, then the answer."""

from __future__ import annotations

from screens import twins
from screens.calendar_changes import Lines, org_of, today_of
from screens.confirm import Confirmation, ConfirmPage
from screens.form import Field, Form, FormPage, Values
from screens.form_checks import day_check, needed, one_of, read_day
from screens.lane import in_thread
from screens.page import Page
from screens.wording import day
from sync.windows import KeepException, KeepTarget


def new_exception(page: Page) -> None:
    """Ask whom or what to keep until when, and why."""
    today = today_of(page)
    org, desk = org_of(page), page.console_app.desk.calendar

    def exception_of(values: Values) -> KeepException:
        until = read_day(values["until"], today)
        assert until is not None
        return KeepException(KeepTarget(values["target"]), values["key"], until, values["reason"])

    def said(keep: KeepException) -> Lines:
        return [
            ((f" The {keep.target} {keep.key} is kept from being deleted.", ""),),
            ((f" The last day of that is {day(keep.until)}.", ""),),
            ((" It comes up for renewal two weeks before.", "quiet"),),
        ]  # fmt: skip

    async def meaning(values: Values) -> Lines:
        return said(exception_of(values))

    async def done(values: Values) -> None:
        keep = exception_of(values)

        async def carry_out() -> str:
            await in_thread(desk.add_exception, org, keep)
            return f"The {keep.target} {keep.key} is kept until {day(keep.until)}."

        page.app.push_screen(ConfirmPage(Confirmation(
            "4 Calendar > new exception > keep it?",
            [(("", ""),), *said(keep), ((f" Because: {keep.reason}", ""),)],
            f"keep the {keep.target} {keep.key}",
            carry_out,
            closes=2,
            twin=("keeps it", twins.command(
                page.console_app, "exceptions", "add", f"--{keep.target}", keep.key, "--until",
                keep.until.isoformat(), "--reason", keep.reason)),
        )))  # fmt: skip

    targets = [str(target) for target in KeepTarget]
    page.app.push_screen(
        FormPage(
            Form(
                "4 Calendar > new exception",
                (
                    Field("target", "keep a", targets[0], ", ".join(targets),
                          one_of(targets, empty=False), targets),
                    Field("key", "key", "", "the sync key of the person or room, or the school",
                          needed),
                    Field("until", "until", "", "the last day it is kept", day_check(today)),
                    Field("reason", "because", "", "what the next person reads", needed),
                ),
                done,
                meaning,
            )
        )
    )  # fmt: skip


def renew(page: Page, keep: KeepException) -> None:
    """Ask for another last day and the reason for it."""
    today = today_of(page)
    org, desk = org_of(page), page.console_app.desk.calendar

    async def done(values: Values) -> None:
        until = read_day(values["until"], today)
        assert until is not None
        reason = values["reason"]

        async def carry_out() -> str:
            await in_thread(desk.renew_exception, org, keep.id, until, reason)
            return f"The {keep.target} {keep.key} is kept until {day(until)}."

        page.app.push_screen(ConfirmPage(Confirmation(
            f"4 Calendar > exception {keep.id} > renew it?",
            [
                (("", ""),),
                ((f" The {keep.target} {keep.key} was kept until {day(keep.until)}", ""),),
                ((f" and is to be kept until {day(until)}, because: {reason}", ""),),
            ],
            f"keep it until {day(until)}",
            carry_out,
            closes=2,
            twin=("renews it", twins.command(
                page.console_app, "exceptions", "renew", str(keep.id), "--until",
                until.isoformat(), "--reason", reason)),
        )))  # fmt: skip

    page.app.push_screen(
        FormPage(
            Form(
                f"4 Calendar > keep {keep.target} {keep.key}",
                (
                    Field("until", "until", keep.until.isoformat(), "the new last day",
                          day_check(today)),
                    Field("reason", "because", keep.reason, "what the next person reads", needed),
                ),
                done,
            )
        )
    )  # fmt: skip
