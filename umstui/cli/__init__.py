"""The command line. Starts it, and is the one place where errors become words and exit codes."""

from __future__ import annotations

import io
import logging
import sys
import warnings
from collections.abc import Sequence
from types import TracebackType
from typing import NoReturn

import click

from sync.errors import UmstuiError
from umstui.cli.parameters import Common
from umstui.cli.program import program

INTERRUPTED = 130
_LOG = logging.getLogger("umstui")
_LOG.addHandler(logging.NullHandler())  # before the settings are read there is no log


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command line and leave with its exit code (cli.md, "Exit codes")."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A name that the terminal cannot show must not end a run; files and pipes get UTF-8.
            encoding = None if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="replace")
    if not sys.warnoptions:  # they name our own lines of code, and would stand on the console
        warnings.simplefilter("ignore")
    common = Common()
    sys.excepthook = _Report(common)
    try:
        answer = program.main(args=arguments, prog_name="umstui", standalone_mode=False, obj=common)
    except (click.Abort, KeyboardInterrupt):
        _LOG.warning("interrupted")
        click.echo("umstui: interrupted.", err=True)
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except UmstuiError as error:
        _LOG.warning("%s: %s", type(error).__name__, error)
        if common.debug:
            raise
        click.echo(f"umstui: {error}", err=True)
        for note in getattr(error, "__notes__", ()):
            click.echo(note, err=True)
        sys.exit(error.exit_code)
    sys.exit(answer if isinstance(answer, int) else 0)


class _Report:
    """What Python calls for an exception that nobody expected: one line instead of a traceback,
    which --debug brings back. Python then leaves with 1."""

    def __init__(self, common: Common) -> None:
        self._common = common

    def __call__(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, UmstuiError):
            _LOG.critical("unexpected error", exc_info=(kind, error, trace))
        if self._common.debug:
            sys.__excepthook__(kind, error, trace)
        if isinstance(error, UmstuiError):
            click.echo(f"umstui: {error}", err=True)
        else:
            # The text of a stranger's exception may hold a connection string: only its kind.
            click.echo(
                f"umstui: unexpected error ({kind.__name__}). "
                "The same command with --debug shows where; the log has it too.",
                err=True,
            )
