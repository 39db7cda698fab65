"""A running test site for every module, and a way to run one that is set up differently."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.testsite import soap
from umstui import testsite
from umstui.testsite import Site
from umstui.testsite.running import RunningSite


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., tuple[RunningSite, soap.Caller]]]:
    """Starts a site with switches, and faults; gives it with a caller."""
    with ExitStack() as stack:

        def begin(
            faults: tuple[str, ...] = (), **switches: object
        ) -> tuple[RunningSite, soap.Caller]:
            site = Site(soap.USER, soap.PASSWORD, soap.ROOT, **switches)  # type: ignore[arg-type]
            running = stack.enter_context(testsite.start(tmp_path, sites=[site], faults=faults))
            caller = soap.Caller(running.url)
            stack.callback(caller.client.close)
            return running, caller

        yield begin
