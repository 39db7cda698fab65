"""Calendar: when deletes wait and when nothing is sent, whom it keeps, and what falls due."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.widget import Widget

from screens import calendar_changes as changes, calendar_keeps, calendar_words as words, twins
from screens.actions import Situation
from screens.bindings import bindings
from screens.calendar_words import Entry
from screens.lane import in_thread
from screens.page import Page, in_background
from screens.widgets.lines import Line, Paragraphs, Part, Rule
from screens.widgets.windowed_list import WindowedList
from screens.wording import clock, day, plural
from sync.windows import KeepTarget

if TYPE_CHECKING:
    from sync.runs import Forecast


class CalendarPage(Page):
    """Three months at 80 columns; what is under the cursor decides what stands below."""

    SHOWS_TROUBLE = True
    PLACE = "calendar"
    TITLE_WORDS = "4 Calendar"
    BINDINGS = bindings("calendar")
    HELP_WORDS: ClassVar[str] = (
        "A delay delete lets everything through but deletes, a freeze lets nothing through; the "
        "first and the last day belong to it. Exceptions keep a person, a room or a school until a "
        "day. The day after, what was kept back falls due, and the limits of that day count: f "
        "works out from today's data what that will come to. Before a change, the page says what "
        "it releases. The marks are explained below the months."
    )

    def __init__(self) -> None:
        super().__init__()
        self._first: dt.date | None = None
        self._entries: list[Entry] = []
        self._org: int | None = None
        self._forecast: Forecast | None = None
        self._forecast_at: dt.datetime | None = None

    def body(self) -> Iterable[Widget]:
        """Months and their legend, the list, what falls due."""
        yield Paragraphs(id="months")
        yield Line(id="legend")
        yield Rule(id="entries-rule")
        yield WindowedList(
            words.entry_columns(self.today),
            lambda entry: entry.key,
            id="entries",
        )
        yield Rule(id="due-rule")
        yield Paragraphs(id="due")

    def on_mount(self) -> None:
        """Read the calendar."""
        super().on_mount()
        self.query_one(WindowedList).focus()
        self.query_one("#entries-rule", Rule).parts = (("reading the calendar ...", "quiet"),)

    def on_resize(self) -> None:
        """As many months as fit."""
        super().on_resize()
        self.show_months()

    @property
    def today(self) -> dt.date:
        """The local day."""
        return self.console_app.desk.now().date()

    def situation(self) -> Situation:
        """With the line under the cursor."""
        return replace(
            super().situation(),
            row=self.current is not None,
            rows=len(self._entries),
        )

    @property
    def current(self) -> Entry | None:
        """The window or exception under the cursor."""
        entry: Entry | None = self.query_one(WindowedList).current
        return entry

    # What is shown ------------------------------------------------------------------------
    def runs_changed(self) -> None:
        """Another organization has another calendar; a run changes what is held."""
        self.read()

    @in_background("read")
    async def read(self) -> None:
        """Read windows and exceptions."""
        app = self.console_app
        if app.site is None:
            self.query_one("#entries-rule", Rule).parts = (
                (app.trouble or "no organization is chosen", "quiet"),
            )
            return
        org, calendar = app.site.org, app.desk.calendar
        if org != self._org:
            self._org, self._forecast = org, None
        windows = await in_thread(calendar.windows, org)
        keeps = await in_thread(calendar.exceptions, org)
        renew = {found.exception.id: found.words for found in keeps.renewals}
        entries = [Entry(held=held) for held in windows]
        entries += [Entry(keep=keep, renew=renew.get(keep.id, "")) for keep in keeps.all]
        today = self.today
        entries.sort(key=lambda e: (e.ends < today and not e.renew, e.begins or e.ends, e.key))
        self._entries = entries

        listed = self.query_one(WindowedList)
        listed.empty = "No window and no exception: only the filter holds deletes."
        await listed.show_rows(entries, keep_cursor=True)
        parts = [("WINDOWS AND EXCEPTIONS", "strong")]
        counts = f"  {plural(len(windows), 'window')}, {plural(len(keeps.all), 'exception')}"
        parts.append((counts, "quiet"))
        if renew:
            parts.append((f", {len(renew)} to renew or let end", "attention"))
        self.query_one("#entries-rule", Rule).parts = tuple(parts)
        self.show_months()
        self.show_due()
        self.refresh_frame()

    def show_months(self) -> None:
        """The months in sight, their marks, and what the marks mean."""
        if not self.ready:
            return
        first = self._first or self.today.replace(day=1)
        count = max(1, (self.app.size.width - 1) // words.MONTH_CELLS)
        last = words.month_after(first, count) - dt.timedelta(days=1)
        marks = words.day_marks(
            [entry.held.window for entry in self._entries if entry.held],
            [entry.keep for entry in self._entries if entry.keep],
            first,
            last,
        )
        self.query_one("#months", Paragraphs).lines = words.months(first, count, marks, self.today)
        self.query_one("#legend", Line).parts = words.legend(marks, self.today)

    @on(WindowedList.Moved)
    def show_due(self) -> None:
        """What falls due after the line under the cursor."""
        self.refresh_frame()
        rule, lines = self.query_one("#due-rule", Rule), self.query_one("#due", Paragraphs)
        entry = self.current
        if entry is None:
            rule.parts = (("n enters a window, x an exception", "quiet"),)
            lines.lines = ()
            return
        if entry.ends < self.today:
            rule.parts = ((f"over since {day(entry.due)}", "quiet"),)
            lines.lines = (((f"   {entry.renew or words.about(entry)}", ""),),)
            return
        rule.parts = ((f"due {day(entry.due)}", "strong"), (", if nothing changes", "quiet"))
        shown: list[tuple[Part, ...]] = []
        told = entry.renew or words.about(entry)  # the list may have cut it
        if told != words.EVERYTHING:
            shown.append(((f"   {told}", "attention" if entry.renew else ""),))
        if self._forecast is None:
            shown.append((("   f works it out from today's data; nothing is sent.", "quiet"),))
        else:
            assert self._forecast_at is not None
            shown += words.due_lines(self._forecast.due, entry.due) or [
                (("   nothing", ""),)
            ]  # fmt: skip
            note = self._forecast.note or f"worked out {clock(self._forecast_at)}"
            shown.append(((f"   {note}", "quiet"),))
        lines.lines = tuple(shown)

    # What keys do --------------------------------------------------------------------------
    def do_diagnose(self) -> None:
        """Where the person or room of the exception is, and why."""
        keep = self.current.keep if self.current else None
        if keep is not None and keep.target is KeepTarget.PERSON:
            self.ask_where(person=keep.key)
        elif keep is not None and keep.target is KeepTarget.ROOM:
            self.ask_where(room=keep.key)
        else:
            self.say("I asks about the person or room of an exception.")

    def do_previous_month(self) -> None:
        """A month back."""
        self._turn(-1)

    def do_next_month(self) -> None:
        """A month on."""
        self._turn(1)

    def _turn(self, by: int) -> None:
        self._first = words.month_after(self._first or self.today.replace(day=1), by)
        self.show_months()

    def do_refresh(self) -> None:
        """Read everything again."""
        super().do_refresh()
        self.read()

    def do_forecast(self) -> None:
        """Work out what falls due."""
        self.look_ahead()

    @in_background("forecast")
    async def look_ahead(self) -> None:
        """Ask for the forecast; the status line says how far it is, twice a second at most."""
        app = self.console_app
        if app.site is None:
            return
        with self.hearing("looking ahead ...") as hear:
            found = await in_thread(app.desk.calendar.forecast, app.site.org, hear)
        self._forecast, self._forecast_at = found, app.desk.now()
        self.say("The forecast is worked out.", "good")
        self.show_due()

    def do_new_window(self) -> None:
        """Enter a window."""
        changes.new_window(self)

    def do_new_exception(self) -> None:
        """Keep someone or something until a day."""
        calendar_keeps.new_exception(self)

    def do_open(self) -> None:
        """Other days for a window, another last day for an exception."""
        entry = self.current
        if entry is None:
            return
        if entry.held is not None:
            changes.change_window(self, entry.held)
        elif entry.keep is not None:
            calendar_keeps.renew(self, entry.keep)

    @on(WindowedList.Chosen)
    def clicked(self) -> None:
        """A second click on the line."""
        self.action_do("open")

    def do_remove(self) -> None:
        """Take the line under the cursor out, after saying what that releases."""
        if self.current is not None:
            self.take_out(self.current)

    @in_background("take-out")
    async def take_out(self, entry: Entry) -> None:
        """Ask first what it releases."""
        await changes.remove(self, entry)

    def do_export(self) -> None:
        """Write an iCalendar file."""
        self.write_file()

    @in_background("write")
    async def write_file(self) -> None:
        """Ask where to, then write; an existing file is not touched."""
        await changes.export(self)

    def do_teachers(self) -> None:
        """What teachers are told."""
        entry = self.current
        if entry is None or entry.held is None:
            self.say("t teachers: the cursor stands on an exception; choose a window")
            return
        from screens.teachers import TeachersPage  # noqa: PLC0415 (shown seldom)

        self.app.push_screen(TeachersPage(entry.held.window))

    def twins(self) -> list[tuple[str, str]]:
        """Listing, looking ahead, and what the keys do to the line under the cursor."""
        app = self.console_app

        def line(what: str, *parts: str) -> tuple[str, str]:
            return what, twins.command(app, *parts)

        lines = [
            line("lists the windows", "calendar", "list"),
            line("lists the exceptions", "exceptions", "list"),
        ]
        due = line("says what falls due", "calendar", "forecast")
        lines.insert(0 if self._forecast is not None else len(lines), due)
        entry = self.current
        if entry is not None and entry.held is not None:
            number = str(entry.held.window.id)
            lines += [
                line("says what removing it releases", "calendar", "remove", number, "--preview"),
                line("removes it", "calendar", "remove", number),
                line("says what teachers are told", "calendar", "text", number),
            ]
        elif entry is not None and entry.keep is not None:
            number = str(entry.keep.id)
            lines.append(line("keeps it no longer", "exceptions", "remove", number))
        lines.append(line("writes an iCalendar file", "calendar", "export", "-o", "umstui.ics"))
        return lines
