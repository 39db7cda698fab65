"""The page of all keys, written from the action table; docs/keys.md is checked against it."""

from __future__ import annotations

from collections.abc import Iterable

from screens.actions import ACTIONS, TYPING, Action, written
from screens.help import DANGERS
from screens.places import PLACES

_TITLES = {
    "everywhere": "Everywhere",
    "list": "In every list",
    "apply": "Apply (2 Preview, P)",
    "limits": "Limits (2 Preview, v)",
    "differences": "Two runs, or itslearning now (6 Runs, d and L)",
    "history": "History of a person or room (H)",
    "proposals": "Proposals (2 Preview, s)",
    "teachers": "Text for teachers (4 Calendar, t)",
    "ums_settings": "Settings in UMS (8 Settings, u)",
    "audit": "Audit trail (8 Settings, H)",
    "log": "Log (8 Settings, L)",
    "orphans": "Orphans (5 Clean-up, o)",
    "backups": "Backups (5 Clean-up, b)",
    "form": "Forms",
    "confirm": "Questions before something is changed",
    "twin": "Command (c)",
    "palette": "Find (:)",
    "organization": "Organizations (O)",
}
_HEAD = """# Keys

Written from the console's own table of actions; a test keeps it true. No key needs AltGr, and
`ctrl-b`, `ctrl-a` and the like are left to tmux, screen and the terminal. `:` finds an action by
its words, `?` shows the keys of the screen one is on, with the reason where one of them is off.

In read-only mode (`umstui --read-only`) everything that stores or changes something is off.
"""


def key_page() -> str:
    """Markdown: a table for each place, in the order of the digits."""
    parts = [_HEAD]
    wheres = list(dict.fromkeys(action.where for action in ACTIONS))
    places = {place.id: f"{place.digit} {place.title}" for place in PLACES}
    first = ["everywhere", "list", *places]
    for where in [*first, *(where for where in wheres if where not in first)]:
        listed = [action for action in ACTIONS if action.where == where]
        if listed:
            title = places.get(where) or _TITLES.get(where, where.replace("_", " ").capitalize())
            parts.append(f"## {title}\n\n{_table(listed)}")
    parts.append(f"## In a line to type in\n\n{_table(TYPING)}")
    return "\n".join(parts)


def _table(listed: Iterable[Action]) -> str:
    rows = ["| key | does | |", "| --- | --- | --- |"]
    for action in listed:
        keys = " ".join(f"`{written(key)}`" for key in action.keys)
        sentence = action.sentence.replace("|", "\\|")
        rows.append(f"| {keys} | {sentence} | {DANGERS[action.danger]} |")
    return "\n".join(rows) + "\n"
