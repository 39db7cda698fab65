"""`umstui drift`."""

from __future__ import annotations

from typing import Any

import click

from umstui.cli.choosing import SORT, choosing, chosen
from umstui.cli.differences import write_changes
from umstui.cli.parameters import Command, Common, pass_common
from umstui.output import LIVE_READING, remark
from umstui.progress import ProgressLine


@click.command(cls=Command)
@choosing
@SORT
@pass_common
def drift(common: Common, /, *, order: str, **options: Any) -> None:
    """Show where itslearning differs from what was last sent.

    Reads every person and every group of the site, so it takes its time on a large one. itslearning
    gives memberships that were made there by hand a key of its own when they are read.
    """
    from sync import runs

    choice = chosen(options)
    remark(LIVE_READING, quiet=common.quiet)
    with (
        ProgressLine(quiet=common.quiet) as progress,
        runs.drift(common.installation(read_only=True), common.org, progress=progress) as found,
    ):
        progress.clear()
        write_changes(found, {}, choice, order, json=common.json)
