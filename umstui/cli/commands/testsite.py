"""`umstui testsite`."""

from __future__ import annotations

import _thread
import sys
import threading
from pathlib import Path

import click

from umstui.cli.parameters import Command


@click.command(cls=Command)
@click.option(
    "--port",
    metavar="N",
    type=click.IntRange(0, 65535),
    default=0,
    help="Where to listen on this machine; a free port unless said.",
)
@click.option(
    "--dir",
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    default="umstui-testsite",
    show_default=True,
    help="Where it keeps its state.",
)
@click.option(
    "--fault",
    "faults",
    metavar="FAULT",
    multiple=True,
    help="Misbehave like this, such as 503:0.05. May be given several times.",
)
@click.option(
    "--until-input-ends", is_flag=True, hidden=True, help="Stop when standard input is closed."
)
def testsite(*, port: int, folder: Path, faults: tuple[str, ...], until_input_ends: bool) -> None:
    """Serve a local itslearning test installation.

    It answers to this machine alone, until it is interrupted.
    """
    from umstui.testsite import serve

    if until_input_ends:
        threading.Thread(target=_stop_at_end_of_input, daemon=True).start()
    serve(folder, port, faults)


def _stop_at_end_of_input() -> None:
    """The process that started the site holds the other end, and lets go of it even when killed."""
    sys.stdin.buffer.read()
    _thread.interrupt_main()
