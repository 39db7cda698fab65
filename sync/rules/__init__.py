"""From UMS rows to what itslearning should hold (rules.md), one SQL file a rule or rule family."""

from sync.rules.making import (
    broken_rows,
    define_words,
    make_of_rows,
    make_wanted,
    rows_of_leaving,
    take_settings,
)
from sync.rules.reasons import explain, explain_shared

__all__ = [
    "broken_rows",
    "define_words",
    "explain",
    "explain_shared",
    "make_of_rows",
    "make_wanted",
    "rows_of_leaving",
    "take_settings",
]
