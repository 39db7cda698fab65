"""Requests written by hand from imses-protocol.md, and answers read without the client."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any
from xml.etree import ElementTree as ET

import httpx
from lxml import etree

from sync.itslearning import wsdl

PMS = "http://www.imsglobal.org/services/pms/xsd/imsPersonManMessSchema_v1p0"
GMS = "http://www.imsglobal.org/services/gms/xsd/imsGroupManMessSchema_v1p0"
MMS = "http://www.imsglobal.org/services/mms/xsd/imsMemberManMessSchema_v1p0"
NS = {
    "p": "http://www.imsglobal.org/services/pms/xsd/imsPersonManDataSchema_v1p0",
    "g": "http://www.imsglobal.org/services/gms/xsd/imsGroupManDataSchema_v1p0",
    "m": "http://www.imsglobal.org/services/mms/xsd/imsMemberManDataSchema_v1p0",
    "c": "http://www.imsglobal.org/services/common/imsCommonSchema_v1p0",
    "b": "http://www.imsglobal.org/services/common/imsMessBindSchema_v1p0",
    "x": "http://www.w3.org/2001/XMLSchema-instance",
}
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_MESSAGES = {"pms": PMS, "gms": GMS, "mms": MMS}

USER, PASSWORD, ROOT = "the-school", "s3cret & more", "ROOT"


def security(user: str = USER, password: str = PASSWORD, extra: str = "") -> str:
    """A UsernameToken as the simplest working clients send it."""
    quoted = password.replace("&", "&amp;")
    return (
        f'<w:Security xmlns:w="{WSSE}" xmlns:u="{WSU}"><w:UsernameToken>'
        f"<w:Username>{user}</w:Username><w:Password>{quoted}</w:Password>{extra}"
        "</w:UsernameToken></w:Security>"
    )


def envelope(body: str, header: str | None = None) -> bytes:
    """A SOAP 1.1 envelope; the header is the credentials unless given."""
    return (
        f'<s:Envelope xmlns:s="{ENVELOPE}"><s:Header>{security() if header is None else header}'
        f"</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


@dataclass
class Status:
    """One statusInfo."""

    major: str
    severity: str
    minor: str
    text: str
    reference: str | None

    @property
    def ok(self) -> bool:
        """Plain success, without a warning."""
        return (self.major, self.severity) == ("success", "status")


@dataclass
class Reply:
    """An answer: HTTP status, statuses, and the response element."""

    http: int
    content: bytes
    in_set: bool
    statuses: list[Status]
    message: str | None
    body: Any

    @property
    def status(self) -> Status:
        """The only status."""
        assert len(self.statuses) == 1, self.content
        return self.statuses[0]

    @property
    def fault(self) -> str:
        """The fault's code without its prefix."""
        return (self.body.findtext("faultcode") or "").partition(":")[2]

    def texts(self, path: str) -> list[str]:
        """The texts of all elements at a path; prefixes are those of NS."""
        return [element.text or "" for element in self.body.iterfind(path, NS)]


@cache
def _schema() -> Any:
    return etree.XMLSchema(etree.parse(wsdl.ENTERPRISE_SCHEMA))


def check_shape(content: bytes) -> None:
    """Every good answer must fit the schemas that the client was made from."""
    root = etree.fromstring(content)
    for element in (root.find(f".//{{{NS['b']}}}syncResponseHeaderInfo"), root[1][0]):
        _schema().assertValid(element)


def read(response: httpx.Response) -> Reply:
    """Takes an answer apart."""
    root = ET.fromstring(response.content)  # noqa: S314 (our own server)
    if response.status_code == 200:
        check_shape(response.content)
    info = root.find(f"{{{ENVELOPE}}}Header/b:syncResponseHeaderInfo", NS)
    found = [] if info is None else list(info.iter(f"{{{NS['b']}}}statusInfo"))
    statuses = [
        Status(
            entry.findtext("b:codeMajor", "", NS),
            entry.findtext("b:severity", "", NS),
            entry.findtext("b:codeMinor/b:codeMinorField/b:codeMinorValue", "", NS),
            entry.findtext("b:description/c:text", "", NS),
            entry.findtext("b:messageIdRef", None, NS),
        )
        for entry in found
    ]
    body = root.find(f"{{{ENVELOPE}}}Body")
    assert body is not None
    return Reply(
        response.status_code,
        response.content,
        info is not None and info.find("b:statusInfoSet", NS) is not None,
        statuses,
        None if info is None else info.findtext("b:messageIdentifier", None, NS),
        body[0],
    )


@cache
def shared_client() -> httpx.Client:
    """One client for all tests of a process: making one takes longer than a whole test."""
    return httpx.Client(timeout=20)


