"""What the calendar screen asks for, answered by the verbs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sync import runs
from sync.model import ProgressListener
from sync.runs import Installation
from sync.windows import KeepException, Window

if TYPE_CHECKING:
    from sync.runs import Exceptions, Forecast, HeldWindow


class CalendarAnswers:
    """Each method is one verb of ``sync.runs``; rights are checked there."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation

    def windows(self, org: int) -> Sequence[HeldWindow]:
        """All windows by first day."""
        return runs.windows(self._installation, org)

    def exceptions(self, org: int) -> Exceptions:
        """Who and what is kept until when."""
        return runs.exceptions(self._installation, org)

    def forecast(self, org: int, progress: ProgressListener) -> Forecast:
        """What falls due when."""
        return runs.forecast(self._installation, org, progress=progress)

    def teacher_text(self, window: Window, language: str) -> str:
        """What teachers are told."""
        from sync.report import text_for_teachers

        return text_for_teachers(window, language)

    def released_by(
        self, org: int, window: int, begins: dt.date | None, ends: dt.date | None
    ) -> Sequence[str]:
        """What other days, or the removal, would make due."""
        return runs.released_by(self._installation, window, org, begins=begins, ends=ends)

    def kept_by(self, org: int, exception: int) -> Sequence[str]:
        """What an exception keeps now."""
        return runs.kept_by(self._installation, exception, org)

    def add_window(self, org: int, window: Window) -> None:
        """Enter a window."""
        runs.add_window(self._installation, window, org)

    def change_window(self, org: int, window: int, begins: dt.date, ends: dt.date) -> None:
        """Give a window other days."""
        runs.change_window(self._installation, window, org, begins=begins, ends=ends)

    def remove_window(self, org: int, window: int) -> None:
        """Take a window out."""
        runs.remove_window(self._installation, window, org)

    def add_exception(self, org: int, exception: KeepException) -> None:
        """Keep a person, a room or a school."""
        runs.add_exception(self._installation, exception, org)

    def renew_exception(self, org: int, exception: int, until: dt.date, reason: str) -> None:
        """Give an exception another last day."""
        runs.renew_exception(self._installation, exception, org, until=until, reason=reason)

    def remove_exception(self, org: int, exception: int) -> None:
        """Keep it no longer."""
        runs.remove_exception(self._installation, exception, org)

    def export(self, org: int) -> bytes:
        """The calendar as an iCalendar file."""
        return runs.calendar_file(self._installation, org)
