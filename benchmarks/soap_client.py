"""How fast persons and memberships cross the wire: a hand-written template, plain zeep, and ours.

    python benchmarks/soap_client.py [--seconds 1.0]

One run, one machine: a server in a process of its own answers at once with ready-made texts, so
that the figures are the client's. "template" is httpx posting XML from a hand-written f-string and,
for reads, picking the same fields out by hand; "zeep" is a plain zeep client; "ours" is SiteWriter
and SiteReader with all their checks.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import re
import socket
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import httpx
import zeep
from lxml import etree
from zeep.wsse.username import UsernameToken

from sync.itslearning import Connection, SiteReader, SiteWriter, wsdl
from sync.itslearning.memberships import membership_pair
from sync.itslearning.persons import person_pair
from sync.model import Membership, Person
from sync.settings import Itslearning

BATCHES = (1, 10, 50, 100, 500)
ROUNDS = 5
COMMON = "http://www.imsglobal.org/services/common/imsCommonSchema_v1p0"
BIND = "http://www.imsglobal.org/services/common/imsMessBindSchema_v1p0"
PMS = "http://www.imsglobal.org/services/pms/xsd/imsPersonManMessSchema_v1p0"
PMD = "http://www.imsglobal.org/services/pms/xsd/imsPersonManDataSchema_v1p0"
MMS = "http://www.imsglobal.org/services/mms/xsd/imsMemberManMessSchema_v1p0"
MMD = "http://www.imsglobal.org/services/mms/xsd/imsMemberManDataSchema_v1p0"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"

Job = Callable[[], None]


# The server --------------------------------------------------------------------------------------


def _statuses(count: int) -> str:
    info = "<statusInfo><codeMajor>success</codeMajor><severity>status</severity></statusInfo>"
    return (
        f'<s:Envelope xmlns:s="{SOAP}"><s:Header><h:syncResponseHeaderInfo xmlns:h="{BIND}" '
        f'xmlns="{BIND}"><statusInfoSet>{info * count}</statusInfoSet></h:syncResponseHeaderInfo>'
        "</s:Header><s:Body>"
    )


def _person_text(number: int) -> str:
    def c(name: str, value: str) -> str:
        return f'<{name} xmlns="{COMMON}">{value}</{name}>'

    return (
        f'<person><formatName xmlns="{PMD}"/><name xmlns="{PMD}"><partName><namePartType>First'
        f"</namePartType><namePartValue>Sofie {number}</namePartValue></partName><partName>"
        "<namePartType>Last</namePartType><namePartValue>Nørgård Holm</namePartValue></partName>"
        f'</name>{c("email", f"p{number}@school.example")}<userId xmlns="{PMD}">'
        f'{c("userIdValue", f"p{number:06}")}</userId><address xmlns="{PMD}">'
        "<locality>Aarhus</locality><postcode>8000</postcode><street>Vestergade 1</street>"
        "</address>"
        f'<institutionRole xmlns="{PMD}"><institutionRoleType>Student</institutionRoleType>'
        "<primaryRoleType>true</primaryRoleType></institutionRole>"
        f'<tel xmlns="{PMD}"><telType>Voice</telType><telValue>86100000</telValue></tel>'
        f'<tel xmlns="{PMD}"><telType>Mobile</telType><telValue>20100000</telValue></tel></person>'
    )


def _membership_text(number: int) -> str:
    def key(value: str) -> str:
        return f'<identifier xmlns="{COMMON}">{value}</identifier>'

    return (
        f"<membershipIdPair><sourcedId>{key(f'p{number:06}@room')}</sourcedId><membership>"
        f'<groupSourcedId xmlns="{MMD}">{key("room")}</groupSourcedId><member xmlns="{MMD}">'
        f"<memberSourcedId>{key(f'p{number:06}')}</memberSourcedId><role><roleType>Learner"
        "</roleType></role></member></membership></membershipIdPair>"
    )


def _answers() -> dict[tuple[str, int], bytes]:
    """Every answer that will be asked for, by operation and batch."""
    answers = {}
    for size in BATCHES:
        persons = "".join(map(_person_text, range(size)))
        members = "".join(map(_membership_text, range(size)))
        bodies = {
            "createPersons": (size, f'<createPersonsResponse xmlns="{PMS}"/>'),
            "createMemberships": (size, f'<createMembershipsResponse xmlns="{MMS}"/>'),
            "readPersons": (
                size,
                (
                    f'<readPersonsResponse xmlns="{PMS}"><personSet>{persons}</personSet>'
                    "</readPersonsResponse>"
                ),
            ),
            "readMembershipsForGroup": (
                1,
                (
                    f'<readMembershipsForGroupResponse xmlns="{MMS}"><membershipIDPairSet>{members}'
                    "</membershipIDPairSet></readMembershipsForGroupResponse>"
                ),
            ),
        }
        for operation, (count, body) in bodies.items():
            text = f"{_statuses(count)}{body}</s:Body></s:Envelope>".encode()
            head = (
                f"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {len(text)}\r\n\r\n"
            )
            answers[operation, size] = head.encode() + text
    return answers


class _Server(asyncio.Protocol):
    """Reads a request to its end and sends the answer that its path names: /operation/size."""

    def __init__(self, answers: dict[tuple[str, int], bytes]) -> None:
        self._answers = answers
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        self._held += data
        head, found, body = self._held.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if not found or length is None or len(body) < int(length[1]):
            return
        self._held = b""
        _, operation, size = head.split(b" ", 2)[1].decode().split("/")
        self._transport.write(self._answers[operation, int(size)])  # type: ignore[attr-defined]


def _serve(pipe: Pipe) -> None:
    async def run() -> None:
        answers = _answers()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Server(answers), "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.Event().wait()

    asyncio.run(run())


# The clients -------------------------------------------------------------------------------------


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

        def run() -> None:
            answer = call(**self._request(operation, size), _soapheaders=header)
            if operation == "readPersons":
                assert len(answer.body.personSet.person) == size
            elif operation.startswith("read"):
                assert len(answer.body.membershipIDPairSet.membershipIdPair) == size
            else:
                infos = answer.header.syncResponseHeaderInfo.statusInfoSet.statusInfo
                assert all(info.codeMajor == "success" for info in infos)

        return run

    def _request(self, operation: str, size: int) -> dict[str, Any]:
        if operation == "createPersons":
            return {"personIdPairSet": {"personIdPair": [*map(person_pair, _persons(size))]}}
        if operation == "createMemberships":
            pairs = [*map(membership_pair, _memberships(size))]
            return {"membershipIdPairSet": {"membershipIdPair": pairs}}
        if operation == "readPersons":
            return {"sourcedIdSet": {"identifier": [person.key for person in _persons(size)]}}
        return {"groupSourcedId": {"identifier": "room"}}


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


# Measuring ---------------------------------------------------------------------------------------


def _rates(jobs: dict[str, Job], size: int, seconds: float) -> dict[str, tuple[float, float]]:
    """The best of several rounds, the clients by turns, so that a busy machine hurts all alike."""
    best = dict.fromkeys(jobs, (0.0, 0.0))
    for _ in range(ROUNDS):
        for name, job in jobs.items():
            rate = _rate(job, size, seconds / ROUNDS)
            best[name] = (max(best[name][0], rate[0]), max(best[name][1], rate[1]))
    return best


def _rate(job: Job, size: int, seconds: float) -> tuple[float, float]:
    """Items a second by the wall clock, and by this process's own CPU."""
    job()
    calls, wall, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - wall < seconds:
        job()
        calls += 1
    return (
        calls * size / (time.perf_counter() - wall),
        calls * size / (time.process_time() - cpu),
    )


