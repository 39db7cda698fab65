"""`umstui undo`."""

from __future__ import annotations

import click

from umstui.cli import codes
from umstui.cli.parameters import RUN, Command, Common, pass_common


@click.command(cls=Command)
@click.argument("run", type=RUN)
@pass_common
def undo(common: Common, *, run: str) -> int:
    """Store the run that takes RUN back.

    It goes through the filter and is applied like any other; what cannot come back stands among
    its problems. Exit code 3 when the filter holds it.
    """
    from sync import runs

    report = runs.undo(common.installation_of(run), run)
    common.write(report)
    return codes.of_plan(report, detailed=False)
