"""Reading the site: nothing here changes it, except where a method says so."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import starmap
from typing import Any, Generic, TypeVar

from sync.errors import SiteFault
from sync.itslearning import contract, groups, memberships, persons
from sync.itslearning.answers import Answer
from sync.itslearning.codec import Record, occurrences
from sync.itslearning.connection import Connection, MessageTooLarge
from sync.itslearning.parallel import side_by_side
from sync.itslearning.shapes import ShapedReader
from sync.model import (
    LiveGroup,
    LiveMembership,
    LivePerson,
    Progress,
    ProgressListener,
    ignore_progress,
)

PAGE_SIZE = 100  # the documented most for readAllPersons (imses-protocol.md 3.2)

Live = TypeVar("Live")


# Texts that are carried over as they are, and texts that decide what becomes of others.
_PERSON_TEXTS = (
    frozenset({"identifier", "namePartValue", "email", "userIdValue", "telValue", "bday"})
    | {"street", "postcode", "locality"},
    frozenset({"namePartType", "telType", "institutionRoleType", "primaryRoleType"}),
)
_GROUP_TEXTS = frozenset({"identifier", "descShort"}), frozenset({"relation", "type", "fieldName"})
_MEMBERSHIP_TEXTS = frozenset({"identifier"}), frozenset({"roleType"})


@dataclass(frozen=True)
class _Kind(Generic[Live]):
    """How one kind of thing is read by key, and in pairs of key and thing."""

    single: str  # operation for one key
    mass: str  # operation for many keys
    set_name: str
    name: str
    made: type[Live]
    live: Callable[[str | None, Record | None], Live]
    live_of_pair: Callable[[Record], Live]
    texts: tuple[frozenset[str], frozenset[str]]

    def items(self) -> ShapedReader[Live]:
        """Reads the answer of the mass operation, where things come without keys."""
        path = self.set_name, self.name
        read = contract.enterprise().operation(self.mass).reader_of(*path)
        return ShapedReader(*path, read, partial(self.live, None), self.made, *self.texts)

    def pairs(self, operation: str, set_name: str) -> ShapedReader[Live]:
        """Reads the pairs of another operation's answer."""
        path = set_name, f"{self.name}IdPair"
        read = contract.enterprise().operation(operation).reader_of(*path)
        return ShapedReader(*path, read, self.live_of_pair, self.made, *self.texts)


_PERSONS = _Kind(
    "readPerson",
    "readPersons",
    "personSet",
    "person",
    LivePerson,
    persons.live_person,
    persons.live_person_of_pair,
    _PERSON_TEXTS,
)
_GROUPS = _Kind(
    "readGroup",
    "readGroups",
    "groupSet",
    "group",
    LiveGroup,
    groups.live_group,
    groups.live_group_of_pair,
    _GROUP_TEXTS,
)
_MEMBERSHIPS = _Kind(
    "readMembership",
    "readMemberships",
    "membershipSet",
    "membership",
    LiveMembership,
    memberships.live_membership,
    memberships.live_membership_of_pair,
    _MEMBERSHIP_TEXTS,
)


@cache
def _items_of(kind: _Kind[Any]) -> ShapedReader[Any]:
    return kind.items()


@cache
def _pairs_of(kind: _Kind[Any], operation: str, set_name: str) -> ShapedReader[Any]:
    return kind.pairs(operation, set_name)


@dataclass(frozen=True)
class PersonPage:
    """One page of readAllPersons; ``total`` counts the persons of all pages."""

    persons: list[LivePerson]
    total: int


