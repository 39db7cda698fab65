"""A local itslearning test installation: real SOAP on loopback, its state in one SQLite file.

It follows imses-protocol.md and shares nothing with the client but the WSDL. Nothing of the web
server is imported before a site is started.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from umstui.testsite.sites import Site

if TYPE_CHECKING:
    from umstui.testsite.running import RunningSite
    from umstui.testsite.seeding import Seeding

__all__ = ["Site", "seed", "serve", "start"]


def start(
    folder: Path, port: int = 0, sites: Iterable[Site] = (), faults: Iterable[str] = ()
) -> RunningSite:
    """Starts the installation whose state is in ``folder``, in a thread of this process.

    Port 0 takes a free one. ``sites`` are added, or changed where their user name is known; when
    none are given, those of ``sites.toml`` in the folder are (sites.py), and without that a fresh
    folder gets a default site. The result is a context manager. Raises
    SettingsError for a wrong fault, StateUnusable for a wrong state file, UmstuiError for a port
    that is taken.
    """
    from umstui.testsite.running import RunningSite

    return RunningSite(folder, port, sites, faults).begin()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def serve(
    folder: Path,
    port: int = 0,
    faults: Iterable[str] = (),
    *,
    say: Callable[[str], None] = _say,
) -> None:
    """Serves the installation in ``folder`` until it is interrupted; addresses and credentials
    go to ``say``, line by line. Raises as ``start`` does."""
    from umstui.testsite.running import RunningSite, announcement

    running = RunningSite(folder, port, (), faults)
    for line in announcement(running):
        say(line)
    running.serve_here()


def seed(folder: Path, user_name: str) -> Seeding:
    """Makes things by hand on the site of that user name; use it as a context manager."""
    from umstui.testsite.seeding import Seeding

    return Seeding(folder, user_name)
