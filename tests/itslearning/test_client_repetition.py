"""Answers read by what repeats in them say what the XML parser alone reads in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from lxml import etree

from sync.errors import SiteFault
from sync.itslearning import answers, contract, groups, memberships, persons
from sync.itslearning.answers import DONE, NotSoap
from sync.itslearning.codec import MessageWriter
from sync.itslearning.reader import (
    _GROUPS,
    _MEMBERSHIPS,
    _PERSONS,
    _items_of,
    _Kind,
    _pairs_of,
    _read as read_items,
)
from sync.itslearning.shapes import ShapedReader
from sync.model import Group, Membership, Person
from tests.itslearning.dotnet import PLAIN, REFUSED, envelope, written
from tests.itslearning.test_client_codec import _record


@dataclass(frozen=True)
class Reading:
    """One operation that answers with a set of items."""

    operation: str
    kind: _Kind[Any]
    set_name: str
    name: str

    @property
    def items(self) -> ShapedReader[Any]:
        """What the reader of the product uses for it."""
        if self.name == self.kind.name:
            return _items_of(self.kind)
        return _pairs_of(self.kind, self.operation, self.set_name)

    def answer(self, records: Sequence[Any], statuses: Sequence[str]) -> str:
        """The answer that holds the records."""
        write = _writer(self.operation)
        record: dict[str, Any] = {self.set_name: {self.name: records}}
        if self.operation == "readAllPersons":
            record["virtualCount"] = len(records)
        body = etree.fromstring(write(record).encode())
        return envelope(statuses, written(body))

    def element(self) -> Any:
        """zeep's element of one item."""
        element = contract.enterprise().operation(self.operation)._zeep.output.body
        return dict(dict(element.type.elements)[self.set_name].type.elements)[self.name]


@cache
def _writer(operation: str) -> MessageWriter:
    return MessageWriter(contract.enterprise().operation(operation)._zeep.output.body)


READINGS = {
    "persons": Reading("readPersons", _PERSONS, "personSet", "person"),
    "listed": Reading("readAllPersons", _PERSONS, "personIdPairSet", "personIdPair"),
    "groups": Reading("readGroups", _GROUPS, "groupSet", "group"),
    "members": Reading(
        "readMembershipsForGroup", _MEMBERSHIPS, "membershipIDPairSet", "membershipIdPair"
    ),
}


def _result(
    content: bytes, operation: str, items: ShapedReader[Any] | None, *, whole: bool
) -> tuple[Any, ...]:
    """Statuses and items, or why there are none; ``whole`` has the XML parser read everything."""
    services = contract.enterprise()
    called = services.operation(operation)
    try:
        if whole:
            answer = answers._read_whole(services, called, content, resent=False, faults_only=False)
        else:
            answer = answers.read_answer(services, called, content, items)
        found = [] if items is None else read_items(answer, items)
    except NotSoap as error:
        return (str(error),)
    except SiteFault as error:
        return (str(error),)
    return list(answer.statuses), answer.fault, found


def _same(content: bytes, operation: str, items: ShapedReader[Any] | None = None) -> None:
    slow = _result(content, operation, items, whole=True)
    if slow != ("itslearning answered with a value that cannot be read.",):
        # A typed value of which nothing is made may be broken; quick reading does not look at it.
        assert _result(content, operation, items, whole=False) == slow


def _cut(content: str, reading: Reading) -> bool:
    services = contract.enterprise()
    called = services.operation(reading.operation)
    return answers.read_answer(services, called, content.encode(), reading.items).rows is not None


# Everyday things, so that shapes are shared; a few texts need a parser.
_words = st.sampled_from(
    ["Åse", "Bo", "x", "8000", "a&b", "<b>", "a>b", "\u00a0", "a\r\nb", "", "]]>", "\U0001f3eb"]
)
_roles = st.sampled_from(["Student", "Staff", "Administrator", "Parent"])
_persons = st.builds(
    Person, _words, _words, _words, _words, _roles, st.none() | _words, st.none() | _words, _words
)
_groups = st.builds(
    Group, _words, _words, _words, st.sampled_from(["School", "Unspecified"]), st.booleans()
)
_memberships = st.builds(
    Membership, _words, _words, _words, st.sampled_from(["Learner", "02", "Guest"])
)


