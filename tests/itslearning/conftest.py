"""A strict server, and connections to it that do not wait long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sync.itslearning import Connection, SiteReader, SiteWriter
from sync.settings import Itslearning
from tests.itslearning.strict_server import StrictServer, serving


@pytest.fixture
def server() -> Iterator[StrictServer]:
    """A site with a root that must not be spoken to in any other way than the protocol's."""
    with serving() as state:
        state.school.groups["root"] = {"key": "root", "title": "School", "type": "Site"}
        yield state
        assert state.violations == []


@pytest.fixture
def connect(server: StrictServer) -> Iterator[Callable[..., Connection]]:
    """Makes connections; keywords are settings of [itslearning]."""
    made: list[Connection] = []

    def make(*, password: str | None = None, **settings: Any) -> Connection:
        chosen = {"timeout_seconds": 5.0, "attempts": 3, **settings}
        connection = Connection(
            server.url,
            server.user_name,
            server.password if password is None else password,
            Itslearning(**chosen),
            first_wait=0.01,
        )
        made.append(connection)
        return connection

    yield make
    for connection in made:
        connection.close()


@pytest.fixture
def writer(connect: Callable[..., Connection]) -> SiteWriter:
    return SiteWriter(connect())


@pytest.fixture
def reader(connect: Callable[..., Connection]) -> SiteReader:
    return SiteReader(connect())
