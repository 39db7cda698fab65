"""The itslearning side: reading, writing and the timetable, over SOAP.

Names are loaded when first asked for: zeep takes a quarter of a second, and most of the program
never speaks to the site.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sync.itslearning.adoption import Adoption
    from sync.itslearning.connection import Connection
    from sync.itslearning.events import EventReader, EventWriter
    from sync.itslearning.reader import SiteReader
    from sync.itslearning.refusals import KEY_IN_TRASH, KEY_TAKEN, USER_NAME_TAKEN
    from sync.itslearning.single_calls import SingleCalls
    from sync.itslearning.writer import SiteWriter

_HOMES = {
    "Adoption": "adoption",
    "Connection": "connection",
    "EventReader": "events",
    "EventWriter": "events",
    "KEY_IN_TRASH": "refusals",
    "KEY_TAKEN": "refusals",
    "SingleCalls": "single_calls",
    "SiteReader": "reader",
    "SiteWriter": "writer",
    "USER_NAME_TAKEN": "refusals",
}

__all__ = [
    "KEY_IN_TRASH",
    "KEY_TAKEN",
    "USER_NAME_TAKEN",
    "Adoption",
    "Connection",
    "EventReader",
    "EventWriter",
    "SingleCalls",
    "SiteReader",
    "SiteWriter",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
