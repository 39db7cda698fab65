"""The one table of what a person can do: keys, words, danger, and when it is possible.

Bindings, footer, help, palette and read-only mode all come from it. An action is carried out by
the method ``do_<id>`` of the page it belongs to (``everywhere``: of every page; ``list``: of the
windowed list).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from screens.conditions import (
    Condition,
    Situation,
    always,
    can_add_here,
    can_apply,
    can_change,
    can_change_row,
    can_decide,
    can_decide_orphan,
    can_decide_row,
    can_export,
    can_look,
    can_move,
    can_plan,
    can_rekey,
    can_remove_profile,
    can_resolve,
    can_stop,
    can_take_over,
    can_undo,
    needs_row,
    needs_run,
    needs_two,
)
from screens.places import PLACES, Place

__all__ = [
    "ACTIONS",
    "TYPING",
    "Action",
    "Condition",
    "Situation",
    "find",
    "footer",
    "footer_width",
    "of_place",
    "written",
]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do.

    ``danger``: 0 none, 1 own work, 2 own work on many, 3 outside and reversible, 4 outside and
    not fully reversible (console.md 5.1). ``rank`` orders the footer, 0 keeps it out of there.
    """

    id: str
    keys: tuple[str, ...]
    label: str
    sentence: str
    where: str
    danger: int = 0
    rank: int = 0
    possible: Condition = field(default=always)
    at_once: bool = False  # moves the keys elsewhere: what is typed next must not overtake it
    shown: str = ""  # how the key is written, where its name would not do

    @property
    def key(self) -> str:
        """The first key as a person would write it."""
        return self.shown or written(self.keys[0])


_WRITTEN = {
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "less_than_sign": "<",
    "greater_than_sign": ">",
    "comma": ",",
    "full_stop": ".",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "shift+tab": "shift-tab",
}


def written(key: str) -> str:
    """A key's name as a person would write it: ``ctrl-r``, ``?``."""
    return _WRITTEN.get(key, key).replace("+", "-")


def _place_action(place: Place) -> Action:
    return Action(
        f"go_{place.id}",
        (place.digit,),
        place.title[:8],
        f"{place.title}: {place.sentence}",
        "everywhere",
    )