def _records(name: str) -> st.SearchStrategy[list[Any]]:
    """Items as our own program would have written them."""
    if name == "groups":
        return st.lists(
            st.builds(groups.group_pair, _groups, creating=st.just(True)).map(
                lambda pair: pair["group"]
            ),
            max_size=5,
        )
    if name == "members":
        return st.lists(_memberships.map(memberships.membership_pair), max_size=5)
    pairs = st.lists(_persons.map(persons.person_pair), max_size=5)
    if name == "listed":
        return pairs
    return pairs.map(lambda found: [pair["person"] for pair in found])


@pytest.mark.parametrize("name", READINGS)
def test_items_are_read_as_the_parser_reads_them(name: str) -> None:
    """A form learned from one pupil must hold for the next, else a whole school is taken for
    somebody else; an administrator is never missed."""
    reading = READINGS[name]

    @settings(max_examples=150, deadline=None)
    @given(_records(name))
    def compare(records: list[Any]) -> None:
        content = reading.answer(records, [PLAIN] * len(records))
        _same(content.encode(), reading.operation, reading.items)

    compare()


@pytest.mark.parametrize("name", READINGS)
def test_whatever_the_schema_allows_is_read_the_same(name: str) -> None:
    """A site may send elements that no client ever sent."""
    reading = READINGS[name]

    @settings(max_examples=150, deadline=None)
    @given(st.lists(_record(reading.element().type), max_size=3))
    def compare(records: list[Any]) -> None:
        content = reading.answer(records, [PLAIN] * len(records))
        _same(content.encode(), reading.operation, reading.items)

    compare()


_SNIPPETS = [
    *("<", ">", "&", '"', " ", "\n", "\r", "\t", "\x00", "\x01", "\ufffe", "\ue000", "\ue001"),
    *("&amp;", "&#65;", "&#13;", "&unknown;", "<!--", "-->", "<!-- x -->", "<?pi x?>", "]]>"),
    *("<![CDATA[", "]]>", "<![CDATA[x]]>", "x", "æ", "\ue002", '<?xml version="1.0"?>', "\ufeff"),
    *("<x/>", "<x>", "</x>", "<x>y</x>", "<person>", "</person>", "<personSet>", "</personSet>"),
    *("<personSet/>", "<statusInfoSet>", "</statusInfoSet>", "<statusInfoSet/>", PLAIN, REFUSED),
    *("<statusInfo>", "</statusInfo>", 'xmlns=""', ' xmlns="urn:x"', ' xml:id="x"', "success"),
    *("</membershipIdPair>", "</membershipIDPairSet>", "</s:Envelope>", "</s:Header>", "<group>"),
    "<s:Fault><faultcode>s:Server</faultcode><faultstring>x</faultstring></s:Fault>",
    *('<!DOCTYPE s [<!ENTITY unknown "x">]>', "<h:statusInfoSet/>", "<s:Header/>", "Staff"),
]


@st.composite
def _damaged(draw: st.DrawFn, text: str) -> bytes:
    """The text with a few things put in, cut out, or swapped for others; perhaps broken off."""
    marks = [place for place, mark in enumerate(text) if mark in "<>"]
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(marks) | st.integers(0, len(text)))
        place += draw(st.integers(0, 1))
        gone = draw(st.sampled_from([0, 0, 0, 1, 1, 5, 20, 120, 2000]))
        put = draw(st.sampled_from(_SNIPPETS) | st.just(text[place : place + 200]))
        text = text[:place] + put + text[place + gone :]
    content = text.encode(errors="replace")
    length = draw(st.none() | st.none() | st.integers(0, len(content)))
    return content[:length]


