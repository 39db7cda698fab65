"""`umstui sync`."""

from __future__ import annotations

import datetime as dt

import click

from umstui.cli import codes
from umstui.cli.parameters import DAY, Command, Common, pass_common
from umstui.cli.reported import say_where_reported
from umstui.ending import after_the_batch_in_flight
from umstui.progress import ProgressLine


@click.command(cls=Command)
@click.option("--as-of", metavar="DATE", type=DAY, help="Plan for this day instead of today.")
@click.option("--users-only", is_flag=True, help="Only persons, no rooms and no memberships.")
@pass_common
def sync(common: Common, *, as_of: dt.date | None, users_only: bool) -> int:
    """Plan, then carry out what passes: for the scheduler.

    Exit code 3: held by the filter. 4: some items failed. 6: frozen, or another run is under way.
    """
    from sync import runs

    installation = common.installation()
    with (
        after_the_batch_in_flight("umstui sync"),
        ProgressLine(quiet=common.quiet) as progress,
    ):
        report = runs.synchronize(
            installation, common.org, as_of=as_of, users_only=users_only, progress=progress
        )
    common.write(report)
    say_where_reported(common, installation, report.summary.run)
    return codes.of_applying(installation, report)