def _memory() -> str:
    """Resident memory of this process, where the system tells."""
    status = Path("/proc/self/status")
    if not status.exists():
        return "unknown here"
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return f"{int(line.split()[1]) / 1024:.0f} MB"


def main() -> None:
    """Prints the tables."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=1.0, help="for each figure")
    seconds = options.parse_args().seconds
    here, there = multiprocessing.get_context("spawn").Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
    server.start()
    base = f"http://127.0.0.1:{here.recv()}"
    clients = {"template": Template(base), "zeep": PlainZeep(base), "ours": Ours(base)}
    print(
        f"Python {sys.version.split()[0]}, {seconds:g} s a figure; items/s, in brackets per CPU s"
    )
    for operation in (
        "createPersons",
        "createMemberships",
        "readPersons",
        "readMembershipsForGroup",
    ):
        print(f"\n{operation:24} " + "".join(f"{size:>20}" for size in BATCHES))
        table: dict[str, list[tuple[float, float]]] = {name: [] for name in clients}
        for size in BATCHES:
            jobs = {name: client.job(operation, size) for name, client in clients.items()}
            for name, rate in _rates(jobs, size, seconds).items():
                table[name].append(rate)
        for name, rates in table.items():
            cells = "".join(f"{f'{wall:,.0f} ({cpu:,.0f})':>20}" for wall, cpu in rates)
            print(f"  {name:22} {cells}")
        for other in ("template", "zeep"):
            shares = "".join(
                f"{f'{ours[0] / theirs[0]:.2f} ({ours[1] / theirs[1]:.2f})':>20}"
                for ours, theirs in zip(table["ours"], table[other], strict=True)
            )
            print(f"  {f'ours : {other}':22} {shares}")
    print(f"\nresident memory: {_memory()}")
    server.terminate()
    server.join()


if __name__ == "__main__":
    main()
