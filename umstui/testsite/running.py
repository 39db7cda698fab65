"""Runs the test installation: in a thread of this process, or until it is interrupted."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import os
import random
import secrets
import socket
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType

import uvicorn

from sync.errors import UmstuiError
from umstui.testsite.application import (
    ENTERPRISE_PATH,
    ORGANISATION_PATH,
    Lines,
    application,
    line_protocol,
)
from umstui.testsite.context import utc_now
from umstui.testsite.inspection import Inspection
from umstui.testsite.installation import Installation
from umstui.testsite.protocol import COMBINED_PORT
from umstui.testsite.seeding import Seeding, seed_default
from umstui.testsite.sites import Site, sites_in
from umstui.testsite.store import open_state, stored_sites

LOOPBACK = "127.0.0.1"
_START_SECONDS = 30


def _bound(port: int) -> socket.socket:
    # asyncio sends small answers at once only on sockets that say they are TCP.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        # A site that comes back need not wait for its old connections to be forgotten. Windows
        # means something else by this, and does not wait.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        # Whoever comes before the server is ready waits instead of being refused.
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise UmstuiError(
            f"The test site cannot listen on port {port} of {LOOPBACK}: {error.strerror}. "
            "Stop what is there, or choose another port."
        ) from error
    return listener


def _site_for(folder: Path, sites: Iterable[Site]) -> tuple[list[Site], bool]:
    """The sites to serve, and whether they are the default one of a fresh folder."""
    wanted = list(sites) or sites_in(folder)
    if wanted:
        return wanted, False
    state = open_state(folder)
    try:
        known = stored_sites(state)
    finally:
        state.close()
    if known:
        return [], False
    default = Site(
        "umstui-testsite",
        secrets.token_urlsafe(12),
        "TESTSITE",
        title="Test school",
        api_user_name="umstui-timetable",
        api_password=secrets.token_urlsafe(12),
    )
    return [default], True


class PromptServer(uvicorn.Server):
    """uvicorn's server, which looks ten times a second whether to stop, told at once instead."""

    async def main_loop(self) -> None:
        """Ticks until the server is to stop."""
        self._loop = asyncio.get_running_loop()
        self._ended = asyncio.Event()
        ticks = 0
        while not await self.on_tick(ticks):
            ticks = (ticks + 1) % 864_000
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), 0.1)

    def end(self) -> None:
        """Stops the server from another thread."""
        self.should_exit = True
        self._loop.call_soon_threadsafe(self._ended.set)


class RunningSite(Inspection):
    """A test installation that answers on loopback until ``stop``, or the end of the with block."""

    def __init__(
        self,
        folder: Path,
        port: int,
        sites: Iterable[Site],
        faults: Iterable[str],
        *,
        clock: Callable[[], dt.datetime] = utc_now,
        chance: random.Random | None = None,
    ) -> None:
        super().__init__(folder)
        wanted, fresh = _site_for(folder, sites)
        self._listener = _bound(port)
        self.port: int = self._listener.getsockname()[1]
        try:
            self.installation = Installation(
                folder,
                wanted,
                faults,
                clock=clock,
                chance=chance or random.Random(),  # noqa: S311 (which request a fault hits)
            )
        except BaseException:
            self._listener.close()
            raise
        if fresh:
            seed_default(folder, wanted[0].user_name)
        lines: Lines = {}
        self._server = PromptServer(
            uvicorn.Config(
                application(self.installation, lines),
                http=line_protocol(lines),
                loop="asyncio",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_keep_alive=60,
                timeout_graceful_shutdown=2,
            )
        )
        self._thread = threading.Thread(
            target=self._server.run, args=([self._listener],), name="umstui-testsite", daemon=True
        )

    @property
    def sites(self) -> list[Site]:
        """The sites that are served."""
        return list(self.installation.sites.values())

    @property
    def page_url(self) -> str:
        """The page for people."""
        return f"http://{LOOPBACK}:{self.port}/"

    @property
    def url(self) -> str:
        """The address of IMS Enterprise Services, all four on one."""
        return f"http://{LOOPBACK}:{self.port}{ENTERPRISE_PATH}/{COMBINED_PORT}.svc"

    @property
    def organisation_api_url(self) -> str:
        """The address of the Organisation API's DataService; ReadDataService stands beside it."""
        return f"http://{LOOPBACK}:{self.port}{ORGANISATION_PATH}/DataService.svc"

    def set_faults(self, *specs: str) -> None:
        """Puts these faults in the place of those in force; none of them ends all faults."""
        self.installation.faults.replace(specs)

    def seed(self, user_name: str | None = None) -> Seeding:
        """Makes things by hand on a site, the first one unless ``user_name`` names another."""
        return Seeding(
            self.folder, user_name or self.sites[0].user_name, clock=self.installation.clock
        )

    def begin(self) -> RunningSite:
        """Starts to answer in a thread of its own."""
        self._thread.start()
        waited = threading.Event()
        for _ in range(_START_SECONDS * 100):
            if self._server.started or not self._thread.is_alive():
                break
            waited.wait(0.01)
        if not self._server.started:
            raise UmstuiError("The test site did not start.")
        return self

    def serve_here(self) -> None:
        """Answers in this thread until it is interrupted, which is how it is meant to end."""
        try:
            self._server.run([self._listener])
        except KeyboardInterrupt:
            pass
        finally:
            self._listener.close()
            self.installation.close()

    def stop(self) -> None:
        """Stops answering and closes the state file; a second call does nothing."""
        if not self._thread.is_alive():
            return
        self._server.end()
        self._thread.join(timeout=_START_SECONDS)
        self._listener.close()
        self.installation.close()

    def __enter__(self) -> RunningSite:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def announcement(running: RunningSite) -> list[str]:
    """What a person needs to know of a site that was started, line by line."""
    said = [
        "A local itslearning test installation. Everything in it is made up.",
        f"  state     {running.folder}",
        f"  page      {running.page_url}",
        f"  IMSES     {running.url}",
    ]
    for site in running.sites:
        said.append(f"  site      {site.title}: user name {site.user_name}")
        said.append(f"            password {site.password}, root {site.root_key}")
        if site.api_user_name:
            said.append(f"  Organisation API {running.organisation_api_url}")
            said.append(f"            client {site.api_user_name}, secret {site.api_password}")
    said.extend(f"  fault     {fault}" for fault in running.installation.faults.described())
    return said
