"""Small words that the answers share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sync.diagnosis.known import Said

_MONTHS = "January February March April May June July August September October November December"
_WILL = {
    "create": "makes", "update": "changes", "delete": "deletes", "adopt": "gives the key to",
    "restore": "restores", "rekey": "gives another key to", "move": "moves",
    "archive": "archives", "forget": "forgets",
}  # fmt: skip
_DID = {
    "create": "made", "update": "changed", "delete": "deleted", "adopt": "gave the key to",
    "restore": "restored", "rekey": "gave another key to", "move": "moved",
    "archive": "archived", "forget": "forgot",
}  # fmt: skip

# What the rules find wrong with a row (rules.md 1 and 3).
_TROUBLE = {
    "user-name": "StudieNr is empty or too long",
    "name": "Fornavne or Efternavn is empty",
    "date": "a date is not a real dd-mm-yyyy date",
    "ends-before-start": "a period ends before it starts",
    "activity": "AktivitetsID and Aktivitet must both be given",
    "name-conflict": "rows of this StudieNr give different names",
}


def trouble_words(faults: Iterable[str]) -> str:
    """What is wrong with a row, by the names that the rules have for it."""
    return ", ".join(_TROUBLE.get(fault, fault) for fault in faults)


def day(value: dt.date) -> str:
    """``12 August 2026``, in English whatever the machine speaks."""
    return f"{value.day} {_MONTHS.split()[value.month - 1]} {value.year}"


def period(starts: dt.date | None, ends: dt.date | None) -> str:
    """``1 August 2026 to 31 July 2027``; an open end is said."""
    if starts is None and ends is None:
        return "without dates"
    first = "from the beginning" if starts is None else f"from {day(starts)}"
    return f"{first} on" if ends is None else f"{first} to {day(ends)}"


def change_words(change: Said, what: str) -> str:
    """What a run does, did or would do, and what holds it up."""
    will, did = _WILL.get(change.op, change.op), _DID.get(change.op, change.op)
    match change.status:
        case "ok":
            words = f"run {change.run} {did} {what}"
        case "failed":
            words = f"run {change.run} tried it and itslearning refused: {change.message}"
        case "held":
            words = f"run {change.run} {will} {what}, but the filter holds it"
        case "postponed":
            words = f"run {change.run} would {_bare(change.op)} {what}, but it waits"
        case "skipped":
            words = f"run {change.run} left it out: {change.message or 'not sent'}"
        case _:
            words = f"run {change.run} {will} {what} once it is carried out"
    return words


def change_value(change: Said) -> str:
    """The same as a fact: operation, where it stands and why."""
    status = f"{change.op}, {change.status}"
    words = "; ".join(part for part in (change.reason, change.message) if part)
    return f"{status}: {words}" if words else status


def change_steps(change: Said) -> list[str]:
    """What to do about a change that has not arrived."""
    run = change.run
    match change.status:
        case "planned":
            return [f"Look at run {run} and carry it out: umstui apply {run}"]
        case "held":
            return [
                f"Approve what is right of run {run}: umstui approve {run} --reason ...",
                f"Then carry it out: umstui apply {run}",
            ]
        case "failed":
            return ["Mend what itslearning says, then plan again: umstui plan"]
        case _:
            return []


def _bare(op: str) -> str:
    return {"rekey": "change the key of", "adopt": "give the key to"}.get(op, op)
