"""A small SMTP server in a thread: what it hears, it remembers."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PEM = Path(__file__).with_name("localhost.pem")


def server_context() -> ssl.SSLContext:
    """TLS with the certificate made for these tests."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    return context


def trusting_context() -> ssl.SSLContext:
    """A client that trusts that certificate."""
    return ssl.create_default_context(cafile=str(PEM))


class MailServer(socketserver.ThreadingTCPServer):
    """Options: ``starttls`` is offered, ``implicit`` TLS, ``login`` wanted, recipients refused."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, **options: Any) -> None:
        """Listen on a free port of this machine."""
        super().__init__(("127.0.0.1", 0), _Talk)
        self.options = options
        self.letters: list[str] = []
        self.heard: list[str] = []  # every line that came in the clear
        self.logins: list[str] = []


class _Talk(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.secure = False
        if self.server.options.get("implicit"):
            self._wrap()
        self._say("220 test")
        while line := self.rfile.readline().decode("utf-8", "replace").strip():
            if not self.secure:
                self.server.heard.append(line)
            answer = getattr(self, f"_on_{line.split()[0].lower()}", self._on_other)
            try:
                answer(line)
            except ssl.SSLError:  # the client does not trust the certificate
                return

    def _on_ehlo(self, _: str) -> None:
        lines = ["test"]
        if self.server.options.get("starttls") and not self.secure:
            lines.append("STARTTLS")
        if self.server.options.get("login"):
            lines.append("AUTH PLAIN")
        for number, text in enumerate(lines):
            self._say(f"250{' ' if number == len(lines) - 1 else '-'}{text}")

    def _on_starttls(self, _: str) -> None:
        self._say("220 go")
        self._wrap()

    def _on_auth(self, line: str) -> None:
        given = base64.b64decode(line.split()[2]).decode().split("\0")
        self.server.logins.append("/".join(given[1:]))
        right = given[1:] == list(self.server.options["login"])
        self._say("235 welcome" if right else "535 no")

    def _on_rcpt(self, line: str) -> None:
        refused = self.server.options.get("refuses", "none") in line
        self._say("550 unknown" if refused else "250 ok")

    def _on_data(self, _: str) -> None:
        self._say("354 go")
        text = []
        while (row := self.rfile.readline().decode()) != ".\r\n":
            text.append(row)
        self.server.letters.append("".join(text))
        self._say("250 kept")

    def _on_quit(self, _: str) -> None:
        self._say(self.server.options.get("farewell", "221 bye"))

    def _on_other(self, _: str) -> None:
        self._say("250 ok")

    def _wrap(self) -> None:
        self.connection = server_context().wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.wfile = self.connection.makefile("wb", 0)  # type: ignore[assignment]
        self.secure = True

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@contextmanager
def mail_server(**options: Any) -> Iterator[MailServer]:
    """Run a server while the block lasts."""
    with MailServer(**options) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
