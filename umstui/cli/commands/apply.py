"""`umstui apply`."""

from __future__ import annotations

import click

from sync.errors import HeldByFilter, Refused
from umstui.cli import codes
from umstui.cli.parameters import RUN, Command, Common, pass_common
from umstui.cli.reported import say_where_reported
from umstui.ending import after_the_batch_in_flight
from umstui.progress import ProgressLine


@click.command(cls=Command)
@click.argument("run", type=RUN)
@click.option(
    "--confirm",
    metavar='"delete N"',
    help="The number of deletes the run holds, where it holds any; the database's name, where it "
    "changes sync keys.",
)
@pass_common
def apply(common: Common, *, run: str, confirm: str | None) -> int:
    """Carry out what is allowed of a stored run.

    A run that was cut off goes on where it stopped.

    Exit code 3: held by the filter. 4: some items failed. 6: refused, because the run is stale,
    frozen, not confirmed, or another run is under way.
    """
    from sync import runs

    installation = common.installation_of(run)
    try:
        with (
            after_the_batch_in_flight(f"umstui apply {run}"),
            ProgressLine(quiet=common.quiet) as progress,
        ):
            report = runs.apply(installation, run, confirm=confirm, progress=progress)
    except (HeldByFilter, Refused):
        if common.json:  # the run as it stands, so that a script has its object in any case
            common.write(runs.report(installation, run))
        raise
    common.write(report)
    say_where_reported(common, installation, run)
    return codes.of_applying(installation, report)
