"""What the oracle is asked and what it answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.rules.oracle_rows import Facts

Item = dict[str, Any]


@dataclass
class School:
    """The source: ``settings`` by the names of the workspace tables."""

    students: Sequence[Facts]
    organization: int
    settings: Mapping[str, Sequence[Facts]]


@dataclass
class Held:
    """What itslearning holds, by key; memberships by person key and group key."""

    persons: dict[str, Item] = field(default_factory=dict)
    groups: dict[str, Item] = field(default_factory=dict)
    memberships: dict[tuple[str, str], Item] = field(default_factory=dict)
    administrators: set[str] = field(default_factory=set)
    trash: Collection[str] = ()  # keys that this program deleted
    live: Sequence[Facts] = ()  # what itslearning shows on a first plan


@dataclass
class Wanted:
    """The answer. Of what is doubtful the contract says too little to call one answer right:
    ``doubtful`` are keys of groups, ``doubtful_members`` are memberships."""

    problems: set[tuple[str, str]] = field(default_factory=set)
    problem_rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    persons: dict[str, Item] = field(default_factory=dict)
    groups: dict[str, Item] = field(default_factory=dict)
    memberships: dict[tuple[str, str], Item] = field(default_factory=dict)
    leaving: dict[str, str] = field(default_factory=dict)
    doubtful: set[str] = field(default_factory=set)
    doubtful_members: set[tuple[str, str]] = field(default_factory=set)

    def unsure(self, *placed: Mapping[str, Item]) -> set[str]:
        """What is doubtful, with the nodes that nothing but these may stand under."""
        found = set(self.doubtful)
        for groups in placed:
            for key in self.doubtful:
                above = groups.get(key, {}).get("parent_key")
                while above in groups:
                    found.add(above)
                    above = groups[above]["parent_key"]
        return found
