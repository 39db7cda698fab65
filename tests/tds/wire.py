"""TDS packets and tokens (MS-TDS 2.2): enough of them for ODBC drivers."""

from __future__ import annotations

import select
import socket
import ssl
import struct

PRELOGIN, LOGIN7, SQL_BATCH, RPC, ATTENTION, TRANSACTION = 0x12, 0x10, 0x01, 0x03, 0x06, 0x0E
_REPLY = 0x04
PACKET_SIZE = 4096
_LAST = 0x01

DONE_MORE, DONE_ERROR, DONE_IN_TRANSACTION, DONE_COUNT, DONE_ATTENTION = 0x1, 0x2, 0x4, 0x10, 0x20
DONE, DONE_PROCEDURE, DONE_IN_PROCEDURE = 0xFD, 0xFE, 0xFF
# Danish_Norwegian_CI_AS: LCID 1030, ignore case, width and kana.
COLLATION = struct.pack("<IB", 0x0406 | (0x0D << 20), 0)


class Gone(Exception):
    """The client has closed the connection."""


class Channel:
    """A connection to one client, plain or inside TLS."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._tls: ssl.SSLObject | None = None
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._unread = b""

    def read_message(self) -> tuple[int, bytes]:
        """The type and the body of the next message, put together from its packets."""
        body = b""
        while True:
            kind, status, length = struct.unpack(">BBH", self._read(4))
            self._read(4)
            body += self._read(length - 8)
            if status & _LAST:
                return kind, body

    def write_message(self, body: bytes, kind: int = _REPLY) -> None:
        """Sends a whole message in packets of PACKET_SIZE."""
        self.write_part(body, kind, last=True)

    def write_part(self, body: bytes, kind: int = _REPLY, *, last: bool) -> bytes:
        """Sends what fills packets, everything where it is the last part; gives the rest back."""
        room = PACKET_SIZE - 8
        packets = []
        while len(body) > room or (last and body) or (last and not packets):
            part, body = body[:room], body[room:]
            status = _LAST if last and not body else 0
            packets.append(struct.pack(">BBHHBB", kind, status, len(part) + 8, 0, 1, 0) + part)
        self._write(b"".join(packets))
        return body

    def waiting(self) -> bool:
        """True where the client has sent something that nobody has read."""
        return bool(self._unread or select.select([self._socket], [], [], 0)[0])

    def start_tls(self, context: ssl.SSLContext) -> None:
        """The handshake, each way wrapped in PRELOGIN packets."""
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        finished = False
        while not finished:
            try:
                tls.do_handshake()
                finished = True
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError as error:
                raise Gone from error
            if self._outgoing.pending:
                self.write_message(self._outgoing.read(), PRELOGIN)
            if not finished:
                self._incoming.write(self.read_message()[1])
        self._tls = tls

    def stop_tls(self) -> None:
        """Goes on in the clear, as drivers do that encrypt the login only."""
        self._tls = None

    def abort(self) -> None:
        """Cuts the connection as a dead network would: no good-bye, a reset."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def _read(self, count: int) -> bytes:
        while len(self._unread) < count:
            self._unread += self._receive()
        taken, self._unread = self._unread[:count], self._unread[count:]
        return taken

    def _receive(self) -> bytes:
        while True:
            if self._tls is not None:
                try:
                    if plain := self._tls.read(65536):
                        return plain
                    raise Gone
                except ssl.SSLWantReadError:
                    pass
                except ssl.SSLError as error:
                    raise Gone from error
            try:
                data = self._socket.recv(65536)
            except OSError as error:
                raise Gone from error
            if not data:
                raise Gone
            if self._tls is None:
                return data
            self._incoming.write(data)

    def _write(self, data: bytes) -> None:
        if self._tls is not None and data:
            self._tls.write(data)
            data = self._outgoing.read()
        try:
            self._socket.sendall(data)
        except OSError as error:
            raise Gone from error


def short_text(text: str) -> bytes:
    """B_VARCHAR: a length in one byte, then UTF-16."""
    return bytes([len(text)]) + text.encode("utf-16-le")


def long_text(text: str) -> bytes:
    """US_VARCHAR: a length in two bytes, then UTF-16."""
    return struct.pack("<H", len(text)) + text.encode("utf-16-le")


def token(kind: int, body: bytes) -> bytes:
    """A token with its length in two bytes."""
    return bytes([kind]) + struct.pack("<H", len(body)) + body


def error(number: int, message: str, severity: int = 16) -> bytes:
    """The ERROR token."""
    body = struct.pack("<IBB", number, 1, severity) + long_text(message)
    return token(0xAA, body + short_text("double") + short_text("") + struct.pack("<I", 1))


def done(kind: int = DONE, status: int = 0, rows: int | None = None) -> bytes:
    """DONE, DONEPROC or DONEINPROC; ``rows`` is left out where nothing was counted."""
    counted = DONE_COUNT if rows is not None else 0
    return struct.pack("<BHHQ", kind, status | counted, 0, rows or 0)


def environment(kind: int, new: bytes, old: bytes) -> bytes:
    """The ENVCHANGE token."""
    return token(0xE3, bytes([kind]) + new + old)


def login_answer(database: str) -> bytes:
    """What a server says after a login that it takes."""
    acknowledged = b"\x01" + struct.pack(">I", 0x74000004) + short_text("Microsoft SQL Server")
    size = str(PACKET_SIZE)
    return (
        environment(1, short_text(database), short_text("master"))
        + environment(7, bytes([5]) + COLLATION, b"\x00")
        + environment(2, short_text("us_english"), short_text(""))
        + token(0xAD, acknowledged + bytes([16, 0, 0x03, 0xE8]))
        + environment(4, short_text(size), short_text(size))
        + done()
    )


def prelogin_options(body: bytes) -> dict[int, bytes]:
    """The options of a PRELOGIN message."""
    options: dict[int, bytes] = {}
    position = 0
    while body[position] != 0xFF:
        kind, offset, length = struct.unpack_from(">BHH", body, position)
        options[kind] = body[offset : offset + length]
        position += 5
    return options


def prelogin_answer(encryption: int) -> bytes:
    """VERSION 16.0.1000, ENCRYPTION, no instance, no MARS."""
    values = [
        (0, bytes([16, 0, 0x03, 0xE8, 0, 0])),
        (1, bytes([encryption])),
        (2, b"\0"),
        (4, b"\0"),
    ]
    offset = 5 * len(values) + 1
    head, tail = b"", b""
    for kind, value in values:
        head += struct.pack(">BHH", kind, offset + len(tail), len(value))
        tail += value
    return head + b"\xff" + tail


def login_fields(body: bytes) -> dict[str, str]:
    """User name, password and database of a LOGIN7 message."""
    fields = {}
    for position, name in ((40, "user"), (44, "password"), (68, "database")):
        offset, length = struct.unpack_from("<HH", body, position)
        raw = body[offset : offset + 2 * length]
        if name == "password":
            raw = bytes(((b ^ 0xA5) << 4 | (b ^ 0xA5) >> 4) & 0xFF for b in raw)
        fields[name] = raw.decode("utf-16-le")
    return fields