class SiteReader:
    """Reads persons, groups and memberships. Safe to share between threads.

    Every method may raise SiteUnreachable, CredentialsRefused and SiteFault.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def test(self) -> None:
        """One cheap call that proves address and login; what it finds does not matter."""
        answer = self._connection.call(
            "readPerson", {"sourcedId": {"identifier": persons.TIMETABLE_USER}}
        )
        _stop_for_fault(answer)

    def read_all_persons(
        self, progress: ProgressListener = ignore_progress
    ) -> Iterator[list[LivePerson]]:
        """All persons in pages of 100, several pages under way at once, in order.

        Raises SiteFault where fewer persons came than itslearning counted: a list with holes would
        let persons look deleted.
        """
        first = self.person_page(1)
        total, read = first.total, len(first.persons)
        progress(Progress("reading persons", read, total))
        yield first.persons
        pages = range(2, -(-total // PAGE_SIZE) + 1)
        width = self._connection.settings.max_in_flight
        for page in side_by_side(self.person_page, pages, width):
            total = page.total
            read += len(page.persons)
            progress(Progress("reading persons", read, total))
            yield page.persons
        if read < total:
            raise SiteFault(
                f"itslearning listed {read} of {total} persons. Somebody may have changed persons "
                "meanwhile; read again."
            )

    def person_page(
        self, number: int, *, manual: bool = False, convert: bool = False
    ) -> PersonPage:
        """One page of all persons, from 1; ``manual`` chooses those without a key or with an
        ``itsla-`` key. ``convert`` is a write: it gives every person of the page without a key one,
        and is sent only to carry out an adoption (readings.md 1)."""
        request = {
            "PageIndex": number,
            "PageSize": PAGE_SIZE,
            "OnlyManuallyCreatedUsers": manual,
            "ConvertFromManual": manual and convert,
        }
        items = _pairs_of(_PERSONS, "readAllPersons", "personIdPairSet")
        answer = self._send("readAllPersons", request, items)
        for status in answer.statuses[:1]:
            if not status.success:
                raise SiteFault(
                    f'itslearning does not list all persons ("{status.text or status.code}"). '
                    "Reading all persons has to be switched on for the integration under "
                    "Administration > Manage IMS Enterprise Web services."
                )
        total = "" if answer.element is None else answer.element.findtext("{*}virtualCount", "")
        if not total.strip().isdecimal():
            raise SiteFault("itslearning did not say how many persons there are.")
        return PersonPage(_read(answer, items), int(total))

    def read_persons(self, keys: Sequence[str]) -> dict[str, LivePerson | None]:
        """Persons by key; None for one that is not there, or lies in the trash."""
        return self._by_key(_PERSONS, keys)

    def read_groups(self, keys: Sequence[str]) -> dict[str, LiveGroup | None]:
        """Nodes, groups and courses by key; None for one that is not there."""
        return self._by_key(_GROUPS, keys)

    def read_memberships(self, keys: Sequence[str]) -> dict[str, LiveMembership | None]:
        """Memberships by their own keys; None for one that is not there."""
        return self._by_key(_MEMBERSHIPS, keys)

    def read_memberships_of_group(self, key: str) -> list[LiveMembership]:
        """The memberships of one group, none where the group is not there.

        itslearning may store keys for memberships made by hand while it reads them
        (imses-protocol.md 6.1); only where a person asked for live data.
        """
        request = {"groupSourcedId": {"identifier": key}}
        return self._memberships("readMembershipsForGroup", request, group_key=key)

    def read_memberships_of_groups(
        self, keys: Sequence[str], progress: ProgressListener = ignore_progress
    ) -> Iterator[tuple[str, list[LiveMembership]]]:
        """The memberships of many groups, several groups under way at once, in the order of the
        keys. What read_memberships_of_group says of keys holds here."""
        width = self._connection.settings.max_in_flight
        found = side_by_side(self.read_memberships_of_group, keys, width)
        for done, (key, of_group) in enumerate(zip(keys, found, strict=True), start=1):
            progress(Progress("reading memberships", done, len(keys)))
            yield key, of_group

    def read_memberships_of_person(self, key: str) -> list[LiveMembership]:
        """The memberships of one person. This writes: itslearning gives every membership made by
        hand a key (imses-protocol.md 6.1). Never for previews (readings.md 58)."""
        request = {"personSourcedId": {"identifier": key}}
        return self._memberships("readMembershipsForPerson", request, person_key=key)

    def read_persons_of_group(self, key: str) -> list[LivePerson]:
        """The persons of one group, none where the group is not there. Persons whose profile is
        not mapped come with the site's default role (4.5)."""
        items = _pairs_of(_PERSONS, "readPersonsForGroup", "personIdPairSet")
        request = {"groupSourcedId": {"identifier": key}}
        answer = self._send("readPersonsForGroup", request, items)
        return _read(answer, items) if _found(answer) else []

    def read_groups_of_person(self, key: str) -> list[LiveGroup]:
        """The groups of one person, none where the person is not there. Where the site answers with
        groups alone, they have no keys: both shapes are in use (3.3)."""
        answer = self._send("readGroupsForPerson", {"personSourcedId": {"identifier": key}})
        if not _found(answer):
            return []
        found: list[LiveGroup] = []
        for name in ("groupIdPairSet", "groupIDPairSet"):
            found.extend(_read(answer, _pairs_of(_GROUPS, "readGroupsForPerson", name)))
        bare = occurrences((answer.body.get("groupSet") or {}).get("group"))
        found.extend(groups.live_group(None, record) for record in bare)
        return found

    def _memberships(
        self,
        operation: str,
        request: Mapping[str, Any],
        *,
        person_key: str = "",
        group_key: str = "",
    ) -> list[LiveMembership]:
        items = _pairs_of(_MEMBERSHIPS, operation, "membershipIDPairSet")
        answer = self._send(operation, request, items)
        if not _found(answer):
            return []
        return [
            one
            if one.person_key and one.group_key
            else LiveMembership(
                one.key, one.person_key or person_key, one.group_key or group_key, one.role
            )
            for one in _read(answer, items)
        ]

    def _by_key(self, kind: _Kind[Live], keys: Sequence[str]) -> dict[str, Live | None]:
        """Batches side by side; each key is asked for once."""
        distinct = list(dict.fromkeys(keys))
        size = self._connection.settings.batch_size
        batches = [distinct[start : start + size] for start in range(0, len(distinct), size)]
        width = min(self._connection.settings.max_in_flight, max(1, len(batches)))
        found: dict[str, Live | None] = {}
        for batch in side_by_side(lambda batch: self._batch(kind, batch), batches, width):
            found.update(batch)
        return found

    def _batch(self, kind: _Kind[Live], keys: Sequence[str]) -> dict[str, Live | None]:
        """The answer holds only what was found, without keys: each success takes the next one
        (4.5). Where the numbers do not agree, every key is asked for alone."""
        items: ShapedReader[Live] = _items_of(kind)
        try:
            write = contract.enterprise().operation(kind.mass).write
            body = write({"sourcedIdSet": {"identifier": keys}})
            answer = self._connection.send(kind.mass, body, items=items)
        except MessageTooLarge:
            return self._one_by_one(kind, keys)
        if answer.fault is None and len(answer.statuses) == len(keys):
            there = [key for key, one in zip(keys, answer.statuses, strict=True) if one.success]
            try:
                found = dict(zip(there, _read(answer, items, there), strict=True))
            except (ValueError, SiteFault):  # not as many as successes, or a broken value
                return self._one_by_one(kind, keys)
            return {key: found.get(key) for key in keys}
        return self._one_by_one(kind, keys)

    def _one_by_one(self, kind: _Kind[Live], keys: Sequence[str]) -> dict[str, Live | None]:
        found: dict[str, Live | None] = {}
        for key in keys:
            answer = self._send(kind.single, {"sourcedId": {"identifier": key}})
            record = answer.body.get(kind.name)
            there = all(status.success for status in answer.statuses) and record is not None
            found[key] = kind.live(key, record) if there else None
        return found

    def _send(
        self,
        operation: str,
        request: Mapping[str, Any],
        items: ShapedReader[Any] | None = None,
    ) -> Answer:
        body = contract.enterprise().operation(operation).write(request)
        try:
            answer = self._connection.send(operation, body, items=items)
        except MessageTooLarge as error:
            raise SiteFault(f"itslearning finds the question {operation} too large.") from error
        _stop_for_fault(answer)
        return answer


