"""The three clients that benchmarks.soap_client holds against each other, each with a call to make
as often as one likes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

import httpx
import zeep
from lxml import etree
from zeep.wsse.username import UsernameToken

from benchmarks.soap_answers import BIND, COMMON, MMD, MMS, PMD, PMS, SOAP
from sync.itslearning import Connection, SiteReader, SiteWriter, wsdl
from sync.itslearning.memberships import membership_pair
from sync.itslearning.persons import person_pair
from sync.model import Membership, Person
from sync.settings import Itslearning

WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"

Job = Callable[[], None]


def _persons(size: int) -> list[Person]:
    return [
        Person(
            f"p{n:06}",
            f"p{n:06}",
            f"Sofie {n}",
            "Nørgård Holm",
            "Student",
            f"p{n}@school.example",
            "86100000",
            "20100000",
            "Vestergade 1",
            "8000",
            "Aarhus",
        )
        for n in range(size)
    ]


def _memberships(size: int) -> list[Membership]:
    return [Membership(f"p{n:06}@room", f"p{n:06}", "room", "Learner") for n in range(size)]


def _envelope(body: str) -> bytes:
    return (
        f'<s:Envelope xmlns:s="{SOAP}"><s:Header><b:syncRequestHeaderInfo xmlns:b="{BIND}">'
        "<b:messageIdentifier>1</b:messageIdentifier></b:syncRequestHeaderInfo>"
        f'<w:Security xmlns:w="{WSS}-wssecurity-secext-1.0.xsd"><w:UsernameToken>'
        "<w:Username>u</w:Username>"
        f'<w:Password Type="{WSS}-username-token-profile-1.0#PasswordText">p</w:Password>'
        f"</w:UsernameToken></w:Security></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def _person_template(p: Person) -> str:
    return (
        f"<m:personIdPair><m:sourcedId><c:identifier>{escape(p.key)}</c:identifier></m:sourcedId>"
        "<m:person><d:name><d:partName><d:namePartType>First</d:namePartType><d:namePartValue>"
        f"{escape(p.first_name)}</d:namePartValue></d:partName><d:partName><d:namePartType>Last"
        f"</d:namePartType><d:namePartValue>{escape(p.last_name)}</d:namePartValue></d:partName>"
        f"</d:name><c:email>{escape(p.email or '')}</c:email><d:userId><c:userIdValue>"
        f"{escape(p.user_name)}</c:userIdValue></d:userId><d:address><d:locality>"
        f"{escape(p.city or '')}</d:locality><d:postcode>{escape(p.postcode or '')}</d:postcode>"
        f"<d:street>{escape(p.street or '')}</d:street></d:address><d:institutionRole>"
        f"<d:institutionRoleType>{escape(p.role)}</d:institutionRoleType><d:primaryRoleType>true"
        "</d:primaryRoleType></d:institutionRole><d:tel><d:telType>Voice</d:telType><d:telValue>"
        f"{escape(p.phone or '')}</d:telValue></d:tel><d:tel><d:telType>Mobile</d:telType>"
        f"<d:telValue>{escape(p.mobile or '')}</d:telValue></d:tel></m:person></m:personIdPair>"
    )


def _membership_template(m: Membership) -> str:
    return (
        f"<m:membershipIdPair><m:sourcedId><c:identifier>{escape(m.key)}</c:identifier>"
        f"</m:sourcedId><m:membership><d:groupSourcedId><c:identifier>{escape(m.group_key)}"
        "</c:identifier></d:groupSourcedId><d:member><d:memberSourcedId><c:identifier>"
        f"{escape(m.person_key)}</c:identifier></d:memberSourcedId><d:role><d:roleType>"
        f"{escape(m.role)}</d:roleType></d:role></d:member></m:membership></m:membershipIdPair>"
    )


class Template:
    """httpx posting what f-strings make, reading with lxml what it needs."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._http = httpx.Client(trust_env=False, verify=False)  # noqa: S501 (loopback, no TLS)

    def _post(self, operation: str, size: int, body: str) -> bytes:
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{operation}"'}
        url = f"{self._base}/{operation}/{size}"
        return self._http.post(url, content=_envelope(body), headers=headers).content

    def job(self, operation: str, size: int) -> Job:
        """One call of the operation."""
        jobs: dict[str, Callable[[int], Job]] = {
            "createPersons": self._create_persons,
            "createMemberships": self._create_memberships,
            "readPersons": self._read_persons,
            "readMembershipsForGroup": self._read_memberships,
        }
        return jobs[operation](size)

    def _create_persons(self, size: int) -> Job:
        batch = _persons(size)
        start = f'<m:createPersonsRequest xmlns:m="{PMS}" xmlns:d="{PMD}" xmlns:c="{COMMON}">'

        def run() -> None:
            items = "".join(map(_person_template, batch))
            body = f"{start}<m:personIdPairSet>{items}</m:personIdPairSet></m:createPersonsRequest>"
            answer = self._post("createPersons", size, body)
            assert answer.count(b"<codeMajor>success<") == size

        return run

    def _create_memberships(self, size: int) -> Job:
        batch = _memberships(size)
        start = f'<m:createMembershipsRequest xmlns:m="{MMS}" xmlns:d="{MMD}" xmlns:c="{COMMON}">'

        def run() -> None:
            items = "".join(map(_membership_template, batch))
            body = (
                f"{start}<m:membershipIdPairSet>{items}</m:membershipIdPairSet>"
                "</m:createMembershipsRequest>"
            )
            answer = self._post("createMemberships", size, body)
            assert answer.count(b"<codeMajor>success<") == size

        return run

    def _read_persons(self, size: int) -> Job:
        keys = [person.key for person in _persons(size)]
        start = f'<m:readPersonsRequest xmlns:m="{PMS}" xmlns:c="{COMMON}"><m:sourcedIdSet>'
        parts, mail = f"{{{PMD}}}name/{{{PMD}}}partName", f"{{{COMMON}}}email"
        user = f"{{{PMD}}}userId/{{{COMMON}}}userIdValue"
        role = f"{{{PMD}}}institutionRole/{{{PMD}}}institutionRoleType"
        address = [f"{{{PMD}}}address/{{{PMD}}}{n}" for n in ("street", "postcode", "locality")]

        def run() -> None:
            items = "".join(f"<c:identifier>{escape(key)}</c:identifier>" for key in keys)
            body = f"{start}{items}</m:sourcedIdSet></m:readPersonsRequest>"
            root = etree.fromstring(self._post("readPersons", size, body))
            found = []
            for one in root.iter(f"{{{PMS}}}person"):
                names = {part[0].text: part[1].text for part in one.iterfind(parts)}
                tel = {number[0].text: number[1].text for number in one.iterfind(f"{{{PMD}}}tel")}
                found.append(
                    (
                        one.findtext(user),
                        names.get("First"),
                        names.get("Last"),
                        one.findtext(role),
                        one.findtext(mail),
                        tel.get("Voice"),
                        tel.get("Mobile"),
                        *[one.findtext(path) for path in address],
                    )
                )
            assert len(found) == size

        return run

    def _read_memberships(self, size: int) -> Job:
        person = f"{{{MMD}}}member/{{{MMD}}}memberSourcedId/{{{COMMON}}}identifier"
        group = f"{{{MMD}}}groupSourcedId/{{{COMMON}}}identifier"
        role = f"{{{MMD}}}member/{{{MMD}}}role/{{{MMD}}}roleType"
        body = (
            f'<m:readMembershipsForGroupRequest xmlns:m="{MMS}" xmlns:c="{COMMON}">'
            "<m:groupSourcedId><c:identifier>room</c:identifier></m:groupSourcedId>"
            "</m:readMembershipsForGroupRequest>"
        )

        def run() -> None:
            root = etree.fromstring(self._post("readMembershipsForGroup", size, body))
            found = [
                (
                    pair.findtext(f"{{{MMS}}}sourcedId/{{{COMMON}}}identifier"),
                    pair[1].findtext(person),
                    pair[1].findtext(group),
                    pair[1].findtext(role),
                )
                for pair in root.iter(f"{{{MMS}}}membershipIdPair")
            ]
            assert len(found) == size

        return run


