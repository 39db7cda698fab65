"""What the calendar asks for; the verbs of ``sync.runs`` on calendar, exceptions and forecast."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from sync.model import ProgressListener
from sync.windows import KeepException, Window

if TYPE_CHECKING:
    from sync.runs import Exceptions, Forecast, HeldWindow


class CalendarDesk(Protocol):
    """Windows, exceptions, and what falls due. Called in a thread; raises as the verbs do."""

    def windows(self, org: int) -> Sequence[HeldWindow]:
        """All windows by first day, past ones too."""

    def exceptions(self, org: int) -> Exceptions:
        """Who and what is kept until when."""

    def forecast(self, org: int, progress: ProgressListener) -> Forecast:
        """What falls due on the day after each window and exception."""

    def teacher_text(self, window: Window, language: str) -> str:
        """What teachers are told of a window."""

    def released_by(
        self, org: int, window: int, begins: dt.date | None, ends: dt.date | None
    ) -> Sequence[str]:
        """What other days, or without any the removal, would make due when."""

    def kept_by(self, org: int, exception: int) -> Sequence[str]:
        """What an exception keeps now."""

    def add_window(self, org: int, window: Window) -> None:
        """Enter a window."""

    def change_window(self, org: int, window: int, begins: dt.date, ends: dt.date) -> None:
        """Give a window other days."""

    def remove_window(self, org: int, window: int) -> None:
        """Take a window out."""

    def add_exception(self, org: int, exception: KeepException) -> None:
        """Keep a person, a room or a school until a day."""

    def renew_exception(self, org: int, exception: int, until: dt.date, reason: str) -> None:
        """Give an exception another last day."""

    def remove_exception(self, org: int, exception: int) -> None:
        """Keep it no longer."""

    def export(self, org: int) -> bytes:
        """The calendar as an iCalendar file."""
