"""The fast ways give what the codec gives, shape by shape."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from sync.itslearning import contract, memberships, persons, writer
from sync.itslearning.codec import InvalidRecord
from sync.model import Membership, Person
from tests.itslearning.test_client_codec import texts

some_text = texts.filter(bool)
contact = st.none() | texts

all_persons = st.builds(
    Person,
    some_text,
    texts,
    texts,
    texts,
    texts,
    contact,
    contact,
    contact,
    contact,
    contact,
    contact,
)
all_memberships = st.builds(Membership, some_text, some_text, some_text, some_text)

# Batches of these are often harmless, but for one thing.
plain = st.sampled_from(
    ["a", "b", "c", "A", " ", "", "x" * 64, "x" * 65, "\x07", "UMSTimetableUser"]
)
plain_persons = st.builds(
    Person, plain, plain, plain, plain, st.sampled_from(["Student", "Staff", "SysAdmin", ""])
)
plain_memberships = st.builds(
    Membership, plain, plain, plain, st.sampled_from(["Learner", "01", "Student"])
)


def _through_codec(operation: str, pairs: dict[str, Any]) -> str:
    return contract.enterprise().operation(operation).write(pairs)


@settings(max_examples=300, deadline=None)
@given(st.lists(all_persons, max_size=4))
def test_persons_are_written_as_the_codec_writes_them(batch: list[Person]) -> None:
    """A template that mixed two fields up would rename a whole school."""
    operation = contract.enterprise().operation("createPersons")
    fast = operation.write_list(writer._person_texts("createPersons")(batch))
    pairs = [persons.person_pair(person) for person in batch]
    slow = _through_codec("createPersons", {"personIdPairSet": {"personIdPair": pairs}})
    assert fast == slow


@settings(max_examples=200, deadline=None)
@given(st.lists(all_memberships, max_size=4))
def test_memberships_are_written_as_the_codec_writes_them(batch: list[Membership]) -> None:
    """Person and group of a membership must not be swapped."""
    operation = contract.enterprise().operation("createMemberships")
    fast = operation.write_list(writer._membership_texts("createMemberships")(batch))
    pairs = [memberships.membership_pair(one) for one in batch]
    record = {"membershipIdPairSet": {"membershipIdPair": pairs}}
    assert fast == _through_codec("createMemberships", record)


def test_a_character_that_xml_cannot_hold_is_found_here_too() -> None:
    """The quick way must not be the careless way."""
    with pytest.raises(InvalidRecord):
        writer._membership_texts("createMemberships")([Membership("k", "p", "g\x01", "Learner")])


@settings(max_examples=300, deadline=None)
@given(st.lists(all_persons | plain_persons, min_size=1, max_size=4))
def test_the_quick_yes_to_a_batch_of_persons_lets_nothing_through(batch: list[Person]) -> None:
    """One person that must not be sent would fail or spoil the whole batch."""
    if persons.harmless(batch):
        assert [persons.refused(one, creating=True) for one in batch] == [""] * len(batch)
        names = [one.user_name.casefold() for one in batch if one.user_name]
        assert len(set(names)) == len(names)


@settings(max_examples=300, deadline=None)
@given(st.lists(all_memberships | plain_memberships, min_size=1, max_size=4))
def test_the_quick_yes_to_a_batch_of_memberships_lets_nothing_through(
    batch: list[Membership],
) -> None:
    """A role that cannot be parsed would fail the whole batch."""
    if memberships.harmless(batch):
        assert [memberships.refused(one) for one in batch] == [""] * len(batch)


def test_an_everyday_batch_gets_the_quick_yes() -> None:
    """Else the quick way would never be gone, and nobody would notice."""
    batch = [
        Person(f"k{n}", f"u{n}", "Åse Marie", "Nørgård-Holm", "Student", "a@b.example", street="")
        for n in range(3)
    ]
    assert persons.harmless(batch)
    assert not persons.harmless([*batch, replace(batch[0], role="Administrator")])
    assert not persons.harmless([*batch, replace(batch[0], key="umstimetableuser", user_name="z")])
    members = [Membership(f"m{n}", f"k{n}", "room-1A", "Learner") for n in range(3)]
    assert memberships.harmless(members)
    assert not memberships.harmless([*members, Membership("m", " ", "room", "Learner")])