class PlainZeep:
    """zeep as its manual shows it."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._client = zeep.Client(str(wsdl.ENTERPRISE), wsse=UsernameToken("u", "p"))
        self._client.transport.session.trust_env = False

    def job(self, operation: str, size: int) -> Job:
        """One call of the operation."""
        word = "Person" if operation.endswith("Persons") else "Membership"
        binding = next(
            port.binding
            for port in self._client.wsdl.services["ImsEnterpriseServicesPort"].ports.values()
            if port.name == f"BasicHttpBinding_{word}ManagementServiceSync"
        )
        proxy = zeep.proxy.ServiceProxy(
            self._client, binding, address=f"{self._base}/{operation}/{size}"
        )
        call = getattr(proxy, operation)
        header = {"syncRequestHeaderInfo": {"messageIdentifier": "1"}}
        request = self._request(operation, size)

        def run() -> None:
            answer = call(**request(), _soapheaders=header)
            if operation == "readPersons":
                assert len(answer.body.personSet.person) == size
            elif operation.startswith("read"):
                assert len(answer.body.membershipIDPairSet.membershipIdPair) == size
            else:
                infos = answer.header.syncResponseHeaderInfo.statusInfoSet.statusInfo
                assert all(info.codeMajor == "success" for info in infos)

        return run

    def _request(self, operation: str, size: int) -> Callable[[], dict[str, Any]]:
        """What makes zeep's arguments of the same items that the others are given."""
        persons, memberships = _persons(size), _memberships(size)
        keys = [person.key for person in persons]
        requests: dict[str, Callable[[], dict[str, Any]]] = {
            "createPersons": lambda: {
                "personIdPairSet": {"personIdPair": [*map(person_pair, persons)]}
            },
            "createMemberships": lambda: {
                "membershipIdPairSet": {"membershipIdPair": [*map(membership_pair, memberships)]}
            },
            "readPersons": lambda: {"sourcedIdSet": {"identifier": keys}},
            "readMembershipsForGroup": lambda: {"groupSourcedId": {"identifier": "room"}},
        }
        return requests[operation]


class Ours:
    """The client of the product, with every check it makes."""

    def __init__(self, base: str) -> None:
        self._base = base

    def job(self, operation: str, size: int) -> Job:
        """One call of the operation."""
        settings = Itslearning(batch_size=size, max_in_flight=1)
        connection = Connection(f"{self._base}/{operation}/{size}", "u", "p", settings)
        reader, writer = SiteReader(connection), SiteWriter(connection)
        persons, memberships = _persons(size), _memberships(size)
        keys = [person.key for person in persons]

        def run() -> None:
            if operation == "createPersons":
                assert all(one.ok for one in writer.create_persons(persons))
            elif operation == "createMemberships":
                assert all(one.ok for one in writer.create_memberships(memberships))
            elif operation == "readPersons":
                assert len(reader.read_persons(keys)) == size
            else:
                assert len(reader.read_memberships_of_group("room")) == size

        return run
