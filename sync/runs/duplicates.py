"""Finding duplicate users, and what people say of the findings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import duckdb

from sync.duplicates import accounts, find, in_order, left_out
from sync.errors import (
    CredentialsRefused,
    RunFileDamaged,
    SiteFault,
    SiteUnreachable,
)
from sync.findings import Finding, Search
from sync.model import Progress, ProgressListener, RunSummary, ignore_progress
from sync.runs.installation import Installation, choose_organization, organizations
from sync.runs.live import insert_live_persons, keep_reading
from sync.runs.planning import criteria_columns, make_wanted
from sync.runs.site import reading_site
from sync.runs.storing import Base, load_held_now
from sync.snapshots.live_file import kept_live_at, load_kept_live
from sync.snapshots.run_file import attach
from sync.snapshots.workspace import open_workspace
from sync.state import audit
from sync.state.findings import DIFFERENT, LATER, FindingReader, FindingWriter
from sync.state.runs import StateReader
from sync.ums.births import Births
from sync.ums.organizations import Organization
from sync.ums.reading import SourceReading, read_workspace

_AWAY = (SiteUnreachable, CredentialsRefused, SiteFault)
_MOST_MEMORY = 2.0  # GiB; a million accounts of which nobody has a key are searched in it
_A_DAY = dt.timedelta(days=1)
_SAME_TIME = dt.timedelta(minutes=30)


def find_duplicates(
    installation: Installation,
    org: int | None = None,
    *,
    live: bool = True,
    progress: ProgressListener = ignore_progress,
) -> Search:
    """Search for duplicate users, the preventable ones first.

    ``live`` reads the persons at itslearning anew; where it is false, or the site is away, the last
    reading serves, and the search says how old it is. Findings keep their numbers from one search
    to the next; those that somebody called different people are left out. A read-only session
    stores nothing.
    """
    with searching(installation, org, live=live, progress=progress) as looked:
        findings = looked.findings
        if installation.read_only:
            findings = FindingReader(installation.state, looked.org).numbered(findings)
        else:
            writer = FindingWriter(installation.state, looked.org, installation.operator)
            writer.store(findings, installation.clock())
            findings = writer.numbered(findings)
        findings = FindingReader(installation.state, looked.org).decided(findings)
        shown = [one for one in findings if not _different(one)]
        return Search(
            org=looked.org,
            findings=tuple(shown),
            accounts=accounts(looked.workspace),
            read_at=looked.read_at,
            next_run=next_run(installation.reader().runs(looked.org), installation.clock()),
            dismissed=len(findings) - len(shown),
            remarks=tuple(looked.remarks),
        )


def last_search(installation: Installation, org: int | None = None) -> Search | None:
    """What the last search found, with what has been decided since; None where none was made.

    A reading that came after it says nothing of how old the findings are: they are as old as the
    search.
    """
    organization = choose_organization(organizations(installation), org)
    findings, at = FindingReader(installation.state, organization.id).present()
    if at is None:
        return None
    shown = [one for one in findings if not _different(one)]
    kept = _kept_at(installation, organization.id)
    return Search(
        org=organization.id,
        findings=tuple(in_order(shown)),
        accounts=0,
        read_at=min(kept, at) if kept is not None else None,
        overtaken=(kept is not None and kept > at)
        or installation.reader().ended_since(organization.id, at),
        next_run=next_run(installation.reader().runs(organization.id), installation.clock()),
        dismissed=len(findings) - len(shown),
        remarks=(f"as searched {at.astimezone(installation.clock().tzinfo):%Y-%m-%d %H:%M}",),
    )


def duplicate(installation: Installation, number: int, org: int | None = None) -> Finding:
    """One finding with what was said of it. Raises NotFound."""
    organization = choose_organization(organizations(installation), org)
    reader = FindingReader(installation.state, organization.id)
    return reader.decided([reader.finding(number)])[0]


def dismiss(
    installation: Installation, number: int, org: int | None = None, *, reason: str
) -> Finding:
    """Remember for good that a finding's accounts are different people. Raises NotFound."""
    return _say(installation, number, org, DIFFERENT, reason)


def put_off(
    installation: Installation, number: int, org: int | None = None, *, reason: str
) -> Finding:
    """Remember that somebody looks at a finding later; it stays in the list. Raises NotFound."""
    return _say(installation, number, org, LATER, reason)


def _say(
    installation: Installation, number: int, org: int | None, answer: str, reason: str
) -> Finding:
    installation.require("approver", "scheduler", to="decide on duplicates")
    organization = choose_organization(organizations(installation), org)
    writer = FindingWriter(installation.state, organization.id, installation.operator)
    finding = writer.finding(number)
    writer.decide(finding, answer, reason=reason, now=installation.clock())
    action = "different people" if answer == DIFFERENT else "duplicate later"
    audit.record(
        installation.state, installation.operator, installation.clock(), action, count=1,
        reason=f"duplicate {number} ({_names(finding)}): {reason}",
    )  # fmt: skip
    return writer.decided([finding])[0]


@dataclass
class Looked:
    """A search as it stands in its workspace, for those who go on from there."""

    workspace: duckdb.DuckDBPyConnection
    organization: Organization
    reading: SourceReading
    base: Base
    findings: Sequence[Finding]
    read_at: dt.datetime | None
    remarks: list[str]

    @property
    def org(self) -> int:
        """The organization's number."""
        return self.organization.id


