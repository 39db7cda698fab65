"""The console over the double, to look at it by eye: ``python -m tests.screens.look held``."""

from __future__ import annotations

import sys

from screens.console import Console
from screens.desk import Session, Site
from sync.errors import DatabaseUnreachable
from tests.screens.double import DoubleDesk, a_held_desk, a_ready_desk


def desk_named(name: str) -> DoubleDesk:
    """A desk in one of the states worth looking at."""
    if name == "held":
        return a_held_desk()
    if name == "empty":
        return DoubleDesk()
    if name == "read-only":
        desk = a_held_desk()
        desk.session = Session("support", "ums-01", "0.1.0", read_only="read-only session",
                               no_apply="read-only session")  # fmt: skip
        return desk
    if name == "error":
        words = "The UMS database did not answer; check [ums] url in umstui.toml, and the network."
        return DoubleDesk(error=DatabaseUnreachable(words))
    if name == "several":
        desk = a_held_desk()
        desk.site_list = (*desk.site_list, Site(2, "Havn", "https://havn.itslearning.com"))
        return desk
    return a_ready_desk()


if __name__ == "__main__":
    Console(desk_named(sys.argv[1] if len(sys.argv) > 1 else "ready")).run(mouse=False)
