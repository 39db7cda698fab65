"""`umstui approve` and `umstui reject`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, TypeVar

import click

from sync.model import ChangeFilter, Kind, Operation
from umstui.cli.parameters import DAY, REASON, RUN, Command, Common, pass_common

_KINDS = [kind.value for kind in Kind]
_OPERATIONS = [operation.value for operation in Operation if operation is not Operation.NOTE]
_Function = TypeVar("_Function", bound=Callable[..., Any])


def _decides(command: _Function) -> _Function:
    """The arguments that both commands have: the run, why, and which of its changes."""
    for decorate in reversed(
        (
            click.argument("run", type=RUN),
            click.option("--reason", type=REASON, required=True, help="Why; kept with the run."),
            click.option(
                "--kind",
                "kinds",
                metavar="K",
                type=click.Choice(_KINDS),
                multiple=True,
                help=f"Only this kind: {', '.join(_KINDS)}. May be given several times.",
            ),
            click.option(
                "--op",
                "operations",
                metavar="OP",
                type=click.Choice(_OPERATIONS),
                multiple=True,
                help=f"Only this operation: {', '.join(_OPERATIONS)}. Several times as well.",
            ),
            click.option("--school", metavar="S", default="", help="Only changes of this school."),
            click.option(
                "--match",
                "words",
                metavar="WORDS",
                multiple=True,
                help="Only changes that these words occur in; !word: that it does not occur in.",
            ),
            click.option(
                "--change",
                "seqs",
                metavar="SEQ",
                type=click.IntRange(min=1),
                multiple=True,
                help="Only this change, by its number in the export. Several times as well.",
            ),
        )
    ):
        command = decorate(command)
    return command


def _chosen(chosen: dict[str, Any]) -> ChangeFilter:
    return ChangeFilter(
        frozenset(chosen["kinds"]),
        frozenset(chosen["operations"]),
        school=chosen["school"],
        words=tuple(word for words in chosen["words"] for word in words.split()),
        seqs=frozenset(chosen["seqs"]),
    )


@click.command(cls=Command)
@_decides
@click.option(
    "--until", metavar="DATE", type=DAY, help="The last day the approval counts; then it expires."
)
@pass_common
def approve(
    common: Common, /, *, run: str, reason: str, until: dt.date | None, **chosen: Any
) -> None:
    """Allow what the filter holds: this run, whole or in part."""
    from sync import runs

    installation = common.installation_of(run)
    common.write(
        runs.approve(installation, run, reason=reason, choice=_chosen(chosen), until=until)
    )


@click.command(cls=Command)
@_decides
@click.option(
    "--until", metavar="DATE", type=DAY, help="Not now: put off until this day, then ask again."
)
@pass_common
def reject(
    common: Common, /, *, run: str, reason: str, until: dt.date | None, **chosen: Any
) -> None:
    """Refuse a held run, or part of it, for good or until a day.

    A part stays refused in later plans too, as long as the change is the same.
    """
    from sync import runs

    installation = common.installation_of(run)
    common.write(runs.reject(installation, run, reason=reason, choice=_chosen(chosen), until=until))
