"""The fast ways give what the codec gives, shape by shape."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from sync.itslearning import contract, groups, memberships, persons, reader, writer
from sync.itslearning.codec import InvalidRecord, MessageWriter
from sync.itslearning.reader import _GROUPS, _MEMBERSHIPS, _PERSONS, _Kind
from sync.model import Membership, Person
from tests.itslearning.test_client_codec import _record, texts

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


def _through_codec(operation: str, pairs: dict[str, Any]) -> str:
    return contract.enterprise().operation(operation).write(pairs)


@settings(max_examples=300, deadline=None)
@given(st.lists(all_persons, max_size=4))
def test_persons_are_written_as_the_codec_writes_them(batch: list[Person]) -> None:
    """A template that mixed two fields up would rename a whole school."""
    operation = contract.enterprise().operation("createPersons")
    fast = operation.write_list(map(writer._person_text("createPersons"), batch))
    pairs = [persons.person_pair(person) for person in batch]
    slow = _through_codec("createPersons", {"personIdPairSet": {"personIdPair": pairs}})
    assert fast == slow


@settings(max_examples=200, deadline=None)
@given(st.lists(all_memberships, max_size=4))
def test_memberships_are_written_as_the_codec_writes_them(batch: list[Membership]) -> None:
    """Person and group of a membership must not be swapped."""
    operation = contract.enterprise().operation("createMemberships")
    fast = operation.write_list(map(writer._membership_text("createMemberships"), batch))
    pairs = [memberships.membership_pair(one) for one in batch]
    record = {"membershipIdPairSet": {"membershipIdPair": pairs}}
    assert fast == _through_codec("createMemberships", record)


def test_a_character_that_xml_cannot_hold_is_found_here_too() -> None:
    """The quick way must not be the careless way."""
    with pytest.raises(InvalidRecord):
        writer._membership_text("createMemberships")(Membership("k", "p", "g\x01", "Learner"))


# Words that decide what becomes of other texts come up often, so that shapes are really shared.
_words = st.sampled_from(
    ["First", "last", "NICK", "Voice", "Mobile", "Fax", "Student", "Administrator", "Parent", "01"]
)


@pytest.mark.parametrize(
    ("kind", "operation", "set_name"),
    [
        (_PERSONS, "readAllPersons", "personIdPairSet"),
        (_GROUPS, "readGroupsForPerson", "groupIdPairSet"),
        (_MEMBERSHIPS, "readMembershipsForGroup", "membershipIDPairSet"),
    ],
    ids=["persons", "groups", "memberships"],
)
def test_pairs_are_read_as_the_codec_reads_them(
    kind: _Kind[Any], operation: str, set_name: str
) -> None:
    """A shape learned from one person must hold for the next; an administrator is never missed."""
    element = contract.enterprise().operation(operation)._zeep.output.body
    pair = dict(dict(element.type.elements)[set_name].type.elements)[f"{kind.name}IdPair"]
    write = MessageWriter(pair)
    slow = contract.enterprise().operation(operation).reader_of(set_name, f"{kind.name}IdPair")
    fast = kind.pair_reader(operation, set_name)

    @settings(max_examples=300, deadline=None)
    @given(_record(pair.type), st.lists(_words, max_size=12))
    def compare(record: dict[str, Any], words: list[str]) -> None:
        xml = etree.fromstring(write(record).encode())
        switches = [part for part in xml.iter() if re.search("Type$|type$|relation$", part.tag)]
        for part, word in zip(switches, words, strict=False):
            if not len(part):
                part.text = word
        assert fast(xml) == kind.live_of_pair(slow(xml))
        assert fast(xml) == kind.live_of_pair(slow(xml))

    compare()


def test_the_same_shape_again_takes_the_new_texts() -> None:
    """What is learned is where texts stand, never a text."""
    read = reader._one_reader(_PERSONS)
    write = MessageWriter(_person_element())
    found = []
    for number in range(3):
        person = Person(f"k{number}", f"u{number}", f"F{number}", "L", "Staff", phone=f"{number}")
        record = persons.person_pair(person)["person"]
        found.append(read(etree.fromstring(write(record).encode()), f"k{number}"))
    assert [(one.key, one.user_name, one.first_name, one.phone) for one in found] == [
        (f"k{number}", f"u{number}", f"F{number}", f"{number}") for number in range(3)
    ]
    assert groups.live_group(None, None).key is None


def _person_element() -> Any:
    element = contract.enterprise().operation("readPersons")._zeep.output.body
    return dict(dict(element.type.elements)["personSet"].type.elements)["person"]
