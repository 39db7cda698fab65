"""A server that takes nothing but what the protocol describes, over a real socket.

Faults are ordered one by one: ``server.trouble.append(...)`` meets the next message, or the next
one of an operation. What a client did wrong stands in ``server.violations``.
"""

from __future__ import annotations

import datetime as dt
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.sax.saxutils import escape

from lxml import etree

from tests.itslearning.strict_calendar import Calendar
from tests.itslearning.strict_school import Reply, School, Status
from tests.itslearning.strict_shapes import BIND, COMMON, OPERATIONS, TEMPURI, Violation, check

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE = f"{WSS}wssecurity-secext-1.0.xsd"
WSU = f"{WSS}wssecurity-utility-1.0.xsd"
PASSWORD_TEXT = f"{WSS}username-token-profile-1.0#PasswordText"


@dataclass
class Trouble:
    """One thing that goes wrong.

    before: dropped before the message counts · after: carried out, then dropped · throttled: 503 ·
    page: an HTML error page · broken: XML that breaks off · short: a status is missing ·
    slow: the answer takes ``seconds`` · drip: it takes them byte by byte · poison: a fault about a
    value · crash: a fault of the service itself · status: an HTTP status, for messages longer than
    ``longer`` · strange: an envelope that answers something else

    ``about`` limits it to messages that hold that key.
    """

    kind: str
    operation: str = ""
    about: str = ""
    seconds: float = 0.0
    lasting: bool = False
    carried_out: bool = False
    status: int = 0
    longer: int = 0


@dataclass
class StrictServer:
    """The state that tests look at and prepare."""

    user_name: str = "imses"
    password: str = "secret&<word>"
    school: School = field(default_factory=School)
    calendar: Calendar = field(default_factory=Calendar)
    trouble: list[Trouble] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    requests: list[tuple[str, bytes]] = field(default_factory=list)
    capitals: bool = False  # codeMajor as some sources spell it
    most_at_once: int = 0
    lock: threading.RLock = field(default_factory=threading.RLock)
    url: str = ""
    _running: int = 0

    def operations(self) -> list[str]:
        """What was asked, in order."""
        return [operation for operation, _ in self.requests]

    def next_trouble(self, operation: str, body: bytes) -> Trouble | None:
        with self.lock:
            for trouble in self.trouble:
                if trouble.operation not in {"", operation}:
                    continue
                if trouble.about and f">{trouble.about}<".encode() not in body:
                    continue
                if len(body) < trouble.longer:
                    continue
                if not trouble.lasting:
                    self.trouble.remove(trouble)
                return trouble
        return None

    @contextmanager
    def counted(self) -> Iterator[None]:
        with self.lock:
            self._running += 1
            self.most_at_once = max(self.most_at_once, self._running)
        try:
            yield
        finally:
            with self.lock:
                self._running -= 1


