"""A running test site for every module, and a way to run one that is set up differently."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.testsite import soap
from umstui import testsite
from umstui.testsite import Site
from umstui.testsite.running import RunningSite


@pytest.fixture(scope="session")
def stopping() -> Iterator[list[threading.Thread]]:
    """Sites stop while the next test runs already; none is left when the session ends."""
    threads: list[threading.Thread] = []
    yield threads
    for thread in threads:
        thread.join()


@pytest.fixture
def run(
    tmp_path: Path, stopping: list[threading.Thread]
) -> Iterator[Callable[..., tuple[RunningSite, soap.Caller]]]:
    """Starts a site with switches, and faults; gives it with a caller."""
    with ExitStack() as stack:

        def stop(running: RunningSite) -> None:
            stopping.append(threading.Thread(target=running.stop))
            stopping[-1].start()

        def begin(
            faults: tuple[str, ...] = (), **switches: object
        ) -> tuple[RunningSite, soap.Caller]:
            site = Site(soap.USER, soap.PASSWORD, soap.ROOT, **switches)  # type: ignore[arg-type]
            running = testsite.start(tmp_path, sites=[site], faults=faults)
            stack.callback(stop, running)
            return running, soap.Caller(running.url)

        yield begin
