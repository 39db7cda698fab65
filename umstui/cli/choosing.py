"""The options by which commands choose among changes, as the console's filter line does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from screens.filter_words import parse
from sync.model import CHANGE_ORDERS, ChangeFilter, Kind, Operation

_KINDS = [kind.value for kind in Kind]
_OPERATIONS = [operation.value for operation in Operation if operation is not Operation.NOTE]
_Function = TypeVar("_Function", bound=Callable[..., Any])

SORT = click.option(
    "--sort",
    "order",
    type=click.Choice(CHANGE_ORDERS),
    default="plan",
    show_default=True,
    help="Their order; plan is that of carrying out.",
)


def any_of(
    option: str, name: str, metavar: str, words: Sequence[str], what: str
) -> Callable[[_Function], _Function]:
    """An option that chooses one of the words, and several where it is given several times."""
    return click.option(
        option,
        name,
        metavar=metavar,
        type=click.Choice(words),
        multiple=True,
        help=f"Only this {what}: {', '.join(words)}. May be given several times.",
    )


def choosing(command: _Function) -> _Function:
    """Give a command the options of :func:`chosen`."""
    for decorate in reversed(
        (
            any_of("--kind", "kinds", "K", _KINDS, "kind"),
            any_of("--op", "operations", "OP", _OPERATIONS, "operation"),
            click.option("--school", metavar="S", default="", help="Only changes of this school."),
            click.option(
                "--match",
                "lines",
                metavar="WORDS",
                multiple=True,
                help="Only what the console's filter line would show for these words: each occurs, "
                '!word does not; "two words" stand together; status:held, kind:, op: and school: '
                "as there.",
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


def chosen(options: dict[str, Any]) -> ChangeFilter:
    """What the options choose. Raises UsageError for words of ``--match`` that mean nothing."""
    meant = parse(" ".join(options["lines"]))
    if meant.refused:
        raise click.UsageError(f"{meant.refused[0]}.")
    words = meant.choice
    return ChangeFilter(
        frozenset(options["kinds"]) | words.kinds,
        frozenset(options["operations"]) | words.operations,
        words.statuses,
        school=options["school"] or words.school,
        words=words.words,
        seqs=frozenset(options["seqs"]),
    )