def _read(
    answer: Answer, items: ShapedReader[Live], keys: Sequence[str] | None = None
) -> list[Live]:
    """The items of an answer; ``keys`` names those that come without. Raises SiteFault for a typed
    value that cannot be read, ValueError where there are more or fewer items than keys."""
    if answer.rows is not None:
        if keys is None:
            return list(starmap(items.made, answer.rows))
        pairs = zip(keys, answer.rows, strict=True)
        return [items.made(key, *row[1:]) for key, row in pairs]
    found: list[Live] = []
    if answer.element is not None:
        # Sets, pairs and things live in the namespace of the response element.
        namespace = answer.element.tag.rpartition("}")[0]
        path = f"{namespace}}}{items.set_name}/{namespace}}}{items.name}"
        try:
            found = list(map(items.live, answer.element.iterfind(path)))
        except ValueError as error:
            raise SiteFault("itslearning answered with a value that cannot be read.") from error
    if keys is None:
        return found
    return [
        replace(one, key=key)  # type: ignore[type-var]
        for key, one in zip(keys, found, strict=True)
    ]


def _stop_for_fault(answer: Answer) -> None:
    if answer.fault is not None:
        raise SiteFault(
            f'itslearning reports an error: "{answer.fault.text}" ({answer.fault.code}).'
        )


def _found(answer: Answer) -> bool:
    """False where itslearning says that the person or group asked about is not there; any other
    refusal is an error, so that it is never taken for an empty list."""
    for status in answer.statuses[:1]:
        if status.unknown_object:
            return False
        if not status.success:
            raise SiteFault(f'itslearning refuses to read: "{status.text or status.code}".')
    return True
