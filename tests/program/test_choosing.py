"""The options that choose changes say what the console's filter line says."""

from __future__ import annotations

import shlex

import click
import pytest

from screens.filter_words import parse
from screens.twins import choice_options
from umstui.cli.choosing import SORT, choosing, chosen


def _read(options: list[str]) -> dict[str, object]:
    command = SORT(choosing(click.command()(lambda **_: None)))
    return dict(command.make_context("choose", options).params)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "op:-",
        "kind:person,course op:+,~ jensen",
        'school:"Havn Skole" status:held,failed',
        'status:held "Holm Anna" !bo',
        'why:"has left" "op:-"',
        "KIND:person",
    ],
)
def test_the_twin_of_a_filter_line_chooses_the_same(line: str) -> None:
    """A command that silently approves more than what is shown would be a trap."""
    choice = parse(line).choice
    typed = shlex.split(shlex.join(choice_options(choice, "name")))
    read = _read(typed)
    assert chosen(read) == choice
    assert read["order"] == "name"


def test_the_twin_of_marked_rows_names_each() -> None:
    """Who marks two rows and copies the command decides on these two."""
    assert chosen(_read(["--change", "9", "--change", "4"])).seqs == {4, 9}


def test_words_that_mean_nothing_are_refused() -> None:
    """op:- misspelt must not become a decision on everything."""
    with pytest.raises(click.UsageError, match="op:zap means nothing"):
        chosen(_read(["--match", "op:zap"]))
