"""Writing to the site, batch by batch. Apart from the reader, so that a preview cannot hold it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache, partial
from typing import Any, TypeVar

from sync.itslearning import contract, groups, memberships, persons
from sync.itslearning.adoption import Adoption, adopt
from sync.itslearning.answers import Status
from sync.itslearning.connection import Connection
from sync.itslearning.delivery import MassCall, deliver
from sync.itslearning.key_changes import KeyChanges, Pair
from sync.itslearning.reader import SiteReader
from sync.itslearning.refusals import outcome, person_outcome
from sync.itslearning.shapes import ShapedWriter
from sync.model import Group, Membership, Outcome, Person

Item = TypeVar("Item")


class SiteWriter:
    """One call is one batch; the outcomes come in the order given. Safe to share between threads.

    Network trouble is met inside, see ``delivery``. Every method raises only SiteUnreachable and
    CredentialsRefused; an item that must not be sent (imses-protocol.md 9) fails with its reason.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._reader = SiteReader(connection)

    def create_persons(self, batch: Sequence[Person]) -> list[Outcome]:
        """Makes persons, or restores those whose key lies in the trash. A key that exists is
        updated instead: itslearning does not tell the two apart (4.1)."""
        return self._persons("createPersons", batch, creating=True)

    def update_persons(self, batch: Sequence[Person]) -> list[Outcome]:
        """Changes persons; what is None stays. A missing key is made, with a note."""
        return self._persons("updatePersons", batch)

    def replace_persons(self, batch: Sequence[Person]) -> list[Outcome]:
        """Changes persons and resets what is not sent: phones, address, birthday, extension fields
        and relations (4.1). A sync never needs it."""
        return self._persons("replacePersons", batch)

    def delete_persons(self, keys: Sequence[str]) -> list[Outcome]:
        """Moves persons to the trash. A key that is not there fails as an unknown object."""
        return self._delete(
            "deletePersons",
            keys,
            persons.refused_person_key,
            self._reader.read_persons,
            person_outcome,
        )

    def change_person_identifiers(self, pairs: Sequence[Pair]) -> list[Outcome]:
        """Changes sync keys, given as (old, new)."""
        return KeyChanges(
            self._connection,
            "changePersonsIdentifier",
            self._reader.read_persons,
            lambda status, pair: person_outcome(status, pair[1]),
            persons.refused_person_key,
        ).deliver(pairs)

    def adopt_persons(self, wanted: Sequence[tuple[str, str]]) -> Adoption:
        """Gives persons without a key, or with an ``itsla-`` key, the wanted key: pairs of user
        name and key. Only for planned adoptions, at apply (readings.md 1)."""
        return adopt(self._reader, wanted, self.change_person_identifiers)

    def create_groups(self, batch: Sequence[Group]) -> list[Outcome]:
        """Makes nodes, groups and courses; parents may stand in the same batch, before their
        children. Template and further fields are sent here only (rules.md 15)."""
        return self._groups("createGroups", batch, creating=True)

    def update_groups(self, batch: Sequence[Group]) -> list[Outcome]:
        """Changes titles, and moves what has another parent now."""
        return self._groups("updateGroups", batch)

    def replace_groups(self, batch: Sequence[Group]) -> list[Outcome]:
        """As update_groups, resetting what is not sent."""
        return self._groups("replaceGroups", batch)

    def delete_groups(self, keys: Sequence[str]) -> list[Outcome]:
        """Deletes groups with all that stands under them; courses live on, detached (5.3)."""
        return self._delete(
            "deleteGroups", keys, persons.refused_key, self._reader.read_groups, _plain
        )

    def change_group_identifiers(self, pairs: Sequence[Pair]) -> list[Outcome]:
        """Changes sync keys of groups, given as (old, new)."""
        return KeyChanges(
            self._connection,
            "changeGroupsIdentifier",
            self._reader.read_groups,
            _plain_pair,
            persons.refused_key,
        ).deliver(pairs)

    def create_memberships(self, batch: Sequence[Membership]) -> list[Outcome]:
        """Puts persons into groups; a key that exists gets the role."""
        return self._memberships("createMemberships", batch)

    def update_memberships(self, batch: Sequence[Membership]) -> list[Outcome]:
        """Changes roles; person and group of a membership cannot change (6.3)."""
        return self._memberships("updateMemberships", batch)

    def replace_memberships(self, batch: Sequence[Membership]) -> list[Outcome]:
        """As update_memberships; a home organisation that is not sent is taken away (6.4)."""
        return self._memberships("replaceMemberships", batch)

    def delete_memberships(self, keys: Sequence[str]) -> list[Outcome]:
        """Deletes memberships by their own keys."""
        return self._delete(
            "deleteMemberships",
            keys,
            _refused_membership_key,
            self._reader.read_memberships,
            _plain,
        )

    def change_membership_identifiers(self, pairs: Sequence[Pair]) -> list[Outcome]:
        """Changes sync keys of memberships, given as (old, new)."""
        return KeyChanges(
            self._connection,
            "changeMembershipsIdentifier",
            self._reader.read_memberships,
            _plain_pair,
            _refused_membership_key,
        ).deliver(pairs)

    def _persons(
        self, operation: str, batch: Sequence[Person], *, creating: bool = False
    ) -> list[Outcome]:
        def arrived(items: Sequence[Person]) -> list[bool]:
            live = self._reader.read_persons([item.key for item in items])
            return [persons.shows(live[item.key], item) for item in items]

        names: dict[str, str] = {}

        def refused(person: Person) -> str:
            reason = persons.refused(person, creating=creating)
            if reason or not person.user_name:
                return reason
            first = names.setdefault(person.user_name.casefold(), person.key.casefold())
            return "" if first == person.key.casefold() else "its user name stands twice"

        call = MassCall[Person](
            operation,
            _person_texts(operation),
            refused,
            lambda person: person.key,
            lambda status, person: person_outcome(status, person.key, person.user_name),
            arrived,
            persons.harmless,
        )
        return deliver(self._connection, call, batch)

    def _groups(
        self, operation: str, batch: Sequence[Group], *, creating: bool = False
    ) -> list[Outcome]:
        def arrived(items: Sequence[Group]) -> list[bool]:
            live = self._reader.read_groups([item.key for item in items])
            return [groups.shows(live[item.key], item) for item in items]

        write = contract.enterprise().operation(operation).write_list.item
        call = MassCall[Group](
            operation,
            lambda batch: [write(groups.group_pair(one, creating=creating)) for one in batch],
            groups.refused,
            lambda group: group.key,
            lambda status, _: outcome(status),
            arrived,
        )
        return deliver(self._connection, call, batch)

    def _memberships(self, operation: str, batch: Sequence[Membership]) -> list[Outcome]:
        def arrived(items: Sequence[Membership]) -> list[bool]:
            live = self._reader.read_memberships([item.key for item in items])
            return [memberships.shows(live[item.key], item) for item in items]

        call = MassCall[Membership](
            operation,
            _membership_texts(operation),
            memberships.refused,
            lambda membership: membership.key,
            lambda status, _: outcome(status),
            arrived,
            memberships.harmless,
        )
        return deliver(self._connection, call, batch)

    def _delete(
        self,
        operation: str,
        keys: Sequence[str],
        refused: Callable[[str], str],
        read: Callable[[Sequence[str]], Any],
        judged: Callable[[Status, str], Outcome],
    ) -> list[Outcome]:
        def gone(batch: Sequence[str]) -> list[bool]:
            found = read(batch)
            return [found[key] is None for key in batch]

        call = MassCall[str](
            operation,
            partial(map, contract.enterprise().operation(operation).write_list.item),
            refused,
            str,
            judged,
            gone,
            deletes=True,
        )
        return deliver(self._connection, call, keys)


@cache
def _person_texts(operation: str) -> ShapedWriter[Person]:
    write = contract.enterprise().operation(operation).write_list.item
    return ShapedWriter(write, persons.person_pair, [one.name for one in fields(Person)])


@cache
def _membership_texts(operation: str) -> ShapedWriter[Membership]:
    write = contract.enterprise().operation(operation).write_list.item
    names = [one.name for one in fields(Membership)]
    return ShapedWriter(write, memberships.membership_pair, names)


def _plain(status: Status, _: str) -> Outcome:
    return outcome(status)


def _plain_pair(status: Status, _: Pair) -> Outcome:
    return outcome(status)


def _refused_membership_key(key: str) -> str:
    return persons.refused_key(key, memberships.LONGEST_KEY)
