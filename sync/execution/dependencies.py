"""What may still go after others failed: nothing follows a missing parent, no delete takes along
what was meant to stay (rules.md 22)."""

from __future__ import annotations

from collections.abc import Iterable

from sync.execution.items import Item
from sync.model import Kind, Operation

_LEAVES = frozenset({Operation.DELETE, Operation.FORGET})
_LEAVES_PARENT = frozenset({Operation.MOVE, Operation.ARCHIVE}) | _LEAVES


class Dependencies:
    """Remembers what did not arrive and says why an item cannot go."""

    def __init__(self, staying: Iterable[Item] = ()) -> None:
        """``staying`` are nodes, groups and courses that a plan would take out of their parent
        but that do not go now (held, rejected, postponed): their parents must not be deleted,
        because deleting a group takes everything below along (imses-protocol.md 5.3)."""
        self._missing_persons: dict[str, str] = {}
        self._missing_places: dict[str, str] = {}
        self._occupied: dict[str, str] = {}
        self._kept_keys: dict[tuple[Kind, str], str] = {}
        for item in staying:
            self._occupy(item)

    def missing(self, item: Item, message: str) -> None:
        """Note that an item did not arrive, and why."""
        if item.op is Operation.REKEY:
            self._kept_keys[_keyed(item.kind, item.before.get("key") or "")] = message or "refused"
        if item.kind is Kind.PERSON and item.creates:
            self._missing_persons[item.key] = message
        elif item.is_place:
            if item.creates:
                self._missing_places[item.key] = message
            self._occupy(item)

    def obstacle(self, item: Item) -> str:
        """Why an item cannot go; empty where it can."""
        if item.op is Operation.REKEY and (
            kept := self._kept_keys.get(_keyed(item.kind, item.key))
        ):
            return f"the key {item.key} is still on another one: {kept}"
        return self._place_obstacle(item) if item.is_place else self._absent(item)

    def _absent(self, item: Item) -> str:
        if item.kind is Kind.MEMBERSHIP and item.op not in _LEAVES:
            if item.person_key in self._missing_persons:
                return (
                    f"person {item.person_key} is missing: "
                    + (self._missing_persons[item.person_key])
                )
            if item.group_key in self._missing_places:
                return f"{item.group_key} is missing: {self._missing_places[item.group_key]}"
        if item.kind is Kind.EVENT and item.group_key in self._missing_places:
            return f"course {item.group_key} is missing: {self._missing_places[item.group_key]}"
        return ""

    def _place_obstacle(self, item: Item) -> str:
        parent = item.after.get("parent")
        if parent in self._missing_places:
            return f"its parent {parent} is missing: {self._missing_places[parent]}"
        if item.op is Operation.DELETE and item.key in self._occupied:
            return f"{self._occupied[item.key]} still stands under it and would be deleted too"
        return ""

    def _occupy(self, item: Item) -> None:
        parent = item.before.get("parent")
        if item.op in _LEAVES_PARENT and parent:
            self._occupied[parent] = item.key


def _keyed(kind: Kind, key: str) -> tuple[Kind, str]:
    """Keys of different kinds do not meet; case does not tell them apart (rules.md 4)."""
    return kind, key.casefold()
