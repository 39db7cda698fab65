"""What was planned and carried out before."""

from __future__ import annotations

from sync.errors import SettingsError
from sync.model import RunReport, RunSummary
from sync.runs.installation import Installation
from sync.runs.plan_reader import PlanReader


def list_runs(installation: Installation, org: int | None = None) -> list[RunSummary]:
    """All runs, newest first (readings.md 56); of one organization where it is named."""
    return installation.reader().runs(org)


def report(installation: Installation, run: str) -> RunReport:
    """One run with its filter verdicts and problems. Raises NotFound."""
    return installation.reader().run(run).report


def refuse_other_organization(installation: Installation, run: str, org: int | None) -> None:
    """Raises SettingsError where the run is not one of the organization that is asked for, NotFound
    where there is no such run; whoever names none is believed to mean the run."""
    if org is None:
        return
    found = installation.reader().run(run).summary.org
    if found != org:
        raise SettingsError(
            f"Run {run} is one of organization {found}, not of {org}: "
            f"`umstui runs list --org {org}` shows the runs of that one."
        )


def open_plan(installation: Installation, run: str) -> PlanReader:
    """The changes of a run. Raises NotFound, or RunFileDamaged where its file cannot be read."""
    reader = installation.reader()
    return PlanReader(installation.run_files, reader, int(reader.run(run).summary.run))
