"""Carries out one IMSES request: reads its items, applies the rules, gathers the statuses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from umstui.testsite import groups, memberships, persons, reads, records
from umstui.testsite.context import Context
from umstui.testsite.protocol import GMS, MMS, PMS, Operation
from umstui.testsite.reading import (
    Element,
    Reading,
    children,
    key,
    sequence,
    to_boolean,
    to_integer,
    to_moment,
    typed,
)
from umstui.testsite.texts import Refusal, Result

Write = Callable[[Context, str, "dict[str, Any] | None"], Result]
Item = Callable[[Context], Result]


@dataclass(frozen=True)
class Kind:
    """One of the three kinds of record: its names on the wire and its rules."""

    namespace: str
    record: str
    records: str
    table: Mapping[str, Any]
    room: Any  # the module with create, update, replace, delete, change_identifier
    read: Callable[[Context, str], str]

    @property
    def names(self) -> tuple[str, str, str]:
        """Set, pair and record of a mass write."""
        return f"{self.record}IdPairSet", f"{self.record}IdPair", self.record


KINDS = {
    "pms": Kind(PMS, "person", "Persons", records.PERSON, persons, reads.person),
    "gms": Kind(GMS, "group", "Groups", records.GROUP, groups, reads.group),
    "mms": Kind(
        MMS, "membership", "Memberships", records.MEMBERSHIP, memberships, reads.membership
    ),
}

_FOR = {
    "readPersonsForGroup": ("groupSourcedId", reads.persons_of_group),
    "readGroupsForPerson": ("personSourcedId", reads.groups_of_person),
    "readMembershipsForPerson": ("personSourcedId", reads.memberships_of_person),
    "readMembershipsForGroup": ("groupSourcedId", reads.memberships_of_group),
}

_READ_ALL = sequence(
    (PMS, "PageIndex", typed("index", to_integer)),
    (PMS, "PageSize", typed("size", to_integer)),
    (PMS, "CreatedFrom", typed("created_from", to_moment)),
    (PMS, "OnlyManuallyCreatedUsers", typed("only_manual", to_boolean)),
    (PMS, "ConvertFromManual", typed("convert", to_boolean)),
)


@dataclass(frozen=True)
class Work:
    """A request that was read: how many items it has, and how to carry it out."""

    items: int
    run: Callable[[Context], tuple[Sequence[Result], str]]


def prepared(operation: Operation, body: Element, reading: Reading) -> Work:
    """Reads the request; raises Unreadable where a value does not fit its type."""
    name = operation.name
    kind = KINDS[operation.service]
    if name == "readAllPersons":
        asked: dict[str, Any] = {}
        children(body, _READ_ALL, asked, reading)
        return Work(1, lambda context: _one(context, lambda c: reads.all_persons(c, asked)))
    if name in _FOR:
        tag, read = _FOR[name]
        wanted = records.single_key(body, kind.namespace, tag, reading)
        return Work(1, lambda context: _one(context, lambda c: read(c, wanted)))
    verb = next(
        word
        for word in ("create", "update", "replace", "delete", "read", "change")
        if name.startswith(word)
    )
    many = name.endswith(("s", "sIdentifier"))
    if verb == "read":
        return _read(kind, body, reading, many=many)
    if verb == "delete":
        if many:
            doomed = records.keys(body, kind.namespace, reading)
        else:
            doomed = [records.single_key(body, kind.namespace, "sourcedId", reading)]
        return _writes([_delete(kind, one) for one in doomed])
    if verb == "change":
        return _writes([_change(kind, *pair) for pair in _pairs_of_keys(kind, body, reading, many)])
    if many:
        found = records.pairs(body, kind.namespace, kind.names, kind.table, reading)
    else:
        id_tag, record_tag = f"{{{kind.namespace}}}sourcedId", f"{{{kind.namespace}}}{kind.record}"
        found = [records.keyed(body, id_tag, record_tag, kind.table, reading)]
    write: Write = getattr(kind.room, verb)
    return _writes([_write(write, one, record) for one, record in found])


def _pairs_of_keys(
    kind: Kind, body: Element, reading: Reading, many: bool
) -> list[tuple[str, str]]:
    if many:
        return records.key_pairs(body, kind.namespace, reading)
    both: dict[str, Any] = {}
    children(
        body,
        sequence(
            (kind.namespace, "sourcedId", key("old")),
            (kind.namespace, "newSourcedId", key("new")),
        ),
        both,
        reading,
    )
    return [(both.get("old", ""), both.get("new", ""))]


def _write(write: Write, key: str, record: dict[str, Any] | None) -> Item:
    return lambda context: write(context, key, record)


def _delete(kind: Kind, key: str) -> Item:
    return lambda context: kind.room.delete(context, key)


def _change(kind: Kind, old: str, new: str) -> Item:
    return lambda context: kind.room.change_identifier(context, old, new)


def _writes(items: list[Item]) -> Work:
    """Items one after the other; each sees what those before it did, none stops the next."""

    def run(context: Context) -> tuple[Sequence[Result], str]:
        results: list[Result] = []
        for item in items:
            try:
                results.append(item(context))
            except Refusal as refusal:
                results.append(refusal.result)
        return results, ""

    return Work(len(items), run)


def _one(
    context: Context, read: Callable[[Context], tuple[Result, str]]
) -> tuple[Sequence[Result], str]:
    try:
        result, body = read(context)
    except Refusal as refusal:
        return [refusal.result], ""
    return [result], body


def _read(kind: Kind, body: Element, reading: Reading, *, many: bool) -> Work:
    if not many:
        wanted = records.single_key(body, kind.namespace, "sourcedId", reading)
        return Work(1, lambda context: reads.several(context, kind.read, [wanted]))
    keys = records.keys(body, kind.namespace, reading)

    def run(context: Context) -> tuple[Sequence[Result], str]:
        results, found = reads.several(context, kind.read, keys)
        return results, f"<{kind.record}Set>{found}</{kind.record}Set>"

    return Work(len(keys), run)
