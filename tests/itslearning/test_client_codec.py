"""What our generated codec writes and reads is what zeep writes and reads."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from lxml import etree
from zeep.exceptions import ValidationError
from zeep.xsd import Boolean, ComplexType, Date, DateTime, Integer

from sync.itslearning import contract, wsdl
from sync.itslearning.codec import InvalidRecord, MessageWriter, escape, fits_xml, message_reader
from sync.itslearning.memberships import ROLES
from tests.itslearning.strict_shapes import OPERATIONS, PMD, TEMPURI

CODED = (
    "createPersons",
    "updatePersons",
    "deletePersons",
    "readPersons",
    "changePersonsIdentifier",
    "readAllPersons",
    "createGroups",
    "createMemberships",
    "deleteMemberships",
    "readMembershipsForGroup",
)
ANSWERED = (
    "readPersons",
    "readAllPersons",
    "readPersonsForGroup",
    "readGroups",
    "readGroupsForPerson",
    "readMembershipsForGroup",
)

# Everything that XML can hold: marks, line ends, astral characters, text that looks like markup.
texts = st.one_of(
    st.sampled_from(
        ["", " ", "&<>\"'", "]]>", "a\r\nb\tc", "\u00a0", "æøåÆØÅ", "\U0001f3eb", "&amp;"]
    ),
    st.text(
        st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"),
        max_size=8,
    ),
)


def _value(xsd_type: Any) -> st.SearchStrategy[Any]:
    if isinstance(xsd_type, ComplexType):
        return _record(xsd_type)
    if isinstance(xsd_type, Boolean):
        return st.booleans()
    if isinstance(xsd_type, Integer):
        return st.integers(-(2**31), 2**31 - 1)
    if isinstance(xsd_type, DateTime):
        return st.datetimes(min_value=dt.datetime(1900, 1, 1)).map(  # noqa: DTZ001
            lambda moment: moment.replace(microsecond=0, tzinfo=dt.UTC)
        )
    if isinstance(xsd_type, Date):
        return st.dates(min_value=dt.date(1900, 1, 1))
    return texts


def _record(xsd_type: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Records of a type: optional elements are there, None, or absent."""
    always: dict[str, st.SearchStrategy[Any]] = {}
    sometimes: dict[str, st.SearchStrategy[Any]] = {}
    for name, element in xsd_type.elements:
        value = _value(element.type)
        if element.accepts_multiple:
            sometimes[name] = st.none() | st.lists(value, max_size=2)
        elif element.is_optional:
            sometimes[name] = st.none() | value
        else:
            always[name] = st.none() | value if element.nillable else value
    return st.fixed_dictionaries(always, optional=sometimes)


def _zeep_element(name: str, side: str) -> Any:
    operation = contract.enterprise().operation(name)
    return getattr(operation._zeep, side).body


def _canonical(element: Any) -> tuple[Any, ...]:
    return (
        element.tag,
        element.text or "",
        sorted(element.attrib.items()),
        [_canonical(child) for child in element],
    )


def _zeep_xml(element: Any, record: dict[str, Any]) -> Any:
    holder = etree.Element("holder")
    element.render(holder, element(**record))
    return etree.fromstring(etree.tostring(holder))[0]


def _comparable(value: Any) -> Any:
    """A decoded record without what is absent; zeep fills absent elements with None and lists."""
    if isinstance(value, list):
        return [_comparable(one) or None for one in value]
    if hasattr(value, "__values__"):
        value = value.__values__
    if isinstance(value, dict):
        pairs = {name: _comparable(one) for name, one in value.items()}
        return {name: one for name, one in pairs.items() if one not in (None, [], {})}
    if type(value) is dt.date:
        return value.isoformat()  # ours leaves a day as the text it is
    return value


@pytest.mark.parametrize("name", CODED)
def test_writes_what_zeep_writes(name: str) -> None:
    """Otherwise a site would be told something else than the contract says."""
    element = _zeep_element(name, "input")
    write = MessageWriter(element)

    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    @given(_record(element.type))
    def compare(record: dict[str, Any]) -> None:
        ours = etree.fromstring(write(record).encode())
        assert _canonical(ours) == _canonical(_zeep_xml(element, record))

    compare()


