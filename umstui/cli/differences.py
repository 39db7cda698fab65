"""Changes that are no run: what `runs diff` and `drift` print."""

from __future__ import annotations

import json as json_text
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from sync.model import ChangeFilter
from umstui.output import all_counts, change_object, say, write_change, write_counts

if TYPE_CHECKING:
    from sync.runs import ChangeReader

SHOWN = 20


def write_differences(found: ChangeReader, heading: Mapping[str, str], *, json: bool) -> None:
    """The changes of a reader: all of them as one JSON object under the words of ``heading``, or
    for a person their counts and the first few."""
    tally = found.tally()
    if not json:
        write_counts(tally, nothing="No difference.")
        for change in found.page(ChangeFilter(), 0, SHOWN):
            write_change(change)
        more = found.count(ChangeFilter()) - SHOWN
        if more > 0:
            say(f"and {more} more; `--json` has them all.")
        return
    # Written piece by piece: two runs of a large host differ by more than fits into memory.
    opening = json_text.dumps({**heading, "counts": all_counts(tally)}, ensure_ascii=False)
    click.echo(opening[:-1] + ', "changes": [', nl=False)
    for number, change in enumerate(found.changes()):
        text = json_text.dumps(change_object(change), ensure_ascii=False)
        click.echo(f", {text}" if number else text, nl=False)
    click.echo("]}")
