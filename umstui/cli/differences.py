"""Changes one by one: what `runs changes`, `runs diff`, `runs history` and `drift` print."""

from __future__ import annotations

import json as json_text
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from sync.model import Change, ChangeFilter
from umstui.output import (
    all_counts,
    change_object,
    remark,
    say,
    write_change,
    write_counts,
    write_json,
)

if TYPE_CHECKING:
    from sync.runs import ChangeReader, History, HistoryEntry

SHOWN = 20


def write_changes(
    found: ChangeReader,
    heading: Mapping[str, str],
    choice: ChangeFilter,
    order: str,
    *,
    json: bool,
    reasons: bool = False,
) -> None:
    """The chosen changes of a reader: all of them as one JSON object under the words of
    ``heading``, or for a person their counts and the first few, with their ``reasons`` if wanted.
    """
    tally = found.tally(choice)
    if not json:
        chooses = choice != ChangeFilter()
        write_counts(tally, nothing="No change matches." if chooses else "No difference.")
        for change in found.page(choice, 0, SHOWN, order):
            write_change(change)
            if reasons:
                _write_reason(change)
        more = found.count(choice) - SHOWN
        if more > 0:
            say(f"and {more} more; `--json` has them all.")
        return
    # Written piece by piece: two runs of a large host differ by more than fits into memory.
    opening = json_text.dumps({**heading, "counts": all_counts(tally)}, ensure_ascii=False)
    click.echo(opening[:-1] + ', "changes": [', nl=False)
    for number, change in enumerate(found.changes(choice, order)):
        text = json_text.dumps(change_object(change), ensure_ascii=False)
        click.echo(f", {text}" if number else text, nl=False)
    click.echo("]}")


def _write_reason(change: Change) -> None:
    say(f"why: {change.reason or 'no reason was recorded'}", indent=4, hang=4)
    message = f": {change.message}" if change.message else ""
    say(f"{change.status}{message}", indent=4, hang=4)


def write_history(found: History, key: str, *, json: bool) -> None:
    """One object's changes through all runs, newest first, each with who let it through."""
    for name in found.unreadable:
        remark(name)
    if json:
        write_json(
            {
                "key": key,
                "entries": [_entry_object(entry) for entry in found.entries],
                "unreadable": list(found.unreadable),
            }
        )
        return
    if not found.entries:
        say(f"No run that is kept changed {key}.")
    for entry in found.entries:
        run, change = entry.run, entry.change
        when = run.made_at.astimezone().strftime("%Y-%m-%d %H:%M")
        say(f"Run {run.run}, {when}, for {run.as_of}, by {run.made_by}: {change.status}")
        write_change(change)
        say(f"why: {change.reason or 'no reason was recorded'}", indent=4, hang=4)
        if entry.decision is not None:
            say(decided(entry), indent=4, hang=4)
        elif change.message:
            say(change.message, indent=4, hang=4)


def decided(entry: HistoryEntry) -> str:
    """Who decided on it, when, and with which reason."""
    assert entry.decision is not None
    decision = entry.decision
    verb = {"approve": "approved", "reject": "rejected", "wait": "put off"}[decision.answer]
    when = decision.decided_at.astimezone().strftime("%Y-%m-%d %H:%M")
    return f"{verb} by {decision.operator}, {when}: {decision.reason}"


def _entry_object(entry: HistoryEntry) -> dict[str, object]:
    decision = entry.decision
    return {
        "run": entry.run.run,
        "as_of": entry.run.as_of.isoformat(),
        "made_at": entry.run.made_at.isoformat(),
        "made_by": entry.run.made_by,
        **change_object(entry.change),
        "decision": None
        if decision is None
        else {
            "answer": decision.answer,
            "by": decision.operator,
            "at": decision.decided_at.isoformat(),
            "reason": decision.reason,
        },
    }