class SoapFault(Exception):
    def __init__(self, code: str, text: str) -> None:
        self.code, self.text = code, text
        super().__init__(text)


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[StrictServer]:
    """A strict server on a free port of this machine, over TLS where it has a certificate."""
    state = StrictServer()

    class Handler(_Handler):
        server_state = state

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    scheme = "https" if certificate else "http"
    state.url = f"{scheme}://127.0.0.1:{server.server_address[1]}/ImsEnterpriseServicesPort.svc"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server_state: StrictServer

    def handle(self) -> None:
        try:
            super().handle()
        except (ssl.SSLError, ConnectionError):
            self.close_connection = True  # the client did not like the certificate

    def log_message(self, *_: object) -> None:
        """Tests look at the state, not at a log."""

    def do_POST(self) -> None:
        state = self.server_state
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with state.counted():
            self._post(state, body)

    def _post(self, state: StrictServer, body: bytes) -> None:
        action = self.headers.get("SOAPAction", "").strip('"')
        namespace, operation, shape = OPERATIONS.get(action, ("", "", []))
        with state.lock:
            state.requests.append((operation, body))
        trouble = state.next_trouble(operation, body) or Trouble("")
        if self._fails_at_once(trouble):
            return
        try:
            if not operation:
                raise SoapFault("ActionNotSupported", f"[invented] no operation {action}")
            if trouble.kind == "poison":
                raise SoapFault("DeserializationFailed", "[invented] a value cannot be parsed")
            if trouble.kind == "crash":
                raise SoapFault("InternalServiceFault", "[invented] internal error")
            identifier, message = self._checked(state, body, namespace, operation, shape)
            with state.lock:
                content = self._carried_out(
                    state, namespace, operation, identifier, message, trouble.kind
                )
        except (Violation, etree.XMLSyntaxError) as violation:
            state.violations.append(f"{operation}: {violation}")
            self._send(500, _fault("DeserializationFailed", str(violation)))
        except SoapFault as fault:
            self._send(500, _fault(fault.code, fault.text))
        else:
            self._answer(trouble, content)

    def _fails_at_once(self, trouble: Trouble) -> bool:
        """True where the message is not even looked at."""
        if trouble.kind == "before":
            self._drop()
        elif trouble.kind == "page" and not trouble.carried_out:
            self._error_page()
        elif trouble.kind == "status":
            self._send(trouble.status, b"no", "text/plain", {"Location": "https://elsewhere"})
        elif trouble.kind == "throttled":
            self._send(503, b"busy", "text/plain", {"Retry-After": f"{int(trouble.seconds)}"})
        else:
            return False
        return True

    def _answer(self, trouble: Trouble, content: bytes) -> None:
        """Gives the answer of what was carried out, or fails to."""
        kind = trouble.kind
        if kind == "slow":
            time.sleep(trouble.seconds)
        if kind == "after":
            self._drop()
        elif kind == "page":
            self._error_page()
        elif kind == "strange":
            self._send(200, _envelope("", "<other/>"))
        elif kind == "broken":
            self._send(200, content[: len(content) // 2])
        else:
            self._send(200, content, pause=trouble.seconds / len(content) if kind == "drip" else 0)

    def _checked(
        self, state: StrictServer, body: bytes, namespace: str, operation: str, shape: list[object]
    ) -> tuple[str, etree._Element]:
        if self.headers.get("Content-Type") != "text/xml; charset=utf-8":
            raise Violation(f"content type {self.headers.get('Content-Type')}")
        if not self.headers.get("SOAPAction", "").startswith('"'):
            raise Violation("SOAPAction without quotes")
        root = etree.fromstring(body)
        if root.tag != f"{{{SOAP}}}Envelope" or [child.tag for child in root] != [
            f"{{{SOAP}}}Header",
            f"{{{SOAP}}}Body",
        ]:
            raise Violation("no SOAP 1.1 envelope of header and body")
        header, soap_body = root
        identifier = self._login(state, header, imses=namespace != TEMPURI)
        suffix = "" if namespace == TEMPURI else "Request"
        tag = f"{{{namespace}}}{operation}{suffix}"
        if len(soap_body) != 1 or soap_body[0].tag != tag:
            raise Violation(f"the body is not one {tag}")
        check(soap_body[0], shape)
        return identifier, soap_body[0]

    def _login(self, state: StrictServer, header: etree._Element, *, imses: bool) -> str:
        security = header.find(f"{{{WSSE}}}Security")
        token = None if security is None else security.find(f"{{{WSSE}}}UsernameToken")
        if token is None:
            raise SoapFault("InvalidSecurity", "An error occurred when verifying security.")
        name = token.findtext(f"{{{WSSE}}}Username")
        password = token.find(f"{{{WSSE}}}Password")
        if name != state.user_name or password is None or password.text != state.password:
            raise SoapFault("FailedAuthentication", "[invented] wrong user name or password")
        if password.get("Type") != PASSWORD_TEXT:
            raise Violation(f"password type {password.get('Type')}")
        others = [child for child in header if child is not security]
        if not imses:
            if others:
                raise Violation("a header that the service does not know")
            return ""
        if len(others) != 1 or others[0].tag != f"{{{BIND}}}syncRequestHeaderInfo":
            raise Violation("not exactly one syncRequestHeaderInfo")
        return others[0].findtext(f"{{{BIND}}}messageIdentifier") or ""

    def _carried_out(
        self,
        state: StrictServer,
        namespace: str,
        operation: str,
        identifier: str,
        message: etree._Element,
        kind: str,
    ) -> bytes:
        if namespace == TEMPURI:
            inner = state.calendar.answer(operation, message)
            return _envelope(
                "", f'<{operation}Response xmlns="{TEMPURI}">{inner}</{operation}Response>'
            )
        reply = state.school.answer(operation, message)
        if kind == "short":
            reply.statuses.pop()
        header = _header(reply, identifier, capitals=state.capitals)
        body = f'<{operation}Response xmlns="{namespace}">{reply.inner}</{operation}Response>'
        return _envelope(header, body)

    def _drop(self) -> None:
        self.close_connection = True
        self.connection.close()

    def _error_page(self) -> None:
        self._send(500, b"<html><body>Runtime Error<br></body></html>", "text/html")

    def _send(
        self,
        status: int,
        content: bytes,
        kind: str = "text/xml; charset=utf-8",
        headers: dict[str, str] | None = None,
        pause: float = 0.0,
    ) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            if not pause:
                self.wfile.write(content)
                return
            for byte in content:
                self.wfile.write(bytes([byte]))
                time.sleep(pause)
        except OSError:
            self.close_connection = True  # the client did not wait for the answer


def _header(reply: Reply, identifier: str, *, capitals: bool) -> str:
    infos = "".join(_status_info(status, identifier, capitals) for status in reply.statuses)
    wrapped = f"<statusInfoSet>{infos}</statusInfoSet>" if reply.as_set else infos
    return (
        f'<h:syncResponseHeaderInfo xmlns:h="{BIND}" xmlns="{BIND}">'
        f"<messageIdentifier>{identifier}</messageIdentifier>{wrapped}</h:syncResponseHeaderInfo>"
    )


def _status_info(status: Status, identifier: str, capitals: bool) -> str:
    major, severity, code, text = status
    if capitals:
        major, severity = major.capitalize(), severity.capitalize()
    minor = (
        "<codeMinor><codeMinorField><codeMinorName>EndSystem</codeMinorName>"
        f"<codeMinorValue>{code}</codeMinorValue></codeMinorField></codeMinor>"
        if code
        else ""
    )
    description = (
        f'<description><language xmlns="{COMMON}">en-US</language>'
        f'<text xmlns="{COMMON}">{escape(text)}</text></description>'
        if text
        else ""
    )
    return (
        f"<statusInfo><codeMajor>{major}</codeMajor><severity>{severity}</severity>{minor}"
        f"<messageIdRef>{identifier}</messageIdRef>{description}</statusInfo>"
    )


def _envelope(header: str, body: str) -> bytes:
    created = dt.datetime.now(dt.UTC)
    stamps = "".join(
        f"<u:{name}>{moment:%Y-%m-%dT%H:%M:%S.000Z}</u:{name}>"
        for name, moment in (("Created", created), ("Expires", created + dt.timedelta(minutes=5)))
    )
    return (
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:u="{WSU}"><s:Header>{header}'
        f'<o:Security s:mustUnderstand="1" xmlns:o="{WSSE}"><u:Timestamp u:Id="_0">{stamps}'
        f"</u:Timestamp></o:Security></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def _fault(code: str, text: str) -> bytes:
    return (
        f'<s:Envelope xmlns:s="{SOAP}"><s:Body><s:Fault><faultcode xmlns:a="{WSSE}">a:{code}'
        f'</faultcode><faultstring xml:lang="en-US">{escape(text)}</faultstring></s:Fault></s:Body>'
        "</s:Envelope>"
    ).encode()