class Caller:
    """Calls operations of one site."""

    def __init__(self, url: str, user: str = USER, password: str = PASSWORD) -> None:
        self.url = url
        self._header = security(user, password)
        self.client = shared_client()

    def post(self, content: bytes, action: str, url: str | None = None) -> httpx.Response:
        """Sends bytes under a SOAPAction."""
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}
        return self.client.post(url or self.url, content=content, headers=headers)

    def call(self, service: str, operation: str, inner: str = "", header: str = "") -> Reply:
        """Calls an operation with the children of its request element."""
        spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items())
        body = (
            f'<{operation}Request xmlns="{_MESSAGES[service]}" {spaces}>{inner}'
            f"</{operation}Request>"
        )
        content = envelope(body, self._header + header)
        return read(self.post(content, f"http://www.imsglobal.org/soap/{service}/{operation}"))

    # The short forms below send one mass call.

    def persons(self, verb: str, *pairs: tuple[str, str]) -> Reply:
        """createPersons and its like: (key, children of person)."""
        inner = "".join(
            f"<personIdPair>{sid(key)}<person>{inner}</person></personIdPair>"
            for key, inner in pairs
        )
        return self.call("pms", f"{verb}Persons", f"<personIdPairSet>{inner}</personIdPairSet>")

    def groups(self, verb: str, *pairs: tuple[str, str]) -> Reply:
        """createGroups and its like: (key, children of group)."""
        inner = "".join(
            f"<groupIdPair>{sid(key)}<group>{inner}</group></groupIdPair>" for key, inner in pairs
        )
        return self.call("gms", f"{verb}Groups", f"<groupIdPairSet>{inner}</groupIdPairSet>")

    def members(self, verb: str, *entries: tuple[str, str, str, str]) -> Reply:
        """createMemberships and its like: (key, person, group, role or whole role element)."""
        inner = "".join(
            f"<membershipIdPair>{sid(key)}<membership>{member(person, group, role)}</membership>"
            "</membershipIdPair>"
            for key, person, group, role in entries
        )
        return self.call(
            "mms", f"{verb}Memberships", f"<membershipIdPairSet>{inner}</membershipIdPairSet>"
        )

    def keys(self, service: str, operation: str, *keys: str) -> Reply:
        """An operation on a sourcedIdSet."""
        inner = "".join(f"<c:identifier>{key}</c:identifier>" for key in keys)
        return self.call(service, operation, f"<sourcedIdSet>{inner}</sourcedIdSet>")

    def one(self, service: str, operation: str, key: str, element: str = "sourcedId") -> Reply:
        """An operation on one identifier."""
        return self.call(service, operation, sid(key, element))

    def rename(self, service: str, operation: str, *pairs: tuple[str, str]) -> Reply:
        """An operation on pairs of old and new keys."""
        inner = "".join(
            f"<c:identifierPair><c:firstId>{old}</c:firstId><c:secondId>{new}</c:secondId>"
            "</c:identifierPair>"
            for old, new in pairs
        )
        return self.call(service, operation, f"<pairSourcedIdSet>{inner}</pairSourcedIdSet>")


def sid(key: str, element: str = "sourcedId") -> str:
    """An identifier in its element."""
    return f"<{element}><c:identifier>{key}</c:identifier></{element}>"


def name(first: str | None = "Anna", last: str | None = "Holm") -> str:
    """A person's name element."""
    parts = "".join(
        f"<p:partName><p:namePartType>{kind}</p:namePartType>"
        f"<p:namePartValue>{value}</p:namePartValue></p:partName>"
        for kind, value in (("First", first), ("Last", last))
        if value is not None
    )
    return f"<p:name>{parts}</p:name>"


def role(value: str = "Student") -> str:
    """An institutionRole element."""
    return (
        f"<p:institutionRole><p:institutionRoleType>{value}</p:institutionRoleType>"
        "<p:primaryRoleType>true</p:primaryRoleType></p:institutionRole>"
    )


def user(name_: str) -> str:
    """A userId element."""
    return f"<p:userId><c:userIdValue>{name_}</c:userIdValue></p:userId>"


def person(
    user_name: str, first: str = "Anna", last: str = "Holm", role_: str = "Student"
) -> tuple[str, str]:
    """The (key, children) of a whole person whose key is the user name."""
    return user_name, name(first, last) + user(user_name) + role(role_)


def extension(prefix: str, **fields: str) -> str:
    """An extension element; in field names ``__`` stands for ``/``."""
    inner = "".join(
        f"<c:extensionField><c:fieldName>{key.replace('__', '/')}</c:fieldName>"
        f"<c:fieldType>String</c:fieldType><c:fieldValue>{value}</c:fieldValue>"
        "</c:extensionField>"
        for key, value in fields.items()
    )
    return f"<{prefix}:extension>{inner}</{prefix}:extension>"


def group(
    title: str | None,
    parent: str | None = ROOT,
    type_: str | None = "Unspecified",
    level: str | None = None,
    **fields: str,
) -> str:
    """The children of a group, in schema order."""
    found = ""
    if type_ is not None or level is not None:
        inner = "" if type_ is None else f"<g:type>{type_}</g:type>"
        inner += "" if level is None else f"<g:level>{level}</g:level>"
        found += (
            "<g:groupType><g:scheme>ItslearningOrganisationTypes</g:scheme>"
            f"<g:typeValue>{inner}</g:typeValue></g:groupType>"
        )
    if parent is not None:
        found += (
            "<g:relationship><g:relation>Parent</g:relation><g:sourceId>"
            f"<c:identifier>{parent}</c:identifier></g:sourceId></g:relationship>"
        )
    if title is not None:
        found += f"<g:description><g:descShort>{title}</g:descShort></g:description>"
    return found + (extension("g", **fields) if fields else "")


def course(title: str, parent: str = ROOT, **fields: str) -> str:
    """The children of a group that carries a course."""
    return group(title, parent, "Course", course=title, **fields)


def member(person_: str, group_: str, role_: str) -> str:
    """The children of a membership; ``role_`` is a roleType or the children of role."""
    inner = role_ if role_.startswith("<") else f"<m:roleType>{role_}</m:roleType>"
    return (
        f"<m:groupSourcedId><c:identifier>{group_}</c:identifier></m:groupSourcedId>"
        f"<m:member><m:memberSourcedId><c:identifier>{person_}</c:identifier></m:memberSourcedId>"
        f"<m:role>{inner}</m:role></m:member>"
    )


def home(value: str, role_: str = "Member") -> str:
    """The children of a role that marks or unmarks the home organisation."""
    return f"<m:roleType>{role_}</m:roleType>{extension('m', HomeOrganisation=value)}"
