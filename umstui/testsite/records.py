"""The three records of IMSES as they are read from a request: person, group, membership.

Each becomes a flat dict that holds only what was sent, because for an update what was not sent
stays as it is (imses-protocol.md sections 4, 5 and 6).
"""

from __future__ import annotations

from typing import Any

from umstui.testsite import protocol
from umstui.testsite.protocol import COMMON, GMS_DATA, MMS_DATA, PMS_DATA
from umstui.testsite.reading import (
    EXTENSION_FIELD_ENTRY,
    Element,
    Reading,
    Table,
    Taker,
    checked,
    children,
    identifier,
    key,
    one_of,
    sequence,
    skip,
    text,
    text_of,
    to_boolean,
    to_date,
    to_integer,
    typed,
)

Record = dict[str, Any]


def _inside(table: Table) -> Taker:
    """Reads the children of the element into the same record."""

    def take(element: Element, out: Record, reading: Reading) -> None:
        children(element, table, out, reading)

    return take


# ---- person (section 4)

_PART_NAMES = {"prefix": "prefix", "first": "first", "last": "last", "nick": "nick"}
_PART = sequence(
    (PMS_DATA, "namePartType", text("type")), (PMS_DATA, "namePartValue", text("value"))
)


def _name_part(element: Element, out: Record, reading: Reading) -> None:
    part: Record = {}
    children(element, _PART, part, reading)
    field = _PART_NAMES.get(part.get("type", "").strip().lower())
    if field is not None and "value" in part:
        out[field] = part["value"]


def _street(element: Element, out: Record, _reading: Reading) -> None:
    line = "street2" if "street1" in out else "street1"
    out[line] = element.text or ""


_ROLE = sequence(
    (PMS_DATA, "institutionRoleType", text("type")),
    (PMS_DATA, "primaryRoleType", typed("primary", to_boolean)),
)


def _institution_role(element: Element, out: Record, reading: Reading) -> None:
    role: Record = {}
    children(element, _ROLE, role, reading)
    value = role.get("type", "")
    if reading.strict_roles:
        checked(element, one_of(protocol.INSTITUTION_ROLES), value)
    if "role" not in out or role.get("primary"):
        out["role"] = value


_TELEPHONE = sequence(
    (PMS_DATA, "telType", typed("type", one_of(protocol.TELEPHONE_TYPES))),
    (PMS_DATA, "telValue", text("value")),
)
_TELEPHONE_FIELDS = {"Voice": "phone", "Mobile": "mobile"}


def _telephone(element: Element, out: Record, reading: Reading) -> None:
    telephone: Record = {}
    children(element, _TELEPHONE, telephone, reading)
    field = _TELEPHONE_FIELDS.get(telephone.get("type", ""))
    if field is not None:
        out[field] = telephone.get("value", "")


_RELATIONSHIP = sequence(
    (COMMON, "relation", typed("relation", one_of(protocol.RELATIONS))),
    (COMMON, "sourceId", key("key")),
    (COMMON, "label", text("label")),
)


def _relationship(element: Element, out: Record, reading: Reading) -> None:
    entry: Record = {}
    children(element, _RELATIONSHIP, entry, reading)
    # Only Child can be written (4.4); 2 is its number in the IMS family.
    if entry.get("relation") in {"Child", "2"} and entry.get("key"):
        out.setdefault("children", []).append((entry["key"], entry.get("label", "")))


PERSON = sequence(
    (PMS_DATA, "formatName", skip),
    (
        PMS_DATA,
        "name",
        _inside(
            sequence((PMS_DATA, "nameType", skip), (PMS_DATA, "partName", _name_part)),
        ),
    ),
    (PMS_DATA, "recordInfo", skip),
    (COMMON, "email", text("email")),
    (COMMON, "URL", skip),
    (PMS_DATA, "systemRole", skip),
    (
        PMS_DATA,
        "userId",
        _inside(
            sequence(
                (COMMON, "userIdValue", text("user_name")),
                (COMMON, "userIdType", skip),
                (COMMON, "passWord", text("password")),
                (COMMON, "pwEncryptionType", skip),
                (COMMON, "authenticationType", skip),
            )
        ),
    ),
    (
        PMS_DATA,
        "address",
        _inside(
            sequence(
                (PMS_DATA, "pobox", skip),
                (PMS_DATA, "extadd", text("street2")),
                (PMS_DATA, "locality", text("locality")),
                (PMS_DATA, "region", skip),
                (PMS_DATA, "postcode", text("postcode")),
                (PMS_DATA, "country", skip),
                (PMS_DATA, "street", _street),
            )
        ),
    ),
    (
        PMS_DATA,
        "demographics",
        _inside(
            sequence(
                (PMS_DATA, "gender", typed("gender", one_of(protocol.GENDERS))),
                (PMS_DATA, "disability", skip),
                (PMS_DATA, "bday", typed("birthday", to_date)),
            )
        ),
    ),
    (PMS_DATA, "institutionRole", _institution_role),
    (PMS_DATA, "tel", _telephone),
    (PMS_DATA, "photo", skip),
    (COMMON, "dataSource", skip),
    (
        PMS_DATA,
        "extension",
        _inside(sequence(EXTENSION_FIELD_ENTRY, (COMMON, "relationship", _relationship))),
    ),
)


# ---- group (section 5)

_PARENT = sequence(
    (GMS_DATA, "relation", typed("relation", one_of(protocol.RELATIONS))),
    (GMS_DATA, "sourceId", key("key")),
    (GMS_DATA, "label", skip),
)


