"""Opening the console, and what is said where there is no terminal to open it on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sync.errors import UmstuiError

if TYPE_CHECKING:
    from umstui.cli.parameters import Common


class NoTerminal(UmstuiError):
    """There is nothing to draw on, or nobody to press keys."""

    exit_code = 2


def refuse_without_terminal(instead: str) -> None:
    """Leave with one line where keys or drawing would go nowhere: the console reads standard
    input and draws on standard error."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise NoTerminal(f"the console needs a terminal; {instead}.")


def open_console(common: Common) -> int:
    """The console on the installation of umstui.toml, until the person leaves it.

    The file is named whole: the commands it shows are pasted where the current folder is another.
    """
    common.quiet = True
    installation = common.installation()
    from umstui import config
    from umstui.app import run

    return run(installation, common.org, config.locate(common.config).resolve())
