"""Changing the calendar: a form, then what it releases, then the answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from screens import twins
from screens.calendar_words import Entry, narrowed, what
from screens.confirm import Confirmation, ConfirmPage
from screens.form import Field, Form, FormPage, Values
from screens.form_checks import day_check, one_of, read_day
from screens.lane import in_thread
from screens.page import Page
from screens.widgets.frame import Question
from screens.widgets.lines import Part
from screens.widgets.windowed_list import WindowedList
from screens.wording import day, plural
from sync.errors import UmstuiError
from sync.model import Kind
from sync.windows import Window, WindowType

if TYPE_CHECKING:
    from sync.runs import HeldWindow

Lines = list[tuple[Part, ...]]


def new_window(page: Page) -> None:
    """Ask for a window."""
    today = today_of(page)

    async def done(values: Values) -> None:
        window = _window_of(values, today)
        page.app.push_screen(ConfirmPage(_ask_new_window(page, window)))

    async def meaning(values: Values) -> Lines:
        return _window_lines(_window_of(values, today))

    types = [str(kind) for kind in WindowType]
    page.app.push_screen(
        FormPage(
            Form(
                "4 Calendar > new window",
                (
                    Field("type", "type", types[0], " or ".join(types),
                          one_of(types, empty=False), types),
                    Field("begins", "first day", "", "2027-06-21, or the number of days from today",
                          day_check(today, past=True)),
                    Field("ends", "last day", "", "that day belongs to it", day_check(today)),
                    Field("kind", "only this kind", "", f"nothing for all, or {', '.join(Kind)}",
                          one_of(list(Kind)), list(Kind)),
                    Field("school", "only school", "", "nothing for all schools"),
                    Field("spared", "not school", "", "such as a summer school; ; between several"),
                    Field("role", "only role", "", "nothing for all, or Student, Learner, ..."),
                ),
                done,
                meaning,
                twin=("enters a window", twins.command(
                    page.console_app, "calendar", "add", "delay-delete", "--from", "D", "--to",
                    "D")),
            )
        )
    )  # fmt: skip


def _window_of(values: Values, today: dt.date) -> Window:
    begins, ends = read_day(values["begins"], today), read_day(values["ends"], today)
    assert begins is not None
    assert ends is not None
    return Window(
        WindowType(values["type"]),
        begins,
        ends,
        values["kind"] or None,
        values["school"] or None,
        values["role"] or None,
        tuple(name.strip() for name in values["spared"].split(";") if name.strip()),
    )


def _window_lines(window: Window) -> Lines:
    days = (window.ends - window.begins).days + 1
    if days < 1:
        return [((" It would end before it begins.", "attention"),)]
    from_to = f"From {day(window.begins)} to {day(window.ends)}, {plural(days, 'day')}:"
    doing = (
        "nothing is sent, plans can be made."
        if window.type is WindowType.FREEZE
        else "deletes wait, everything else goes on."
    )
    due = day(window.ends + dt.timedelta(days=1))
    only = narrowed(window)
    return [
        ((f" {from_to} {doing}", ""),),
        *([((f" Only for: {only}.", "attention"),)] if only else []),
        ((f" What waits falls due on {due}; the limits of that day count.", ""),),
    ]


def _ask_new_window(page: Page, window: Window) -> Confirmation:
    org, desk = org_of(page), page.console_app.desk.calendar
    options: list[str] = []
    for name, value in (
        ("--kind", window.kind), ("--school", window.school), ("--role", window.role),
        *(("--except-school", school) for school in window.spared),
    ):  # fmt: skip
        options += [name, value] if value else []

    async def carry_out() -> str:
        await in_thread(desk.add_window, org, window)
        return f"The {str(window.type).replace('-', ' ')} is in the calendar."

    named = str(window.type).replace("-", " ")
    return Confirmation(
        "4 Calendar > new window > enter it?",
        [
            (("", ""),),
            ((f" A {named} is to be entered.", "attention"),),
            *_window_lines(window),
            (("", ""),),
            ((" It can be changed and removed again.", "quiet"),),
        ],
        f"enter the {named}",
        carry_out,
        closes=2,
        twin=("enters this window", twins.command(
            page.console_app, "calendar", "add", str(window.type), "--from",
            window.begins.isoformat(), "--to", window.ends.isoformat(), *options)),
    )  # fmt: skip


def change_window(page: Page, held: HeldWindow) -> None:
    """Ask for other days."""
    window, today = held.window, today_of(page)
    org, desk = org_of(page), page.console_app.desk.calendar

    async def done(values: Values) -> None:
        begins, ends = _days_of(values, today)
        released = await in_thread(desk.released_by, org, window.id, begins, ends)

        async def carry_out() -> str:
            await in_thread(desk.change_window, org, window.id, begins, ends)
            return f"Window {window.id} now is from {day(begins)} to {day(ends)}."

        changed = Window(window.type, begins, ends)
        page.app.push_screen(ConfirmPage(Confirmation(
            f"4 Calendar > window {window.id} > other days?",
            [
                (("", ""),),
                ((f" Until now from {day(window.begins)} to {day(window.ends)}.", "quiet"),),
                *_window_lines(changed),
                *_release_lines(released),
            ],
            f"give window {window.id} these days",
            carry_out,
            closes=2,
            twin=("changes it", twins.command(
                page.console_app, "calendar", "change", str(window.id), "--from",
                begins.isoformat(), "--to", ends.isoformat())),
        )))  # fmt: skip

    async def meaning(values: Values) -> Lines:
        begins, ends = _days_of(values, today)
        lines = _window_lines(Window(window.type, begins, ends))
        if ends < begins:
            return lines
        try:
            released = await in_thread(desk.released_by, org, window.id, begins, ends)
        except UmstuiError as error:
            return [((f" {error}", "attention"),)]
        return [*lines, *_release_lines(released)]

    page.app.push_screen(
        FormPage(
            Form(
                f"4 Calendar > {str(window.type).replace('-', ' ')} {window.id}",
                (
                    Field("begins", "first day", window.begins.isoformat(), "2027-06-21",
                          day_check(today, past=True)),
                    Field("ends", "last day", window.ends.isoformat(), "that day belongs to it",
                          day_check(today)),
                ),
                done,
                meaning,
            )
        )
    )  # fmt: skip


def _days_of(values: Values, today: dt.date) -> tuple[dt.date, dt.date]:
    begins, ends = read_day(values["begins"], today), read_day(values["ends"], today)
    assert begins is not None
    assert ends is not None
    return begins, ends


def _release_lines(released: Sequence[str]) -> Lines:
    if not released:
        return [(("", ""),), ((" This releases nothing.", ""),)]
    return [
        (("", ""),),
        ((" This releases:", "attention"),),
        *(((f"   {words}", "delete"),) for words in released),
    ]


async def remove(page: Page, entry: Entry) -> None:
    """Say what removing it releases, then ask."""
    org, desk = org_of(page), page.console_app.desk.calendar
    verb: Callable[[int, int], None]
    if entry.held is not None:
        number = entry.held.window.id
        released = await in_thread(desk.released_by, org, number, None, None)
        verb, group = desk.remove_window, "calendar"
        named = f"{what(entry)} {number}"
    else:
        assert entry.keep is not None
        number = entry.keep.id
        released = await in_thread(desk.kept_by, org, number)
        verb, group = desk.remove_exception, "exceptions"
        named = f"exception for {entry.keep.target} {entry.keep.key}"

    async def carry_out() -> str:
        await in_thread(verb, org, number)
        return f"The {named} was removed."

    page.app.push_screen(ConfirmPage(Confirmation(
        f"4 Calendar > remove {named}?",
        [(("", ""),), ((f" The {named} is to be removed.", "attention"),),
         *_release_lines(released)],
        f"remove the {named}",
        carry_out,
        twin=("removes it", twins.command(page.console_app, group, "remove", str(number))),
    )))  # fmt: skip


async def export(page: Page) -> None:
    """Ask for the file and write it."""
    path = await page.query_one(Question).ask_file(
        "Write the calendar to which file? (.ics, for calendar programs)",
        "umstui.ics",
    )
    page.query_one(WindowedList).focus()
    page.refresh_frame()
    if path is None:
        return
    content = await in_thread(page.console_app.desk.calendar.export, org_of(page))

    def write() -> Path:
        file = Path(path).expanduser()
        with file.open("xb") as opened:
            opened.write(content)
        return file.resolve()

    try:
        whole = await in_thread(write)
    except OSError as error:
        page.say(f"{path} could not be written: {error.strerror or error}.", "error")
        return
    page.say(f"Written to {whole} on {page.console_app.desk.session.host}.", "good")


def today_of(page: Page) -> dt.date:
    """The day of the desk's clock."""
    return page.console_app.desk.now().date()


def org_of(page: Page) -> int:
    """The organization whose calendar is shown."""
    site = page.console_app.site
    return site.org if site else 0
