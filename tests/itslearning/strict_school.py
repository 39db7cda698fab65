"""A small school that behaves as the protocol describes; texts of its own invention are marked."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from lxml.etree import _Element

from tests.itslearning.strict_shapes import COMMON, GMD, GMS, MMD, MMS, PMD, PMS

Status = tuple[str, str, str, str]  # major, severity, minor code, text
SUCCESS: Status = ("success", "status", "", "")


def failure(text: str, code: str = "") -> Status:
    return ("failure", "error", code, text)


def unknown(what: str) -> Status:
    return failure(f"[invented] The {what} was not found.", "unknownobject")


@dataclass
class StoredPerson:
    key: str | None
    fields: dict[str, str]
    trashed: bool = False


@dataclass
class Reply:
    """Statuses, whether they come as a set, and the XML inside the response element."""

    statuses: list[Status]
    as_set: bool = True
    inner: str = ""


@dataclass
class School:
    """Everything of one site. Keys and user names compare without case."""

    persons: list[StoredPerson] = field(default_factory=list)
    groups: dict[str, dict[str, str]] = field(default_factory=dict)
    memberships: dict[str, dict[str, str]] = field(default_factory=dict)
    groups_shape: str = "groupIdPairSet"
    listing: bool = True  # readAllPersons is switched on
    unlisted: int = 0  # persons that are counted and not shown

    def person(self, key: str, *, trashed: bool = False) -> StoredPerson | None:
        for person in self.persons:
            if person.key and person.key.lower() == key.lower() and person.trashed == trashed:
                return person
        return None

    def answer(self, operation: str, message: _Element) -> Reply:
        """Carries out one checked message."""
        if operation.startswith("change"):
            return self._changed(operation, message)
        if operation.startswith("read"):
            return self._read(operation, message)
        carry_out: dict[str, Callable[[_Element], Status]] = {
            "Person": self._person_item,
            "Group": self._group_item,
            "Membership": self._membership_item,
        }
        delete: dict[str, Callable[[str], Status]] = {
            "Person": self._delete_person,
            "Group": self._delete_group,
            "Membership": self._delete_membership,
        }
        single = not operation.endswith("s")
        word = next(word for word in carry_out if word in operation)
        if operation.startswith("delete"):
            keys = [_text(message)] if single else [key.text or "" for key in message[0]]
            return Reply([delete[word](key) for key in keys], as_set=not single)
        items = [message] if single else list(message[0])
        return Reply([carry_out[word](item) for item in items], as_set=not single)

    def _changed(self, operation: str, message: _Element) -> Reply:
        change = {"P": self._rekey_person, "G": self._rekey_group, "M": self._rekey_membership}
        rekey = change[operation.removeprefix("change")[0]]
        if message[0].tag.endswith("}pairSourcedIdSet"):
            return Reply([rekey(pair[0].text or "", pair[1].text or "") for pair in message[0]])
        return Reply([rekey(_text(message[0]), _text(message[1]))], as_set=False)

    # Persons --------------------------------------------------------------------------------

    def _person_item(self, item: _Element) -> Status:
        key = _text(item[0])
        sent: dict[str, str] = {}
        for child in item[1]:
            name = child.tag.rpartition("}")[2]
            if name == "name":
                for part in child:
                    sent[part[0].text or ""] = part[1].text or ""
            elif name == "tel":
                sent[child[0].text or ""] = child[1].text or ""
            elif name == "address":
                sent.update({c.tag.rpartition("}")[2]: c.text or "" for c in child})
            elif name == "institutionRole":
                sent["role"] = child[0].text or ""
            else:
                sent[name] = _text(child)
        name = sent.get("userId", "").lower()
        for other in self.persons:
            holds = name and other.fields.get("userId", "").lower() == name
            if holds and (other.key or "").lower() != key.lower():
                return failure(f"[invented] The username {name} is already in use.")
        person = self.person(key) or self.person(key, trashed=True)
        if person is None:
            person = StoredPerson(key, {})
            self.persons.append(person)
        person.trashed = False
        person.fields.update(sent)
        return SUCCESS

    def _delete_person(self, key: str) -> Status:
        person = self.person(key)
        if person is None:
            return unknown("person")
        person.trashed = True
        return SUCCESS

    def _rekey_person(self, old: str, new: str) -> Status:
        person = self.person(old)
        if person is None:
            return unknown("person")
        if self.person(new, trashed=True):
            return failure("[invented] The key is already on another user: unknown unknown")
        if self.person(new):
            return failure("[invented] The sync key is already on another user.")
        person.key = new
        return SUCCESS

    # Groups and memberships --------------------------------------------------------------------

    def _group_item(self, item: _Element) -> Status:
        key = _text(item[0])
        record: dict[str, str] = {}
        for child in item[1]:
            name = child.tag.rpartition("}")[2]
            if name == "groupType":
                record["type"] = child[1][0].text or ""
            elif name == "relationship":
                record["parent"] = _text(child[1])
            elif name == "description":
                record["title"] = _text(child)
            else:
                for extension in child:
                    record[extension[0].text or ""] = extension[2].text or ""
        if record["parent"].lower() not in self.groups:
            return unknown("parent")
        template = record.get("course/template/synckey", "")
        if template and template.lower() not in self.groups:
            return failure("[invented] The course template was not found.")
        self.groups.setdefault(key.lower(), {"key": key}).update(record)
        return SUCCESS

    def _delete_group(self, key: str) -> Status:
        return SUCCESS if self.groups.pop(key.lower(), None) else unknown("group")

    def _rekey_group(self, old: str, new: str) -> Status:
        return _rename(self.groups, old, new)

    def _membership_item(self, item: _Element) -> Status:
        key, group, member = _text(item[0]), _text(item[1][0]), item[1][1]
        person = _text(member[0])
        if self.person(person) is None or group.lower() not in self.groups:
            return unknown("person or group")
        role = _text(member[1])
        record = {"key": key, "person": person, "group": group, "role": role}
        self.memberships[key.lower()] = record
        return SUCCESS

    def _delete_membership(self, key: str) -> Status:
        return SUCCESS if self.memberships.pop(key.lower(), None) else unknown("membership")

    def _rekey_membership(self, old: str, new: str) -> Status:
        return _rename(self.memberships, old, new)

    # Reading -----------------------------------------------------------------------------------

    def _read(self, operation: str, message: _Element) -> Reply:
        if operation == "readAllPersons":
            return self._page(message)
        if operation == "readGroupsForPerson":
            return self._groups_for_person(_text(message))
        if operation == "readPersonsForGroup":
            group = _text(message).lower()
            keys = [m["person"] for m in self.memberships.values() if m["group"].lower() == group]
            found = [person for key in keys if (person := self.person(key))]
            pairs = "".join(map(person_pair, found))
            inner = f'<personIdPairSet xmlns="{PMS}">{pairs}</personIdPairSet>'
            return _known(group in self.groups, inner)
        if operation.startswith("readMembershipsFor"):
            end = "person" if operation.endswith("Person") else "group"
            key = _text(message).lower()
            found_members = [m for m in self.memberships.values() if m[end].lower() == key]
            pairs = "".join(
                f"<membershipIdPair><sourcedId>{_identifier(m['key'])}</sourcedId>"
                f"{membership(m)}</membershipIdPair>"
                for m in found_members
            )
            there = key in self.groups if end == "group" else self.person(key) is not None
            inner = f'<membershipIDPairSet xmlns="{MMS}">{pairs}</membershipIDPairSet>'
            return _known(there, inner)
        return self._read_by_key(operation, message)

    def _read_by_key(self, operation: str, message: _Element) -> Reply:
        single = not operation.endswith("s")
        keys = [_text(message)] if single else [key.text or "" for key in message[0]]
        word = operation.removeprefix("read").lower().removesuffix("s")
        space = {"person": PMS, "group": GMS, "membership": MMS}[word]
        statuses, parts = [], []
        for key in keys:
            text = self._one(word, key)
            statuses.append(SUCCESS if text else unknown(word))
            parts.append(text)
        found = "".join(parts)
        inner = found if single else f'<{word}Set xmlns="{space}">{found}</{word}Set>'
        if single and found:
            inner = found.replace(f"<{word}>", f'<{word} xmlns="{space}">', 1)
        return Reply(statuses, as_set=not single, inner=inner)

    def _one(self, word: str, key: str) -> str:
        if word == "person":
            stored = self.person(key)
            return person(stored) if stored else ""
        store = self.groups if word == "group" else self.memberships
        record = store.get(key.lower())
        if record is None:
            return ""
        return group(record) if word == "group" else membership(record)

    def _page(self, message: _Element) -> Reply:
        if not self.listing:
            return Reply([failure("[invented] The operation is switched off.")], as_set=False)
        index, size = int(_text(message[0])), int(_text(message[1]))
        manual, convert = (_text(child) == "true" for child in message[3:5])
        chosen = [
            person
            for person in self.persons
            if not person.trashed
            and (not manual or not person.key or person.key.startswith("itsla-"))
        ]
        page = chosen[(index - 1) * size : index * size]
        if manual and convert:
            for stored in page:
                stored.key = stored.key or f"itsla-{uuid.uuid4()}"
        pairs = "".join(map(person_pair, page))
        inner = (
            f'<personIdPairSet xmlns="{PMS}">{pairs}</personIdPairSet>'
            f'<virtualCount xmlns="{PMS}">{len(chosen) + self.unlisted}</virtualCount>'
        )
        return Reply([SUCCESS], as_set=False, inner=inner)

    def _groups_for_person(self, key: str) -> Reply:
        keys = [m["group"] for m in self.memberships.values() if m["person"].lower() == key.lower()]
        if self.groups_shape == "groupSet":
            inner = "".join(group(self.groups[key.lower()]) for key in keys)
        else:
            inner = "".join(
                f"<groupIdPair><sourcedId>{_identifier(key)}</sourcedId>"
                f"{group(self.groups[key.lower()])}</groupIdPair>"
                for key in keys
            )
        shape = self.groups_shape
        return _known(self.person(key) is not None, f'<{shape} xmlns="{GMS}">{inner}</{shape}>')


def person_pair(stored: StoredPerson) -> str:
    return (
        f"<personIdPair><sourcedId>{_identifier(stored.key or '')}</sourcedId>"
        f"{person(stored)}</personIdPair>"
    )


def person(stored: StoredPerson) -> str:
    """A person as reads show it, with a nick name and a field nobody has documented."""
    value = {name: escape(text) for name, text in stored.fields.items()}
    names = "".join(
        f"<partName><namePartType>{kind}</namePartType>"
        f"<namePartValue>{value.get(kind, '')}</namePartValue></partName>"
        for kind in ("First", "Last")
    )
    numbers = "".join(
        f"<tel><telType>{kind}</telType><telValue>{value[kind]}</telValue></tel>"
        for kind in ("Voice", "Mobile")
        if value.get(kind)
    )
    mail = f'<email xmlns="{COMMON}">{value.get("email", "")}</email>'
    user = f'<userIdValue xmlns="{COMMON}">{value.get("userId", "")}</userIdValue>'
    return (
        f'<person><formatName xmlns="{PMD}"/><name xmlns="{PMD}">{names}<partName>'
        "<namePartType>NICK</namePartType><namePartValue>nick</namePartValue></partName></name>"
        f'{mail}<userId xmlns="{PMD}">{user}</userId><address xmlns="{PMD}">'
        f"<extadd>floor</extadd><locality>{value.get('locality', '')}</locality>"
        f"<postcode>{value.get('postcode', '')}</postcode>"
        f"<street>{value.get('street', '')}</street></address>"
        f'<demographics xmlns="{PMD}"><gender>Gender</gender></demographics>'
        f'<institutionRole xmlns="{PMD}"><institutionRoleType>{value.get("role", "")}'
        "</institutionRoleType><primaryRoleType>true</primaryRoleType></institutionRole>"
        f'{_in(PMD, numbers)}<undocumented xmlns="{PMD}">?</undocumented></person>'
    )


def group(record: dict[str, str]) -> str:
    kind, title, parent = (escape(record.get(name, "")) for name in ("type", "title", "parent"))
    return (
        f'<group><groupType xmlns="{GMD}"><scheme>ItslearningOrganisationTypes</scheme>'
        f"<typeValue><type>{kind}</type><level>1</level></typeValue></groupType>"
        f'<relationship xmlns="{GMD}"><relation>Parent</relation><sourceId>{_identifier(parent)}'
        f'</sourceId><label>x</label></relationship><description xmlns="{GMD}">'
        f"<descShort>{title}</descShort></description></group>"
    )


def membership(record: dict[str, str]) -> str:
    return (
        f'<membership><groupSourcedId xmlns="{MMD}">{_identifier(record["group"])}</groupSourcedId>'
        f'<member xmlns="{MMD}"><memberSourcedId>{_identifier(record["person"])}</memberSourcedId>'
        f"<role><roleType>{record['role']}</roleType></role></member></membership>"
    )


def _known(there: bool, inner: str) -> Reply:
    return Reply([SUCCESS], inner=inner) if there else Reply([unknown("key")])


def _rename(store: dict[str, dict[str, str]], old: str, new: str) -> Status:
    if old.lower() not in store:
        return unknown("key")
    if new.lower() in store:
        return failure("[invented] The identifier is taken.")
    store[new.lower()] = {**store.pop(old.lower()), "key": new}
    return SUCCESS


def _identifier(key: str) -> str:
    return f'<identifier xmlns="{COMMON}">{escape(key)}</identifier>'


def _in(namespace: str, xml: str) -> str:
    return xml.replace("<tel>", f'<tel xmlns="{namespace}">')


def _text(element: _Element) -> str:
    """All text below an element: of a key wrapped in its element, the key."""
    return "".join(element.itertext()).strip()
