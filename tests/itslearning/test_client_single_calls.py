"""Each operation on one thing alone, made by zeep, to the letter of the protocol."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sync.errors import SiteUnreachable
from sync.itslearning import Connection, SingleCalls
from sync.itslearning.connection import AnswerLost
from sync.model import Group, Membership, Outcome, Person
from tests.itslearning.strict_server import StrictServer, Trouble

ANNA = Person("anna01", "anna01", "Anna & Æ", "Holm", "Student", email="", phone="1", street="V")
NODE = Group("n", "N", "root")
COURSE = Group("c", "Maths", "root", "Course", course=True)
MEMBER = Membership("m", "anna01", "n", "Learner")


@pytest.fixture
def calls(connect: Callable[..., Connection]) -> SingleCalls:
    return SingleCalls(connect())


def test_every_single_operation(server: StrictServer, calls: SingleCalls) -> None:
    """An operator's own hand must reach what the sync reaches."""
    done = [
        calls.create_person(ANNA),
        calls.update_person(ANNA),
        calls.replace_person(ANNA),
        calls.create_group(NODE),
        calls.create_group(COURSE),
        calls.update_group(NODE),
        calls.replace_group(NODE),
        calls.create_membership(MEMBER),
        calls.update_membership(MEMBER),
        calls.replace_membership(MEMBER),
        calls.change_membership_identifier("m", "m2"),
        calls.change_group_identifier("c", "c2"),
        calls.change_person_identifier("anna01", "anna02"),
    ]
    assert all(one.ok for one in done)
    person, group = calls.read_person("anna02"), calls.read_group("c2")
    assert person is not None
    assert (person.first_name, person.street, person.phone) == ("Anna & Æ", "V", "1")
    assert group is not None
    assert group.course
    membership = calls.read_membership("m2")
    assert membership is not None
    assert membership.role == "Learner"
    assert calls.read_person("gone") is None
    assert calls.read_group("gone") is None
    assert calls.read_membership("gone") is None
    assert calls.delete_membership("m2").ok
    assert calls.delete_group("c2").ok
    assert calls.delete_person("anna02").ok
    assert calls.delete_person("anna02").code == "unknownobject"
    assert len(set(server.operations())) == 18


@pytest.mark.parametrize(
    "call",
    [
        lambda calls: calls.create_person(Person("a", "a", "A", "B", "")),
        lambda calls: calls.delete_person("UMSTimetableUser"),
        lambda calls: calls.change_person_identifier("a", "b" * 65),
        lambda calls: calls.create_group(Group("a", "t" * 65, "root")),
        lambda calls: calls.delete_group(""),
        lambda calls: calls.change_group_identifier("", "b"),
        lambda calls: calls.create_membership(Membership("m", "p", "g", "Boss")),
        lambda calls: calls.delete_membership("m" * 256),
        lambda calls: calls.change_membership_identifier("m", ""),
    ],
)
def test_limits_hold_here_too(
    server: StrictServer, calls: SingleCalls, call: Callable[[SingleCalls], Outcome]
) -> None:
    """A mistake of the hand is caught as one of the rules."""
    assert call(calls).code == "not-sent"
    assert server.requests == []


def test_faults_and_lost_answers(server: StrictServer, calls: SingleCalls) -> None:
    """One thing, one known end; a key change is never sent twice."""
    server.trouble.append(Trouble("poison"))
    assert "parsed" in calls.create_person(ANNA).message
    server.trouble.append(Trouble("after"))
    assert calls.create_person(ANNA).ok
    server.trouble.append(Trouble("after"))
    with pytest.raises(AnswerLost):
        calls.change_person_identifier("anna01", "b")
    server.trouble.append(Trouble("short"))
    assert "did not say" in calls.update_group(NODE).message
    server.trouble.append(Trouble("status", status=413))
    assert calls.update_group(NODE).code == "too-large"
    assert issubclass(AnswerLost, SiteUnreachable)
