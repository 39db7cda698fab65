"""Duplicate users: who at itslearning, in UMS and in the trash seems to be one person.

Works on the tables of a workspace, like the rules, and on nothing else. Every finding says what it
rests on and how sure it is; nothing is merged (itslearning-operations.md 4, ums.md 7.1).
"""

from sync.duplicates.advising import ways_out
from sync.duplicates.explaining import in_order
from sync.duplicates.finding import accounts, find, left_out

__all__ = ["accounts", "find", "in_order", "left_out", "ways_out"]
