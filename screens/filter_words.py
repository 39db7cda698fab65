"""The filter line of the preview: ``op:- kind:person school:havn status:held jensen``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from screens.marks import MARKS
from sync.model import ChangeFilter, ChangeStatus, Kind, Operation

_WORD = re.compile(r'(?:[a-z]+:)?"[^"]*"?|\S+')
_NAMES: dict[str, tuple[str, ...]] = {
    "kind": tuple(Kind),
    "op": tuple(Operation),
    "status": tuple(ChangeStatus),
}
_OPERATIONS = {mark: str(operation) for operation, mark in MARKS.items()}


@dataclass(frozen=True, slots=True)
class FilterWords:
    """What a filter line means. ``refused`` says which words mean nothing, and why."""

    choice: ChangeFilter
    refused: tuple[str, ...] = ()


def parse(text: str) -> FilterWords:
    """Read a filter line. Names may be cut short (``kind:pers``); several stand with commas."""
    chosen: dict[str, set[str]] = {"kind": set(), "op": set(), "status": set()}
    school = ""
    words: list[str] = []
    refused: list[str] = []
    for token in _WORD.findall(text):
        prefix, colon, value = token.partition(":")
        value = value.strip('"')
        if not colon or prefix not in {*chosen, "school", "why"}:
            words.append(token.strip('"'))
        elif prefix == "school":
            school = value
        elif prefix == "why":
            words.extend(value.split())
        else:
            for name in filter(None, value.split(",")):
                found = _named(prefix, name)
                chosen[prefix] |= found
                if not found:
                    allowed = ", ".join(_NAMES[prefix])
                    refused.append(f"{prefix}:{name} means nothing; it may be {allowed}")
    return FilterWords(
        ChangeFilter(
            kinds=frozenset(chosen["kind"]),
            operations=frozenset(chosen["op"]),
            statuses=frozenset(chosen["status"]),
            school=school,
            words=tuple(word for word in words if word),
        ),
        tuple(refused),
    )


def _named(prefix: str, name: str) -> set[str]:
    if prefix == "op" and name in _OPERATIONS:
        return {_OPERATIONS[name]}
    exact = {known for known in _NAMES[prefix] if known == name.casefold()}
    return exact or {str(known) for known in _NAMES[prefix] if known.startswith(name.casefold())}


def with_word(text: str, prefix: str, value: str) -> str:
    """The line with its ``prefix:`` word set to ``value``, or taken out where that is empty."""
    kept = [token for token in _WORD.findall(text) if not token.startswith(f"{prefix}:")]
    if value:
        shown = f'"{value}"' if " " in value else value
        kept.insert(0, f"{prefix}:{shown}")
    return " ".join(kept)
