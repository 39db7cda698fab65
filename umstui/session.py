"""Who sits in front of which installation: settings, operator and clock for the verbs."""

from __future__ import annotations

import datetime as dt
import logging
import os
import socket
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sync.model import Operator

if TYPE_CHECKING:
    from sync.runs import Installation


def hear_warnings(*, shown: bool) -> None:
    """Where warnings of the core go, beside the log: to a person who sits and waits, such as that a
    request is sent again; not into the mail of a scheduler, nor under the console, which draws
    there."""
    handler = logging.StreamHandler() if shown else logging.NullHandler()
    handler.setLevel(logging.WARNING)
    handler.addFilter(lambda record: not record.name.startswith("umstui"))  # said in its own words
    over_the_line = "\r\x1b[K" if sys.stderr.isatty() else ""
    logging.basicConfig(format=f"{over_the_line}umstui: %(message)s", handlers=[handler])


def local_now() -> dt.datetime:
    """The moment, with the zone of this machine: the calendar day that rules and windows mean."""
    return dt.datetime.now(tz=dt.UTC).astimezone()


def account_name() -> str:
    """The account by the system's own word: roles and audit go by it, and LOGNAME is whatever
    somebody sets it to."""
    try:
        if hasattr(os, "getuid"):
            import pwd

            return pwd.getpwuid(os.getuid()).pw_name
        return os.getlogin()
    except (KeyError, OSError):  # a service account without an entry in the user database
        return f"uid {os.getuid()}" if hasattr(os, "getuid") else "unknown"


def operator(environment: Mapping[str, str] = os.environ) -> Operator:
    """The operating-system user, this host, and where the SSH session came from."""
    name = account_name()
    origin = environment.get("SSH_CONNECTION", "").split(" ")[0]
    return Operator(name=name, host=socket.gethostname(), origin=origin)


def open_installation(config_file: str | None, *, read_only: bool) -> Installation:
    """The installation that umstui.toml describes, its log begun. Raises SettingsError."""
    from umstui import config, log

    settings = config.load(config_file)
    log.begin(settings)
    from sync.runs import Installation  # only after the file is right: it brings the core

    return Installation(
        settings=settings, operator=operator(), clock=local_now, read_only=read_only
    )
