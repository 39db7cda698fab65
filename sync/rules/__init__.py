"""From UMS rows to what itslearning should hold (rules.md), one SQL file a rule or rule family."""

from sync.rules.making import broken_rows, make_wanted
from sync.rules.reasons import explain

__all__ = ["broken_rows", "explain", "make_wanted"]
