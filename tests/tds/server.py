"""A server that speaks TDS 7.4 to real drivers, for tests only.

It proves drivers, dialect, TLS, streaming, transactions and the handling of errors. It does not
prove what a SQL Server makes of a statement: behind it is DuckDB.
"""

from __future__ import annotations

import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.tds import wire
from tests.tds.engine import Answer, Database, Session, SqlServerError
from tests.tds.values import Column, Reader, column, parameter
from tests.tds.wire import Channel, Gone

_OFF, _ON, _NOT_SUPPORTED, _REQUIRED = 0, 1, 2, 3
_ROWS_A_FETCH = 2_000
_CALL_ENDS = (0x80, 0xFF, 0xFE)
_PROCEDURES = {
    10: "sp_executesql", 11: "sp_prepare", 12: "sp_execute", 13: "sp_prepexec", 15: "sp_unprepare",
}  # fmt: skip


@dataclass
class Fault:
    """Something that goes wrong with statements that match ``pattern``, ``times`` times."""

    pattern: str
    times: int = 1
    seconds: float = 0  # before the answer begins
    rows: int | None = None  # after which the connection is cut; 0: instead of any answer
    number: int = 0  # of an error instead of an answer
    message: str = ""


@dataclass
class Double:
    """The server: where it listens, who may log in, what goes wrong."""

    database: Database
    user: str = "ums"
    password: str = "topsecret"
    name: str = "ums"
    tls: ssl.SSLContext | None = None
    require_tls: bool = False
    faults: list[Fault] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    attentions: int = 0
    encrypted: list[bool] = field(default_factory=list)
    port: int = 0

    def fault_for(self, text: str) -> Fault | None:
        """The first fault that is due for a statement; its count goes down."""
        for fault in self.faults:
            if fault.times and re.search(fault.pattern, text, re.IGNORECASE):
                fault.times -= 1
                return fault
        return None


@contextmanager
def listening(double: Double) -> Iterator[Double]:
    """Listens on a free port of the loopback until the block is left."""
    listener = socket.create_server(("127.0.0.1", 0))
    double.port = listener.getsockname()[1]
    connections: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connections.append(connection)
            thread = threading.Thread(target=_Client(double, connection).talk, daemon=True)
            threads.append(thread)
            thread.start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield double
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in connections:
            with suppress(OSError):  # it may be closed already
                connection.shutdown(socket.SHUT_RDWR)
        for thread in (accepting, *threads):
            thread.join(timeout=10)
        double.database.close()


class _Cancelled(Exception):
    """The client has sent an attention."""


