"""`umstui runs`: list, show, diff, export."""

from __future__ import annotations

import time
from pathlib import Path

import click

from sync.model import Progress, RunReport, RunState
from umstui.cli.differences import write_differences
from umstui.cli.parameters import RUN, Common, Group, pass_common
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
@click.option("--follow", is_flag=True, help="Wait until it has been carried out.")
@pass_common
def show(common: Common, *, run: str, follow: bool) -> None:
    """One run: counts, filter, problems, how far it has come."""
    from sync import runs as verbs

    installation = common.installation(read_only=True)
    report = verbs.report(installation, run)
    with ProgressLine(quiet=common.quiet) as progress:
        while follow and report.summary.state is RunState.APPLYING:
            progress(_so_far(report))
            time.sleep(SECONDS_BETWEEN_LOOKS)
            report = verbs.report(installation, run)
    common.write(report)


def _so_far(report: RunReport) -> Progress:
    applied = report.summary.applied
    done = applied.ok + applied.failed + applied.skipped
    return Progress(f"run {report.summary.run}", done, done + applied.pending)


@runs.command()
@click.argument("run", type=RUN)
@click.argument("other", metavar="RUN", type=RUN)
@pass_common
def diff(common: Common, *, run: str, other: str) -> None:
    """What changed from one run to another."""
    from sync import runs as verbs

    installation = common.installation(read_only=True)
    with verbs.compare_runs(installation, run, other) as found:
        write_differences(found, {"from": run, "to": other}, json=common.json)


@runs.command()
@click.argument("run", type=RUN)
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl"]),
    default="jsonl",
    show_default=True,
    help="jsonl: one change a line.",
)
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    default="-",
    help="Where to; - or nothing is standard output.",
)
@pass_common
def export(common: Common, *, run: str, form: str, output: Path) -> None:
    """Every change of a run, with its fields before and after."""
    from sync import runs as verbs
    from umstui.cli.exports import FORMATS, write_export

    installation = common.installation(read_only=True)
    with verbs.open_plan(installation, run) as plan:
        written = write_export(FORMATS[form], plan, output)
    if str(output) != "-":
        remark(f"{written} changes written to {output.absolute()}", quiet=common.quiet)
