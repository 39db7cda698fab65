"""A calendar in memory that adds, changes and removes as the verbs do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from sync import guard
from sync.errors import CalendarRefused
from sync.model import Progress, ProgressListener, Verdict
from sync.report import text_for_teachers
from sync.runs import Exceptions, Forecast, HeldWindow
from sync.windows import KeepException, KeepTarget, Window, WindowType

TODAY = dt.date(2026, 11, 21)


def some_windows() -> list[HeldWindow]:
    """A delay delete under way, a freeze inside it, one that is over, one of a school."""
    return [
        HeldWindow(Window(WindowType.DELAY_DELETE, dt.date(2026, 6, 22), dt.date(2026, 8, 14),
                          id=1), 0),
        HeldWindow(Window(WindowType.DELAY_DELETE, dt.date(2026, 11, 9), dt.date(2027, 1, 8),
                          id=2), 312),
        HeldWindow(Window(WindowType.FREEZE, dt.date(2026, 12, 21), dt.date(2027, 1, 3), id=3), 0),
        HeldWindow(Window(WindowType.DELAY_DELETE, dt.date(2027, 1, 18), dt.date(2027, 1, 29),
                          kind="membership", school="Havn Skole", id=4), 0),
    ]  # fmt: skip


def some_exceptions() -> list[KeepException]:
    """One to renew, one that goes on."""
    return [
        KeepException(KeepTarget.PERSON, "fj104482", dt.date(2026, 11, 30), "exam in January", 1),
        KeepException(KeepTarget.SCHOOL, "[red]Sommerskolen", dt.date(2027, 7, 31), "project", 2),
    ]


@dataclass
class DoubleCalendar:
    """``written`` is the desk's list of everything that stores something."""

    written: list[tuple[object, ...]]
    held: list[HeldWindow] = field(default_factory=some_windows)
    keeps: list[KeepException] = field(default_factory=some_exceptions)

    def windows(self, org: int) -> Sequence[HeldWindow]:
        return list(self.held)

    def exceptions(self, org: int) -> Exceptions:
        return Exceptions(list(self.keeps), guard.renewals(self.keeps, TODAY))

    def forecast(self, org: int, progress: ProgressListener) -> Forecast:
        progress(Progress("looking ahead", 1, 3))
        due = dt.date(2027, 1, 9)
        return Forecast([
            guard.Due(due, "person", "", 214, 1004, "5%", Verdict.HOLD),
            guard.Due(due, "person", "Fjordby Skole", 120, 600, "5%", Verdict.HOLD),
            guard.Due(due, "person", "Havn Skole", 94, 404, "5%", Verdict.HOLD),
            guard.Due(due, "course", "", 33, 402, "10%", Verdict.PASS),
            guard.Due(due, "membership", "", 1880, 9411, "20%", Verdict.WARN),
        ])  # fmt: skip

    def teacher_text(self, window: Window, language: str) -> str:
        return text_for_teachers(window, language)

    def released_by(
        self, org: int, window: int, begins: dt.date | None, ends: dt.date | None
    ) -> Sequence[str]:
        held = self._window(window).held
        if not held or (ends and ends >= self._window(window).window.ends):
            return []
        return [f"{held} membership deletes fall due now instead of on 9 January 2027"]

    def kept_by(self, org: int, exception: int) -> Sequence[str]:
        return ["1 person delete kept by it: the next plan holds them again"]

    def add_window(self, org: int, window: Window) -> None:
        guard.new_window(
            window, today=TODAY, schools=["Havn Skole"], others=[h.window for h in self.held]
        )
        self.written.append(("add window", window))
        self.held.append(HeldWindow(replace(window, id=len(self.held) + 1), 0))

    def change_window(self, org: int, window: int, begins: dt.date, ends: dt.date) -> None:
        self.written.append(("change window", window, begins, ends))
        place = self.held.index(self._window(window))
        now = self.held[place]
        self.held[place] = replace(now, window=replace(now.window, begins=begins, ends=ends))

    def remove_window(self, org: int, window: int) -> None:
        self.written.append(("remove window", window))
        self.held.remove(self._window(window))

    def add_exception(self, org: int, exception: KeepException) -> None:
        if exception.key == "nobody":
            raise CalendarRefused("No person with the key 'nobody' is held or wanted.")
        self.written.append(("add exception", exception))
        self.keeps.append(replace(exception, id=len(self.keeps) + 1))

    def renew_exception(self, org: int, exception: int, until: dt.date, reason: str) -> None:
        self.written.append(("renew exception", exception, until, reason))

    def remove_exception(self, org: int, exception: int) -> None:
        self.written.append(("remove exception", exception))
        self.keeps[:] = [keep for keep in self.keeps if keep.id != exception]

    def export(self, org: int) -> bytes:
        return b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"

    def _window(self, number: int) -> HeldWindow:
        return next(held for held in self.held if held.window.id == number)
