"""A server that answers at once with ready-made texts, for figures that are the client's alone."""

from __future__ import annotations

import asyncio
import re
import socket
from multiprocessing.connection import Connection as Pipe

OPERATIONS = ("createPersons", "createMemberships", "readPersons", "readMembershipsForGroup")
BATCHES = (1, 10, 50, 100, 500)
COMMON = "http://www.imsglobal.org/services/common/imsCommonSchema_v1p0"
BIND = "http://www.imsglobal.org/services/common/imsMessBindSchema_v1p0"
PMS = "http://www.imsglobal.org/services/pms/xsd/imsPersonManMessSchema_v1p0"
PMD = "http://www.imsglobal.org/services/pms/xsd/imsPersonManDataSchema_v1p0"
MMS = "http://www.imsglobal.org/services/mms/xsd/imsMemberManMessSchema_v1p0"
MMD = "http://www.imsglobal.org/services/mms/xsd/imsMemberManDataSchema_v1p0"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"


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


def serve(pipe: Pipe) -> None:
    """Serves on a free port, which it tells the pipe, until it is ended."""

    async def run() -> None:
        answers = _answers()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _Server(answers), "127.0.0.1", 0)
        pipe.send(server.sockets[0].getsockname()[1])
        await asyncio.Event().wait()

    asyncio.run(run())
