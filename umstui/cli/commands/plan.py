"""`umstui plan`."""

from __future__ import annotations

import datetime as dt

import click

from umstui.cli import codes
from umstui.cli.parameters import DAY, Command, Common, pass_common
from umstui.output import LIVE_READING, remark
from umstui.progress import ProgressLine


@click.command(cls=Command)
@click.option("--as-of", metavar="DATE", type=DAY, help="Plan for this day instead of today.")
@click.option("--users-only", is_flag=True, help="Only persons, no rooms and no memberships.")
@click.option(
    "--live",
    is_flag=True,
    help="Read what itslearning holds now, and plan against that; memberships made there by hand "
    "get a key of its own by it.",
)
@click.option("--detailed-exitcode", is_flag=True, help="Leave with 5 when changes are pending.")
@pass_common
def plan(
    common: Common, *, as_of: dt.date | None, users_only: bool, live: bool, detailed_exitcode: bool
) -> int:
    """Work out what a sync would do, and store it as a run.

    Writes nothing to UMS or itslearning. Exit code 3 when the filter holds the run.
    """
    from sync import runs

    installation = common.installation()
    if live:
        remark(LIVE_READING, quiet=common.quiet)
    with ProgressLine(quiet=common.quiet) as progress:
        report = runs.plan(
            installation,
            common.org,
            as_of=as_of,
            users_only=users_only,
            live=live,
            progress=progress,
        )
    common.write(report)
    return codes.of_plan(report, detailed=detailed_exitcode)
