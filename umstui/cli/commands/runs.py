"""`umstui runs`: list, show, changes, diff, history, export."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from sync.model import Progress, RunReport, RunState
from umstui.cli.choosing import SORT, choosing, chosen
from umstui.cli.differences import write_changes
from umstui.cli.parameters import KEY, RUN, Common, Group, pass_common
from umstui.output import remark, summary_object, write_json, write_runs
from umstui.progress import ProgressLine

SECONDS_BETWEEN_LOOKS = 0.5


@click.group(cls=Group)
def runs() -> None:
    """List past runs, look into them, take them out."""


@runs.command("list")
@pass_common
def list_(common: Common) -> None:
    """All runs, newest first."""
    from sync import runs as verbs

    found = verbs.list_runs(common.installation(read_only=True), common.org)
    if common.json:
        write_json({"runs": [summary_object(run) for run in found]})
    else:
        write_runs(found)


@runs.command()
@click.argument("run", type=RUN)
@click.option(
    "--follow",
    is_flag=True,
    help="Watch it being carried out, by whomever, until it has ended or nobody goes on with it.",
)
@pass_common
def show(common: Common, *, run: str, follow: bool) -> None:
    """One run: counts, filter, problems, how far it has come."""
    from sync import runs as verbs

    installation = common.installation_of(run, read_only=True)
    report = verbs.report(installation, run)
    writer = verbs.carried_out_by(installation, run)
    with ProgressLine(quiet=common.quiet) as progress:
        while follow and writer is not None:
            progress(_so_far(report))
            time.sleep(SECONDS_BETWEEN_LOOKS)
            writer = verbs.carried_out_by(installation, run)
            report = verbs.report(installation, run)
    common.write(report)
    if report.summary.state is RunState.APPLYING:
        if writer is None:
            words = f"Nobody is carrying run {run} out: it was stopped or cut off. It goes on with "
            words += f"`umstui apply {run}`."
        else:
            where = f" ({writer.origin})" if writer.origin else ""
            words = f"{writer.operator}{where} on {writer.host} has been carrying it out since "
            words += f"{writer.since.astimezone():%Y-%m-%d %H:%M}."
        remark(words, quiet=common.quiet)


def _so_far(report: RunReport) -> Progress:
    applied = report.summary.applied
    done = applied.ok + applied.failed + applied.skipped
    return Progress(f"run {report.summary.run}", done, done + applied.pending)


@runs.command()
@click.argument("run", type=RUN)
@pass_common
def stop(common: Common, *, run: str) -> None:
    """Ask whoever carries RUN out to end after the batch in flight.

    It goes on later with `umstui apply RUN`. Exit code 6 where nobody carries it out.
    """
    from sync import runs as verbs

    verbs.stop(common.installation_of(run), run)
    remark(
        f"Run {run} ends after the batch in flight; `umstui apply {run}` goes on with it.",
        quiet=common.quiet,
    )


@runs.command()
@click.argument("run", type=RUN)
@choosing
@SORT
@pass_common
def changes(common: Common, /, *, run: str, order: str, **options: Any) -> None:
    """The changes of a run, each with its reason and where it stands."""
    from sync import runs as verbs

    with verbs.open_plan(common.installation_of(run, read_only=True), run) as found:
        write_changes(found, {"run": run}, chosen(options), order, json=common.json, reasons=True)


@runs.command()
@click.argument("run", type=RUN)
@click.argument("other", metavar="RUN", type=RUN)
@choosing
@SORT
@pass_common
def diff(common: Common, /, *, run: str, other: str, order: str, **options: Any) -> None:
    """What changed from one run to another."""
    from sync import runs as verbs

    installation = common.installation_of(run, other, read_only=True)
    with verbs.compare_runs(installation, run, other) as found:
        write_changes(found, {"from": run, "to": other}, chosen(options), order, json=common.json)


@runs.command()
@click.argument("key", type=KEY)
@click.option("--room", metavar="KEY", default="", help="Only the memberships in this room.")
@click.option(
    "--every-run", is_flag=True, help="Also what plans wanted that were never carried out."
)
@pass_common
def history(common: Common, *, key: str, room: str, every_run: bool) -> None:
    """What the runs did to the person, room or membership with this sync key, and who allowed it.

    When did she leave 7B, in which run, why? Run files older than [snapshots] keep_days are gone.
    """
    from sync import runs as verbs
    from umstui.cli.differences import write_history

    found = verbs.history(
        common.installation(read_only=True), key, common.org, room=room, every_run=every_run
    )
    write_history(found, key, json=common.json)


@runs.command()
@click.argument("run", type=RUN)
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "csv", "xlsx", "html", "bundle"]),
    default="jsonl",
    show_default=True,
    help="jsonl: one change a line; csv and xlsx: for a spreadsheet; html: a page for a head "
    "teacher, names and classes alone; bundle: the run file without mail, phone and address, to "
    "send to support.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    default="-",
    help="Where to; - or nothing is standard output (not for xlsx and bundle).",
)
@click.option(
    "--language",
    type=click.Choice(["en", "da", "nb", "sv"]),
    default="en",
    show_default=True,
    help="The language of the html page: English, Danish, Norwegian or Swedish.",
)
@pass_common
def export(common: Common, *, run: str, form: str, output: Path, language: str) -> None:
    """Take a run out as a file. Every export is entered into the audit trail."""
    from umstui.exports.writing import write_export

    written = write_export(common.installation_of(run), run, form, output, language=language)
    if str(output) != "-":
        noun = "lines" if form == "html" else "changes"
        remark(f"{written} {noun} written to {output.absolute()}", quiet=common.quiet)
