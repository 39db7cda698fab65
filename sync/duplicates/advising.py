"""What to do about a finding of each class (itslearning-operations.md 4.4, ums.md 2.14)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync.findings import FindingClass

_KEY_CHANGED = (
    "The person's key has changed from {old} to {key}. Resolve this before the next run: the "
    "account then keeps everything under the new key."
)
_RESTORE = (
    "Same person: the next run restores the account with the key {key} from the trash; where the "
    "name differs it waits until somebody approves it."
)
_FREE_THE_KEY = (
    "Another person: restore the account by hand in itslearning's trash, empty or change its key, "
    "delete it again; then the key is free."
)
_PURGE = (
    "Or have it deleted for good from the trash once the quarantine is over; that destroys all "
    "that person's work."
)
_TWO_NAMES = (
    "Mend it in the administrative system: give the rows of {key} one name, or the other person a "
    "user name of their own. Until then the account stays as it is."
)
_WORDS: dict[FindingClass, tuple[str, ...]] = {
    FindingClass.KEY_MISSING: (
        (
            "Give the key {key} to {user_name} before the next run; then no second account is "
            "made: resolve this finding and carry out its run."
        ),
    ),
    FindingClass.PAIR: (
        (
            "Find out which account is in use. Resolving gives it the key; the other keeps its "
            "work but is no longer in step with UMS."
        ),
        "Move what is to be moved by hand, then delete the other account in itslearning.",
    ),
    FindingClass.DOUBLE_SYNC: (
        (
            "Find out which account is in use. Resolving gives it the key that UMS wants; the "
            "other one goes with a later run, or by hand."
        ),
    ),
    FindingClass.USERNAME_TAKEN: (
        "Same person: resolve it, keeping {user_name}, which then gets the key {key}.",
        "Another person: change that account's user name in itslearning, {key} needs it.",
    ),
    FindingClass.KEY_IN_TRASH: (_RESTORE, _FREE_THE_KEY, _PURGE),
    FindingClass.SOURCE_DUPLICATE: (
        "Mend it in the administrative system: one of the two user names has to go.",
    ),
    FindingClass.ADMIN_WITH_KEY: (
        (
            "Remove the key {old} from the administrator's account in itslearning: "
            "Administration, Users and access rights."
        ),
    ),
}


def advice(
    cls: FindingClass, first: Mapping[str, Any], second: Mapping[str, Any] | None
) -> tuple[str, ...]:
    """What to do, in sentences; ``second`` is the account that UMS wants, where there is one."""
    words = _WORDS[cls]
    if first["place"] == "source":
        words = (_TWO_NAMES,)
    if cls is FindingClass.DOUBLE_SYNC and second is not None and second["place"] == "ums":
        words = (_KEY_CHANGED,)
    return tuple(
        sentence.format(
            key=second["key"] if second is not None else first["key"],
            old=first["key"],
            user_name=first["user_name"],
        )
        for sentence in words
    )


def ways_out(key: str) -> tuple[str, ...]:
    """The three ways out where a key lies in the trash, which itslearning says as "already on
    another user with the name unknown unknown"."""
    return tuple(sentence.format(key=key) for sentence in (_RESTORE, _FREE_THE_KEY, _PURGE))