@pytest.mark.parametrize("name", READINGS)
def test_damaged_answers_are_read_as_the_parser_reads_them(name: str) -> None:
    """White space, comments, other prefixes, a missing end: what differs from the usual is left to
    the parser, and nobody is taken for missing who is not."""
    reading = READINGS[name]
    records = {
        "persons": [{"name": {"partName": [_part("First", f"Bo {n}")]}} for n in range(3)],
        "listed": [persons.person_pair(Person(f"k{n}", "u", "A", "B", "Staff")) for n in range(3)],
        "groups": [
            groups.group_pair(Group("g", f"T{n}", "p"), creating=True)["group"] for n in "ab"
        ],
        "members": [
            memberships.membership_pair(Membership(f"m{n}", f"p{n}", "room", "Learner"))
            for n in range(3)
        ],
    }
    content = reading.answer(records[name], [PLAIN] * 3)
    assert _cut(content, reading)

    @settings(max_examples=600, deadline=None)
    @given(_damaged(content))
    def compare(damaged: bytes) -> None:
        _same(damaged, reading.operation, reading.items)

    compare()


def _part(kind: str, value: str) -> dict[str, str]:
    return {"namePartType": kind, "namePartValue": value}


def test_damaged_statuses_are_read_as_the_parser_reads_them() -> None:
    """A status too few or too many must be noticed: whose failure it was would be guessed."""
    body = '<createPersonsResponse xmlns="http://www.imsglobal.org/services/pms/xsd/'
    content = envelope([PLAIN] * 4, f'{body}imsPersonManMessSchema_v1p0"/>')

    @settings(max_examples=1000, deadline=None)
    @given(_damaged(content))
    def compare(damaged: bytes) -> None:
        _same(damaged, "createPersons")

    compare()
    assert _result(content.encode(), "createPersons", None, whole=False) == ([DONE] * 4, None, [])
    for failed in range(4):
        statuses = [PLAIN] * 4
        statuses[failed] = REFUSED
        found = _result(
            envelope(statuses, f'{body}imsPersonManMessSchema_v1p0"/>').encode(),
            "createPersons",
            None,
            whole=False,
        )
        assert [one.success for one in found[0]] == [place != failed for place in range(4)]


def test_other_prefixes_say_the_same() -> None:
    """The quick way knows one spelling; the contract knows only namespaces."""
    reading = READINGS["members"]
    pairs = [memberships.membership_pair(Membership(f"m{n}", "p", "g", "02")) for n in range(3)]
    content = reading.answer(pairs, [PLAIN] * 3)
    tree = etree.fromstring(content.encode())
    etree.cleanup_namespaces(tree, top_nsmap={"a": str(tree[1][0].tag)[1:].partition("}")[0]})
    for other in (
        etree.tostring(tree),
        etree.tostring(tree, pretty_print=True),
        etree.tostring(tree, encoding="utf-16", xml_declaration=True),
        content.replace("<s:", "<soap:")
        .replace("</s:", "</soap:")
        .replace(":s=", ":soap=")
        .encode(),
        b"\xef\xbb\xbf" + content.encode(),
    ):
        assert other != content.encode()
        assert _result(other, reading.operation, reading.items, whole=False) == _result(
            content.encode(), reading.operation, reading.items, whole=True
        )


def test_the_same_shape_again_takes_the_new_texts() -> None:
    """What is learned is where texts stand, never a text; and it is really used."""
    reading = READINGS["listed"]
    for start in (0, 3):
        made = [
            Person(f"k{n}", f"u{n}", f"F{n}", "L", "Staff", phone=f"{n}")
            for n in range(start, start + 3)
        ]
        pairs = [persons.person_pair(one) for one in made]
        content = reading.answer(pairs, [PLAIN] * 3)
        assert _cut(content, reading)
        found = _result(content.encode(), reading.operation, reading.items, whole=False)[2]
        assert [(one.key, one.user_name, one.first_name, one.phone) for one in found] == [
            (one.key, one.user_name, one.first_name, one.phone) for one in made
        ]
