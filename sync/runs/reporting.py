"""The status report after every run, also a held, frozen or failed one.

It goes by mail where `[mail]` is set, else into a file. Nothing here makes a run fail.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
from collections.abc import Mapping
from pathlib import Path

import keyring
from keyring.errors import KeyringError

from sync.errors import UmstuiError
from sync.guard.parts import parts_of
from sync.model import (
    Applied,
    ChangeFilter,
    RunReport,
    RunState,
    RunSummary,
    Verdict,
)
from sync.report import Delivery, Postponed, RunFacts, deliver, mail_login, status_report
from sync.report.status import FAILURES_SHOWN
from sync.runs.guarding import calendar, frozen_until
from sync.runs.installation import Installation, organizations
from sync.runs.ledger import calendar_reader
from sync.runs.plan_reader import PlanReader
from sync.snapshots.run_file import open_run_file
from sync.state.runs import StoredRun

_LOG = logging.getLogger(__name__)
_FAILED = ChangeFilter(statuses=frozenset({"failed", "skipped"}))
NO_RUN = "none"  # what a report is called whose sync failed before it had a run


def report_folder(installation: Installation) -> Path:
    """Where reports are written, and where mails wait that could not be sent."""
    return installation.settings.path("reports")


def report_file(installation: Installation, run: str | None) -> Path | None:
    """The report of a run as a file; None where there is none, because it went by mail.

    Without a run, the report of the last sync that failed before it had one.
    """
    file = report_folder(installation) / f"report-{run or NO_RUN}.txt"
    return file if file.exists() else None


def report_run(
    installation: Installation, run: str, *, held: Mapping[str, int] | None = None
) -> None:
    """Report a run as it stands; ``held`` counts what is held after it, None: as before."""
    try:
        stored = installation.reader().run(run)
        _send(installation, _facts(installation, stored, held, None))
    except UmstuiError as error:
        _LOG.warning("the status report of run %s could not be made: %s", run, error)


def report_failure(
    installation: Installation, error: UmstuiError, *, org: int | None, run: str | None
) -> None:
    """Report a sync or an apply that ended with an error, with the run it was about if any."""
    try:
        if run is None:
            facts = _failed_facts(installation, org, error)
        else:
            facts = _facts(installation, installation.reader().run(run), None, error)
        _send(installation, facts)
        file = report_file(installation, run)
        if file is not None:
            error.add_note(f"Status report: {file}")
    except UmstuiError as trouble:
        _LOG.warning("the status report could not be made: %s", trouble)


def _facts(
    installation: Installation,
    stored: StoredRun,
    held: Mapping[str, int] | None,
    error: UmstuiError | None,
) -> RunFacts:
    summary = stored.summary
    before: Mapping[str, int] = stored.reading.get("held", {})
    with PlanReader(installation.run_files, installation.reader(), int(summary.run)) as plan:
        failures = plan.page(_FAILED, 0, FAILURES_SHOWN)
        failed = plan.count(_FAILED)
    parts: tuple[str, ...] = ()
    if summary.state is RunState.HELD:
        file = open_run_file(installation.run_files, int(summary.run))
        try:
            parts = tuple(part.options for part in parts_of(file, stored.report.filter))
        finally:
            file.close()
    windows, _ = calendar(installation, summary.org)
    with calendar_reader(installation, summary.org) as ledger:
        waiting = ledger.due_days()
    return RunFacts(
        run=stored.report,
        organization=_name(installation, summary.org),
        before=before,
        after=before if held is None else held,
        failures=failures,
        failed=failed,
        postponed=[Postponed(due, kind, count) for due, kind, count in waiting],
        reasons=[cell.reason for cell in stored.report.filter if cell.level is Verdict.HOLD],
        parts=parts,
        unapprovable=stored.unapprovable,
        frozen_until=frozen_until(windows, [summary.as_of, installation.today]),
        error="" if error is None else str(error),
    )


def _failed_facts(installation: Installation, org: int | None, error: UmstuiError) -> RunFacts:
    """The facts of a sync that never came to a run."""
    summary = RunSummary(
        run=NO_RUN,
        org=org or 0,
        as_of=installation.today,
        state=RunState.FAILED,
        verdict=Verdict.PASS,
        fingerprint="",
        counts={},
        applied=Applied(),
        made_at=installation.clock(),
        made_by=installation.operator.name,
    )
    name = _name(installation, org)
    return RunFacts(RunReport(summary), name, before={}, after={}, error=str(error))


def _name(installation: Installation, org: int | None) -> str:
    """What an organization is called; its number, or nothing, where UMS cannot be asked."""
    try:
        found = organizations(installation)
    except UmstuiError:
        return "UMS" if org is None else f"organization {org}"
    names = [one.description for one in found if org is None or one.id == org]
    return ", ".join(names) or "UMS"


def _send(installation: Installation, facts: RunFacts) -> None:
    settings = installation.settings.mail
    login = None
    if settings.smtp:
        try:
            login = mail_login(settings, os.environ, keyring)
        except (KeyringError, OSError, RuntimeError) as error:  # locked, no session bus
            _LOG.warning("the keyring gives no password for [mail]: %s", type(error).__name__)
            login = mail_login(settings, os.environ, None)
    now: dt.datetime = installation.clock()
    delivery: Delivery = deliver(
        status_report(facts), settings, login, folder=report_folder(installation), now=now
    )
    if delivery.error:
        _LOG.warning("%s", delivery.error)
