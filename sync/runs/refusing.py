"""Why a run may not be planned or carried out now; asked before anything is stored or sent."""

from __future__ import annotations

import duckdb

from sync.errors import Frozen, HeldByFilter, Refused, RunStale
from sync.model import RunState, ignore_progress
from sync.runs.four_eyes import second_name_needed
from sync.runs.guarding import calendar, frozen_until, standing
from sync.runs.installation import Installation
from sync.snapshots.workspace import open_workspace
from sync.state.claims import refuse_while_held
from sync.state.runs import StateReader, StoredRun
from sync.ums.organizations import Organization
from sync.ums.reading import one_way_of_hashing, read_workspace


def refuse_overlap(installation: Installation, org: int) -> None:
    """Raises WriterBusy while a run of an organization is being carried out: a plan that is about
    what the site holds then would be stored of something half done."""
    refuse_while_held(installation.state, org, installation.operator.host, installation.clock())


def refuse_unsuitable(installation: Installation, stored: StoredRun) -> None:
    """Raises Frozen, Refused or HeldByFilter where the run's own state or the calendar forbids it.

    A run that was planned for the day it was made on is about today, so a freeze that covers today
    stops it as well; one that a person planned for another day counts by that day alone
    (readings.md 53).
    """
    summary = stored.summary
    windows, exceptions = calendar(installation, summary.org)
    days = [summary.as_of]
    if _about_its_own_day(stored, installation):
        days.append(installation.today)
    until = frozen_until(windows, days)
    if until is not None:
        raise Frozen(
            f"A freeze that ends {until} covers the day: run {summary.run} is for "
            f"{summary.as_of}, nothing of it is sent. Plan again after the freeze, or remove it "
            "with `umstui calendar remove`."
        )
    match summary.state:
        case RunState.FAILED:
            raise Refused(
                f"Planning of run {summary.run} was cut off; plan again with `umstui plan`."
            )
        case RunState.REJECTED:
            raise Refused(f"Run {summary.run} was rejected; plan again with `umstui plan`.")
        case RunState.HELD:
            raise HeldByFilter(f"Run {summary.run} is held by the filter; {_how(stored)}.")
    if stored.started is None:
        now = set(standing(windows, exceptions, max(days)))
        if now - set(stored.reading.get("standing", ())):
            raise RunStale(
                f"The calendar or the exceptions keep back more than when run {summary.run} was "
                "planned: plan again with `umstui plan`; nothing was sent."
            )


def refuse_undecided(
    installation: Installation,
    reader: StateReader,
    stored: StoredRun,
    plan: duckdb.DuckDBPyConnection,
) -> None:
    """Raises HeldByFilter where deletes lack a second name, Refused where an approval has expired
    or the file holds another plan than the one that was decided on."""
    run = stored.summary.run
    row = plan.execute("SELECT fingerprint FROM header").fetchone()
    if row is None or row[0] != stored.summary.fingerprint:
        raise Refused(
            f"The file of run {run} holds another plan than the one that was decided on; "
            "plan again with `umstui plan`."
        )
    decisions = [decision for decision in reader.decisions(int(run)) if not decision.proposal]
    for (number,) in plan.execute(
        "SELECT DISTINCT a.number FROM answered a JOIN fate f ON f.seq = a.seq WHERE f.goes"
    ).fetchall():
        decision = decisions[number]
        if decision.until is not None and decision.until < installation.today:
            raise Refused(
                f"The approval of {decision.operator} on run {run} counted until {decision.until}. "
                f"Approve it again, or plan again; nothing was sent."
            )
    words = second_name_needed(installation, plan)
    if words is not None:
        raise HeldByFilter(f"Run {run}: {words}. `umstui approve {run} --reason …` gives another.")


def refuse_stale(
    installation: Installation,
    recorder: StateReader,
    stored: StoredRun,
    organization: Organization,
    just_planned: bool,
) -> None:
    """Raises RunStale unless inputs, settings and held are those the plan was made from."""
    summary = stored.summary
    again = "plan again with `umstui plan`; nothing was sent"
    last = recorder.last_started(organization.id, before=int(summary.run))
    number = None if last is None else int(last.summary.run)
    settled = 0 if number is None else recorder.settled_batches(number)
    if (number, settled) != (stored.base, stored.base_settled):
        raise RunStale(
            f"Run {summary.run} was planned before run {number} was carried out: {again}."
        )
    if just_planned or not stored.source_digest:
        # An undo is made from run files, a re-keying from the site: no source could have changed.
        return
    engine = installation.source()
    try:
        with open_workspace() as scratch:
            reading = read_workspace(
                engine,
                installation.mapping,
                scratch,
                organization.id,
                ignore_progress,
                timetable=bool(organization.api_client_id),
            )
    finally:
        engine.dispose()
    if not one_way_of_hashing(reading.digest, stored.source_digest):
        raise RunStale(f"The program was updated since run {summary.run} was planned: {again}.")
    if reading.digest != stored.source_digest:
        raise RunStale(f"Students has changed since run {summary.run} was planned: {again}.")
    if reading.settings_digest != stored.settings_digest:
        raise RunStale(
            f"Settings in UMS have changed since run {summary.run} was planned: {again}."
        )


def _about_its_own_day(stored: StoredRun, installation: Installation) -> bool:
    made_at = stored.summary.made_at.astimezone(installation.clock().tzinfo)
    return made_at.date() == stored.summary.as_of


def _how(stored: StoredRun) -> str:
    if stored.unapprovable:
        return "nobody can approve it: mend the source and plan again"
    return f"approve it, whole or in part, with `umstui approve {stored.summary.run} --reason …`"
