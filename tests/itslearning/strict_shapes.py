"""What itslearning's messages must look like, written from the protocol's description alone.

Neither our WSDL nor the client's codec is used here, so that a mistake in them shows.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from lxml.etree import _Element

COMMON = "http://www.imsglobal.org/services/common/imsCommonSchema_v1p0"
BIND = "http://www.imsglobal.org/services/common/imsMessBindSchema_v1p0"
PMS = "http://www.imsglobal.org/services/pms/xsd/imsPersonManMessSchema_v1p0"
PMD = "http://www.imsglobal.org/services/pms/xsd/imsPersonManDataSchema_v1p0"
GMS = "http://www.imsglobal.org/services/gms/xsd/imsGroupManMessSchema_v1p0"
GMD = "http://www.imsglobal.org/services/gms/xsd/imsGroupManDataSchema_v1p0"
MMS = "http://www.imsglobal.org/services/mms/xsd/imsMemberManMessSchema_v1p0"
MMD = "http://www.imsglobal.org/services/mms/xsd/imsMemberManDataSchema_v1p0"
TEMPURI = "http://tempuri.org/"
ENTITIES = "http://schemas.datacontract.org/2004/07/Itslearning.Integration.ContentImport.Services.Entities"
MODEL = (
    "http://schemas.datacontract.org/2004/07/"
    "Itslearning.Integration.ContentImport.Model.ServiceEntities"
)
ARRAYS = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"

MANY = 10**9


class Violation(Exception):
    """A message that is not to the letter."""


@dataclass(frozen=True)
class Part:
    """An element: where it lives, how often, and what is in it: the name of a type, a set of
    allowed values, or its own parts in order."""

    namespace: str
    name: str
    least: int
    most: int
    content: object
    nillable: bool = False


def one(namespace: str, name: str, content: object) -> Part:
    return Part(namespace, name, 1, 1, content)


def maybe(namespace: str, name: str, content: object) -> Part:
    return Part(namespace, name, 0, 1, content)


def many(namespace: str, name: str, content: object) -> Part:
    return Part(namespace, name, 0, MANY, content)


def nil(namespace: str, name: str, content: object) -> Part:
    return Part(namespace, name, 1, 1, content, nillable=True)


IDENTIFIER = [one(COMMON, "identifier", "key")]
FIELDS = many(
    COMMON,
    "extensionField",
    [
        one(COMMON, "fieldName", "filled"),
        one(COMMON, "fieldType", "filled"),
        one(COMMON, "fieldValue", "text"),
    ],
)

# Elements the client has no business sending are left out here on purpose: formatName,
# demographics, passwords, photos.
PERSON = [
    maybe(
        PMD,
        "name",
        [
            many(
                PMD,
                "partName",
                [
                    one(PMD, "namePartType", {"First", "Last"}),
                    one(PMD, "namePartValue", "name"),
                ],
            )
        ],
    ),
    maybe(COMMON, "email", "text"),
    maybe(PMD, "userId", [maybe(COMMON, "userIdValue", "filled")]),
    maybe(
        PMD,
        "address",
        [
            maybe(PMD, "locality", "text"),
            maybe(PMD, "postcode", "text"),
            Part(PMD, "street", 0, 2, "text"),
        ],
    ),
    many(
        PMD,
        "institutionRole",
        [one(PMD, "institutionRoleType", "filled"), one(PMD, "primaryRoleType", {"true"})],
    ),
    many(PMD, "tel", [one(PMD, "telType", {"Voice", "Mobile"}), one(PMD, "telValue", "text")]),
]
GROUP = [
    one(
        GMD,
        "groupType",
        [
            one(GMD, "scheme", {"ItslearningOrganisationTypes"}),
            one(
                GMD,
                "typeValue",
                [one(GMD, "type", {"Unspecified", "School", "Course", "CourseGroup"})],
            ),
        ],
    ),
    one(GMD, "relationship", [one(GMD, "relation", {"Parent"}), one(GMD, "sourceId", IDENTIFIER)]),
    one(GMD, "description", [one(GMD, "descShort", "name")]),
    maybe(GMD, "extension", [FIELDS]),
]
ROLES = {
    "Learner",
    "Instructor",
    "ContentDeveloper",
    "Member",
    "Manager",
    "Mentor",
    "Administrator",
    "TeachingAssistant",
    "Default",
    "Guest",
    *(f"0{number}" for number in range(1, 9)),
}
MEMBERSHIP = [
    one(MMD, "groupSourcedId", IDENTIFIER),
    one(
        MMD,
        "member",
        [one(MMD, "memberSourcedId", IDENTIFIER), one(MMD, "role", [one(MMD, "roleType", ROLES)])],
    ),
]

PERSON_ITEM = [one(PMS, "sourcedId", IDENTIFIER), one(PMS, "person", PERSON)]
GROUP_ITEM = [one(GMS, "sourcedId", IDENTIFIER), one(GMS, "group", GROUP)]
MEMBERSHIP_ITEM = [one(MMS, "sourcedId", IDENTIFIER), one(MMS, "membership", MEMBERSHIP)]


def _operations() -> dict[str, tuple[str, str, list[Part]]]:
    """SOAPAction: (namespace of the message, operation, its parts)."""
    table: dict[str, tuple[str, str, list[Part]]] = {}

    def add(service: str, namespace: str, name: str, parts: list[Part]) -> None:
        table[f"http://www.imsglobal.org/soap/{service}/{name}"] = (namespace, name, parts)

    for service, space, word, plural, item in (
        ("pms", PMS, "Person", "Persons", PERSON_ITEM),
        ("gms", GMS, "Group", "Groups", GROUP_ITEM),
        ("mms", MMS, "Membership", "Memberships", MEMBERSHIP_ITEM),
    ):
        name = word.lower()
        pairs = [one(space, f"{name}IdPairSet", [many(space, f"{name}IdPair", item)])]
        single = [one(space, "sourcedId", IDENTIFIER)]
        listed = [one(space, "sourcedIdSet", [many(COMMON, "identifier", "key")])]
        for verb in ("create", "update", "replace"):
            add(service, space, f"{verb}{word}", item)
            add(service, space, f"{verb}{plural}", pairs)
        for verb in ("delete", "read"):
            add(service, space, f"{verb}{word}", single)
            add(service, space, f"{verb}{plural}", listed)
        renamed = [one(space, "newSourcedId", IDENTIFIER)]
        add(service, space, f"change{word}Identifier", [*single, *renamed])
        pair = [one(COMMON, "firstId", "key"), one(COMMON, "secondId", "key")]
        swaps = [one(space, "pairSourcedIdSet", [many(COMMON, "identifierPair", pair)])]
        add(service, space, f"change{plural}Identifier", swaps)
    of_group, of_person = "groupSourcedId", "personSourcedId"
    add("pms", PMS, "readPersonsForGroup", [one(PMS, of_group, IDENTIFIER)])
    add("gms", GMS, "readGroupsForPerson", [one(GMS, of_person, IDENTIFIER)])
    add("mms", MMS, "readMembershipsForPerson", [one(MMS, of_person, IDENTIFIER)])
    add("mms", MMS, "readMembershipsForGroup", [one(MMS, of_group, IDENTIFIER)])
    paging = [
        nil(PMS, "PageIndex", "int"),
        nil(PMS, "PageSize", "int"),
        nil(PMS, "CreatedFrom", "dateTime"),
        nil(PMS, "OnlyManuallyCreatedUsers", {"true", "false"}),
        nil(PMS, "ConvertFromManual", {"true", "false"}),
    ]
    add("pms", PMS, "readAllPersons", paging)
    data = [one(ENTITIES, "Data", "filled"), one(ENTITIES, "Type", "int")]
    calendar = f"{MODEL}.CalendarEvent"
    keys = [one(calendar, "SyncKeys", [many(ARRAYS, "string", "filled")])]
    page = [one(MODEL, "PageIndex", "int"), one(MODEL, "PageSize", "int")]
    for service, name, parts in (
        ("IDataService", "AddMessage", [one(TEMPURI, "dataMessage", data)]),
        ("IDataService", "GetMessageResult", [one(TEMPURI, "messageId", "filled")]),
        ("IDataService", "GetMessageTypes", []),
        ("IReadDataService", "ReadCalendarEvent", [one(TEMPURI, "request", keys)]),
        ("IReadDataService", "ReadCourses", [one(TEMPURI, "request", page)]),
    ):
        table[f"{TEMPURI}{service}/{name}"] = (TEMPURI, name, parts)
    return table


OPERATIONS = _operations()

_INTEGER = re.compile(r"-?\d+")


def check(element: _Element, content: object) -> None:
    """Raises Violation where the element is not what it must be."""
    if isinstance(content, list):
        if (element.text or "").strip():
            raise Violation(f"text in {element.tag}")
        _check_parts(element, content)
        return
    if len(element):
        raise Violation(f"elements in {element.tag}")
    text = element.text or ""
    if isinstance(content, set):
        if text not in content:
            raise Violation(f"{element.tag} is {text!r}")
    elif not _allowed(str(content), text):
        raise Violation(f"{element.tag} is {text!r}, which is no {content}")


def _check_parts(element: _Element, parts: list[Part]) -> None:
    children = list(element)
    place = 0
    for part in parts:
        tag = f"{{{part.namespace}}}{part.name}"
        count = 0
        while place < len(children) and children[place].tag == tag and count < part.most:
            child = children[place]
            place += 1
            count += 1
            if child.get(NIL) == "true":
                if not part.nillable or len(child) or child.text:
                    raise Violation(f"{tag} is nil")
            else:
                check(child, part.content)
        if count < part.least:
            raise Violation(f"{tag} is missing in {element.tag}")
    if place < len(children):
        raise Violation(f"{children[place].tag} has no place here in {element.tag}")


def _allowed(kind: str, text: str) -> bool:
    if kind == "text":
        return True
    if kind == "filled":
        return bool(text)
    if kind == "key":
        return 0 < len(text) <= 255
    if kind == "name":
        return 0 < len(text) <= 64
    if kind == "int":
        return _INTEGER.fullmatch(text) is not None
    if kind == "dateTime":
        return dt.datetime.fromisoformat(text) is not None
    raise AssertionError(kind)
