"""A run as text, a change a line: jsonl for programs (cli.md), csv for spreadsheets."""

from __future__ import annotations

import csv as csv_writer
from collections.abc import Iterable
from typing import TextIO

import msgspec

from sync.model import Change
from umstui.output import change_object

BYTE_ORDER_MARK = "\ufeff"  # without it a spreadsheet takes UTF-8 for its own alphabet
COLUMNS = (
    "seq", "kind", "op", "key", "label", "school", "changes", "reason", "status", "message",
)  # fmt: skip
# What makes a spreadsheet take a text for a formula (CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def jsonl(changes: Iterable[Change], to: TextIO) -> int:
    """One JSON object a change and line (cli.md). Gives the number of changes."""
    written = 0
    for change in changes:
        to.write(msgspec.json.encode(change_object(change)).decode() + "\n")
        written += 1
    return written


def csv(changes: Iterable[Change], to: TextIO) -> int:
    """One row a change under a row of titles, with byte order mark. Texts that a spreadsheet would
    take for a formula begin with an apostrophe. Gives the number of changes."""
    to.write(BYTE_ORDER_MARK)
    rows = csv_writer.writer(to)
    rows.writerow(COLUMNS)
    written = 0
    for change in changes:
        rows.writerow([change.seq, *map(harmless, row_of(change)[1:])])
        written += 1
    return written


def row_of(change: Change) -> tuple[int, str, str, str, str, str, str, str, str, str]:
    """The cells of a change in the order of COLUMNS."""
    return (
        change.seq,
        change.kind.value,
        change.op.value,
        change.key,
        change.label,
        change.school,
        fields_of(change),
        change.reason,
        change.status.value,
        change.message,
    )


def fields_of(change: Change) -> str:
    """What differs in one text: ``email: old -> new; phone: (none) -> 12345678``."""
    return "; ".join(
        f"{name}: {'(none)' if old is None else old} -> {'(none)' if new is None else new}"
        for name, (old, new) in change.fields.items()
    )


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, also after blanks it would skip."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
