"""What the command line says of windows, exceptions and what falls due: JSON and words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from umstui.output import PLURAL, say, table

if TYPE_CHECKING:
    from sync.guard import Due
    from sync.runs import Exceptions, HeldWindow
    from sync.windows import KeepException


def window_object(found: HeldWindow) -> dict[str, Any]:
    """A window as `calendar list --json` has it; role and spared schools only where there are
    any."""
    window = found.window
    written: dict[str, Any] = {
        "id": window.id,
        "type": window.type.value,
        "from": window.begins.isoformat(),
        "to": window.ends.isoformat(),
        "kind": window.kind,
        "school": window.school,
        "held": found.held,
    }
    if window.role:
        written["role"] = window.role
    if window.spared:
        written["except_schools"] = list(window.spared)
    return written


def exception_object(exception: KeepException) -> dict[str, Any]:
    """An exception as `exceptions list --json` has it."""
    return {
        "id": exception.id,
        "target": exception.target.value,
        "key": exception.key,
        "until": exception.until.isoformat(),
        "reason": exception.reason,
    }


def due_object(due: Due) -> dict[str, Any]:
    """A line of `calendar forecast --json`."""
    return {
        "date": due.date.isoformat(),
        "kind": due.kind,
        "count": due.count,
        "of": due.of,
        "limit": due.limit,
        "level": due.level.value,
    }


def write_windows(found: Sequence[HeldWindow], today: dt.date) -> None:
    """The calendar as a table."""
    if not found:
        say("The calendar is empty. `umstui calendar add delay-delete --from D --to D` adds to it.")
        return
    rows = [
        [
            str(one.window.id),
            one.window.type.value,
            one.window.begins.isoformat(),
            one.window.ends.isoformat(),
            _standing(one, today),
            str(one.held),
            _scope(one),
        ]
        for one in found
    ]
    titles = ["id", "type", "from", "to", "now", "held", "about"]
    table(titles, rows, right=frozenset({0, 5}))


def write_exceptions(found: Exceptions, today: dt.date) -> None:
    """The exceptions as a table, and those to decide on again."""
    if not found.all:
        say("There are no exceptions.")
        return
    rows = [
        [
            str(one.id),
            one.target.value,
            one.key,
            one.until.isoformat(),
            "over" if one.until < today else "",
            one.reason,
        ]
        for one in found.all
    ]
    table(["id", "keeps", "key", "until", "", "because"], rows, right=frozenset({0}))
    if found.renewals:
        say("To renew with `umstui exceptions renew ID --until D --reason TEXT`, or let end:")
        for renewal in found.renewals:
            say(f"{renewal.exception.id}: {renewal.words}", indent=2, hang=2)


def write_forecast(due: Sequence[Due], until: dt.date | None = None) -> None:
    """What falls due, a line a day and kind, under it its schools."""
    if not due and until is not None:
        say(f"Nothing falls due until {until}; without --to it also says what does later.")
        return
    if not due:
        say("Nothing falls due: no window and no exception holds a delete back.")
        return
    rows = [
        [
            one.date.isoformat() if not one.school else "",
            PLURAL.get(one.kind, one.kind) if not one.school else f"  {one.school}",
            str(one.count),
            str(one.of),
            one.limit or "-",
            one.level.value,
        ]
        for one in due
    ]
    table(["due", "deletes of", "count", "held", "limit", "filter"], rows, right=frozenset({2, 3}))


def write_releases(released: Sequence[str]) -> None:
    """What a change of the calendar releases, before it is made."""
    if not released:
        say("This releases nothing.")
        return
    say("This releases:")
    for words in released:
        say(words, indent=2, hang=2)


def _standing(found: HeldWindow, today: dt.date) -> str:
    if found.window.covers(today):
        return "active"
    return "over" if found.window.ends < today else "to come"


def _scope(found: HeldWindow) -> str:
    window = found.window
    words = [
        f"{name} {value}"
        for name, value in (
            ("kind", window.kind),
            ("school", window.school),
            ("role", window.role),
        )
        if value
    ]
    words += [f"not school {school}" for school in window.spared]
    return ", ".join(words) or "everything"
