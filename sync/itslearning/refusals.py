"""What a refused item means, in plain words with the way out (ums.md 2.14, operations 4)."""

from __future__ import annotations

import re

from sync.itslearning.answers import Status
from sync.model import UNKNOWN_OBJECT, Outcome, OutcomeStatus

USER_NAME_TAKEN = "username-taken"
"""Another user, perhaps in the trash, has the user name."""

KEY_IN_TRASH = "key-in-trash"
"""A user in the trash has the key."""

KEY_TAKEN = "key-taken"
"""Another user has the key."""

DONE = Outcome(OutcomeStatus.OK)

# itslearning publishes no texts for these refusals but one, the "unknown unknown" of its trash;
# the words below are those any English sentence about them would hold.
_UNKNOWN_UNKNOWN = re.compile(r"unknown\s+unknown", re.IGNORECASE)
_TAKEN = re.compile(
    r"already|taken|in use|not unique|must be unique|duplicate|another user|other user",
    re.IGNORECASE,
)
_TRASH = re.compile(r"trash|recycle\s*bin|deleted user", re.IGNORECASE)
_USER_NAME = re.compile(r"user[\s-]?name|login[\s-]?name", re.IGNORECASE)
_KEY = re.compile(r"sync[\s-]?(key|id)|sourced\s?id|identifier|external id|\bkey\b", re.IGNORECASE)
_CODES_OF_TAKEN_KEYS = frozenset({"idallocinuse", "idallocfail"})


def person_outcome(status: Status, key: str, user_name: str = "") -> Outcome:
    """The outcome of one person; refusals over a duplicate identity are explained."""
    if status.success or not (status.text or status.code):
        return outcome(status)
    kind = _identity_refusal(status)
    if not kind:
        return outcome(status)
    says = f' itslearning says: "{status.text}"' if status.text else ""
    trashed = _lies_in_trash(status.text)
    return Outcome(OutcomeStatus.FAILED, _way_out(kind, key, user_name, trashed) + says, kind)


def outcome(status: Status) -> Outcome:
    """The outcome of one item of any kind; a note to a success is kept."""
    if status.success:
        return Outcome(OutcomeStatus.OK, status.text) if status.text else DONE
    if status.major == "processing":
        return Outcome(
            OutcomeStatus.UNKNOWN, status.text or "itslearning is still working on it.", status.code
        )
    if status.unknown_object:
        text = status.text or "itslearning does not have it, or something that it refers to."
        return Outcome(OutcomeStatus.FAILED, text, UNKNOWN_OBJECT)
    text = status.text or status.code or "itslearning refused it without a reason."
    return Outcome(OutcomeStatus.FAILED, text, status.code)


def _identity_refusal(status: Status) -> str:
    """Which duplicate identity a refusal is about, empty where it is about something else."""
    text = status.text
    taken = _TAKEN.search(text) is not None
    if taken and _USER_NAME.search(text) and not _KEY.search(text):
        return USER_NAME_TAKEN
    if _UNKNOWN_UNKNOWN.search(text):
        return KEY_IN_TRASH
    if taken and _KEY.search(text):
        return KEY_IN_TRASH if _lies_in_trash(text) else KEY_TAKEN
    if taken and _USER_NAME.search(text):
        return USER_NAME_TAKEN
    return KEY_TAKEN if status.code.casefold() in _CODES_OF_TAKEN_KEYS else ""


def _lies_in_trash(text: str) -> bool:
    return _UNKNOWN_UNKNOWN.search(text) is not None or _TRASH.search(text) is not None


def _way_out(kind: str, key: str, user_name: str, trashed: bool) -> str:
    if kind == KEY_IN_TRASH:
        return (
            f"The sync key {key} is held by a user in itslearning's trash, who may be shown as "
            '"unknown unknown". Restore that user in itslearning, or wait until the trash is '
            "emptied or have the user removed from it for good, then plan again."
        )
    if kind == KEY_TAKEN:
        return (
            f"The sync key {key} is on another user at itslearning. Look both users up: if they "
            "are one person, keep the one in use and delete the other; if not, give one of them "
            "another key, then plan again."
        )
    where = "a user in itslearning's trash" if trashed else "another user, possibly in the trash"
    return (
        f"The user name {user_name or key} belongs to {where}. If it is the same person, give that "
        f"user the sync key {key}, restoring it from the trash first; if not, change that user's "
        "name or have it removed from the trash for good, then plan again."
    )
