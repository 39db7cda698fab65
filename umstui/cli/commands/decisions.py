"""`umstui approve` and `umstui reject`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar

import click

from umstui.cli.choosing import choosing, chosen
from umstui.cli.parameters import DAY, REASON, RUN, Command, Common, pass_common

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _decides(command: _Function) -> _Function:
    """The arguments that both commands have: the run, why, and which of its changes."""
    reason = click.option("--reason", type=REASON, required=True, help="Why; kept with the run.")
    return click.argument("run", type=RUN)(reason(choosing(command)))


@click.command(cls=Command)
@_decides
@click.option(
    "--until", metavar="DATE", type=DAY, help="The last day the approval counts; then it expires."
)
@pass_common
def approve(
    common: Common, /, *, run: str, reason: str, until: dt.date | None, **options: Any
) -> None:
    """Allow what the filter holds: this run, whole or in part."""
    from sync import runs

    installation = common.installation_of(run)
    common.write(
        runs.approve(installation, run, reason=reason, choice=chosen(options), until=until)
    )


@click.command(cls=Command)
@_decides
@click.option(
    "--until", metavar="DATE", type=DAY, help="Not now: put off until this day, then ask again."
)
@pass_common
def reject(
    common: Common, /, *, run: str, reason: str, until: dt.date | None, **options: Any
) -> None:
    """Refuse a held run, or part of it, for good or until a day.

    A part stays refused in later plans too, as long as the change is the same.
    """
    from sync import runs

    installation = common.installation_of(run)
    common.write(runs.reject(installation, run, reason=reason, choice=chosen(options), until=until))