class _Client:
    """One client, from PRELOGIN to the end of its connection."""

    def __init__(self, double: Double, connection: socket.socket) -> None:
        self.double, self.channel = double, Channel(connection)
        self.connection = connection
        self.prepared: dict[int, tuple[str, list[str]]] = {}
        self.session: Session | None = None

    def talk(self) -> None:
        try:
            if self._login():
                self.session = Session(self.double.database)
                while True:
                    self._serve(*self.channel.read_message())
        except Gone:
            pass
        finally:
            if self.session is not None:
                self.session.end(keep=False)
                self.session.connection.close()
            self.connection.close()

    def _login(self) -> bool:
        double = self.double
        kind, body = self.channel.read_message()
        asked = wire.prelogin_options(body).get(1, bytes([_NOT_SUPPORTED]))[0]
        answer = _NOT_SUPPORTED
        if double.tls is not None:
            answer = _ON if asked in (_ON, _REQUIRED) else asked
            if double.require_tls and answer != _ON:
                answer = _REQUIRED
        self.channel.write_message(wire.prelogin_answer(answer))
        if answer in (_ON, _OFF, _REQUIRED) and double.tls is not None:
            self.channel.start_tls(double.tls)
        kind, body = self.channel.read_message()
        if kind != wire.LOGIN7:
            return False
        double.encrypted.append(answer in (_ON, _REQUIRED))
        if answer == _OFF:
            self.channel.stop_tls()
        fields = wire.login_fields(body)
        if (fields["user"], fields["password"]) != (double.user, double.password):
            self._refuse(18456, f"Login failed for user '{fields['user']}'.")
            return False
        if fields["database"] not in ("", double.name):
            message = f'Cannot open database "{fields["database"]}" requested by the login.'
            self._refuse(4060, message)
            return False
        self.channel.write_message(wire.login_answer(double.name))
        return True

    def _refuse(self, number: int, message: str) -> None:
        answer = wire.error(number, message, 14) + wire.done(status=wire.DONE_ERROR)
        self.channel.write_message(answer)

    def _serve(self, kind: int, body: bytes) -> None:
        if kind == wire.ATTENTION:
            self._acknowledge()
            return
        reader = Reader(body)
        headers = reader.number("I")
        reader.take(headers - 4)
        try:
            if kind == wire.SQL_BATCH:
                text = reader.data[reader.position :].decode("utf-16-le")
                self.channel.write_message(self._answer(text, {}))
            elif kind == wire.RPC:
                self._calls(reader)
            elif kind == wire.TRANSACTION:
                self._transaction(reader.number("H"))
            else:
                raise Gone
        except _Cancelled:
            self._acknowledge()

    def _acknowledge(self) -> None:
        self.double.attentions += 1
        self.channel.write_message(wire.done(status=wire.DONE_ATTENTION))

    def _transaction(self, request: int) -> None:
        session = self._session()
        descriptor = struct.pack("<BQ", 8, 1)
        if request == 5:
            session.begin()
            change = wire.environment(8, descriptor, b"\0")
        else:
            session.end(keep=request == 7)
            change = wire.environment(9 if request == 7 else 10, b"\0", descriptor)
        self.channel.write_message(change + wire.done())

    def _calls(self, reader: Reader) -> None:
        """One message may hold many calls: that is how Microsoft's driver sends rows in bulk."""
        answer = b""
        while not reader.at_end:
            text, values, handle = self._call(reader)
            more = wire.DONE_MORE if not reader.at_end else 0
            if text is None:
                answer += b"\x79\0\0\0\0" + handle + wire.done(wire.DONE_PROCEDURE, more)
            else:
                answer = self._answer(text, values, answer, handle, procedure=True, more=more)
        self.channel.write_message(answer)

    def _call(self, reader: Reader) -> tuple[str | None, dict[str, object], bytes]:
        """The next call: its statement, its values, and the handle it is given, if any."""
        length = reader.number("H")
        if length == 0xFFFF:
            procedure = _PROCEDURES.get(reader.number("H"), "")
        else:
            procedure = reader.take(2 * length).decode("utf-16-le")
        reader.take(2)
        parameters = []
        while not reader.at_end and reader.data[reader.position] not in _CALL_ENDS:
            parameters.append(parameter(reader))
        reader.take(1)
        values = [value for _, _, value in parameters]
        handle = b""
        text: str | None = f"exec {procedure} {', '.join(str(value) for value in values)}"
        if procedure == "sp_executesql":
            text, parameters = str(values[0]), parameters[2:]
        elif procedure in ("sp_prepare", "sp_prepexec"):
            names = re.findall(r"@\w+", str(values[1] or ""))
            number = len(self.prepared) + 1
            self.prepared[number] = (str(values[2]), names)
            handle = _returned(number)
            text = str(values[2]) if procedure == "sp_prepexec" else None
            parameters = _named(parameters[3:], names)
        elif procedure == "sp_execute":
            text, names = self.prepared[int(str(values[0]))]
            parameters = _named(parameters[1:], names)
        elif procedure == "sp_unprepare":
            text = None
        elif procedure == "sp_describe_undeclared_parameters":
            parameters = [("tsql", False, values[0])]
        bound = {name.lstrip("@").lower(): value for name, _, value in parameters}
        return text, bound, handle

    def _answer(
        self,
        text: str,
        values: dict[str, object],
        pending: bytes = b"",
        handle: bytes = b"",
        *,
        procedure: bool = False,
        more: int = 0,
    ) -> bytes:
        """The answer to one statement behind what is pending; rows are sent as they come."""
        self.double.statements.append(text)
        fault = self.double.fault_for(text)
        kind = wire.DONE_IN_PROCEDURE if procedure else wire.DONE
        ending = wire.DONE_PROCEDURE if procedure else wire.DONE
        try:
            self._go_wrong(fault)
            answers = self._session().run(text, values)
        except SqlServerError as error:
            severity = 14 if error.number == 229 else 16
            told = wire.error(error.number, error.message, severity)
            return pending + told + wire.done(ending, wire.DONE_ERROR | more)
        for position, answer in enumerate(answers):
            follows = procedure or position < len(answers) - 1
            status = (wire.DONE_MORE if follows else 0) | self._in_transaction()
            rows = answer.changed
            if answer.cursor is not None:
                pending, rows = self._rows(answer, pending, fault)
            pending += wire.done(kind, status, rows)
        if procedure:
            pending += b"\x79\0\0\0\0" + handle + wire.done(wire.DONE_PROCEDURE, more)
        return pending

    def _go_wrong(self, fault: Fault | None) -> None:
        if fault is None:
            return
        until = time.monotonic() + fault.seconds
        while time.monotonic() < until:
            self._look_for_attention()
            time.sleep(0.01)
        if fault.rows == 0:
            self.channel.abort()
            raise Gone
        if fault.number == 1205:
            self._session().end(keep=False)
        if fault.number:
            raise SqlServerError(fault.number, fault.message or "a fault of the test")

    def _rows(self, answer: Answer, pending: bytes, fault: Fault | None) -> tuple[bytes, int]:
        cursor = answer.cursor
        assert cursor is not None
        lengths = self.double.database.lengths
        columns = [
            column(str(name), str(kind), lengths.get(str(name).lower()))
            for name, kind, *_ in cursor.description
        ]
        pending += b"\x81" + struct.pack("<H", len(columns))
        pending += b"".join(item.described() for item in columns)
        sent = 0
        limit = fault.rows if fault is not None else None
        while rows := cursor.fetchmany(_ROWS_A_FETCH):
            if limit is not None and sent + len(rows) > limit:
                rows = rows[: limit - sent]
                self.channel.write_part(pending + _encoded(columns, rows), last=False)
                self.channel.abort()
                raise Gone
            pending = self.channel.write_part(pending + _encoded(columns, rows), last=False)
            sent += len(rows)
            self._look_for_attention()
        return pending, sent

    def _look_for_attention(self) -> None:
        if self.channel.waiting() and self.channel.read_message()[0] == wire.ATTENTION:
            raise _Cancelled

    def _in_transaction(self) -> int:
        return wire.DONE_IN_TRANSACTION if self._session().open else 0

    def _session(self) -> Session:
        assert self.session is not None
        return self.session


def _encoded(columns: list[Column], rows: list[tuple[object, ...]]) -> bytes:
    """ROW tokens, column by column so that each writer runs over many values."""
    written = [
        list(map(item.write, values))
        for item, values in zip(columns, zip(*rows, strict=True), strict=True)
    ]
    return b"".join(b"\xd1" + b"".join(cells) for cells in zip(*written, strict=True))


def _named(
    parameters: list[tuple[str, bool, object]], names: list[str]
) -> list[tuple[str, bool, object]]:
    """Parameters of a prepared statement come without names, in the order they were declared."""
    return [
        (given or name, output, value)
        for (given, output, value), name in zip(parameters, names, strict=False)
    ]


def _returned(handle: int) -> bytes:
    """RETURNVALUE with the number of a prepared statement."""
    body = struct.pack("<H", 0) + wire.short_text("") + b"\x01" + struct.pack("<IH", 0, 0)
    return b"\xac" + body + b"\x26\x04\x04" + struct.pack("<i", handle)
