"""The console over a real installation: the screens' desk, joined to the verbs of the core."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from screens.console import Console
from screens.desk import PlanReader, Session, Site
from screens.lane import wait_for_lanes
from sync import runs
from sync.errors import UmstuiError
from sync.model import ChangeFilter, CheckLine, ProgressListener, RunReport, RunSummary
from sync.runs import Installation
from sync.settings import Settings
from umstui import __version__, log
from umstui.calendar_answers import CalendarAnswers
from umstui.cleanup_answers import CleanupAnswers
from umstui.people_answers import PeopleAnswers
from umstui.setup_answers import SetupAnswers

if TYPE_CHECKING:
    from sync.runs import Proposal

# What start_new_session does elsewhere: neither the closed window nor its job ends the process.
if sys.platform == "win32":
    _DETACHED = (
        subprocess.DETACHED_PROCESS
        | subprocess.CREATE_NEW_PROCESS_GROUP
        | subprocess.CREATE_BREAKAWAY_FROM_JOB
    )
else:
    _DETACHED = 0


class ApplyCannotStart(UmstuiError):
    """The operating system would not start the process that carries a run out."""


@dataclass(frozen=True)
class StartedApply:
    """``umstui apply`` in a session of its own: it outlives the console and the SSH line."""

    process: subprocess.Popen[bytes]
    log: Path

    def ended(self) -> int | None:
        """Its exit code, or None while it runs."""
        return self.process.poll()

    def said(self) -> str:
        """The last line it wrote for a person; it is kept in ``log``."""
        with contextlib.suppress(OSError):
            lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
            return next((line.strip() for line in reversed(lines) if line.strip()), "")
        return ""


class InstallationDesk:
    """What the screens ask for, answered by ``sync.runs``."""

    def __init__(self, installation: Installation, config_file: Path | None) -> None:
        self._installation = installation
        self._config = config_file
        self.session = session_of(installation, config_file)
        self.calendar = CalendarAnswers(installation)
        self.cleanup = CleanupAnswers(installation)
        self.people = PeopleAnswers(installation)
        self.setup = SetupAnswers(installation, config_file)

    @property
    def settings(self) -> Settings:
        """umstui.toml as it was read."""
        return self._installation.settings

    def now(self) -> dt.datetime:
        """The local time."""
        return self._installation.clock()

    def sites(self) -> Sequence[Site]:
        """The organizations of the UMS database."""
        return [
            Site(found.id, found.description or f"organization {found.id}", found.url)
            for found in runs.organizations(self._installation)
        ]

    def plan(self, org: int, progress: ProgressListener, *, live: bool = False) -> RunReport:
        """Make and store a plan for today."""
        return runs.plan(self._installation, org, live=live, progress=progress)

    def undo(self, run: str) -> RunReport:
        """Store the plan that takes a run back."""
        return runs.undo(self._installation, run)

    def compare(self, one: str, other: str) -> AbstractContextManager[PlanReader]:
        """What changed from one run to another."""
        return runs.compare_runs(self._installation, one, other)

    def drift(self, org: int, progress: ProgressListener) -> AbstractContextManager[PlanReader]:
        """What itslearning holds now against what was last sent."""
        return runs.drift(self._installation, org, progress=progress)

    def history(self, org: int, key: str) -> runs.History:
        """What all runs did to one person or room."""
        return runs.history(self._installation, key, org)

    def export(self, run: str, file: str) -> int:
        """Write a run to a file, in the format its ending names."""
        from umstui.exports.writing import format_of, write_export

        path = Path(file).expanduser()
        return write_export(self._installation, run, format_of(path), path)

    def list_runs(self, org: int) -> Sequence[RunSummary]:
        """All runs of an organization, newest first."""
        return runs.list_runs(self._installation, org)

    def report(self, run: str) -> RunReport:
        """One run with its filter verdicts."""
        return runs.report(self._installation, run)

    def open_plan(self, run: str) -> AbstractContextManager[PlanReader]:
        """The changes of a run."""
        return runs.open_plan(self._installation, run)

    def approve(self, run: str, reason: str, choice: ChangeFilter) -> RunReport:
        """Let the chosen changes through."""
        return runs.approve(self._installation, run, reason=reason, choice=choice)

    def reject(
        self, run: str, reason: str, choice: ChangeFilter, until: dt.date | None
    ) -> RunReport:
        """Keep the chosen changes back, for good or until a day."""
        return runs.reject(self._installation, run, reason=reason, choice=choice, until=until)

    def proposals(self, run: str) -> Sequence[Proposal]:
        """What those who may not decide would do."""
        return runs.proposals(self._installation, run)

    def take_over(self, run: str, proposal: int) -> RunReport:
        """Decide as somebody proposed."""
        return runs.take_over(self._installation, run, proposal)

    def confirmation(self, report: RunReport) -> str | None:
        """The words to type before deletes are sent."""
        return runs.confirmation(report)

    def start_apply(self, run: str, confirm: str | None) -> StartedApply:
        """Begin ``umstui apply`` as a process that nothing of this one can take down."""
        command = [sys.executable, "-m", "umstui", "apply", run]
        if confirm:
            command += ["--confirm", confirm]
        if self._config is not None:
            command += ["--config", str(self._config.resolve())]
        descriptor, name = tempfile.mkstemp(prefix=f"umstui-apply-{run}-", suffix=".log")
        try:
            with os.fdopen(descriptor, "wb") as said:
                process = subprocess.Popen(  # noqa: S603 (our own program, no shell)
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    creationflags=_DETACHED,
                )
        except OSError as error:
            raise ApplyCannotStart(
                f"umstui apply could not be started: {error.strerror or error}. "
                f"Start it in a shell: umstui apply {run}"
            ) from error
        return StartedApply(process, Path(name))

    def carried_out(self, run: str) -> bool:
        """Whether somebody is carrying the run out now."""
        return runs.carried_out_by(self._installation, run) is not None

    def stop(self, run: str) -> None:
        """Ask a running apply to end after the batch in flight."""
        runs.stop(self._installation, run)

    def check(self, org: int | None) -> Iterator[CheckLine]:
        """Look at config, database, connections, templates and criteria."""
        yield from runs.check(self._installation, org)
        yield log.checked(self._installation.settings)


def session_of(installation: Installation, config_file: Path | None) -> Session:
    """Who sits here and what the roles of umstui.toml let them do."""
    role = installation.role
    read_only = "this session is read-only" if installation.read_only else ""
    no_apply = read_only
    if not no_apply and role == "viewer":
        no_apply = f"{installation.operator.name} is a viewer; an approver applies"
    no_change = read_only
    if not no_change and role not in {"everyone", "approver"}:
        no_change = f"{installation.operator.name} is a {role}; an approver may change this"
    return Session(
        who=installation.operator.name,
        host=installation.operator.host,
        version=__version__,
        role=role,
        read_only=read_only,
        no_apply=no_apply,
        no_change=no_change,
        proposes=role not in {"everyone", "approver"},
        config=str(config_file) if config_file is not None else "",
    )


def run(installation: Installation, organization: int | None, config_file: Path) -> int:
    """Open the console and stay until the person leaves; gives the exit code.

    The mouse stays with the terminal over SSH: each move of it would be sent down the line, and
    the terminal's own way of selecting text goes on working.
    """
    console = Console(InstallationDesk(installation, config_file), organization)
    answer = console.run(mouse="SSH_CONNECTION" not in os.environ)
    code = answer if answer is not None else console.return_code or 0
    wait_for_lanes(1.0, code)
    return code