ACTIONS: tuple[Action, ...] = (
    *(_place_action(place) for place in PLACES),
    Action("help", ("question_mark", "f1"), "help", "the keys and words of this screen",
           "everywhere", rank=90),
    Action("palette", ("colon", "ctrl+p"), "find", "find an action by its words", "everywhere",
           rank=82),
    Action("twin", ("c",), "cli", "show and copy the command line for what is on screen",
           "everywhere", rank=81),
    Action("refresh", ("ctrl+r",), "refresh", "read everything on this screen again",
           "everywhere"),
    Action("organization", ("O",), "site", "choose another organization", "everywhere"),
    Action("back", ("escape",), "back", "one step back; never leaves the console", "everywhere"),
    Action("pane", ("tab",), "pane", "to the next list or text of the screen", "everywhere"),
    Action("pane_before", ("shift+tab",), "pane", "to the list or text before", "everywhere"),
    Action("quit", ("q", "ctrl+q"), "quit", "leave the console; a run under way goes on",
           "everywhere", rank=99),
    # Lists ---------------------------------------------------------------------------------
    Action("down", ("j", "down"), "down", "one row down", "list", shown="j down"),
    Action("up", ("k", "up"), "up", "one row up", "list", shown="k up"),
    Action("page_down", ("pagedown", "ctrl+d"), "page", "one page down", "list"),
    Action("page_up", ("pageup", "ctrl+u"), "page", "one page up", "list"),
    Action("first", ("g", "home"), "first", "to the first row", "list", shown="g home"),
    Action("last", ("G", "end"), "last", "to the last row", "list", shown="G end"),
    Action("mark", ("space",), "mark", "mark or unmark the row", "list"),
    # Home ----------------------------------------------------------------------------------
    Action("open", ("enter",), "open", "open what the cursor stands on", "home", rank=10,
           possible=needs_row),
    Action("plan", ("n",), "new plan", "make a plan for today; writes nothing outside", "home",
           danger=1, rank=20, possible=can_plan),
    # Preview -------------------------------------------------------------------------------
    Action("approve", ("a",), "approve", "let the row, or the marked rows, through", "preview",
           danger=1, rank=10, possible=can_decide_row),
    Action("reject", ("r",), "reject", "keep the row, or the marked rows, back", "preview",
           danger=1, rank=11, possible=can_decide_row),
    Action("wait", ("w",), "wait", "keep the row, or the marked rows, back until a day",
           "preview", danger=1, rank=12, possible=can_decide_row),
    Action("approve_all", ("A",), "all", "let all rows shown through", "preview", danger=2,
           rank=13, possible=can_decide, shown="ARW"),
    Action("reject_all", ("R",), "all", "keep all rows shown back", "preview", danger=2,
           possible=can_decide),
    Action("wait_all", ("W",), "all", "keep all rows shown back until a day", "preview",
           danger=2, possible=can_decide),
    Action("open", ("enter",), "whole", "the row in full, to scroll through", "preview", rank=18,
           possible=needs_row),
    Action("filter", ("slash",), "filter", "type words that choose rows: op:- kind:person jensen",
           "preview", rank=15, possible=needs_run),
    Action("previous_kind", ("comma",), "kind", "show the kind before", "preview", rank=16,
           possible=needs_run, shown=", ."),
    Action("next_kind", ("full_stop",), "kind", "show the next kind", "preview",
           possible=needs_run),
    Action("previous_operation", ("left", "h"), "op", "show the operation before", "preview",
           possible=needs_run, shown="left h"),
    Action("next_operation", ("right", "l"), "op", "show the next operation", "preview",
           possible=needs_run, shown="right l"),
    Action("sort", ("x",), "sort", "the next order: of carrying out, by name, school, key, reason",
           "preview", possible=needs_run),
    Action("history", ("H",), "history", "what all runs did to this person or room, who allowed it",
           "preview", possible=needs_row),
    Action("limits", ("v",), "limits", "all limits of the filter, and the problem rows",
           "preview", possible=needs_run),
    Action("proposals", ("s",), "proposed", "what viewers propose for the run, to be taken over",
           "preview", rank=17, possible=needs_run),
    Action("open", ("enter",), "take it", "decide as proposed, under your own name", "proposals",
           danger=2, rank=10, possible=can_take_over),
    Action("detail", ("z",), "detail", "the pane below: small, large, off", "preview",
           possible=needs_run),
    Action("plan", ("n",), "new plan", "make a plan for today; writes nothing outside",
           "preview", danger=1, rank=30, possible=can_plan),
    Action("apply", ("P",), "apply", "go to the screen that carries the run out", "preview",
           danger=3, rank=14, possible=can_apply),
    # Apply ---------------------------------------------------------------------------------
    Action("stop", ("s",), "stop", "end after the batch in flight; apply resumes it later",
           "apply", danger=3, rank=10, possible=can_stop),
    Action("open", ("enter",), "show", "show the rows that this limit counted", "limits", rank=10,
           possible=needs_row),
    Action("plan", ("n",), "new keys", "plan to give persons the keys that UMS has for them now",
           "limits", danger=1, rank=11, possible=can_rekey),
    # Command twin ---------------------------------------------------------------------------
    Action("copy", ("y", "enter"), "copy", "send the command to the terminal's clipboard", "twin",
           rank=10, possible=needs_row),
    Action("write", ("Y",), "to file", "write the commands to a file you name", "twin", rank=11),
    # Palette, organizations -----------------------------------------------------------------
    Action("choose", ("enter",), "do it", "carry out the action under the cursor", "palette",
           rank=10),
    Action("open", ("enter",), "choose", "look at the organization under the cursor",
           "organization", rank=10, possible=needs_row),
    # Runs ----------------------------------------------------------------------------------
    Action("open", ("enter",), "open", "show the changes of the run", "runs", rank=10,
           possible=needs_row),
    Action("set_a", ("m",), "A", "the run is A, the first side of a comparison", "runs", rank=11,
           possible=needs_row, shown="m M"),
    Action("set_b", ("M",), "B", "the run is B, the second side of a comparison", "runs",
           possible=needs_row),
    Action("compare", ("d",), "compare", "what changed from run A to run B", "runs", rank=12,
           possible=needs_two),
    Action("older", ("less_than_sign",), "older", "A and B one run older", "runs", rank=13,
           possible=needs_two, shown="< >"),
    Action("newer", ("greater_than_sign",), "newer", "A and B one run newer", "runs",
           possible=needs_two),
    Action("inverse", ("i",), "undo", "make the plan that takes the run back; nothing is sent yet",
           "runs", danger=1, rank=14, possible=can_undo),
    Action("drift", ("L",), "live", "read itslearning and show where it differs from what was sent",
           "runs", rank=15),
    Action("export", ("e",), "export", "write the run to a file: xlsx, csv, jsonl, html, bundle",
           "runs", danger=1, rank=16, possible=can_export),
    Action("stop", ("s",), "stop", "end the running apply after the batch in flight", "runs",
           danger=3, rank=11, possible=can_stop),
    # Duplicates, diagnosis -------------------------------------------------------------------
    Action("open", ("enter",), "whole", "the finding in full, to scroll through", "duplicates",
           rank=18, possible=needs_row),
    Action("suggested", ("s",), "suggest", "plan to keep the suggested account; sends nothing yet",
           "duplicates", danger=1, rank=10, possible=can_resolve),
    Action("other", ("o",), "other", "plan to keep the other account; sends nothing yet",
           "duplicates", danger=1, rank=13, possible=can_resolve),
    Action("different", ("d",), "differ", "they are different people; remembered for good",
           "duplicates", danger=1, rank=11, possible=can_resolve),
    Action("later", ("w",), "later", "look at it later; says who and why", "duplicates", danger=1,
           rank=12, possible=can_resolve),
    Action("pack", ("e",), "pack", "write the text for itslearning's support to a file",
           "duplicates", rank=16, possible=needs_row),
    Action("previous_kind", ("comma",), "class", "show the class before", "duplicates", rank=17,
           shown=", ."),
    Action("next_kind", ("full_stop",), "class", "show the next class", "duplicates"),
    Action("live", ("L",), "live", "read the persons at itslearning and search anew", "duplicates",
           rank=14, possible=can_look),
    Action("diagnose", ("I",), "where", "where this person is, and why", "duplicates", rank=15,
           possible=needs_row),
    Action("person", ("p",), "person", "ask about a person by key", "diagnose", rank=10),
    Action("room", ("r",), "room", "ask about a room by key", "diagnose", rank=11),
    *(
        Action("diagnose", ("I",), "where", "where this person or room is, and why", place,
               possible=needs_row)
        for place in ("preview", "differences", "orphans", "calendar")
    ),
    Action("diagnose", ("I",), "where", "where this person or room is, and why", "history"),
    # Clean-up ------------------------------------------------------------------------------
    Action("open", ("enter",), "do it", "do the step, after showing all of it", "cleanup",
           danger=4, rank=10, possible=needs_row),
    Action("live", ("L",), "live", "read the persons at itslearning for the later steps", "cleanup",
           rank=11, possible=can_look),
    Action("backups", ("b",), "backups", "the backups, and putting one back", "cleanup", rank=12),
    Action("orphans", ("o",), "orphans", "rooms at itslearning that nothing knows any more",
           "cleanup", rank=13),
    Action("vendor", ("v",), "vendor", "the commands of UMS's own program instead", "cleanup",
           rank=14),
    Action("adopt", ("a",), "adopt", "plan that the row, or the marked rows, are looked after",
           "orphans", danger=1, rank=10, possible=can_decide_orphan),
    Action("remove", ("D", "delete"), "delete", "plan the delete of the row, or the marked rows",
           "orphans", danger=1, rank=11, possible=can_decide_orphan),
    Action("search", ("p",), "persons", "search through the groups of every person as well",
           "orphans", rank=12, possible=can_look),
    Action("open", ("enter",), "restore", "put the backup back, after showing all of it",
           "backups", danger=4, rank=10, possible=needs_row),
    # Calendar ------------------------------------------------------------------------------
    Action("open", ("enter",), "change", "other days for the window, or renew the exception",
           "calendar", danger=3, rank=11, possible=can_change_row),
    Action("new_window", ("n",), "new", "a delay delete or a freeze", "calendar", danger=3,
           rank=10, possible=can_change),
    Action("new_exception", ("x",), "keep", "keep a person, a room or a school until a day",
           "calendar", danger=3, rank=12, possible=can_change),
    Action("remove", ("D", "delete"), "remove", "take the line out, after saying what it releases",
           "calendar", danger=3, rank=14, possible=can_change_row),
    Action("forecast", ("f",), "due", "work out what falls due after each window",
           "calendar", rank=13),
    Action("previous_month", ("left", "h"), "month", "a month back", "calendar",
           shown="left h"),
    Action("next_month", ("right", "l"), "month", "a month on", "calendar", shown="right l"),
    Action("teachers", ("t",), "text", "what teachers are told of the window, in four languages",
           "calendar", rank=15, possible=needs_row),
    Action("export", ("e",), "export", "write the calendar to a file for calendar programs",
           "calendar", rank=16),
    Action("previous_language", ("comma",), "language", "the language before", "teachers",
           rank=11, shown=", ."),
    Action("next_language", ("full_stop",), "language", "the next language", "teachers"),
    Action("copy", ("y",), "copy", "send the text to the terminal's clipboard", "teachers",
           rank=10),
    # Forms and confirmations -----------------------------------------------------------------
    Action("answer", ("enter",), "next", "to the next line; from the last one on", "form",
           at_once=True, rank=1),
    Action("next", ("down",), "next", "the line below", "form", at_once=True),
    Action("previous", ("up",), "before", "the line above", "form", at_once=True),
    Action("open", ("enter",), "answer", "take the answer under the cursor; the first one goes "
           "back", "confirm", rank=10, possible=needs_row),
    # Two runs, or itslearning now ---------------------------------------------------------------
    Action("open", ("enter",), "whole", "the row in full, to scroll through", "differences",
           rank=16, possible=needs_row),
    Action("filter", ("slash",), "filter", "type words that choose rows: op:- kind:person jensen",
           "differences", rank=10),
    Action("previous_kind", ("comma",), "kind", "show the kind before", "differences", rank=11,
           shown=", ."),
    Action("next_kind", ("full_stop",), "kind", "show the next kind", "differences"),
    Action("previous_operation", ("left", "h"), "op", "show the operation before", "differences",
           shown="left h"),
    Action("next_operation", ("right", "l"), "op", "show the next operation", "differences",
           shown="right l"),
    Action("older", ("less_than_sign",), "older", "both sides one run older", "differences",
           rank=12, shown="< >"),
    Action("newer", ("greater_than_sign",), "newer", "both sides one run newer", "differences"),
    Action("sort", ("x",), "sort", "the next order: by name, school, key, reason", "differences",
           rank=13),
    Action("history", ("H",), "history", "what all runs did to this person or room, who allowed it",
           "differences", rank=14, possible=needs_row),
    Action("plan", ("n",), "mend", "plan against what itslearning holds now; sends nothing",
           "differences", danger=1, rank=15, possible=can_plan),
    Action("detail", ("z",), "detail", "the pane below: small, large, off", "differences"),
    # Settings ------------------------------------------------------------------------------
    Action("ums", ("u",), "UMS", "the settings in UMS: templates, rooms, hierarchy", "settings",
           rank=11),
    Action("open", ("enter",), "change", "give the line of umstui.toml another value", "settings",
           danger=3, rank=12, possible=can_change_row),
    Action("add", ("n",), "profile", "a new profile of limits, for the days of a rollover",
           "settings", danger=3, rank=15, possible=can_change),
    Action("remove", ("D", "delete"), "remove", "take the profile of limits out", "settings",
           danger=3, rank=17, possible=can_remove_profile),
    Action("secret", ("p",), "password", "put a password into the keyring, typed unseen",
           "settings", danger=3, rank=14, possible=can_change),
    Action("log", ("L",), "log", "what the program reported", "settings", rank=13),
    Action("history", ("H",), "audit", "the audit trail: who decided and changed what, and why",
           "settings", rank=16),
    Action("open", ("enter",), "change", "change the row, after showing what that would make",
           "ums_settings", danger=3, rank=10, possible=can_change_row),
    Action("add", ("n",), "new", "a sub account under the one under the cursor, or at the top",
           "ums_settings", danger=3, rank=11, possible=can_add_here),
    Action("move", ("m",), "move", "the sub account, and what is below it, to stand elsewhere",
           "ums_settings", danger=3, rank=12, possible=can_move),
    Action("remove", ("D", "delete"), "remove", "take the sub account out, after showing what goes",
           "ums_settings", danger=3, rank=13, possible=can_move),
    Action("open", ("enter",), "whole", "the entry in full, to scroll through", "audit", rank=10,
           possible=needs_row),
    Action("open", ("enter",), "whole", "the line in full, to scroll through", "log", rank=10,
           possible=needs_row),
    Action("check", ("K",), "check", "look at config, database, connections and criteria",
           "settings", rank=10),
)  # fmt: skip


