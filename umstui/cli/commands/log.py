"""`umstui log`."""

from __future__ import annotations

from typing import Any

import click

from umstui.cli.parameters import Command, Common, pass_common


@click.command(cls=Command)
@click.option("--lines", type=click.IntRange(1, 100_000), default=50, show_default=True,
              help="How many of the newest lines.")  # fmt: skip
@pass_common
def log(common: Common, lines: int) -> None:
    """Show the newest lines of the log file, the newest last."""
    from umstui import log as log_file
    from umstui.output import write_json

    settings = common.installation(read_only=True).settings
    found = list(reversed(log_file.recent(settings, lines)))
    if common.json:
        write_json({"file": str(log_file.log_path(settings)), "lines": found})
        return
    if not found:
        click.echo(f"{log_file.log_path(settings)} is empty or not there yet.")
    for line in found:
        click.echo(_in_words(line))


def _in_words(line: dict[str, Any]) -> str:
    """``2026-11-21 03:12:04  warning  what was reported  attempt=2``."""
    at = str(line.pop("at", ""))[:19].replace("T", " ")
    level, says = str(line.pop("level", "")), str(line.pop("says", ""))
    facts = " ".join(f"{name}={value}" for name, value in line.items())
    return f"{at:19}  {level:7}  {says}  {facts}".rstrip()
