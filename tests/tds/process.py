"""The test double in a process of its own, as a server is.

In the process of the tests it could not answer where a driver waits without giving Python's lock
up, as pyodbc does while it asks Microsoft's driver what kind of value a parameter is.
"""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from multiprocessing import get_context, parent_process
from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import Any

from tests.tds.engine import Database
from tests.tds.server import Double, Fault, listening

Row = tuple[object, ...]


class Server:
    """A double that listens, and what a test does to it behind the program's back."""

    user, password, name = "ums", "topsecret", "ums"

    def __init__(
        self,
        schema: str,
        *,
        denied: frozenset[tuple[str, str]] = frozenset(),
        certificate: Path | None = None,
        require_tls: bool = False,
    ) -> None:
        self._double = Double(
            Database(schema, denied=set(denied)),
            self.user,
            self.password,
            self.name,
            tls=_tls(certificate),
            require_tls=require_tls,
        )
        self._open = ExitStack()
        self._open.enter_context(listening(self._double))

    def port(self) -> int:
        """Where it listens on the loopback."""
        return self._double.port

    def rows(self, sql: str, rows: Sequence[Sequence[object]] = ()) -> list[Row]:
        """Runs a statement of DuckDB, once for each of the rows; what it gave."""
        with self._double.database.session() as connection:
            for row in rows:
                connection.execute(sql, row)
            return connection.execute(sql).fetchall() if not rows else []

    def fail(self, fault: Fault) -> None:
        """From here on something goes wrong."""
        self._double.faults.append(fault)

    def deny(self, what: str, table: str) -> None:
        """Takes a right from the login."""
        self._double.database.denied.add((what, table))

    def statements(self) -> list[str]:
        """What clients have sent so far."""
        return list(self._double.statements)

    def encrypted(self) -> list[bool]:
        """For each login so far, whether it came encrypted."""
        return list(self._double.encrypted)

    def close(self) -> None:
        """Listens no more."""
        self._open.close()


class _Process(BaseManager):
    """The other process."""

    server: Any


_Process.register("server", Server)


@contextmanager
def serving(
    schema: str,
    *,
    denied: frozenset[tuple[str, str]] = frozenset(),
    certificate: Path | None = None,
    require_tls: bool = False,
) -> Iterator[Server]:
    """A server with the tables of a T-SQL schema, until the block is left.

    The login lacks the rights ``denied``; with a ``certificate`` (and key) it offers TLS.
    """
    server = _process().server(
        schema, denied=denied, certificate=certificate, require_tls=require_tls
    )
    try:
        yield server
    finally:
        server.close()


@cache
def _process() -> _Process:
    process = _Process(ctx=get_context("spawn"))
    process.start(_end_with_the_tests)
    return process


def _end_with_the_tests() -> None:
    """Nothing is left running where the tests are killed."""

    def wait() -> None:
        tests = parent_process()
        assert tests is not None
        tests.join()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def _tls(certificate: Path | None) -> ssl.SSLContext | None:
    """What a TDS 7.4 server offers: the handshake is wrapped in packets, and ends with TLS 1.2."""
    if certificate is None:
        return None
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    tls.load_cert_chain(certificate)
    return tls