def _parent(element: Element, out: Record, reading: Reading) -> None:
    entry: Record = {}
    children(element, _PARENT, entry, reading)
    if entry.get("relation") in {"Parent", "1"} and "key" in entry:
        out["parent"] = entry["key"]


GROUP = sequence(
    (
        GMS_DATA,
        "groupType",
        _inside(
            sequence(
                (GMS_DATA, "scheme", skip),
                (
                    GMS_DATA,
                    "typeValue",
                    _inside(
                        sequence(
                            (GMS_DATA, "type", text("type")),
                            (GMS_DATA, "level", typed("level", to_integer)),
                        )
                    ),
                ),
            )
        ),
    ),
    (GMS_DATA, "relationship", _parent),
    (
        GMS_DATA,
        "description",
        _inside(
            sequence(
                (GMS_DATA, "descShort", text("title")),
                (GMS_DATA, "descLong", text("long_text")),
                (GMS_DATA, "descFull", text("full_text")),
            )
        ),
    ),
    (GMS_DATA, "extension", _inside(sequence(EXTENSION_FIELD_ENTRY))),
)


# ---- membership (section 6)


def _role_type(element: Element, out: Record, _reading: Reading) -> None:
    value = text_of(element) or ""
    out["role"] = protocol.ROLE_NAMES[checked(element, one_of(protocol.ROLE_NAMES), value)]


_MEMBER_ROLE = sequence(
    (MMS_DATA, "roleType", _role_type),
    (MMS_DATA, "subRole", skip),
    (MMS_DATA, "recordInfo", skip),
    (MMS_DATA, "userId", skip),
    (MMS_DATA, "timeFrame", skip),
    (MMS_DATA, "status", typed("status", to_boolean)),
    (MMS_DATA, "dateTime", typed("date", to_date)),
    (COMMON, "email", skip),
    (MMS_DATA, "interimResult", skip),
    (MMS_DATA, "finalResult", skip),
    (COMMON, "dataSource", skip),
    (MMS_DATA, "extension", _inside(sequence(EXTENSION_FIELD_ENTRY))),
)

MEMBERSHIP = sequence(
    (MMS_DATA, "groupSourcedId", key("group")),
    (
        MMS_DATA,
        "member",
        _inside(
            sequence(
                (MMS_DATA, "memberSourcedId", key("person")),
                (MMS_DATA, "idType", typed("id_type", one_of(protocol.ID_TYPES))),
                (MMS_DATA, "role", _inside(_MEMBER_ROLE)),
            )
        ),
    ),
)


# ---- what stands around them in a request (section 3)


def pairs(
    request: Element, namespace: str, names: tuple[str, str, str], record: Table, reading: Reading
) -> list[tuple[str, Record | None]]:
    """The (key, record) of each item of a mass write, in input order.

    ``names`` are those of the set, the pair and the record; a record that is not there is None.
    """
    set_tag, pair_tag, record_tag = (f"{{{namespace}}}{name}" for name in names)
    id_tag = f"{{{namespace}}}sourcedId"
    found: list[tuple[str, Record | None]] = []
    for holder in request:
        if holder.tag != set_tag:
            reading.unknown(holder)
            continue
        for pair in holder:
            if pair.tag != pair_tag:
                reading.unknown(pair)
                continue
            found.append(keyed(pair, id_tag, record_tag, record, reading))
    return found


def keyed(
    holder: Element, id_tag: str, record_tag: str, record: Table, reading: Reading
) -> tuple[str, Record | None]:
    """sourcedId and record of one object; the record is None when it is missing."""
    found_key = ""
    found: Record | None = None
    for child in holder:
        if child.tag == id_tag:
            if found is not None:
                reading.misplaced(child)
            found_key = identifier(child, reading)
        elif child.tag == record_tag:
            found = {}
            children(child, record, found, reading)
        else:
            reading.unknown(child)
    return found_key, found


def single_key(request: Element, namespace: str, name: str, reading: Reading) -> str:
    """The identifier inside ``name`` of a request about one object."""
    tag = f"{{{namespace}}}{name}"
    found = ""
    for child in request:
        if child.tag == tag:
            found = identifier(child, reading)
        else:
            reading.unknown(child)
    return found


def keys(request: Element, namespace: str, reading: Reading) -> list[str]:
    """The identifiers of a sourcedIdSet, in input order."""
    tag = f"{{{namespace}}}sourcedIdSet"
    found: list[str] = []
    for holder in request:
        if holder.tag != tag:
            reading.unknown(holder)
            continue
        for child in holder:
            if child.tag == f"{{{COMMON}}}identifier":
                found.append((child.text or "").strip())
            else:
                reading.unknown(child)
    return found


_PAIR_OF_KEYS = sequence((COMMON, "firstId", text("old")), (COMMON, "secondId", text("new")))


def key_pairs(request: Element, namespace: str, reading: Reading) -> list[tuple[str, str]]:
    """The (old, new) keys of a pairSourcedIdSet, in input order."""
    tag = f"{{{namespace}}}pairSourcedIdSet"
    found: list[tuple[str, str]] = []
    for holder in request:
        if holder.tag != tag:
            reading.unknown(holder)
            continue
        for pair in holder:
            if pair.tag != f"{{{COMMON}}}identifierPair":
                reading.unknown(pair)
                continue
            entry: Record = {}
            children(pair, _PAIR_OF_KEYS, entry, reading)
            found.append((entry.get("old", "").strip(), entry.get("new", "").strip()))
    return found
