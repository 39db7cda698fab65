"""One mark and one word per operation and status. Colour only ever repeats them."""

from __future__ import annotations

from sync.model import Change, ChangeStatus, Kind, Operation

MARKS: dict[str, str] = {
    Operation.CREATE: "+",
    Operation.UPDATE: "~",
    Operation.DELETE: "-",
    Operation.ADOPT: "&",
    Operation.RESTORE: "^",
    Operation.REKEY: "%",
    Operation.MOVE: ">",
    Operation.ARCHIVE: "v",
    Operation.FORGET: "x",
    Operation.NOTE: "'",
}

# Kinds where there is little room.
KIND_WORDS: dict[str, str] = {str(kind): str(kind) for kind in Kind} | {"membership": "member"}

# The letter in front of a change: where it stands.
LETTERS: dict[str, str] = {
    ChangeStatus.PLANNED: ".",
    ChangeStatus.HELD: "H",
    ChangeStatus.POSTPONED: "W",
    ChangeStatus.OK: "K",
    ChangeStatus.FAILED: "F",
    ChangeStatus.SKIPPED: "S",
}


def letter(change: Change) -> str:
    """Where a change stands: ``.`` planned, A approved, R rejected, W waits, H held, K carried
    out, F failed, S skipped. A decision is known by the words it was stored with."""
    if change.status is ChangeStatus.PLANNED and change.message:
        return "A"
    if change.status is ChangeStatus.SKIPPED and change.message.startswith("rejected"):
        return "R"
    return LETTERS[change.status]


# Which colour an operation borrows: made, changed, taken away, moved.
FAMILIES: dict[str, str] = {
    Operation.CREATE: "create",
    Operation.RESTORE: "create",
    Operation.ADOPT: "update",
    Operation.UPDATE: "update",
    Operation.REKEY: "update",
    Operation.DELETE: "delete",
    Operation.FORGET: "delete",
    Operation.MOVE: "move",
    Operation.ARCHIVE: "move",
    Operation.NOTE: "note",
}


def mark(operation: str) -> str:
    """The one character in front of a change."""
    return MARKS.get(operation, "?")


def family(operation: str) -> str:
    """The colour family of an operation: create, update, delete, move or note."""
    return FAMILIES.get(operation, "note")