# What the two keys of a line to type in do; the line itself answers them.
TYPING: tuple[Action, ...] = (
    Action("answer", ("enter",), "answers", "take what was typed", "line", rank=1),
    Action("back", ("escape",), "goes back, nothing is changed", "leave the line", "line", rank=2),
)


def of_place(where: str) -> tuple[Action, ...]:
    """The actions within reach on a page, its own first."""
    own = tuple(action for action in ACTIONS if action.where == where)
    return own + tuple(action for action in ACTIONS if action.where == "everywhere")


def find(where: str, action_id: str) -> Action:
    """One action of a page. KeyError where there is none."""
    for action in of_place(where):
        if action.id == action_id:
            return action
    raise KeyError(action_id)


ALWAYS = 80  # the rank from which an action keeps its room in the footer


def footer(where: str, now: Situation, cells: int = 78) -> list[tuple[Action, str]]:
    """What the last line shows: (action, why it is off or empty), fitting into ``cells``.

    What leads on from every screen always has room, then what is possible now, then what is off.
    """
    if now.typing:
        enter, escape = TYPING
        own = next((action for action in of_place(where) if action.at_once), enter)
        return [(own, ""), (escape, "")]
    ranked = sorted((a for a in of_place(where) if a.rank), key=lambda a: a.rank)
    off = {action.id: action.possible(now) for action in ranked}
    chosen = [action for action in ranked if action.rank >= ALWAYS]
    for action in sorted(ranked, key=lambda a: (bool(off[a.id]), a.rank)):
        if action not in chosen and footer_width([*chosen, action]) <= cells:
            chosen.append(action)
    return [(action, off[action.id]) for action in ranked if action in chosen]


def footer_width(actions: list[Action]) -> int:
    """The cells that the keys and labels take, two blanks apart."""
    return sum(len(action.key) + 1 + len(action.label) for action in actions) + 2 * (
        len(actions) - 1
    )
