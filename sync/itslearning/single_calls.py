"""The operations on one thing alone, their messages made by zeep: for an operator's own hand.

A sync goes by batches (writer and reader); these are for a console, a script or a doubtful case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sync.errors import SiteFault
from sync.itslearning import groups, memberships, persons
from sync.itslearning.answers import Answer
from sync.itslearning.connection import Connection, MessageTooLarge
from sync.itslearning.refusals import outcome, person_outcome
from sync.model import (
    Group,
    LiveGroup,
    LiveMembership,
    LivePerson,
    Membership,
    Outcome,
    OutcomeStatus,
    Person,
)


class SingleCalls:
    """One message, one thing. Reads raise SiteFault for a fault; all raise SiteUnreachable and
    CredentialsRefused. A key change whose answer was lost raises AnswerLost and is never resent."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def create_person(self, person: Person) -> Outcome:
        """Makes, restores or updates one person."""
        return self._person("createPerson", person, creating=True)

    def update_person(self, person: Person) -> Outcome:
        """Changes one person; what is None stays."""
        return self._person("updatePerson", person)

    def replace_person(self, person: Person) -> Outcome:
        """Changes one person and resets what is not sent."""
        return self._person("replacePerson", person)

    def delete_person(self, key: str) -> Outcome:
        """Moves one person to the trash."""
        if reason := persons.refused_person_key(key):
            return _not_sent(reason)
        return _judged(self._write("deletePerson", _sourced(key)), person_key=key)

    def read_person(self, key: str) -> LivePerson | None:
        """One person; None where it is not there."""
        record = self._read("readPerson", key, "person")
        return None if record is None else persons.live_person(key, record)

    def change_person_identifier(self, old: str, new: str) -> Outcome:
        """Changes the sync key of one person."""
        if reason := persons.refused_person_key(old) or persons.refused_person_key(new):
            return _not_sent(reason)
        return _judged(self._change("changePersonIdentifier", old, new), person_key=new)

    def create_group(self, group: Group) -> Outcome:
        """Makes or updates one node, group or course."""
        return self._group("createGroup", group, creating=True)

    def update_group(self, group: Group) -> Outcome:
        """Changes one node, group or course, and moves it where its parent differs."""
        return self._group("updateGroup", group)

    def replace_group(self, group: Group) -> Outcome:
        """As update_group, resetting what is not sent."""
        return self._group("replaceGroup", group)

    def delete_group(self, key: str) -> Outcome:
        """Deletes one group with all that stands under it."""
        if reason := persons.refused_key(key):
            return _not_sent(reason)
        return _judged(self._write("deleteGroup", _sourced(key)))

    def read_group(self, key: str) -> LiveGroup | None:
        """One node, group or course; None where it is not there."""
        record = self._read("readGroup", key, "group")
        return None if record is None else groups.live_group(key, record)

    def change_group_identifier(self, old: str, new: str) -> Outcome:
        """Changes the sync key of one group."""
        if reason := persons.refused_key(old) or persons.refused_key(new):
            return _not_sent(reason)
        return _judged(self._change("changeGroupIdentifier", old, new))

    def create_membership(self, membership: Membership) -> Outcome:
        """Puts one person into one group."""
        return self._membership("createMembership", membership)

    def update_membership(self, membership: Membership) -> Outcome:
        """Changes the role of one membership."""
        return self._membership("updateMembership", membership)

    def replace_membership(self, membership: Membership) -> Outcome:
        """As update_membership; a home organisation that is not sent is taken away."""
        return self._membership("replaceMembership", membership)

    def delete_membership(self, key: str) -> Outcome:
        """Deletes one membership by its own key."""
        if reason := persons.refused_key(key, memberships.LONGEST_KEY):
            return _not_sent(reason)
        return _judged(self._write("deleteMembership", _sourced(key)))

    def read_membership(self, key: str) -> LiveMembership | None:
        """One membership by its own key; None where it is not there."""
        record = self._read("readMembership", key, "membership")
        return None if record is None else memberships.live_membership(key, record)

    def change_membership_identifier(self, old: str, new: str) -> Outcome:
        """Changes the key of one membership."""
        longest = memberships.LONGEST_KEY
        if reason := persons.refused_key(old, longest) or persons.refused_key(new, longest):
            return _not_sent(reason)
        return _judged(self._change("changeMembershipIdentifier", old, new))

    def _person(self, operation: str, person: Person, *, creating: bool = False) -> Outcome:
        if reason := persons.refused(person, creating=creating):
            return _not_sent(reason)
        answer = self._write(operation, persons.person_pair(person))
        return _judged(answer, person_key=person.key, user_name=person.user_name)

    def _group(self, operation: str, group: Group, *, creating: bool = False) -> Outcome:
        if reason := groups.refused(group):
            return _not_sent(reason)
        return _judged(self._write(operation, groups.group_pair(group, creating=creating)))

    def _membership(self, operation: str, membership: Membership) -> Outcome:
        if reason := memberships.refused(membership):
            return _not_sent(reason)
        return _judged(self._write(operation, memberships.membership_pair(membership)))

    def _write(
        self, operation: str, request: Mapping[str, Any], *, resend: bool = True
    ) -> Answer | Outcome:
        try:
            return self._connection.call(operation, request, resend=resend)
        except MessageTooLarge:
            return Outcome(OutcomeStatus.FAILED, "It is larger than the site takes.", "too-large")

    def _change(self, operation: str, old: str, new: str) -> Answer | Outcome:
        request = {**_sourced(old), "newSourcedId": {"identifier": new}}
        return self._write(operation, request, resend=False)

    def _read(self, operation: str, key: str, name: str) -> Mapping[str, Any] | None:
        answer = self._connection.call(operation, _sourced(key))
        if answer.fault is not None:
            raise SiteFault(f'itslearning reports an error: "{answer.fault.text}".')
        if not all(status.success for status in answer.statuses):
            return None
        record: Mapping[str, Any] | None = answer.body.get(name)
        return record


def _sourced(key: str) -> dict[str, Any]:
    return {"sourcedId": {"identifier": key}}


def _not_sent(reason: str) -> Outcome:
    return Outcome(OutcomeStatus.FAILED, f"Not sent: {reason}.", "not-sent")


def _judged(answer: Answer | Outcome, *, person_key: str = "", user_name: str = "") -> Outcome:
    if isinstance(answer, Outcome):
        return answer
    if answer.fault is not None:
        return Outcome(
            OutcomeStatus.FAILED,
            f'itslearning cannot take it: "{answer.fault.text}"',
            answer.fault.code,
        )
    if len(answer.statuses) != 1:
        return Outcome(OutcomeStatus.UNKNOWN, "itslearning did not say whether it was done.")
    status = answer.statuses[0]
    return person_outcome(status, person_key, user_name) if person_key else outcome(status)
