"""Persons between our words and the wire (imses-protocol.md 4, readings.md 16 and 17)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from itertools import chain
from operator import attrgetter
from typing import Any

from sync.itslearning.codec import fits_xml, occurrences
from sync.model import LivePerson, Person

LONGEST_KEY = 64
LONGEST_NAME = 64
TIMETABLE_USER = "UMSTimetableUser"
_TIMETABLE_USER_FOLDED = TIMETABLE_USER.casefold()
_PLAIN_ROLES = frozenset({"Student", "Staff"})
_TEXTS = attrgetter(*(one.name for one in fields(Person)))
_ADMINISTRATORS = frozenset({"administrator", "system administrator", "sysadmin"})


def refused_key(key: str, longest: int = LONGEST_KEY) -> str:
    """Why a key cannot be sent, empty where it can."""
    if not key.strip():
        return "it has no sync key"
    if len(key) > longest:
        return f"its sync key is longer than {longest} characters"
    if not fits_xml(key):
        return "its sync key holds a control character"
    return ""


def refused_person_key(key: str) -> str:
    """As refused_key, and the owner of the timetable is never touched (rules.md 8)."""
    if key.casefold() == _TIMETABLE_USER_FOLDED:
        return f"{TIMETABLE_USER} is never touched"
    return refused_key(key)


def refused(person: Person, *, creating: bool) -> str:
    """Why a person cannot be sent, empty where it can.

    A value that itslearning cannot parse would fail the whole batch (imses-protocol.md 9.5).
    """
    reasons = (
        (True, refused_person_key(person.key)),
        (
            max(len(person.first_name), len(person.last_name)) > LONGEST_NAME,
            f"a name is longer than {LONGEST_NAME} characters",
        ),
        (
            person.role.strip().casefold() in _ADMINISTRATORS,
            "administrators are never touched",
        ),
        (
            creating and not (person.first_name.strip() and person.last_name.strip()),
            "it has no first or no last name",
        ),
        (
            creating and not person.role.strip(),
            "it has no role, and itslearning would make it a student",
        ),
        (not all(map(fits_xml, filter(None, _TEXTS(person)))), "a value holds a control character"),
    )
    return next((reason for applies, reason in reasons if applies and reason), "")


def harmless(batch: Sequence[Person]) -> bool:
    """The quick yes to the many batches about which there is nothing to say: True only where
    ``refused`` says nothing of any person, and no user name stands twice."""
    rows = list(map(_TEXTS, batch))
    keys, user_names, first_names, last_names, roles, *_ = zip(*rows, strict=True)
    keys_and_names = keys + first_names + last_names
    folded = list(map(str.casefold, filter(None, user_names)))
    return (
        all(keys_and_names)
        and max(map(len, keys)) <= LONGEST_KEY
        and max(map(len, first_names + last_names)) <= LONGEST_NAME
        and not any(map(str.isspace, keys_and_names))
        and _PLAIN_ROLES.issuperset(roles)
        and "".join(filter(None, chain.from_iterable(rows))).isprintable()
        and len(set(folded)) == len(folded)
        and _TIMETABLE_USER_FOLDED not in map(str.casefold, keys)
    )


def person_pair(person: Person) -> dict[str, Any]:
    """A personIdPair. None leaves a contact field out, an empty text clears it; formatName,
    demographics and an empty role are never sent."""
    record: dict[str, Any] = {}
    names = []
    if person.first_name:
        names.append({"namePartType": "First", "namePartValue": person.first_name})
    if person.last_name:
        names.append({"namePartType": "Last", "namePartValue": person.last_name})
    if names:
        record["name"] = {"partName": names}
    if person.email is not None:
        record["email"] = person.email
    if person.user_name:
        record["userId"] = {"userIdValue": person.user_name}
    street, postcode, city = person.street, person.postcode, person.city
    if street is not None or postcode is not None or city is not None:
        record["address"] = {
            "locality": city,
            "postcode": postcode,
            "street": None if street is None else [street],
        }
    if person.role:
        record["institutionRole"] = [{"institutionRoleType": person.role, "primaryRoleType": True}]
    numbers = []
    if person.phone is not None:
        numbers.append({"telType": "Voice", "telValue": person.phone})
    if person.mobile is not None:
        numbers.append({"telType": "Mobile", "telValue": person.mobile})
    if numbers:
        record["tel"] = numbers
    return {"sourcedId": {"identifier": person.key}, "person": record}


def live_person(key: str | None, record: Mapping[str, Any] | None) -> LivePerson:
    """A person that was read. Parts are told apart by their names, whatever their case; what is
    not ours (custom fields, gender) is dropped here."""
    record = record or {}
    names: dict[str, str] = {}
    for part in occurrences((record.get("name") or {}).get("partName")):
        names[(part.get("namePartType") or "").casefold()] = part.get("namePartValue") or ""
    numbers: dict[str, str] = {}
    for number in occurrences(record.get("tel")):
        numbers[(number.get("telType") or "").casefold()] = number.get("telValue") or ""
    address = record.get("address") or {}
    streets = occurrences(address.get("street"))
    return LivePerson(
        key=key or None,
        user_name=(record.get("userId") or {}).get("userIdValue") or "",
        first_name=names.get("first", ""),
        last_name=names.get("last", ""),
        role=_role(occurrences(record.get("institutionRole"))),
        email=record.get("email") or "",
        phone=numbers.get("voice", ""),
        mobile=numbers.get("mobile", ""),
        street=(streets[0] or "") if streets else "",
        postcode=address.get("postcode") or "",
        city=address.get("locality") or "",
        nick=names.get("nick", ""),
        born=str((record.get("demographics") or {}).get("bday") or ""),
    )


def live_person_of_pair(pair: Mapping[str, Any]) -> LivePerson:
    """A person of a personIdPair; the key is empty for one that was made by hand."""
    return live_person((pair.get("sourcedId") or {}).get("identifier"), pair.get("person"))


def shows(live: LivePerson | None, sent: Person) -> bool:
    """True where itslearning shows everything that was sent; what was not sent does not count."""
    if live is None:
        return False
    pairs = (
        (sent.first_name or None, live.first_name),
        (sent.last_name or None, live.last_name),
        (sent.email, live.email),
        (sent.phone, live.phone),
        (sent.mobile, live.mobile),
        (sent.street, live.street),
        (sent.postcode, live.postcode),
        (sent.city, live.city),
    )
    folded = (sent.user_name, live.user_name), (sent.role, live.role)
    return all(wanted is None or wanted == found for wanted, found in pairs) and all(
        not wanted or wanted.casefold() == found.casefold() for wanted, found in folded
    )


def _role(roles: Any) -> str:
    """The primary role; administrators are looked for first, they must never be missed."""
    names = [(role.get("institutionRoleType") or "", role.get("primaryRoleType")) for role in roles]
    for name, _ in names:
        if name.casefold() in _ADMINISTRATORS:
            return name
    for name, primary in names:
        if primary and name:
            return name
    return names[0][0] if names else ""