@contextmanager
def searching(
    installation: Installation, org: int | None, *, live: bool, progress: ProgressListener
) -> Iterator[Looked]:
    """Wanted persons, held, the trash and the persons at itslearning in a workspace, searched."""
    source = installation.source()
    try:
        organization = choose_organization(organizations(installation), org)
        reader = installation.reader()
        with open_workspace(most=_MOST_MEMORY) as workspace:
            reading = read_workspace(
                source, installation.mapping, workspace, organization.id, progress,
                timetable=bool(organization.api_client_id),
            )  # fmt: skip
            base = load_held_now(installation, reader, organization.id, workspace)
            remarks: list[str] = []
            births = Births(workspace)
            read_at = _load_live(
                installation, organization, workspace, births, remarks, live=live,
                progress=progress,
            )  # fmt: skip
            progress(Progress("working out whom UMS wants"))
            columns = criteria_columns(workspace, reading)
            make_wanted(workspace, organization.id, installation.today, columns, users_only=True)
            births.add_ums(source, installation.mapping)
            progress(Progress("comparing accounts"))
            behind = _caught_up(installation, reader, organization.id, workspace, read_at)
            findings = find(workspace, live=read_at is not None, behind=behind)
            if more := left_out(workspace):
                remarks.append(
                    f"{more:,} more findings, the least sure, are left out: decide on these and "
                    "search again; where nearly nobody has a sync key, ask first why not"
                )
            remarks += _about_today(reader.runs(organization.id), installation)
            yield Looked(workspace, organization, reading, base, findings, read_at, remarks)
    finally:
        source.dispose()


def _load_live(
    installation: Installation,
    organization: Organization,
    workspace: duckdb.DuckDBPyConnection,
    births: Births,
    remarks: list[str],
    *,
    live: bool,
    progress: ProgressListener,
) -> dt.datetime | None:
    if live:
        try:
            with reading_site(installation, organization) as site:
                for page in site.read_all_persons(progress):
                    insert_live_persons(workspace, page)
                    births.add_live((one.user_name, one.born) for one in page)
        except _AWAY as error:
            workspace.execute("DELETE FROM live_person")
            births.forget_live()
            remarks.append(f"itslearning was not read: {error}")
        else:
            now = installation.clock()
            keep_reading(installation, organization.id, workspace, remarks)
            return now
    read_at = load_kept_live(workspace, installation.run_files.folder, organization.id)
    if read_at is None:
        remarks.append(
            "the persons at itslearning were never read; what was last sent stands in for them, so "
            "accounts that were made there by hand are not seen"
        )
    else:
        remarks.append(f"itslearning as it was read {_age(read_at, installation.clock())} ago")
    return read_at


def _caught_up(
    installation: Installation,
    reader: StateReader,
    org: int,
    workspace: duckdb.DuckDBPyConnection,
    read_at: dt.datetime | None,
) -> bool:
    """True where runs have written since the reading; keys they changed leave it."""
    if read_at is None:
        return False
    runs = reader.written_since(org, read_at)
    for run in runs:
        try:
            attach(workspace, installation.run_files, run, "written")
        except RunFileDamaged:
            continue
        workspace.execute(
            """DELETE FROM live_person WHERE lower(key) IN (
                 SELECT lower(before->>'$.key') FROM written.change
                 WHERE kind = 'person' AND op = 'rekey')"""
        )
        workspace.execute("DETACH written")
    newest = reader.last_started(org)
    workspace.execute("CREATE OR REPLACE TEMP TABLE refused_by_trash (key VARCHAR)")
    if newest is not None:
        number = int(newest.summary.run)
        seqs = reader.refused(number, "key-in-trash")
        if seqs:
            attach(workspace, installation.run_files, number, "written")
            workspace.execute(
                """INSERT INTO refused_by_trash SELECT key FROM written.change
                   WHERE kind = 'person' AND seq IN (SELECT unnest(?::BIGINT[]))""",
                [seqs],
            )
            workspace.execute("DETACH written")
    return bool(runs)


def next_run(runs: Sequence[RunSummary], now: dt.datetime) -> dt.datetime | None:
    """When the scheduler is expected to plan next: where the last three days had a plan at about
    the same time of day, the next such time; else nobody knows."""
    newest = [run.made_at.astimezone(now.tzinfo) for run in runs[:50]]
    for moment in newest:
        before = [
            any(abs(moment - days * _A_DAY - other) < _SAME_TIME for other in newest)
            for days in (1, 2)
        ]
        if all(before):
            expected = moment + _A_DAY
            return expected if expected > now else None
    return None


def _about_today(runs: Sequence[RunSummary], installation: Installation) -> list[str]:
    """Searches look at today; where the last plan is for another day they say so (readings 52)."""
    plans = [run for run in runs if run.takes_back is None]
    if not plans or plans[0].as_of == installation.today:
        return []
    return [f"this is about today; the last plan, run {plans[0].run}, is for {plans[0].as_of}"]


def _kept_at(installation: Installation, org: int) -> dt.datetime | None:
    return kept_live_at(installation.run_files.folder, org)


def _different(finding: Finding) -> bool:
    return finding.decided is not None and finding.decided.answer == DIFFERENT


def _names(finding: Finding) -> str:
    return ", ".join(account.key or account.user_name for account in finding.accounts)


def _age(since: dt.datetime, now: dt.datetime) -> str:
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} minutes"
    if minutes < 48 * 60:
        return f"{minutes // 60} hours"
    return f"{minutes // (24 * 60)} days"