@pytest.mark.parametrize("name", ANSWERED)
def test_reads_what_zeep_reads(name: str) -> None:
    """Otherwise drift would be shown that is not there."""
    element = _zeep_element(name, "output")
    write, read = MessageWriter(element), message_reader(element)
    schema = contract.enterprise()._client.wsdl.types

    @settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
    @given(_record(element.type))
    def compare(record: dict[str, Any]) -> None:
        xml = etree.fromstring(write(record).encode())
        assert _comparable(read(xml)) == _comparable(element.parse(xml, schema) or {})

    compare()


@pytest.mark.parametrize(
    ("name", "record"),
    [
        ("createPersons", {"personIdPairSet": {"personIdPair": [{"sourcedId": {}}]}}),
        ("changePersonsIdentifier", {"pairSourcedIdSet": {"identifierPair": [{"firstId": "a"}]}}),
        (
            "createMemberships",
            {
                "membershipIdPairSet": {
                    "membershipIdPair": [{"membership": {"member": {"role": [{"subRole": "x"}]}}}]
                }
            },
        ),
    ],
)
def test_refuses_what_zeep_refuses(name: str, record: dict[str, Any]) -> None:
    """A missing required element would fail the whole batch at the site."""
    element = _zeep_element(name, "input")
    with pytest.raises(ValidationError):
        _zeep_xml(element, record)
    with pytest.raises(InvalidRecord):
        MessageWriter(element)(record)


@pytest.mark.parametrize("bad", ["\x00", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_a_character_that_xml_cannot_hold_is_found(bad: str) -> None:
    """It would make the whole message unreadable for the site."""
    assert not fits_xml(f"a{bad}b")
    with pytest.raises(InvalidRecord):
        escape(f"a{bad}b")


def test_all_messages_are_valid_against_our_schema() -> None:
    """Writer and WSDL must not drift apart: the test site checks with the same schema."""
    schema = etree.XMLSchema(file=str(wsdl.ENTERPRISE_SCHEMA))
    person = {
        "sourcedId": {"identifier": "a"},
        "person": {
            "name": {"partName": [{"namePartType": "First", "namePartValue": "A"}]},
            "tel": [{"telType": "Voice", "telValue": ""}],
            "institutionRole": [{"institutionRoleType": "Staff", "primaryRoleType": True}],
        },
    }
    write = contract.enterprise().operation("createPersons").write
    document = etree.fromstring(write({"personIdPairSet": {"personIdPair": [person]}}).encode())
    schema.assertValid(document)
    kind = document.find(f".//{{{PMD}}}telType")
    assert kind is not None
    kind.text = "Telegraph"
    assert not schema.validate(document)


def test_the_roles_we_let_through_are_the_schema_s() -> None:
    """A role the site cannot parse fails a whole batch."""
    tree = etree.parse(str(wsdl.FOLDER / "membership.xsd"))
    listed = tree.xpath(
        "//x:simpleType[@name='RoleType']//x:enumeration/@value",
        namespaces={"x": "http://www.w3.org/2001/XMLSchema"},
    )
    assert set(listed) == ROLES


def test_the_contract_has_every_operation_and_its_action() -> None:
    """An operation missing here could never be called; an action misspelled neither."""
    for action, (namespace, name, _) in OPERATIONS.items():
        if namespace != TEMPURI:
            assert contract.enterprise().operation(name).action == action
    assert sum(namespace != TEMPURI for namespace, _, _ in OPERATIONS.values()) == 41
    for path, count in ((wsdl.DATA_SERVICE, 3), (wsdl.READ_DATA_SERVICE, 2)):
        services = contract.contract(path)
        actions = {
            action
            for action, (namespace, name, _) in OPERATIONS.items()
            if namespace == TEMPURI and name in services
        }
        assert {
            services.operation(action.rpartition("/")[2]).action for action in actions
        } == actions
        assert len(actions) == count
