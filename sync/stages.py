"""The steps of carrying out a plan, in their order (rules.md 22)."""

from __future__ import annotations

from dataclasses import dataclass

from sync.model import Kind, Operation


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of carrying out a plan; previews explain this list, the executor walks it."""

    number: int
    title: str
    kinds: frozenset[Kind]
    operations: frozenset[Operation]
    children_first: bool = False


_PLACES = frozenset({Kind.NODE, Kind.GROUP, Kind.COURSE})
_KEYED = frozenset({Operation.ADOPT, Operation.REKEY})

# Every change belongs to exactly one stage; notes are remembered, never sent.
STAGES: tuple[Stage, ...] = (
    Stage(
        1,
        "create and update nodes, groups and courses, parents first",
        _PLACES,
        frozenset({Operation.CREATE, Operation.UPDATE, Operation.RESTORE}),
    ),
    Stage(2, "give persons their keys", frozenset({Kind.PERSON}), _KEYED),
    Stage(
        3,
        "create, restore and update persons",
        frozenset({Kind.PERSON}),
        frozenset({Operation.CREATE, Operation.RESTORE, Operation.UPDATE}),
    ),
    Stage(
        4,
        "create and update memberships",
        frozenset({Kind.MEMBERSHIP}),
        frozenset({Operation.CREATE, Operation.UPDATE, Operation.REKEY}),
    ),
    Stage(5, "move and archive", _PLACES, frozenset({Operation.MOVE, Operation.ARCHIVE})),
    Stage(
        6,
        "create and update timetable events",
        frozenset({Kind.EVENT}),
        frozenset({Operation.CREATE, Operation.UPDATE}),
    ),
    Stage(7, "delete timetable events", frozenset({Kind.EVENT}), frozenset({Operation.DELETE})),
    Stage(
        8,
        "delete memberships",
        frozenset({Kind.MEMBERSHIP}),
        frozenset({Operation.DELETE, Operation.FORGET}),
    ),
    Stage(
        9,
        "delete courses, groups and nodes, children first",
        _PLACES,
        frozenset({Operation.DELETE, Operation.FORGET}),
        children_first=True,
    ),
    Stage(
        10,
        "delete persons",
        frozenset({Kind.PERSON}),
        frozenset({Operation.DELETE, Operation.FORGET}),
    ),
    Stage(11, "remember", frozenset(Kind), frozenset({Operation.NOTE})),
)
