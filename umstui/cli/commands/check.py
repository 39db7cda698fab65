"""`umstui check`."""

from __future__ import annotations

from itertools import chain

import click

from umstui.cli import codes
from umstui.cli.parameters import Command, Common, pass_common
from umstui.output import say, write_json


@click.command(cls=Command)
@pass_common
def check(common: Common) -> int:
    """Look whether everything is in place for a sync.

    Settings, database mapping, connections, course templates and SQL criteria, a line each:
    ok, warning or error. Exit code 1 when a line is an error.
    """
    from sync import runs
    from umstui import log

    installation = common.installation()
    lines = []
    for line in chain(runs.check(installation, common.org), [log.checked(installation.settings)]):
        lines.append(line)
        if not common.json:
            say(f"{line.level:<7}  {line.subject}: {line.message}", hang=9)
    if common.json:
        written = [
            {"level": line.level, "subject": line.subject, "message": line.message}
            for line in lines
        ]
        write_json({"lines": written})
    return codes.ERROR if any(line.level == "error" for line in lines) else codes.DONE
