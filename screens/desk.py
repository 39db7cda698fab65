"""What the screens ask for, in their own words; the program joins it to ``sync.runs``.

Everything here may take seconds and is called in a thread, never on the event loop. Errors a
person can act on come as :class:`sync.errors.UmstuiError`; their text is shown as it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from screens.calendar_desk import CalendarDesk
from screens.cleanup_desk import CleanupDesk
from screens.people_desk import PeopleDesk
from screens.setup_desk import SetupDesk
from sync.model import Change, ChangeFilter, CheckLine, ProgressListener, RunReport, RunSummary
from sync.settings import Settings
from sync.stages import Stage

if TYPE_CHECKING:
    from sync.runs import History, Proposal

Tally = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Session:
    """Who sits at the console, and what they may do.

    ``read_only`` is the reason why nothing may be written, ``no_apply`` why nothing may be sent;
    ``no_change`` why calendar and settings may not be changed; all are empty where it is allowed.
    ``proposes`` is true where a decision only proposes.
    ``config`` is the file that was named on the command line; the command twins repeat it.
    """

    who: str
    host: str
    version: str
    role: str = "everyone"
    read_only: str = ""
    no_apply: str = ""
    no_change: str = ""
    proposes: bool = False
    config: str = ""

    @property
    def badge(self) -> str:
        """``RW mk``, ``READ mk``, ``PROPOSES kim (viewer)``: shown on every page."""
        role = "" if self.role == "everyone" else f" ({self.role})"
        may = "READ" if self.read_only else "PROPOSES" if self.proposes else "RW"
        return f"{may} {self.who}{role}"


@dataclass(frozen=True, slots=True)
class Site:
    """One organization: a site of itslearning that is kept in step."""

    org: int
    name: str
    url: str = ""


class PlanReader(Protocol):
    """Reads one sealed run file; may be called from several threads."""

    def count(self, choice: ChangeFilter) -> int:
        """How many changes the filter chooses."""

    def page(self, choice: ChangeFilter, offset: int, limit: int, order: str = ...) -> list[Change]:
        """A window of the chosen changes, in the order of carrying out or another one: plan, name,
        school, key or reason."""

    def tally(self, choice: ChangeFilter = ..., /) -> Tally:
        """Numbers by kind and operation."""

    def refresh(self) -> None:
        """Take in decisions and outcomes made since the file was opened."""

    def schools(self) -> list[str]:
        """The schools the changes belong to."""

    def stages(self) -> Sequence[tuple[Stage, Mapping[tuple[str, str], int]]]:
        """The steps of carrying out, with the numbers by (kind, operation) in each."""


class ApplyProcess(Protocol):
    """A started ``umstui apply``, which outlives the console."""

    def ended(self) -> int | None:
        """Its exit code, or None while it runs."""

    def said(self) -> str:
        """The last thing it told the person who started it."""


class Desk(Protocol):
    """The verbs the console calls."""

    @property
    def session(self) -> Session:
        """Who sits here."""

    @property
    def settings(self) -> Settings:
        """umstui.toml as it was read."""

    @property
    def setup(self) -> SetupDesk:
        """The settings in UMS, secrets, and the log."""

    @property
    def calendar(self) -> CalendarDesk:
        """Windows, exceptions and the forecast."""

    @property
    def people(self) -> PeopleDesk:
        """Who is who: duplicates and diagnosis."""

    @property
    def cleanup(self) -> CleanupDesk:
        """UMS's memory, its backups, and what follows a clean-up."""

    def now(self) -> dt.datetime:
        """The local time, with its offset."""

    def sites(self) -> Sequence[Site]:
        """The organizations of the database."""

    def plan(self, org: int, progress: ProgressListener, *, live: bool = False) -> RunReport:
        """Make and store a plan for today; writes nothing to UMS or itslearning. ``live`` compares
        with what itslearning holds now and so mends drift."""

    def undo(self, run: str) -> RunReport:
        """Store the plan that takes a run back."""

    def compare(self, one: str, other: str) -> AbstractContextManager[PlanReader]:
        """What changed from one run to another."""

    def drift(self, org: int, progress: ProgressListener) -> AbstractContextManager[PlanReader]:
        """What itslearning holds now against what was last sent; reads the whole site."""

    def history(self, org: int, key: str) -> History:
        """What all runs did to one person or room."""

    def export(self, run: str, file: str) -> int:
        """Write a run to a file, in the format its ending names; gives the number of changes."""

    def list_runs(self, org: int) -> Sequence[RunSummary]:
        """All runs, newest first."""

    def report(self, run: str) -> RunReport:
        """One run with its filter verdicts; live while the run is being carried out."""

    def open_plan(self, run: str) -> AbstractContextManager[PlanReader]:
        """The changes of a run."""

    def approve(self, run: str, reason: str, choice: ChangeFilter) -> RunReport:
        """Let the chosen changes through."""

    def reject(
        self, run: str, reason: str, choice: ChangeFilter, until: dt.date | None
    ) -> RunReport:
        """Keep the chosen changes back, for good or until a day."""

    def proposals(self, run: str) -> Sequence[Proposal]:
        """What those who may not decide would do, oldest first."""

    def take_over(self, run: str, proposal: int) -> RunReport:
        """Decide as somebody proposed, under one's own name."""

    def confirmation(self, report: RunReport) -> str | None:
        """The words to type before deletes are sent, or None where there are none."""

    def start_apply(self, run: str, confirm: str | None) -> ApplyProcess:
        """Begin carrying a run out, in a process of its own."""

    def carried_out(self, run: str) -> bool:
        """Whether somebody is carrying the run out now; nobody is where it was cut off."""

    def stop(self, run: str) -> None:
        """Ask a running apply to end after the batch in flight."""

    def check(self, org: int | None) -> Iterator[CheckLine]:
        """Look at config, database, connections, templates and criteria, a line each."""
